"""The items of a response's output while they grow: the model's reasoning, and its message."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from sightline.http.wire_json import Json

Status = Literal["in_progress", "completed", "incomplete"]


@dataclass(frozen=True, slots=True)
class Mark:
    """`[doc<number>]` in a text, which is `text[start:end]` in code points."""

    number: int
    start: int
    end: int


class Marks:
    """Finds the marks of a text that comes in pieces, however they are cut."""

    def __init__(self) -> None:
        self._rest = ""
        self._length = 0

    def feed(self, text: str) -> list[Mark]:
        """The marks that are whole with this piece."""
        before = self._length - len(self._rest)
        self._length += len(text)
        text = self._rest + text
        found = list(_MARK.finditer(text))
        begun = text.rfind("[", found[-1].end() if found else 0)
        self._rest = text[begun:] if begun >= 0 and len(text) - begun < _LONGEST else ""
        return [
            Mark(int(match[1]), before + match.start(), before + match.end()) for match in found
        ]


@dataclass(slots=True, kw_only=True)
class Item:
    """One item of the output with one part, whose text grows."""

    kind: Literal["reasoning", "message"]
    id: str
    index: int
    status: Status = "in_progress"
    annotations: list[Json] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)
    _marks: Marks = field(default_factory=Marks)

    @property
    def text(self) -> str:
        """The words so far."""
        return "".join(self._pieces)

    def add(self, text: str) -> None:
        """The next words."""
        self._pieces.append(text)

    def annotate(self, text: str, citations: Sequence[Json]) -> list[Json]:
        """The citations that this piece of the message completes, kept and returned.

        Only evidence that has an address can be an annotation of the API.
        """
        new = [
            {
                "type": "url_citation",
                "start_index": mark.start,
                "end_index": mark.end,
                "title": citations[mark.number - 1]["title"],
                "url": citations[mark.number - 1]["url"],
            }
            for mark in self._marks.feed(text)
            if 1 <= mark.number <= len(citations) and citations[mark.number - 1]["url"]
        ]
        self.annotations += new
        return new

    def part(self) -> Json:
        """Its only part, as it is now."""
        if self.kind == "reasoning":
            return {"type": "reasoning_text", "text": self.text}
        return {
            "type": "output_text",
            "text": self.text,
            "annotations": list(self.annotations),
            "logprobs": [],
        }

    def json(self, *, empty: bool = False) -> Json:
        """The item as it is now; `empty` leaves the part out."""
        content = [] if empty else [self.part()]
        head: Json = {"id": self.id, "type": self.kind, "status": self.status}
        if self.kind == "reasoning":
            return {**head, "summary": [], "content": content}
        return {**head, "role": "assistant", "content": content}


_MARK = re.compile(r"\[doc(\d{1,6})\]")
_LONGEST = len("[doc123456]")
