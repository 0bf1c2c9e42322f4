"""Documents with fields of somebody's own as an index of pictures to search.

The documents stay where they are and as they are: a `Mapping` says which field holds what. One
object serves one request and remembers the documents it has seen, so that a hit costs no second
look.
"""

import mimetypes
import re
from collections.abc import Callable, Collection
from collections.abc import Mapping as Map
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from sightline.assets import Asset, Tag, Vector, Where, Whole
from sightline.documents.base import Document, Documents, Query, VectorQuery
from sightline.documents.mapping import Mapping
from sightline.errors import (
    InvalidRequest,
    OriginalGone,
    SightlineError,
    UnknownAsset,
    UnknownDocument,
)
from sightline.index.base import Channel, IndexInfo, Scored
from sightline.index.exact import checked, identity_of, ranked
from sightline.index.literals import utc
from sightline.media.images import THUMBNAIL_SIDE, jpeg
from sightline.media.stills import stills

MOST: Final = 1000
"""Documents that a search service gives at once."""

_FETCHERS: Final = 8
_SEPARATORS: Final = "|,;~^\t\n"
_WORD: Final = re.compile(r"\w+")

Fetch = Callable[[str], bytes]
"""The bytes at an address of the documents' own service. Raises SightlineError for any other."""


class MappedIndex:
    """A `Searchable` over documents. `source` is what its assets are said to come from.

    `fetch` reads pictures from where the documents lie; without it they are known by their words
    and addresses only.
    """

    def __init__(
        self,
        info: IndexInfo,
        documents: Documents,
        mapping: Mapping,
        *,
        source: str,
        fetch: Fetch | None = None,
    ) -> None:
        self._info = info
        self._documents = documents
        self._mapping = mapping
        self._source = source
        self._fetch = fetch
        self._seen: dict[str, Document] = {}
        self._key_is_filterable = documents.definition.key.filterable

    @property
    def info(self) -> IndexInfo:
        """What the index is called here, and the encoders that its vectors are of."""
        return self._info

    @property
    def mapping(self) -> Mapping:
        """Which field holds what."""
        return self._mapping

    def count(self, where: Where | None = None) -> int:
        """How many documents it holds, or how many of them fit."""
        if where is None:
            return self._documents.count()
        counted = Query(filter=self._filter(where), select=self._select, top=1, count=True)
        return self._documents.search(counted).total or 0

    def near(
        self, channel: Channel, vector: Vector, k: int, where: Where | None = None
    ) -> list[Scored]:
        """The `k` documents with the highest cosine to `vector`, best first."""
        return self._near(channel, vector, k, self._filter(where))

    def matching(self, words: str, k: int, where: Where | None = None) -> list[Scored]:
        """The `k` documents that hold any of the words, by the BM25 of where they lie."""
        plain = " ".join(_WORD.findall(words))  # quotes, stars and signs are operators there
        if k < 1 or not plain:
            return []
        query = Query(
            words=plain, filter=self._filter(where), select=self._select, top=min(k, MOST)
        )
        found = self._documents.search(query).found
        return ranked(Scored(self._remember(one.document), one.score) for one in found)

    def cosines(self, channel: Channel, vector: Vector, ids: Collection[str]) -> dict[str, float]:
        """How near these documents are; none where the key cannot be filtered by.

        The vectors themselves are often hidden, so the search is asked again, among these only.
        """
        separator = next((c for c in _SEPARATORS if not any(c in key for key in ids)), "")
        if not ids or not separator or not self._key_is_filterable:
            return {}
        keys = separator.join(ids).replace("'", "''")
        among = f"search.in({self._mapping.key}, '{keys}', '{separator}')"
        return {one.id: one.score for one in self._near(channel, vector, len(ids), among)}

    def assets(self, ids: Collection[str]) -> dict[str, Asset]:
        """The documents as assets; those that are gone are left out."""
        found = {}
        for key in ids:
            with suppress(UnknownDocument):
                found[key] = self._asset(key, self._document(key))
        return found

    def thumbnail(self, id: str) -> bytes:
        """The document's own small picture. Raises UnknownAsset, OriginalGone when it has none."""
        return self._picture(id, self._mapping.thumbnail or self._mapping.url)

    def thumbnails(self, ids: Collection[str]) -> dict[str, bytes]:
        """Those that can be fetched from where the documents lie."""
        if not self._mapping.thumbnail or self._fetch is None:
            return {}

        def small(key: str) -> bytes:
            try:
                found = self.thumbnail(key)
                return jpeg(stills(found, max_side=THUMBNAIL_SIDE).stills[0].pixels)
            except SightlineError:  # a search goes on without looking at this one closely
                return b""

        with ThreadPoolExecutor(_FETCHERS) as pool:
            fetched = zip(ids, pool.map(small, ids), strict=True)
        return {key: data for key, data in fetched if data}

    def original(self, id: str) -> bytes:
        """The picture that the document speaks of. Raises UnknownAsset, OriginalGone."""
        return self._picture(id, self._mapping.url)

    def browse(self, offset: int, limit: int, where: Where | None = None) -> list[Asset]:
        """A page of all, or of those that fit, by key where the key can be sorted by."""
        key = self._documents.definition.key
        order = ((key.name, False),) if key.sortable else ()
        query = Query(
            filter=self._filter(where),
            order=order,
            select=self._select,
            top=min(limit, MOST),
            skip=offset,
        )
        found = self._documents.search(query).found
        return [self._asset(self._remember(one.document), one.document) for one in found]

    def _near(self, channel: Channel, vector: Vector, k: int, condition: str) -> list[Scored]:
        checked(vector, identity_of(self._info, channel))
        field = {
            "picture": self._mapping.image_vector,
            "concept": self._mapping.concept_vector,
            "description": self._mapping.description_vector,
        }[channel]
        if k < 1 or not field or not vector.any():
            return []
        k = min(k, MOST)
        asked = VectorQuery(fields=(field,), vector=vector, k=k)
        query = Query(vectors=(asked,), filter=condition, select=self._select, top=k)
        found = self._documents.search(query).found
        return ranked(Scored(self._remember(one.document), _cosine(one.score)) for one in found)

    @property
    def _select(self) -> tuple[str, ...]:
        return self._mapping.shown

    def _remember(self, document: Document) -> str:
        key = str(document[self._mapping.key])
        self._seen[key] = document
        return key

    def _document(self, key: str) -> Document:
        if key not in self._seen:
            self._seen[key] = self._documents.get(key, self._select)
        return self._seen[key]

    def _picture(self, id: str, field: str) -> bytes:
        try:
            address = str(self._document(id).get(field) or "")
        except UnknownDocument as error:
            raise UnknownAsset(f"The index {self._info.name!r} has no asset {id!r}.") from error
        if not address or self._fetch is None:
            raise OriginalGone(
                f"The picture of {id!r} in the index {self._info.name!r} cannot be read here: its "
                f"document has {'an address' if address else 'no address'} elsewhere.",
                hint="Only pictures of the service itself are fetched.",
            )
        return self._fetch(address)

    def _filter(self, where: Where | None) -> str:
        """The condition in the service's own language. Raises InvalidRequest for what it lacks."""
        if where is None:
            return ""
        parts = [] if where.filter is None else [f"({where.filter.text})"]
        if where.source is not None and where.source != self._source:
            parts.append(f"{self._mapping.key} eq null")  # no document comes from elsewhere
        if where.key_prefix:
            raise InvalidRequest(
                f"The index {self._info.name!r} lies at a search service, which knows no prefixes "
                "of names.",
                hint="Use 'filter' with a field of that index.",
                param="where.key_prefix",
            )
        if where.tag is not None:
            field = self._needed(self._mapping.tags, "tag")
            spellings = dict.fromkeys((where.tag, where.tag.casefold()))
            wanted = " or ".join(f"t eq {_text(tag)}" for tag in spellings)
            parts.append(f"{field}/any(t: {wanted})")
        if where.described is not None:
            fields = self._mapping.content or (self._needed("", "descriptions"),)
            said = " or ".join(f"({field} ne null and {field} ne '')" for field in fields)
            parts.append(f"({said})" if where.described else f"not ({said})")
        for moment, sign in ((where.taken_from, "ge"), (where.taken_until, "le")):
            if moment is not None:
                field = self._needed(self._mapping.taken_at, "taken_from and taken_until")
                parts.append(f"{field} {sign} {utc(moment).isoformat()}")
        return " and ".join(parts)

    def _needed(self, field: str, what: str) -> str:
        if field:
            return field
        raise InvalidRequest(
            f"The index {self._info.name!r} has no field for {what}.",
            hint="Use 'filter' with a field of that index.",
            param="where",
        )

    def _asset(self, key: str, document: Document) -> Asset:
        mapping = self._mapping

        def text(field: str) -> str:
            return str(document.get(field) or "") if field else ""

        name = text(mapping.filepath) or text(mapping.title) or key
        return Asset(
            id=key,
            key=name,
            source=self._source,
            location=text(mapping.url),
            place=Whole(),
            sha256="",
            size=0,
            etag="",
            media_type=text(mapping.media_type) or mimetypes.guess_type(name)[0] or "",
            width=_number(document, mapping.width),
            height=_number(document, mapping.height),
            description="\n".join(filter(None, map(text, mapping.content))),
            tags=tuple(Tag(str(tag), 1.0) for tag in document.get(mapping.tags) or ()),
            taken_at=_moment(text(mapping.taken_at)),
        )


def _cosine(score: float) -> float:
    """From a service's score of a single vector query, which is 1 / (2 - cosine)."""
    return min(max(2.0 - 1.0 / score, -1.0), 1.0) if score > 0 else -1.0


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _number(document: Map[str, Any], field: str) -> int:
    value = document.get(field)
    return value if isinstance(value, int) else 0


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
