"""Words of an answer that repeat what was read on a picture, and where it stands.

Words in a row that stand in one line are a run. A run of most of a line is the line; any other is
the part of the line from its first word to its last. Runs that are short or common could have met
by chance: they count only in quotation marks, or beside what surely was read.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from sightline.answer_words import AnswerWord, Gap, printed_words
from sightline.assets import Line, Reading, Word
from sightline.english_words import (
    ADJECTIVES,
    DETERMINERS,
    FUNCTION_WORDS,
    VERB_FORMS,
    vocabulary,
)
from sightline.geometry import Polygon, bounds
from sightline.quoted_rows import in_one_row, level, lines_of_quotations
from sightline.quoting import nearest
from sightline.stretches import Chosen, Stretch

WHOLE_LINE = 0.8
"""The share of a line's characters that makes a run the line."""

ALIKE = 0.85
"""The least likeness (1 less edits a character) of words of `SHORTEST_MISREAD` or more letters."""

SHORTEST_MISREAD = 5
_LONE_WORD, _LONE_FIGURE, _RUN, _CJK_RUN = 4, 2, 3, 2
_SHORT = 3
_BESIDE = 4  # words between "total" and its number
_GLUED = 8  # letters of a line that is looked for without its blanks
_LITTLE = 3  # characters between words that still follow one another
_EVERYWHERE = 200  # places on a page of a word that shows no place any more

_CLOSING = {"“": "”", '"': '"', "«": "»", "「": "」", "『": "』", "‘": "’"}
_OPENING = re.compile(f"[{''.join(_CLOSING)}]")
_ON_ONE_LINE = {'"', "‘"}  # an inch and an apostrophe open nothing
_CJK = re.compile(r"[\u3005-\u3007\u30a0-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]")
_PARTICLES = frozenset("的是在了和有这那个我你他她它们不也就都")
_COMMON = FUNCTION_WORDS | DETERMINERS
_OF_FORMS = vocabulary(
    """
    total subtotal date name price amount tax number address time page phone note open closed item
    quantity sale order invoice receipt cash change sign text title menu street store shop
    """
)
"""Words that stand on so many papers that alone they point at none."""
_SAYS_LITTLE = _COMMON | _OF_FORMS


Quotes = dict[int, tuple[int, int]]
"""For every word in quotation marks, the first and last (exclusive) of its quotation."""

Rows = Mapping[int, Collection[int]]
"""For every word of a quoted row, the lines of the rows where the quotation stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The words `start`..`end` (numbers, `end` exclusive) of an answer stand at `polygon`.

    `quoted`: inside quotation marks. `text` is the line's, or the part of it that agrees.
    """

    start: int
    end: int
    polygon: Polygon
    text: str
    confidence: float
    quoted: bool


@dataclass(slots=True)
class Page:
    """What was read on a picture, made ready to be looked up.

    `level` are the lines with their places when the page is turned so that it can be read.
    """

    lines: tuple[Line, ...]
    level: tuple[Line, ...]
    words: list[list[AnswerWord]] = field(default_factory=list)
    places: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    @classmethod
    def of(cls, reading: Reading) -> "Page":
        """The page of a reading."""
        words = [printed_words(line.text) for line in reading.lines]
        places: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, line in enumerate(words):
            for place, word in enumerate(line):
                places[word.text].append((number, place))
        return cls(reading.lines, level(reading.lines), words, dict(places))


def runs_read(
    text: str, words: Sequence[AnswerWord], starts: Sequence[int], page: Page
) -> list[Run]:
    """The runs of an answer's words that stand on a page; `starts` are those of its sentences."""
    if not page.places or not words:
        return []
    quotes = _quotes(text, words)
    misread = _misread(words, page)
    rows = lines_of_quotations(
        [word.text for word in words],
        dict.fromkeys(quotes.values()),
        page.level,
        [[word.text for word in line] for line in page.words],
    )
    by_sentence: dict[int, list[list[Stretch]]] = defaultdict(list)
    for same in chain(_stretches(words, page, misread), _otherwise_spelt(words, page, quotes)):
        sentence = bisect_right(starts, words[same[0].start].start)
        row = rows.get(same[0].start, ())
        by_sentence[sentence].append([s for s in same if s.line in row] or same)
    found: list[Run] = []
    for sentence in sorted(by_sentence):
        found += _of_sentence(by_sentence[sentence], words, page, quotes, rows)
    return sorted(found, key=lambda run: run.start)


def _of_sentence(
    candidates: Sequence[list[Stretch]],
    words: Sequence[AnswerWord],
    page: Page,
    quotes: Quotes,
    rows: Rows,
) -> list[Run]:
    """The runs of one sentence, longest first; of equal lines the one beside the others."""
    chosen = Chosen()
    taken: set[int] = set()
    by_start: dict[int, list[Stretch]] = defaultdict(list)
    for same in candidates:
        by_start[same[0].start] += same

    def choose(fits: Callable[[Stretch], bool]) -> None:
        accepted = []
        for same in sorted(candidates, key=lambda same: -same[0].size):
            span = range(same[0].start, same[0].end)
            if not taken.intersection(span) and (fitting := [s for s in same if fits(s)]):
                taken.update(span)
                accepted.append(fitting)
        # What stands once on the page shows where the quote is.
        for fitting in sorted(accepted, key=len):
            fresh = [s for s in fitting if not chosen.shares_words(s)] or fitting
            if len(fresh) > 1:
                fresh = _named_beside(fresh, by_start, words, page)
            by_line = {stretch.line: stretch for stretch in reversed(fresh)}
            # A price belongs to what was named last, or else is named next.
            beside = chosen.nearest(fitting[0])
            near = [] if beside is None else [beside.line]
            chosen.add(by_line[nearest(sorted(by_line), near, page.level)])

    choose(lambda stretch: _tells(stretch, words, page, quotes, rows))
    figures = Chosen(s for s in chosen.in_order if any(map(_is_figure, words[s.start : s.end])))
    choose(lambda stretch: _is_beside(stretch, words, page, figures.within(_BESIDE, stretch)))
    return [_run(stretch, page, quoted=_in_quotes(stretch, quotes)) for stretch in chosen.in_order]


def _named_beside(
    fitting: list[Stretch],
    by_start: Mapping[int, Sequence[Stretch]],
    words: Sequence[AnswerWord],
    page: Page,
) -> list[Stretch]:
    """Those of equal figures in whose row stands the word that is nearest to them in the answer."""
    figure = fitting[0]
    if not any(map(_is_figure, words[figure.start : figure.end])):
        return fitting
    near = range(max(figure.start - _BESIDE - _RUN, 0), figure.end + _BESIDE + 1)
    names = [name for start in near for name in by_start.get(start, ())]
    named: dict[tuple[int, bool], list[Stretch]] = defaultdict(list)
    for name in names:
        if name.end <= figure.start or name.start >= figure.end:
            for stretch in fitting:
                if _is_beside(name, words, page, [stretch]):
                    named[name.apart(stretch)].append(stretch)
    return named[min(named)] if named else fitting


def _stretches(
    words: Sequence[AnswerWord], page: Page, misread: Mapping[str, Sequence[str]]
) -> Iterator[list[Stretch]]:
    """The longest agreeing stretches from every word on, those of one length together."""
    going: dict[tuple[int, int], Stretch] = {}
    ended: list[Stretch] = []
    for number, word in enumerate(words):
        places = [(place, 0) for place in page.places.get(word.text, ())]
        for other in misread.get(word.text, ()):
            places += [(place, 1) for place in page.places[other]]
        goes_on = number > 0 and word.start - words[number - 1].end <= _LITTLE
        following: dict[tuple[int, int], Stretch] = {}
        for (line, place), wrong in places:
            before = going.pop((line, place - 1), None) if goes_on else None
            if before is not None:
                following[line, place] = Stretch(
                    before.start, before.size + 1, line, before.first, before.misread + wrong
                )
            elif len(places) <= _EVERYWHERE:
                following[line, place] = Stretch(number, 1, line, place, wrong)
        ended += going.values()
        going = following
    ended += going.values()
    same: dict[tuple[int, int], list[Stretch]] = defaultdict(list)
    for stretch in sorted(ended, key=lambda s: (s.start, -s.size, s.misread, s.line, s.first)):
        same[stretch.start, stretch.size].append(stretch)
    yield from same.values()


def _otherwise_spelt(
    words: Sequence[AnswerWord], page: Page, quotes: Quotes
) -> Iterator[list[Stretch]]:
    """Whole lines whose words were run together or cut, and quotations that are nearly a line."""
    joined = ["".join(word.text for word in line) for line in page.words]
    said = "".join(word.text for word in words)
    starts = [0, *accumulate(len(word.text) for word in words)]
    number_at = {place: number for number, place in enumerate(starts)}
    for line, text in enumerate(joined):
        place = said.find(text) if len(text) >= _GLUED else -1
        begin, end = number_at.get(place), number_at.get(place + len(text))
        if begin is not None and end is not None and place >= 0:
            yield [Stretch(begin, end - begin, line, 0, width=len(page.words[line]))]
    spans = sorted(set(quotes.values()))
    by_text: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for begin, end in spans:
        by_text["".join(word.text for word in words[begin:end])].append((begin, end))
    quoted = [quote for quote in by_text if len(quote) >= SHORTEST_MISREAD]
    for quote, line in _alike(quoted, joined):
        if _digits(quote) == _digits(joined[line]):
            for begin, end in by_text[quote]:
                yield [Stretch(begin, end - begin, line, 0, width=len(page.words[line]))]


def _alike(said: Sequence[str], printed: Sequence[str]) -> Iterator[tuple[str, int]]:
    """What was said with the number of what was printed, where few letters differ."""
    if said and printed:
        likeness = process.cdist(
            said, printed, scorer=Levenshtein.normalized_similarity, score_cutoff=ALIKE
        )
        for row, column in zip(*np.nonzero(likeness), strict=True):
            yield said[row], int(column)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _tells(
    stretch: Stretch,
    words: Sequence[AnswerWord],
    page: Page,
    quotes: Quotes,
    rows: Rows,
) -> bool:
    """Whether the stretch is hardly met by chance."""
    said = words[stretch.start : stretch.end]
    letters = sum(len(word.text) for word in said)
    if stretch.misread and (letters < SHORTEST_MISREAD or stretch.misread * 2 > stretch.size):
        return _in_quotes(stretch, quotes) and letters >= SHORTEST_MISREAD
    if _in_quotes(stretch, quotes):
        # A word of a quotation that reads otherwise is no quotation.
        begin, end = quotes[stretch.start]
        whole = stretch.start == begin and stretch.end == end
        in_row = not stretch.misread and stretch.line in rows.get(stretch.start, ())
        return whole or in_row or _tells(stretch, words, page, {}, {})
    signs = [word.text for word in said if _CJK.match(word.text)]
    if signs:
        return (
            len(said) >= _CJK_RUN and sum(sign not in _PARTICLES for sign in signs) >= _CJK_RUN
        ) or any(_is_figure(word) for word in said)
    if any(_is_figure(word) for word in said):
        return True
    content = [word for word in said if word.text not in _COMMON and len(word.text) >= _SHORT]
    if stretch.size >= _RUN:
        return bool(content)
    if stretch.size > 1:
        plain = all(word.text in ADJECTIVES or word.text in VERB_FORMS for word in content)
        return (len(content) == stretch.size and not plain) or (
            bool(content) and _covers(stretch, page)
        )
    return _lone_word_tells(said[0], stretch, page)


def _lone_word_tells(word: AnswerWord, stretch: Stretch, page: Page) -> bool:
    """Whether one word is a name in the middle of a sentence, or all that a line says."""
    if word.is_number or len(word.text) < _LONE_WORD or word.text in _SAYS_LITTLE:
        return False
    is_name = word.is_name and word.gap is not Gap.CUT
    return is_name or _covers(stretch, page)


def _is_figure(word: AnswerWord) -> bool:
    return word.is_number and sum(map(str.isdigit, word.text)) >= _LONE_FIGURE


def _is_beside(
    stretch: Stretch,
    words: Sequence[AnswerWord],
    page: Page,
    figures: Sequence[Stretch],
) -> bool:
    """Whether a word like "total" stands in the answer and on the page beside its number."""
    content = [w.text for w in words[stretch.start : stretch.end] if w.text not in _COMMON]
    if not any(len(text) >= _LONE_WORD for text in content):
        return False
    return any(
        max(figure.start - stretch.end, stretch.start - figure.end) <= _BESIDE
        and in_one_row(page.level[stretch.line], page.level[figure.line])
        for figure in figures
    )


def _misread(words: Sequence[AnswerWord], page: Page) -> dict[str, list[str]]:
    """For words that the page has not: the printed words that differ by a letter in six or so."""

    def long_enough(texts: Collection[str]) -> list[str]:
        return [t for t in texts if len(t) >= SHORTEST_MISREAD and not t[0].isdigit()]

    said = long_enough({word.text for word in words} - page.places.keys())
    printed = long_enough(page.places.keys())
    found: dict[str, list[str]] = defaultdict(list)
    for word, number in _alike(said, printed):
        found[word].append(printed[number])
    return dict(found)


def _quotes(text: str, words: Sequence[AnswerWord]) -> Quotes:
    starts = [word.start for word in words]
    quoted: dict[int, tuple[int, int]] = {}
    for span in _quotations(text):
        begin, end = (bisect_right(starts, place - 1) for place in span)
        quoted.update(dict.fromkeys(range(begin, end), (begin, end)))
    return quoted


def _quotations(text: str) -> Iterator[tuple[int, int]]:
    """Where quotations begin and end, their marks included; every sign is looked at once."""
    ahead: dict[str, int] = {}

    def following(sign: str, place: int) -> int:
        if ahead.get(sign, 0) <= place:
            found = text.find(sign, place + 1)
            ahead[sign] = found if found >= 0 else len(text)
        return ahead[sign]

    done = 0
    for opening in _OPENING.finditer(text):
        place = opening.start()
        end = following(_CLOSING[opening[0]], place)
        most = following("\n", place) if opening[0] in _ON_ONE_LINE else len(text)
        if place >= done and place + 1 < end < most:
            done = end + 1
            yield place, done


def _in_quotes(stretch: Stretch, quotes: Quotes) -> bool:
    begin, end = quotes.get(stretch.start, (0, 0))
    return begin <= stretch.start and stretch.end <= end


def _covers(stretch: Stretch, page: Page) -> bool:
    printed = page.words[stretch.line]
    said = printed[stretch.first : stretch.last]
    return _letters(said) >= WHOLE_LINE * _letters(printed)


def _letters(words: Sequence[AnswerWord]) -> int:
    return sum(word.end - word.start for word in words)


def _run(stretch: Stretch, page: Page, *, quoted: bool) -> Run:
    line = page.lines[stretch.line]
    printed = page.words[stretch.line][stretch.first : stretch.last]
    begin, end = printed[0].start, printed[-1].end
    parts = [] if _covers(stretch, page) else _words_within(line, begin, end)
    if not parts:
        # A reader that gives no words, or a whole line: the line is as near as it can be said.
        polygon, said, confidence = line.polygon, line.text, line.confidence
    else:
        polygon = _from_to(parts[0].polygon, parts[-1].polygon)
        said, confidence = line.text[begin:end], min(part.confidence for part in parts)
    return Run(
        start=stretch.start,
        end=stretch.end,
        polygon=polygon,
        text=said,
        confidence=confidence,
        quoted=quoted,
    )


def _words_within(line: Line, begin: int, end: int) -> list[Word]:
    """The words of the line that have characters in `begin`..`end` of its text."""
    place = 0
    within = []
    for word in line.words:
        start = line.text.find(word.text, place)
        if start < 0:
            return []
        place = start + len(word.text)
        if start < end and place > begin:
            within.append(word)
    return within


def _from_to(first: Polygon, last: Polygon) -> Polygon:
    """From the left edge of the first word to the right edge of the last, along the line."""
    if len(first) == len(last) == len(("tl", "tr", "br", "bl")):
        return (first[0], last[1], last[2], first[3])
    return bounds((*first, *last)).polygon
