"""The caller's stop strings, for servers that go on after them."""

from collections.abc import Sequence

from sightline.chat.upstream.thinking import overlap


class StopStrings:
    """Cuts an answer before the first of these strings, however its pieces are cut."""

    def __init__(self, strings: Sequence[str]) -> None:
        self._strings = tuple(strings)
        self._held = ""
        self.found = False

    def feed(self, text: str) -> str:
        """What surely comes before them; a piece that might begin one is held back."""
        if not self._strings:
            return text
        text = self._held + text
        places = [text.find(string) for string in self._strings]
        self.found = any(place >= 0 for place in places)
        if self.found:
            end = min(place for place in places if place >= 0)
            self._held = ""
            return text[:end]
        end = len(text) - max(overlap(text, string) for string in self._strings)
        self._held = text[end:]
        return text[:end]

    def rest(self) -> str:
        """What was held back when the answer ends."""
        held, self._held = self._held, ""
        return held
