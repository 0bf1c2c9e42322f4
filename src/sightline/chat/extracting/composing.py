"""Found passages as a short answer: quotes with marks, and plain words for what is missing."""

import re
from collections.abc import Mapping, Sequence

from sightline.chat.extracting.excerpts import everything
from sightline.chat.extracting.finding import Found
from sightline.chat.extracting.passages import Page, Passage
from sightline.chat.extracting.phrasing import Limit
from sightline.evidence import Attached
from sightline.untrusted import one_line

NOTHING = (
    "I found nothing in the pictures or their descriptions that answers “{question}”; "
    "“not found” does not mean “not in the picture”."
)
UNSURE = "I cannot tell from quotes alone: “{question}”."
LIMITS: dict[Limit, str] = {
    "count": "I cannot count what is in a picture.",
    "compare": "I cannot compare.",
    "advise": "I cannot give advice.",
    "confirm": "I cannot say yes or no.",
}
MOST_SENTENCES = 6
_LONGEST_QUOTE = 400
_LONGEST_QUESTION = 200

Groups = Mapping[tuple[int, str], Sequence[Passage]]
"""What is quoted, by evidence and by how it is known."""


def compose(findings: Sequence[Found], pages: Mapping[int, Page]) -> list[str]:
    """The sentences of the answer; a picture with few words is quoted whole at the end."""
    groups = _grouped(findings)
    missing = [_clean(found.part.text) for found in findings if not found.passages]
    quoted = [_sentence(pages[number], how, groups) for number, how in groups]
    matched = any(how == "matched" for _, how in groups)
    whole = [
        sentence
        for page in pages.values()
        if isinstance(page.evidence.origin, Attached)
        for sentence in _rest_of(page, groups, with_looks=bool(missing) and not matched)
    ]
    limits = dict.fromkeys(found.part.limit for found in findings if found.part.limit)
    sentences = [LIMITS[limit] for limit in limits] + quoted[: MOST_SENTENCES - 1]
    if missing:
        question = one_line("” and “".join(missing), _LONGEST_QUESTION)
        sentences.append((UNSURE if whole else NOTHING).format(question=question))
    return sentences + whole[: max(MOST_SENTENCES - len(sentences), 0)]


def _grouped(findings: Sequence[Found]) -> dict[tuple[int, str], list[Passage]]:
    """Nothing is quoted twice; what was asked first comes first."""
    groups: dict[tuple[int, str], list[Passage]] = {}
    for found in findings:
        for passage in found.passages:
            how = "matched" if found.matched else passage.kind
            key = (passage.number, how)
            if any(
                _within(passage, other)
                for (n, _), ps in groups.items()
                for other in ps
                if n == passage.number
            ):
                continue
            groups.setdefault(key, []).append(passage)
    return groups


def _within(passage: Passage, other: Passage) -> bool:
    read = passage.lines and set(passage.lines) <= set(other.lines)
    return bool(read) or passage.text == other.text


def _sentence(page: Page, how: str, groups: Groups) -> str:
    passages = groups[page.number, how]
    same = [number for number, other in groups if other == how]
    again = same.index(page.number) > 0
    name = f" of {_clean(page.entity)}" if page.entity and not passages[0].titular else ""
    subject = {
        "read": "Another picture reads" if again else "The picture reads",
        "described": f"{'Another' if again and not name else 'The'} description{name} says",
        "matched": "It may as well be" if again else "The best match is",
        "seen": "By its look it may be",
    }[how]
    return f"{subject} {_quotes(passages)} [doc{page.number}]."


def _rest_of(page: Page, groups: Groups, *, with_looks: bool) -> list[str]:
    """Few words are quoted whole, unless they have been; and what it looks like, if wanted."""
    sentences = []
    words = everything(page)
    done = {index for passage in groups.get((page.number, "read"), ()) for index in passage.lines}
    if not done.issuperset(index for passage in words for index in passage.lines):
        sentences.append(f"All that was read on it: {_quotes(words)} [doc{page.number}].")
    if with_looks and page.seen and (page.number, "seen") not in groups:
        looks = {(page.number, "seen"): page.seen}
        sentences.append(_sentence(page, "seen", looks))
    return sentences


def _quotes(passages: Sequence[Passage]) -> str:
    quotes = [
        f"“{_clean(passage.text)}”"
        + (f" (under “{_clean(passage.heading)}”)" if passage.heading else "")
        for passage in passages
    ]
    return quotes[0] if len(quotes) == 1 else f"{', '.join(quotes[:-1])} and {quotes[-1]}"


def _clean(text: str) -> str:
    """Words that cannot be taken for the answer's own quotation or citation marks."""
    text = re.sub(r"[\[【［](?=\s*doc)", "(", one_line(text, _LONGEST_QUOTE), flags=re.IGNORECASE)
    return text.replace("“", "‘").replace("”", "’")
