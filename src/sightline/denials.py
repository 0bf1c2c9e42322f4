"""What a sentence says is not there: "no dog", "without a cat", "the dog is not visible"."""

from bisect import bisect_left
from collections.abc import Sequence

from sightline.answer_words import AnswerWord, Gap
from sightline.english_words import NEGATIONS, PREPOSITIONS, SEEN_WORDS

_LONGEST_LINK = 6  # words of a list item and the "or" after it
_LONGEST_CLAUSE = 30
_ENDS = PREPOSITIONS | {"but"}

Chunk = tuple[int, int, int]
"""Numbers of words of a phrase: its first, its first after determiners, the one after its last."""


def denied_chunks(words: Sequence[AnswerWord], chunks: Sequence[Chunk]) -> set[int]:
    """The numbers of the phrases that the text says are not there."""
    denied: set[int] = set()
    starts = [start for start, _, _ in chunks]
    at = {core: number for number, (_, core, _) in enumerate(chunks)}
    at |= {start: number for number, (start, _, _) in enumerate(chunks)}
    inside = {number for _, core, end in chunks for number in range(core, end)}
    listed: set[int] = set()
    for number, word in enumerate(words):
        follower = words[number + 1].text if number + 1 < len(words) else ""
        if word.text in NEGATIONS and number not in inside and not _is_particle(words, number):
            if _denies_what_came(words, number):
                denied |= _before(words, chunks, starts, number)
            else:
                listed |= _after(words, chunks, at, number, listed)
        elif word.text in {"instead", "rather", "absence", "free"} and follower in {"of", "than"}:
            listed |= _after(words, chunks, at, number + 1, listed)
        elif word.text in {"missing", "absent"} and words[number - 1].text in {"is", "are"}:
            denied |= _before(words, chunks, starts, number)
    return denied | listed


def _is_particle(words: Sequence[AnswerWord], number: int) -> bool:
    """Whether nothing is denied: "No, the dog …", "not only a dog", "can see"."""
    word = words[number].text
    following = words[number + 1] if number + 1 < len(words) else None
    if following is None:
        return word in {"no", "can"}
    if word in {"can", "don", "won"} or word.endswith("n"):
        # "isn't", "can't": the t is a word of its own
        return following.text != "t" and word != "cannot"
    if word == "no" and following.gap is Gap.CUT:
        return True
    return following.text in {"only", "just", "one", "doubt"}


def _denies_what_came(words: Sequence[AnswerWord], number: int) -> bool:
    """Whether the denial follows what it denies: "the dog is not visible"."""
    following = number + 1
    if following < len(words) and words[following].text == "t":
        following += 1
    if following >= len(words) or words[following].gap is Gap.CUT:
        return words[number].text != "no"
    if words[following].text == "in":
        picture = {word.text for word in words[following + 1 : following + 4]}
        return bool(picture & {"picture", "image", "photo", "scene", "view", "frame"})
    asked = words[number - 1].text if number else ""
    return words[following].text in SEEN_WORDS and asked != "there"


def _before(
    words: Sequence[AnswerWord], chunks: Sequence[Chunk], starts: Sequence[int], number: int
) -> set[int]:
    """The phrases of the clause that ends with a denial: its subject, and what "or" joins to it."""
    first = number
    while (
        first > max(number - _LONGEST_CLAUSE, 0)
        and words[first].gap is not Gap.CUT
        and words[first].text not in {"but", "while"}
    ):
        first -= 1
    among = range(bisect_left(starts, first), bisect_left(starts, number))
    return {i for i in among if chunks[i][2] <= number}


def _after(
    words: Sequence[AnswerWord],
    chunks: Sequence[Chunk],
    at: dict[int, int],
    number: int,
    listed: set[int],
) -> set[int]:
    """The next phrase, and those that "or", "nor" and commas join to it.

    `listed` are those of earlier calls: from one of them on the list is known.
    """
    place = number + 1
    denied: set[int] = set()
    while place < len(words) and (denied or place <= number + _LONGEST_CLAUSE):
        word = words[place]
        if place in at:
            end = chunks[at[place]][2]
            if denied and word.gap is Gap.CUT and not _list_goes_on(words, end):
                break
            denied.add(at[place])
            if at[place] in listed:
                break
            place = end
            continue
        if word.gap is Gap.CUT and not (denied and word.text in {"or", "nor", "and"}):
            break
        if denied and word.text not in {"or", "nor", "and", "any", "a", "an", "the"}:
            break
        if word.text in _ENDS:
            break
        place += 1
    return denied


def _list_goes_on(words: Sequence[AnswerWord], end: int) -> bool:
    """Whether "or" follows, so that commas before it join what is denied."""
    return any(word.text in {"or", "nor"} for word in words[end : end + _LONGEST_LINK])
