"""Stretches of an answer that agree with a line of a page, and those of them that were chosen."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words `start`..`start + size` of the answer are words `first`.. of line `line`."""

    start: int
    size: int
    line: int
    first: int
    misread: int = 0
    width: int = 0  # words of the line, when not as many as of the answer

    @property
    def last(self) -> int:
        """The first word of the line after it."""
        return self.first + (self.width or self.size)

    @property
    def end(self) -> int:
        """The first word of the answer after it."""
        return self.start + self.size

    def apart(self, other: "Stretch") -> tuple[int, bool]:
        """Words of the answer between the two; of equal ones that before `other` comes first."""
        if self.start < other.start:
            return other.start - self.end, False
        return self.start - other.end, True


class Chosen:
    """Stretches that share no word of the answer, to be asked which are near another."""

    def __init__(self, stretches: Iterable[Stretch] = ()) -> None:
        self._in_order: list[Stretch] = []
        self._printed: set[tuple[int, int]] = set()
        for stretch in stretches:
            self.add(stretch)

    def add(self, stretch: Stretch) -> None:
        """Choose one more."""
        self._in_order.insert(bisect_left(self._in_order, stretch.start, key=_start), stretch)
        self._printed.update((stretch.line, word) for word in range(stretch.first, stretch.last))

    @property
    def in_order(self) -> Sequence[Stretch]:
        """All, as they follow one another in the answer."""
        return self._in_order

    def shares_words(self, stretch: Stretch) -> bool:
        """Whether one of them takes a word of the page that `stretch` takes, too."""
        words = range(stretch.first, stretch.last)
        return any((stretch.line, word) in self._printed for word in words)

    def nearest(self, stretch: Stretch) -> Stretch | None:
        """The one with the fewest words of the answer between it and `stretch`; None of none."""
        place = bisect_left(self._in_order, stretch.start, key=_start)
        beside = self._in_order[max(place - 1, 0) : place + 1]
        return min(beside, key=lambda other: other.apart(stretch), default=None)

    def within(self, words: int, stretch: Stretch) -> Sequence[Stretch]:
        """Those with at most so many words of the answer between them and `stretch`."""
        first = bisect_left(self._in_order, stretch.start - words, key=_end)
        return self._in_order[first : bisect_right(self._in_order, stretch.end + words, key=_start)]


def _start(stretch: Stretch) -> int:
    return stretch.start


def _end(stretch: Stretch) -> int:
    return stretch.end
