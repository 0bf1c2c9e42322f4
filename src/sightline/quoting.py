"""Which words of a piece of evidence a sentence quotes, and where they stand on the picture."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sightline.assets import Line
from sightline.evidence import Evidence
from sightline.geometry import Polygon, bounds
from sightline.sentences import sentences

LONGEST = 500
"""Characters of a citation's content."""

_QUOTE = re.compile(r"“([^”]+)”|\"([^\"]+)\"|«([^»]+)»|「([^」]+)」")
_TOKEN = re.compile(r"\d+(?:[.,:/-]\d+)*|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\d_]+")
_MOST_OF = 0.6
_RUN = 3  # words in a row that are not shared by chance
_PLAIN_WORD, _FIGURE = 5, 4  # letters and digits that make one word telling

Tokens = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation:
    """Quoted words and their lines' polygons; `words` counts the words that agree."""

    content: str
    regions: tuple[Polygon, ...] = ()
    words: int = 0


def quotation(evidence: Evidence, sentence: str) -> Quotation:
    """What the sentence quotes from the evidence; what the evidence says at all if nothing."""
    candidates = (_from_lines(evidence, sentence), _from_description(evidence, sentence))
    best = max(candidates, key=lambda quoted: quoted.words)
    return best if best.words else Quotation(content=_gist(evidence))


def verbatim(evidence: Evidence, text: str, least: int) -> Quotation | None:
    """The words of the evidence that stand in the text, `least` or more in a row; None if none."""
    said = tokens(text)
    runs = {said[i : i + least] for i in range(len(said) - least + 1)}
    lines = evidence.reading.lines if evidence.reading else ()
    read = _covered([line.text for line in lines], runs, least)
    if read:
        chosen = [lines[index] for index in read]
        return _of_lines(chosen, words=least)
    pieces = sentences(evidence.description)
    described = _covered(pieces, runs, least)
    if described:
        return Quotation(content=_cut(" ".join(pieces[i] for i in described)), words=least)
    return None


def tokens(text: str) -> Tokens:
    """Words and numbers as they are compared: without case, signs and widths of print."""
    return tuple(_TOKEN.findall(unicodedata.normalize("NFKC", text).casefold()))


def nearest(same: Sequence[int], near: Collection[int], lines: Sequence[Line]) -> int:
    """Of lines with the same words, the one beside what was quoted already; else the first."""
    if len(same) == 1 or not near:
        return same[0]

    others = [bounds(lines[index].polygon) for index in near]

    def distance(index: int) -> float:
        a = bounds(lines[index].polygon)
        # Rows belong together, so height counts more than width.
        return min(
            4 * abs(a.top + a.bottom - b.top - b.bottom) + abs(a.left + a.right - b.left - b.right)
            for b in others
        )

    return min(same, key=distance)


def _from_lines(evidence: Evidence, sentence: str) -> Quotation:
    lines = evidence.reading.lines if evidence.reading else ()
    printed = {index: words for index, line in enumerate(lines) if (words := tokens(line.text))}
    chosen: dict[int, int] = {}
    for quote in _quotes(sentence):
        found = _whole_lines(printed, quote, lines, near=chosen)
        found = found or _part_of_a_line(printed, quote)
        if sum(found.values()) >= _MOST_OF * len(quote):
            chosen |= found
    if not chosen:
        said = tokens(_QUOTE.sub(" ", sentence))
        telling = {index: words for index, words in printed.items() if _is_telling(words)}
        chosen = _whole_lines(telling, said, lines, near=())
        chosen |= {i: n for i, n in _touched(printed, said).items() if i not in chosen}
    return _of_lines([lines[i] for i in sorted(chosen)], words=sum(chosen.values()))


def _whole_lines(
    printed: Mapping[int, Tokens], said: Tokens, lines: Sequence[Line], near: Collection[int]
) -> dict[int, int]:
    """The lines whose words stand in what was said, each word used once: line → words."""
    free = [True] * len(said)
    chosen: dict[int, int] = {}
    by_words: dict[Tokens, list[int]] = {}
    known = set(said)
    for index, words in printed.items():
        if words[0] in known:
            by_words.setdefault(words, []).append(index)
    # What stands once on the page shows where the quote is; then "39.90" is the one beside it.
    for words in sorted(by_words, key=lambda words: (len(by_words[words]) > 1, -len(words))):
        same = by_words[words]
        for start in _places(words, said):
            if all(free[start : start + len(words)]):
                free[start : start + len(words)] = [False] * len(words)
                index = nearest(same, chosen or near, lines)
                chosen[index] = len(words)
                same = [other for other in same if other != index] or same
    return chosen


def _part_of_a_line(printed: Mapping[int, Tokens], quote: Tokens) -> dict[int, int]:
    return next(({i: len(quote)} for i, words in printed.items() if _places(quote, words)), {})


def _touched(printed: Mapping[int, Tokens], said: Tokens) -> dict[int, int]:
    """Lines that share words in a row with what was said, or a figure that no other line has."""
    counts = Counter(word for words in printed.values() for word in set(words))
    known = set(said)
    touched = {}
    for index, words in printed.items():
        common = known.intersection(words)
        shared = _longest_shared(words, said) if len(common) >= _RUN else 0
        figure = any(counts[word] == 1 and _is_figure(word) for word in common)
        if shared >= _RUN or figure:
            touched[index] = max(shared, 1)
    return touched


def _from_description(evidence: Evidence, sentence: str) -> Quotation:
    pieces = sentences(evidence.description)
    printed = [tokens(piece) for piece in pieces]
    quotes = _quotes(sentence)
    chosen = {
        index: max(lengths)
        for index, words in enumerate(printed)
        if (lengths := [len(q) for q in quotes if _places(q, words) or _places(words, q)])
    }
    if not chosen:
        chosen = _touched(dict(enumerate(printed)), tokens(_QUOTE.sub(" ", sentence)))
    return Quotation(
        content=_cut(" ".join(pieces[i] for i in sorted(chosen))), words=sum(chosen.values())
    )


def _covered(pieces: Sequence[str], runs: set[Tokens], least: int) -> list[int]:
    """The pieces that hold words of these runs; a run may go over from one piece to the next."""
    stream = [(word, index) for index, piece in enumerate(pieces) for word in tokens(piece)]
    hit: dict[int, None] = {}
    for start in range(len(stream) - least + 1):
        window = stream[start : start + least]
        if tuple(word for word, _ in window) in runs:
            hit.update(dict.fromkeys(index for _, index in window))
    return list(hit)


def _of_lines(lines: Sequence[Line], *, words: int) -> Quotation:
    return Quotation(
        content=_cut(" ".join(line.text.strip() for line in lines)),
        regions=tuple(line.polygon for line in lines),
        words=words,
    )


def _quotes(sentence: str) -> list[Tokens]:
    found = (next(filter(None, match.groups())) for match in _QUOTE.finditer(sentence))
    return [words for words in map(tokens, found) if words]


def _is_telling(words: Tokens) -> bool:
    """Whether a line with these words is hardly met by chance in a sentence."""
    return len(words) > 1 or _is_figure(words[0]) or len(words[0]) >= _PLAIN_WORD


def _is_figure(word: str) -> bool:
    """A number that says which line is meant: a date, an amount, a telephone number."""
    return word[0].isdigit() and len(word) >= _FIGURE


def _places(words: Tokens, text: Tokens) -> list[int]:
    size = len(words)
    return [i for i in range(len(text) - size + 1) if text[i : i + size] == words]


def _longest_shared(a: Tokens, b: Tokens) -> int:
    """The length of the longest run of words in both."""
    best = 0
    ending = [0] * (len(b) + 1)
    for word in a:
        ending = [0, *(ending[j] + 1 if word == other else 0 for j, other in enumerate(b))]
        best = max(best, *ending)
    return best


def _gist(evidence: Evidence) -> str:
    read = evidence.reading.text.replace("\n", " ") if evidence.reading else ""
    return _cut(evidence.description or read or ", ".join(evidence.tags) or evidence.title)


def _cut(text: str) -> str:
    text = text.strip()
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"
