"""The noun phrases of an answer, found by closed classes of words, without a language model.

A phrase is a determiner, its modifiers and a head: "a large red sofa". What is taken for a phrase
and is none ("the sun sets") names nothing that was found and does no harm.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from sightline.answer_words import AnswerWord, Gap, answer_words
from sightline.denials import denied_chunks
from sightline.english_words import (
    ADJECTIVES,
    COLOUR_NAMES,
    COLOURS,
    COUNTING_ONE,
    DETERMINERS,
    FUNCTION_WORDS,
    NOT_THINGS,
    PEOPLE,
    QUANTITIES,
    SAID_OF_COLOURS,
    VERB_FORMS,
    is_adverb,
    is_participle,
    is_plain_adjective,
    is_verb_after,
)
from sightline.synonyms import singular

MOST_PHRASES = 40
"""What a detector is asked for at once."""

_MODIFIERS = 8  # before a noun; nobody says more
_BEFORE_QUANTITIES = DETERMINERS | ADJECTIVES
_PLURAL_ONLY = {"glasses", "scissors", "binoculars", "sports", "pants", "goggles"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A noun phrase: `text` stands at `offset`, determiner and modifiers included.

    `words` are those of the thing, without determiner, in small letters; `head` is the last.
    `denied`: the sentence says that it is not there. `colour`: it is only a colour's name.
    """

    offset: int
    text: str
    words: tuple[str, ...]
    denied: bool = False
    colour: bool = False

    @property
    def head(self) -> str:
        """What the thing is: the last word."""
        return self.words[-1]


Known = Collection[tuple[str, ...]]
"""Names of things as words in the singular; a known name is never cut in two."""


def noun_phrases(text: str, known: Known = ()) -> list[Phrase]:
    """The noun phrases of a text in Markdown, in order."""
    words = answer_words(text)
    chunks = list(_chunks(words, known))
    denied = denied_chunks(words, [(c.start, c.core, c.end) for c in chunks])
    phrases: list[Phrase] = []
    for number, chunk in enumerate(chunks):
        phrase = _phrase(text, words, chunk, denied=number in denied)
        if phrases and phrase.offset <= phrases[-1].offset:
            phrases.pop()  # "two slices" of "two slices of pizza"
        phrases.append(phrase)
    return phrases


def phrases_to_ask(text: str) -> list[str]:
    """What a detector may look for: names of things in small letters, each once."""
    found: dict[tuple[str, ...], str] = {}
    for phrase in noun_phrases(text):
        nothing = phrase.head in NOT_THINGS or phrase.head in COLOURS or len(phrase.head) == 1
        if not (phrase.denied or phrase.colour or nothing):
            found.setdefault(tuple(map(singular, phrase.words)), " ".join(phrase.words))
    return list(found.values())


@dataclass(slots=True)
class _Chunk:
    """Numbers of words: `start`..`end` (exclusive); `core` is the first after determiners."""

    start: int
    core: int
    end: int
    whole: set[int] = field(default_factory=set)  # words of a known name, not to be cut off


def _chunks(words: Sequence[AnswerWord], known: Known) -> Iterator[_Chunk]:
    named = _named(words, known)
    chunk: _Chunk | None = None
    first = 0  # of the determiners that stand right before the word: "the two dogs", "2 dogs"
    for number, word in enumerate(words):
        if word.gap is Gap.CUT or (number and words[number - 1].text not in DETERMINERS):
            first = number
        begins = word.text in DETERMINERS and number not in named
        if chunk is not None and (word.gap is Gap.CUT or begins):
            yield from _ended(words, chunk)
            chunk = None
        if number in named:
            chunk = chunk or _Chunk(number, number, number)
            chunk.whole.add(number)
            chunk.end = number + 1
        elif word.text in DETERMINERS or (word.is_number and chunk is None):
            chunk = _Chunk(first, number + 1, number + 1)
        elif word.is_number or _breaks(words, chunk, number):
            if chunk is not None:
                yield from _ended(words, chunk)
            chunk = None
        else:
            chunk = chunk or _Chunk(number, number, number)
            chunk.end = number + 1
    if chunk is not None:
        yield from _ended(words, chunk)


def _breaks(words: Sequence[AnswerWord], chunk: _Chunk | None, number: int) -> bool:
    """Whether the word cannot belong to the phrase so far."""
    word = words[number].text
    if word in FUNCTION_WORDS or (is_adverb(word) and chunk is None):
        return True
    before = words[number - 1].text if number and words[number].gap is not Gap.CUT else ""
    if chunk is None and is_verb_after(word, before):
        return True
    verbal = word in VERB_FORMS or is_participle(word) or is_adverb(word)
    if not verbal or (chunk is not None and words[number].gap is Gap.HYPHEN):
        return False  # "dog-shaped"
    if chunk is None:
        return True
    # "a sleeping cat": before its noun a verb's form is a modifier, after it the phrase is over.
    modifiers = [words[n].text for n in range(max(chunk.core, number - _MODIFIERS), number)]
    return chunk.core in chunk.whole or not all(
        is_plain_adjective(other) or is_participle(other) or is_adverb(other) for other in modifiers
    )


def _ended(words: Sequence[AnswerWord], chunk: _Chunk) -> Iterator[_Chunk]:
    """The phrases of a chunk: two when a verb stands inside."""
    for number in range(chunk.core + 1, chunk.end - 1):
        before = _Chunk(chunk.start, chunk.core, number, chunk.whole)
        if number not in chunk.whole and _is_third_person(words, before, number):
            yield from _trimmed(words, before)
            chunk = _Chunk(number + 1, number + 1, chunk.end, chunk.whole)
    yield from _trimmed(words, chunk)


def _trimmed(words: Sequence[AnswerWord], chunk: _Chunk) -> Iterator[_Chunk]:
    """The chunk without the verb at its end; none if nothing is left."""
    last = chunk.end - 1
    if last > chunk.core and last not in chunk.whole and _is_verb(words, chunk, last):
        chunk.end = last
    while (
        chunk.end - 1 > chunk.core
        and chunk.end - 1 not in chunk.whole
        and words[chunk.end - 1].gap is not Gap.HYPHEN
        and is_plain_adjective(words[chunk.end - 1].text)
        and not is_plain_adjective(words[chunk.end - 2].text)
    ):
        chunk.end -= 1
    if chunk.end > chunk.core:
        yield chunk


def _is_verb(words: Sequence[AnswerWord], chunk: _Chunk, last: int) -> bool:
    """Whether the last word of a chunk does what the words before it are said to do."""
    before = words[last - 1].text
    follower = words[last + 1] if last + 1 < len(words) else None
    # "The dog nuzzles the cat": two phrases do not stand side by side.
    if follower is not None and follower.gap is not Gap.CUT and follower.text in DETERMINERS:
        return not is_plain_adjective(before) or before in PEOPLE
    return _is_third_person(words, chunk, last)


def _is_third_person(words: Sequence[AnswerWord], chunk: _Chunk, number: int) -> bool:
    """Whether a verb follows one of something: "a dog nuzzles", "the man watches"."""
    word, before = words[number].text, words[number - 1].text
    if singular(word) == word or word in _PLURAL_ONLY or singular(before) != before:
        return False
    single = chunk.start < chunk.core and words[chunk.core - 1].text in COUNTING_ONE
    return before in PEOPLE or (single and not is_plain_adjective(before))


def _named(words: Sequence[AnswerWord], known: Known) -> set[int]:
    """Numbers of the words that together are a known name of several words."""
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for name in known:
        if len(name) > 1:
            by_first.setdefault(name[0], []).append(name)
    named: set[int] = set()
    if not by_first:
        return named
    keys = [singular(word.text) for word in words]
    for start, first in enumerate(keys):
        for name in by_first.get(first, ()):
            end = start + len(name)
            joined = all(word.gap is not Gap.CUT for word in words[start + 1 : end])
            if joined and tuple(keys[start:end]) == name:
                named.update(range(start, end))
    return named


def _phrase(text: str, words: Sequence[AnswerWord], chunk: _Chunk, *, denied: bool) -> Phrase:
    start, end = chunk.start, chunk.end
    if start < chunk.core and words[start].text == "no":
        start += 1
    # Marks of emphasis are no part of a span: **a red** sofa → sofa
    for number in range(start + 1, end):
        if words[number].gap is Gap.EMPHASIS:
            start = number
    start = _with_quantity(words, start, chunk)
    core = tuple(word.text for word in words[chunk.core : end])
    offset = words[start].start
    return Phrase(
        offset=offset,
        text=text[offset : words[end - 1].end],
        words=core,
        denied=denied,
        colour=_only_a_colour(words, chunk),
    )


def _with_quantity(words: Sequence[AnswerWord], start: int, chunk: _Chunk) -> int:
    """Where the span begins: "a pair of scissors" is one phrase, its head are the scissors."""
    place = start - 2
    joined = all(words[n].gap is Gap.BLANK for n in (start, start - 1) if n > 0)
    if place < 0 or start != chunk.start or not joined:
        return start
    if words[start - 1].text != "of" or words[place].text not in QUANTITIES:
        return start
    begin = place
    while begin and words[begin].gap is Gap.BLANK and words[begin - 1].text in _BEFORE_QUANTITIES:
        begin -= 1
    return begin


def _only_a_colour(words: Sequence[AnswerWord], chunk: _Chunk) -> bool:
    """Whether no fruit is meant: "the jacket is orange", "in orange and blue"."""
    first = chunk.start
    if chunk.end - chunk.start != 1 or words[first].text not in COLOUR_NAMES:
        return False
    before = words[first - 1] if first and words[first].gap is not Gap.CUT else None
    after = words[first + 1] if first + 1 < len(words) else None
    if before is not None and before.text in SAID_OF_COLOURS:
        return True
    partners = []
    if before is not None and before.text == "and" and first > 1:
        partners.append(words[first - 2].text)
    if after is not None and after.text == "and" and first + 2 < len(words):
        partners.append(words[first + 2].text)
    return any(partner in COLOURS for partner in partners)
