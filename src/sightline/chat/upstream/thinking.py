"""The reasoning that some models write into their answer: `<think>…</think>` at its beginning."""

from enum import Enum, auto

from sightline.events import ReasoningDelta, TextDelta

_OPEN, _CLOSE = "<think>", "</think>"


class _State(Enum):
    START = auto()
    THINKING = auto()
    GAP = auto()
    ANSWER = auto()


class ThinkingSplitter:
    """Parts reasoning from answer while both arrive in pieces cut anywhere.

    Only a mark at the very beginning opens reasoning; later it is a word of the answer. The blank
    lines between reasoning and answer belong to neither.
    """

    def __init__(self) -> None:
        self._held = ""
        self._state = _State.START

    def feed(self, text: str) -> list[TextDelta | ReasoningDelta]:
        """What can be told apart by now; a piece that might be half a mark is held back."""
        if self._state is _State.ANSWER:
            return [TextDelta(text)]
        self._held += text
        split: list[TextDelta | ReasoningDelta] = []
        if self._state is _State.START:
            beginning = self._held.lstrip()
            if beginning.startswith(_OPEN):
                self._state, self._held = _State.THINKING, beginning[len(_OPEN) :]
            elif not _OPEN.startswith(beginning):
                self._state = _State.ANSWER
                return [TextDelta(self._release(len(self._held)))]
        if self._state is _State.THINKING:
            thought, closed, after = self._held.partition(_CLOSE)
            if closed:
                self._state, self._held = _State.GAP, after
            else:
                thought = self._release(len(thought) - overlap(thought, _CLOSE))
            if thought:
                split.append(ReasoningDelta(thought))
        if self._state is _State.GAP:
            self._held = self._held.lstrip()
            if self._held:
                self._state = _State.ANSWER
                split.append(TextDelta(self._release(len(self._held))))
        return split

    def rest(self) -> list[TextDelta | ReasoningDelta]:
        """What was held back when the stream ends."""
        held = self._release(len(self._held))
        if not held:
            return []
        return [ReasoningDelta(held) if self._state is _State.THINKING else TextDelta(held)]

    def _release(self, length: int) -> str:
        released, self._held = self._held[:length], self._held[length:]
        return released


def overlap(text: str, mark: str) -> int:
    """How many characters at the end of the text could begin the mark."""
    return next(
        (length for length in range(len(mark) - 1, 0, -1) if text.endswith(mark[:length])), 0
    )
