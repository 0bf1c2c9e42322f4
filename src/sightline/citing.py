"""Marks like `[doc1]` in a growing answer: found, made alike, checked, and tied to what they quote.

Models write marks in many ways, and a stream cuts them anywhere. The machine lets text through at
once, holds back only what may be the beginning of a mark, and gives every known number once, as
soon as the sentence around its first mark is whole.
"""

import re
from collections.abc import Sequence

from sightline.events import Cited, TextDelta, Warned
from sightline.evidence import Citation, Evidence
from sightline.quoting import quotation, verbatim
from sightline.sentences import first_end

Event = TextDelta | Cited | Warned

INFERRED_WORDS = 5
"""Words in a row that an answer without marks must share with evidence to be a quote of it."""

# [doc1] [doc 1] [Doc1] [docs 1, 2] [doc1, doc2] [doc1 and 2] 【doc1】 ［doc1］
_NUMBER = r"\d{1,6}"
_MARK = re.compile(
    rf"[\[【［]\s*docs?\s*({_NUMBER}(?:\s*(?:[,;&]|and)\s*(?:docs?\s*)?{_NUMBER})*)\s*[\]】］]",
    re.IGNORECASE,
)
_BEGINNING = re.compile(
    rf"[\[【［]\s*(?:d|do|docs?\s*(?:{_NUMBER}\s*(?:(?:[,;&]|and|an|a)\s*(?:d|do|docs?\s*)?(?:{_NUMBER}\s*)?)*)?)?",
    re.IGNORECASE,
)
_LONGEST_MARK = 120
_LONGEST_SENTENCE = 2_000


class Citing:
    """One answer's marks. `feed` it the text as it comes, `close` it when the text is complete.

    Numbers stay those of the evidence: `[doc3]` is the third piece, whatever else was cited.
    """

    def __init__(self, evidence: Sequence[Evidence]) -> None:
        self._evidence = {piece.number: piece for piece in evidence}
        self._held = ""
        self._sentence = ""
        self._before = ""
        self._waiting: list[int] = []
        self._cited: set[int] = set()
        self._unknown: set[int] = set()
        self._whole: list[str] = []

    def feed(self, text: str) -> list[Event]:
        """What the next piece of text gives: words with canonical marks, citations, warnings."""
        text = self._held + text
        events: list[Event] = []
        start = 0
        for match in _MARK.finditer(text):
            self._say(text[start : match.start()], match.group(1), events)
            start = match.end()
        rest = text[start:]
        kept = _may_begin(rest)
        self._held = rest[kept:]
        self._pass(rest[:kept], events)
        return events

    def close(self) -> list[Event]:
        """What was held back, the last citations, and those that only quotes give away."""
        events: list[Event] = []
        held, self._held = self._held, ""
        self._pass(held, events)
        self._settle(self._sentence, events)
        self._sentence = ""
        if not self._cited:
            events += self._inferred()
        return events

    def _say(self, text: str, numbers: str, events: list[Event]) -> None:
        """Words up to a mark, and the mark in its one form; unknown numbers are left out."""
        wanted = dict.fromkeys(map(int, re.findall(_NUMBER, numbers)))
        known = [number for number in wanted if number in self._evidence]
        marks = "".join(f"[doc{number}]" for number in known)
        self._pass(text + marks if known else text.rstrip(" "), events)
        for number in known:
            if number not in self._cited:
                self._cited.add(number)
                self._waiting.append(number)
        if known:
            self._after_full_stop(events)
        for number in wanted:
            if number not in self._evidence and number not in self._unknown:
                self._unknown.add(number)
                events.append(Warned("unknown_citation", self._no_such(number)))

    def _after_full_stop(self, events: list[Event]) -> None:
        """Marks that follow a full stop belong to the sentence before it."""
        body = _MARK.sub("", self._sentence).rstrip(" \"”»)'")
        if not body.strip():
            self._settle(self._before, events)
        elif body[-1] in ".!?…。！？":
            self._end_sentence(len(self._sentence), events)

    def _pass(self, text: str, events: list[Event]) -> None:
        if not text:
            return
        if events and isinstance(events[-1], TextDelta):
            events[-1] = TextDelta(events[-1].text + text)
        else:
            events.append(TextDelta(text))
        if not self._cited:
            self._whole.append(text)
        self._sentence += text
        while end := first_end(self._sentence):
            self._end_sentence(end, events)
        if len(self._sentence) > _LONGEST_SENTENCE:
            self._end_sentence(len(self._sentence), events)

    def _end_sentence(self, end: int, events: list[Event]) -> None:
        self._before, self._sentence = self._sentence[:end], self._sentence[end:]
        self._settle(self._before, events)

    def _settle(self, sentence: str, events: list[Event]) -> None:
        """The citations that waited for the end of their sentence."""
        for number in self._waiting:
            quoted = quotation(self._evidence[number], _MARK.sub(" ", sentence))
            citation = Citation(
                evidence=self._evidence[number], content=quoted.content, regions=quoted.regions
            )
            events.append(Cited(citation))
        self._waiting.clear()

    def _inferred(self) -> list[Event]:
        text = "".join(self._whole)
        return [
            Cited(
                Citation(
                    evidence=piece, content=quoted.content, regions=quoted.regions, inferred=True
                )
            )
            for piece in self._evidence.values()
            if (quoted := verbatim(piece, text, INFERRED_WORDS)) is not None
        ]

    def _no_such(self, number: int) -> str:
        count = len(self._evidence)
        return f"The answer pointed at [doc{number}], but the evidence ends at {count}; left out."


def _may_begin(text: str) -> int:
    """Where the beginning of a mark may start at the text's end, its blanks included."""
    opening = max(text.rfind("["), text.rfind("【"), text.rfind("［"))
    begins = opening >= 0 and _BEGINNING.fullmatch(text, opening) is not None
    if not begins or len(text) - opening > _LONGEST_MARK:
        opening = len(text)
    return len(text[:opening].rstrip(" "))
