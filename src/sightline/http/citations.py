"""Evidence as `context.citations`: `[docN]` in the answer is the N-th entry.

All evidence is listed in order, cited or not, for otherwise the numbers would not fit. What has no
name in the Azure shape is in each entry under "sightline".
"""

from collections.abc import Iterable, Sequence
from typing import assert_never

from sightline.assets import Asset
from sightline.events import Answer
from sightline.evidence import Attached, Citation, Evidence, Retrieved, Watched
from sightline.http.links import Links
from sightline.http.wire_json import Json
from sightline.views import asset_json, hit_json, polygon_json, watched_json


def citations_json(evidence: Iterable[Evidence], links: Links) -> list[Json]:
    """One entry for each piece of evidence, in order of number."""
    return [_entry(piece, links) for piece in evidence]


def cited_json(citation: Citation) -> Json:
    """What the answer quotes of a piece of evidence; `number` says which.

    `regions` are where on the picture the quoted text was read. `inferred` is True when the model
    did not write the mark itself.
    """
    return {
        "number": citation.evidence.number,
        "cited": True,
        "quote": citation.content,
        "regions": [polygon_json(region) for region in citation.regions],
        "inferred": citation.inferred,
    }


def whole_citations_json(answer: Answer, links: Links) -> list[Json]:
    """The entries of a finished answer: those that are cited say what is quoted, and where."""
    return quoted_json(answer.evidence, answer.citations, links)


def quoted_json(
    evidence: Iterable[Evidence], citations: Iterable[Citation], links: Links
) -> list[Json]:
    """One entry for each piece of evidence; the cited ones say what is quoted, and where."""
    entries = citations_json(evidence, links)
    for citation in citations:
        entries[citation.evidence.number - 1]["sightline"] |= cited_json(citation)
    return entries


def videos_json(watched: Sequence[Watched]) -> Json:
    """What was looked at of the question's videos, by the name `videos`; nothing without any.

    `frames` point at entries of `citations` by `number`; times are in seconds.
    """
    return {"videos": [watched_json(one) for one in watched]} if watched else {}


def _entry(evidence: Evidence, links: Links) -> Json:
    match evidence.origin:
        case Retrieved(hit):
            shown = hit_json(hit)
            index, asset = hit.index, hit.asset
            return {
                "content": _content(evidence),
                "title": evidence.title,
                "url": _address(index, asset, links),
                "filepath": asset.key,
                "chunk_id": "0",
                "score": shown["score"],
                "sightline": {
                    "number": evidence.number,
                    "index": index,
                    "asset": asset.id,
                    "asset_url": links.asset(index, asset.id),
                    "thumbnail_url": links.thumbnail(index, asset.id),
                    **({"video_url": links.video(index, asset.id)} if asset.film else {}),
                    "reasons": shown["reasons"],
                    "place": asset_json(asset)["place"],
                },
            }
        case Attached(position, name):
            return {
                "content": _content(evidence),
                "title": evidence.title,
                "url": None,
                "filepath": name,
                "chunk_id": "0",
                "sightline": {"number": evidence.number, "attached": position},
            }
        case _:
            assert_never(evidence.origin)


def _address(index: str, asset: Asset, links: Links) -> str:
    """Where a browser finds the picture: at this server, or where it lies if it lies elsewhere."""
    elsewhere = not asset.sha256 and asset.location.startswith(("http://", "https://"))
    return asset.location if elsewhere else links.original(index, asset.id)


def _content(evidence: Evidence) -> str:
    """The words of a piece of evidence: its description and the text on it, else its tags."""
    read = "" if evidence.reading is None else evidence.reading.text
    words = [text for text in (evidence.description, read) if text.strip()]
    return "\n".join(words) or ", ".join(evidence.tags)
