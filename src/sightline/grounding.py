"""Words of an answer tied to regions of the pictures they speak of. Pure: text in, spans out."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from sightline.answer_words import AnswerWord, answer_words, sentence_starts
from sightline.assets import Reading
from sightline.evidence import Span
from sightline.naming import Names, Similarity, meant
from sightline.noun_phrases import Phrase, noun_phrases
from sightline.picture_mentions import pictures_meant
from sightline.read_words import Page, Run, runs_read
from sightline.regions import Region

READ = "text"
"""The source of spans that repeat what was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was found on one picture of a question; `image_index` counts from 0."""

    image_index: int
    regions: tuple[Region, ...] = ()
    reading: Reading | None = None


@dataclass(slots=True)
class _Tie:
    """Characters `start`..`end` of the answer and the spans they give."""

    start: int
    end: int
    rank: int
    spans: list[Span] = field(default_factory=list)


def ground(text: str, seen: Sequence[Seen], similarity: Similarity | None = None) -> list[Span]:
    """The spans of an answer, in order; what was not found on a picture has none.

    Spans of one offset are the several places of one phrase, surest first within a picture. Other
    spans do not overlap: quotations come first, then what is longest. `similarity` ties phrases
    whose words match no name but that mean the same.
    """
    words = answer_words(text)
    starts = list(sentence_starts(text))
    pictures = pictures_meant(text, words, starts)
    things: dict[tuple[int, int], _Tie] = {}
    quotes: dict[tuple[int, int], _Tie] = {}
    for phrase, picture, region in _things(text, seen, similarity):
        if pictures.allow(phrase.offset, picture.image_index):
            end = phrase.offset + len(phrase.text)
            tie = things.setdefault((phrase.offset, end), _Tie(phrase.offset, end, rank=1))
            tie.spans.append(_region_span(text, phrase, picture, region))
    for picture, run in _read(text, words, starts, seen):
        start, end = words[run.start].start, words[run.end - 1].end
        if pictures.allow(start, picture.image_index):
            tie = quotes.setdefault((start, end), _Tie(start, end, rank=0 if run.quoted else 2))
            tie.spans.append(_read_span(text, start, end, picture, run))
    return [span for tie in _apart((*things.values(), *quotes.values())) for span in tie.spans]


def named_by(
    names: Sequence[str], regions: Sequence[Region], similarity: Similarity | None = None
) -> dict[str, list[Region]]:
    """The regions that each of several names of things names, surest first."""
    found: dict[str, list[Region]] = {}
    here = Names(regions)
    said = {name: noun_phrases(name, here.known) for name in names}
    for name, phrases in said.items():
        found[name] = here.named([word.text for word in answer_words(name)])
        found[name] = found[name] or _together(_by_words(phrases, here))
        if similarity is not None and not found[name]:
            found[name] = _together(_by_meaning(similarity, phrases, here))
    claimed = {id(region) for named in found.values() for region in named}
    for name, phrases in said.items():
        if not found[name]:
            alike = _together(_taken_for(phrases, here))
            found[name] = [region for region in alike if id(region) not in claimed]
    return found


def _together(found: Iterable[Sequence[Region]]) -> list[Region]:
    once = {id(region): region for regions in found for region in regions}
    return sorted(once.values(), key=lambda region: -region.score)


def _things(
    text: str, seen: Sequence[Seen], similarity: Similarity | None
) -> Iterator[tuple[Phrase, Seen, Region]]:
    """Every phrase with every region it names.

    A phrase that names none by its words may name some by its meaning, and else what no other
    phrase names: things that an engine without a name for them shows as something alike.
    """
    of_pictures = [Names(picture.regions) for picture in seen]
    known = set().union(*(names.known for names in of_pictures))
    phrases = [
        phrase
        for phrase in (noun_phrases(text, known) if any(p.regions for p in seen) else [])
        if not phrase.denied and not phrase.colour
    ]
    rounds: list[Callable[[Sequence[Phrase], Names], list[list[Region]]]] = [_by_words]
    if similarity is not None:
        rounds.append(partial(_by_meaning, similarity))
    rounds.append(_taken_for)
    claimed: set[int] = set()
    for find in rounds:
        found = [find(phrases, names) for names in of_pictures] if phrases else []
        for number, phrase in enumerate(phrases):
            for picture, by_phrase in zip(seen, found, strict=True):
                for region in by_phrase[number]:
                    if find is not _taken_for or id(region) not in claimed:
                        yield phrase, picture, region
        claimed |= {
            id(region) for by_phrase in found for regions in by_phrase for region in regions
        }
        phrases = [
            phrase
            for number, phrase in enumerate(phrases)
            if not any(by_phrase[number] for by_phrase in found)
        ]


def _by_meaning(
    similarity: Similarity, phrases: Sequence[Phrase], names: Names
) -> list[list[Region]]:
    return meant([phrase.words for phrase in phrases], names, similarity)


def _taken_for(phrases: Sequence[Phrase], names: Names) -> list[list[Region]]:
    return [names.taken_for(phrase.words) for phrase in phrases]


def _by_words(phrases: Sequence[Phrase], names: Names) -> list[list[Region]]:
    cache: dict[tuple[str, ...], list[Region]] = {}
    for phrase in phrases:
        if phrase.words not in cache:
            cache[phrase.words] = names.named(phrase.words)
    return [cache[phrase.words] for phrase in phrases]


def _read(
    text: str, words: Sequence[AnswerWord], starts: Sequence[int], seen: Sequence[Seen]
) -> Iterable[tuple[Seen, Run]]:
    for picture in seen:
        if picture.reading is not None:
            for run in runs_read(text, words, starts, Page.of(picture.reading)):
                yield picture, run


def _region_span(text: str, phrase: Phrase, picture: Seen, region: Region) -> Span:
    end = phrase.offset + len(phrase.text)
    return Span(
        text=text[phrase.offset : end],
        offset=phrase.offset,
        length=end - phrase.offset,
        polygon=region.polygon,
        image_index=picture.image_index,
        label=region.label,
        score=region.score,
        source=region.source,
    )


def _read_span(text: str, start: int, end: int, picture: Seen, run: Run) -> Span:
    return Span(
        text=text[start:end],
        offset=start,
        length=end - start,
        polygon=run.polygon,
        image_index=picture.image_index,
        label=run.text,
        score=run.confidence,
        source=READ,
    )


def _apart(ties: Iterable[_Tie]) -> list[_Tie]:
    """The ties that do not overlap, in order: quotations first, then the longest."""
    chosen: list[_Tie] = []
    starts: list[int] = []
    for tie in sorted(ties, key=lambda t: (t.rank > 0, t.start - t.end, t.rank, t.start)):
        place = bisect_right(starts, tie.start)
        after_the_last = place == 0 or chosen[place - 1].end <= tie.start
        before_the_next = place == len(chosen) or tie.end <= chosen[place].start
        if after_the_last and before_the_next and tie.spans:
            chosen.insert(place, tie)
            starts.insert(place, tie.start)
    return chosen
