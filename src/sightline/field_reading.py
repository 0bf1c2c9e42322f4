"""Fields of a schema, read from what is known of a picture. No language model is asked.

A value comes from beside its label on the page ("Total 12.00"), from the description, or, where a
field is one of several values, from the one of them that is named. What is not found, or could be
one of two, is left out, and a remark says why where there is something to say. Nothing is guessed:
booleans are left out, because "not found" is not "no".
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sightline.assets import Line, Reading, Tag
from sightline.chat.extracting.terms import stem, terms, words
from sightline.chat.extracting.typed_values import ValueKind, values
from sightline.field_labels import Beside, Labelled, labels_of
from sightline.printed_values import date_order, dates, decimal_sign, figures, number
from sightline.row_schema import Field, RowSchema
from sightline.sentences import sentences

SURE_LOOK = 0.85
"""Probability from which a tag alone names what a picture shows."""

_PROMINENT = 0.6  # of the tallest letters
_LARGE_STEP = 2
_MOST_NAME = 6  # words of a name

_LOOKS = frozenset({"kind", "category", "object", "label", "class", "type", "thing", "product"})
_NAMES = frozenset({"name", "title", "product", "product_name", "item", "item_name"})
_TAGS = frozenset({"tags", "labels"})
_LISTS = _TAGS | {"objects", "categories", "keywords"}
_TEXTS = frozenset({"text", "read_text", "full_text", "ocr", "ocr_text"})
_DESCRIPTIONS = frozenset({"description", "caption"})
_TYPED: dict[str, ValueKind] = {
    **dict.fromkeys(("phone", "telephone", "tel", "phone_number"), "phone"),
    **dict.fromkeys(("email", "mail", "email_address"), "email"),
    **dict.fromkeys(("website", "url", "web", "homepage"), "website"),
    "date": "date",
    "time": "time",
}
_FORMS: dict[ValueKind, re.Pattern[str]] = {"email": re.compile(r"\.[A-Za-z]{2,}$")}
_WELL_FORMED = re.compile("")
_WORD = re.compile(r"[^\W\d_]{3}")
_ENTITY_END = re.compile(r"\s[(–-]|[,;:(]|\.(?:\s|$)")
_SMALL_WORDS = frozenset({"of", "the", "and", "in", "de", "la", "with", "for", "&"})
_DENIES = frozenset({"no", "not", "without", "non", "never", "free", "than", "like", "instead"})
_EMPTY_CHOICES = frozenset({"other", "unknown", "none", "yes", "true", "false", "any", "new"})
_IS_A = re.compile(r"(?i)\b(?:is|are)\s+(?:an?|the)\s+(?P<what>[^,.;:()]+)")
_LONGEST_PREDICATE = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a picture without looking at it."""

    description: str = ""
    reading: Reading | None = None
    tags: tuple[Tag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFields:
    """The values that were found, by field, and what must be said of them or of others."""

    values: dict[str, Any] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def read_fields(schema: RowSchema, known: Known) -> ReadFields:
    """The fields of one picture. Every value fits its own field's schema."""
    page = _Page(known)
    found: dict[str, Any] = {}
    remarks: list[str] = []
    for each in schema.fields:
        value, remark = page.read(each)
        if value is not None:
            problem = schema.problems({each.name: value}).get(each.name)
            if problem:
                value, remark = None, f"found, but does not fit ({problem})"
        if value is not None:
            found[each.name] = value
        if remark:
            remarks.append(f"{each.name}: {remark}")
    return ReadFields(values=found, remarks=tuple(remarks))


_Read = tuple[Any, str]
_NOTHING: _Read = (None, "")


class _Page:
    """One picture's words, in the forms that fields are looked up in."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._labelled = Labelled(known.reading or Reading())

    def read(self, wanted: Field) -> _Read:
        if wanted.choices:
            return self._choice(wanted)
        match wanted.kind:
            case "string":
                return self._string(wanted)
            case "number" | "integer":
                return self._number(wanted)
            case "array":
                return self._array(wanted)
            case "object":
                return None, "nested fields need a language model"
            case _:
                return _NOTHING

    @cached_property
    def _lines(self) -> tuple[str, ...]:
        return tuple(line.text for line in self._labelled.layout.lines)

    @cached_property
    def _sentences(self) -> tuple[str, ...]:
        return tuple(sentences(self._known.description))

    @cached_property
    def _entity(self) -> str:
        """What the description is of, where its first words are a name: "Arla Standard Milk"."""
        first = self._sentences[0] if self._sentences else ""
        name = _ENTITY_END.split(first, maxsplit=1)[0].strip()
        said = [word for word in name.split() if word.casefold() not in _SMALL_WORDS]
        named = said and all(word[0].isupper() or word[0].isdigit() for word in said)
        article = name.split()[:1] and name.split()[0].casefold() in {"a", "an", "the"}
        return name if named and not article and len(name.split()) <= _MOST_NAME else ""

    # --- numbers and dates

    def _number(self, wanted: Field) -> _Read:
        decimal = decimal_sign(self._lines)

        def numbers(beside: Beside) -> list[Any]:
            printed = figures(beside.figures)
            amounts = [one for one in printed if re.search(r"[.,]\d{2}$", one)]
            chosen = amounts if len(set(amounts)) == 1 else printed
            read = [number(one, decimal) for one in dict.fromkeys(chosen)]
            if wanted.kind == "integer":
                read = [int(n) if n is not None and n == int(n) else None for n in read]
            return read if len(read) == 1 else [None] * len(read)

        return self._beside(wanted, numbers)

    def _date(self, wanted: Field) -> _Read:
        order = date_order(self._lines)

        def days(text: str) -> list[Any]:
            clear, unclear = dates(text, order)
            return [*(day.isoformat() for day in clear), *(None for _ in unclear)]

        found = self._beside(wanted, lambda beside: days(beside.words))
        if found != _NOTHING or wanted.name.casefold() != "date":
            return found
        return _only([days(line) for line in self._lines])

    def _beside(self, wanted: Field, read: Callable[[Beside], list[Any]]) -> _Read:
        """What `read` makes of what stands beside a label: None in it is a value that is unclear.

        The label with the fewest words besides its own counts; of equal ones all must agree.
        """
        for label in labels_of(wanted.name, wanted.schema):
            found = [(one.extras, read(one)) for one in self._labelled.beside(label)]
            found = [(extras, got) for extras, got in found if got]
            if found:
                fewest = min(extras for extras, _ in found)
                return _only([got for extras, got in found if extras == fewest])
        return _NOTHING

    # --- words

    def _string(self, wanted: Field) -> _Read:
        name = wanted.name.casefold()
        if wanted.schema.get("format") == "date":
            return self._date(wanted)
        if name in _DESCRIPTIONS and self._known.description:
            return self._known.description, ""
        if name in _TEXTS and self._known.reading is not None and self._known.reading.lines:
            return self._known.reading.text, ""
        kind = _TYPED.get(name) or _TYPED.get(str(wanted.schema.get("format")))
        if kind is not None:
            return self._typed(wanted, kind)
        labelled = self._beside(wanted, lambda beside: [beside.words] if beside.words else [])
        if labelled != _NOTHING:
            return labelled
        if name in _NAMES and self._entity:
            return self._entity, ""
        if name in _LOOKS:
            return self._look()
        return _NOTHING

    def _typed(self, wanted: Field, kind: ValueKind) -> _Read:
        form = _FORMS.get(kind, _WELL_FORMED)

        def formed(text: str) -> list[str]:
            return [one for one in values(kind, text) if form.search(one)]

        found = self._beside(wanted, lambda beside: list(formed(beside.words)))
        if found != _NOTHING:
            return found
        lines = self._lines
        if kind == "phone":  # among other words a number may be any other
            lines = tuple(line for line in lines if not _WORD.search(line))
        return _only([formed(line) for line in lines])

    def _look(self) -> _Read:
        """What the picture shows: a tag that its words confirm, or one that is very sure."""
        said = terms(self._known.description)
        for tag in self._known.tags:
            own = terms(tag.name)
            if own and set(own) <= set(said):
                return tag.name, ""
        best = max(self._known.tags, key=lambda tag: tag.probability, default=None)
        if best and best.probability >= SURE_LOOK and not self._known.description:
            return best.name, f"by its look (probability {best.probability:.2f})"
        return _NOTHING

    # --- one of several values

    def _choice(self, wanted: Field) -> _Read:
        spoken = [choice for choice in wanted.choices if isinstance(choice, str)]
        labelled = self._beside(
            wanted, lambda beside: [found for found in (_named(spoken, beside.words),) if found]
        )
        if labelled != _NOTHING:
            value, remark = labelled
            if isinstance(value, tuple):
                return (value[0], "") if len(value) == 1 else _several(value)
            return value, remark
        for text, remark in self._places(wanted.name.casefold() in _LOOKS):
            found = _named(spoken, text)
            if found:
                return (found[0], remark) if len(found) == 1 else _several(found)
        return _NOTHING

    def _places(self, looks: bool) -> Iterable[tuple[str, str]]:
        """Where a value may be named, surest first, and what must be said of a value from there."""
        yield (self._sentences[0] if self._sentences else ""), ""
        for sentence in self._sentences[1:]:
            if match := _IS_A.search(sentence):
                yield " ".join(match["what"].split()[:_LONGEST_PREDICATE]), ""
        if not (looks and self._known.description):
            lines = self._labelled.layout.lines
            shown = self._large(lines) if looks else lines
            yield "\n".join(line.text for line in shown), "named in the text on the picture"
        sure = [tag for tag in self._known.tags if tag.probability >= SURE_LOOK]
        for tag in sure:
            remark = f"by its look (probability {tag.probability:.2f})"
            yield ", ".join((tag.name, *tag.broader)), remark

    def _large(self, lines: Sequence[Line]) -> list[Line]:
        layout = self._labelled.layout
        least = _PROMINENT * layout.tallest
        return [line for line, p in zip(lines, layout.places, strict=True) if p.height >= least]

    def _array(self, wanted: Field) -> _Read:
        items = wanted.items
        if items is None or items.kind != "string":
            return _NOTHING
        if items.choices:
            spoken = [choice for choice in items.choices if isinstance(choice, str)]
            text = "\n".join((self._known.description, *self._lines))
            found = _named(spoken, text)
            return (list(found), "") if found else _NOTHING
        name = wanted.name.casefold()
        # That a picture has no tags is known; that nothing else is on it is not.
        if name in _TAGS or (name in _LISTS and self._known.tags):
            return [tag.name for tag in self._known.tags], ""
        return _NOTHING


def _only(found: Iterable[Sequence[Any]]) -> _Read:
    """The one value that all places agree on."""
    distinct = list(dict.fromkeys(value for each in found for value in each))
    if not distinct:
        return _NOTHING
    if None in distinct:
        return None, "found, but it can be read in more than one way"
    return (distinct[0], "") if len(distinct) == 1 else _several(distinct)


def _several(found: Sequence[Any]) -> _Read:
    shown = ", ".join(str(one) for one in found[:4])
    return None, f"several values were found ({shown})"


def _named(choices: Sequence[str], text: str) -> tuple[str, ...]:
    """The choices whose words stand in the text, longer ones before what is a part of them."""
    said = [stem(word) for word in words(text)]
    places: dict[str, list[range]] = {}
    for choice in choices:
        own = [stem(word) for word in words(choice)]
        if (
            not terms(choice)
            or choice.casefold() in _EMPTY_CHOICES
            or len(choice) < _LARGE_STEP + 1
        ):
            continue
        places[choice] = [
            range(at, at + len(own))
            for at in range(len(said) - len(own) + 1)
            if said[at : at + len(own)] == own
            and not _DENIES.intersection(said[max(at - 2, 0) : at])
        ]
    return tuple(
        choice
        for choice, spans in places.items()
        if any(
            not any(
                span.start >= other.start and span.stop <= other.stop and len(span) < len(other)
                for others in places.values()
                for other in others
            )
            for span in spans
        )
    )
