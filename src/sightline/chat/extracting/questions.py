"""A question taken apart: its parts, and what each asks for."""

import re
from dataclasses import dataclass, replace

from sightline.chat.extracting.layout import Relation
from sightline.chat.extracting.phrasing import (
    BREAK,
    DEICTIC,
    DETERMINER,
    FOLLOWS,
    HEAD,
    LIST,
    STARTS_QUESTION,
    Form,
    Limit,
    form_of,
    limit_of,
)
from sightline.chat.extracting.terms import NUMBER_WORDS, terms, words
from sightline.chat.extracting.typed_values import ValueKind, asked
from sightline.english_words import vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing that a question asks.

    `terms`: stems that an answer may contain; `context`: those of the question before, which
    tell what this one is about. `kinds`: kinds of value an answer holds, most wanted first.
    `count`: how many things a `list` wants. `relation`: where the answer stands, seen from the
    text that `anchor` names. `deictic`: it speaks of "this", so of the picture at hand.
    """

    text: str
    form: Form
    terms: tuple[str, ...]
    context: tuple[str, ...] = ()
    kinds: tuple[ValueKind, ...] = ()
    limit: Limit | None = None
    count: int | None = None
    relation: Relation | None = None
    anchor: str = ""
    deictic: bool = False


_MEDIUM = vocabulary(
    """
    receipt receipts sign signs plaque plaques chart charts graph diagram label labels card cards
    form page poster board whiteboard screen panel display note notes newspaper magazine product
    item items letter menu ticket paper text word words object scene advertisement banner
    """
)
"""What carries words, and is rarely one of them."""

_QUALIFIER = re.compile(r"(?i)\bper \d+\s?\w+")
_RELATIONS: tuple[tuple[str, Relation], ...] = (
    (r"\b(?:above|over|on top of)\b", "above"),
    (r"\b(?:below|under|underneath|beneath)\b", "below"),
    (r"\b(?:to the|on the) left (?:side )?of\b", "left"),
    (r"\b(?:to the|on the) right (?:side )?of\b", "right"),
    (r"\b(?:next to|beside|besides|near)\b", "beside"),
)
_CONTACT = {"email", "phone", "website"}
_FEW_TERMS = 3
_LONGEST = 2_000


def parts(question: str, before: str = "") -> tuple[Part, ...]:
    """What the question asks, in its order; one part at least.

    `before` is the asker's last question, for follow-ups like "And on Sunday?".
    """
    texts: list[str] = []
    statement = ""
    question = question.strip()[:_LONGEST]
    for sentence in re.split(r"(?<=[?!])\s+|(?<=[.])\s+(?=[^\Wa-z_])|\n+", question):
        piece = re.sub(r"\s+", " ", sentence).strip(" ?!.")
        if not piece:
            continue
        if not (STARTS_QUESTION.match(piece) or sentence.rstrip().endswith("?")):
            statement = f"{statement} {piece}".strip()
            continue
        pieces = filter(None, (part.strip(" ,") for part in BREAK.split(piece)))
        broken = [half for part in pieces for half in _halves(part)]
        if statement and not terms(broken[0]):  # "The bar names a country. Which one?"
            broken[0] = f"{statement}: {broken[0]}"
        statement = ""
        texts += broken
    if statement or not texts:
        texts.append(statement or question)
    first, *others = map(part, texts)
    if before and (FOLLOWS.match(question) or len(first.terms) < _FEW_TERMS):
        last = parts(before)[-1]
        first = replace(first, context=last.terms, kinds=first.kinds or last.kinds)
    return (first, *others)


def part(text: str) -> Part:
    """One question that asks one thing."""
    kinds = asked(text)
    relation, subject, anchor = _related(text)
    listed = LIST.search(subject)
    named = words(_QUALIFIER.sub(" ", subject))
    own = terms(" ".join(word for word in named if word not in _MEDIUM))
    limit = limit_of(text)
    return Part(
        text=text,
        form=form_of(subject),
        terms=own or terms(subject),
        kinds=() if limit == "confirm" else kinds,
        limit=None if limit == "advise" and _CONTACT.intersection(kinds) else limit,
        count=_number(listed["count"]) if listed else None,
        relation=relation,
        anchor=anchor,
        deictic=DEICTIC.search(text) is not None,
    )


def _halves(text: str) -> list[str]:
    """The questions in "what is the number and the total", which share one beginning."""
    head = HEAD.match(text)
    if head is None:
        return [text]
    pieces = re.split(r"(?:, ?| )and ", text[head.end() :])
    if len(pieces) == 1:
        return [text]
    pieces = [*pieces[0].split(", "), *pieces[1:]]
    kinds = [asked(piece) for piece in pieces]
    determined = all(re.match(rf"{DETERMINER} ", piece, re.IGNORECASE) for piece in pieces[1:])
    named = head["copula"] is not None and all(kinds[1:])
    different = all(kinds) and len(set(kinds)) == len(kinds)
    series = len(pieces) > 2  # noqa: PLR2004 - commas make a list
    if not (determined or named or different or series):
        return [text]
    return [f"{head['head']} {piece}" for piece in pieces]


def _related(text: str) -> tuple[Relation | None, str, str]:
    """The relation, the words before it, and the words that name the anchor."""
    for pattern, relation in _RELATIONS:
        match = re.search(pattern, text, re.IGNORECASE)
        if match and re.search(r"\w{2}", text[match.end() :]):
            return relation, text[: match.start()].strip(), text[match.end() :].strip()
    return None, text, ""


def _number(word: str | None) -> int | None:
    return int(NUMBER_WORDS.get(word.lower(), word)) if word else None
