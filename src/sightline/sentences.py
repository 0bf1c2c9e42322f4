"""Where sentences end."""

import re

# Possessive, and never begun in the middle: a hundred thousand full stops take no longer.
_END = re.compile(
    r"(?<![.!?…])[.!?…]++[\"”'’»)\]]*+\s++(?=[\"“'‘«(\[]?[^\Wa-z_])"
    r"|(?<![。！？])[。！？]++[」』”]?+(?=[^。！？」』”])"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:(?-i:[A-Z])|e\.g|i\.e|etc|approx|ca|vs|no|nr|mr|mrs|ms|dr|prof|st|co|inc|ltd|fig|vol))\.$",
    re.IGNORECASE,
)

_LONGEST = len("approx.")


def sentences(text: str) -> list[str]:
    """The sentences of a text. Brackets stay whole, abbreviations and decimals end nothing."""
    found: list[str] = []
    for paragraph in filter(None, map(str.strip, text.splitlines())):
        start = 0
        for match in _END.finditer(paragraph):
            piece = paragraph[start : match.end()]
            if piece.count("(") > piece.count(")") or _ABBREVIATION.search(piece.rstrip()):
                continue
            found.append(piece.strip())
            start = match.end()
        found.append(paragraph[start:].strip())
    return [sentence for sentence in found if sentence]


def first_end(text: str) -> int:
    """How many characters of a growing text its first sentence has; 0 while that is not certain.

    A sentence is over when the beginning of the next one is there, or the line's end. Inside
    quotation marks nothing ends.
    """
    line = text.find("\n") + 1
    opened = marks = done = 0  # each piece is counted once: a line may be all abbreviations
    for match in _END.finditer(text, 0, line or len(text)):
        end = match.end()
        opened += text.count("“", done, end) - text.count("”", done, end)
        marks += text.count('"', done, end)
        done = end
        stop = match.start() + len(match[0].rstrip())
        abbreviated = _ABBREVIATION.search(text, max(stop - _LONGEST, 0), stop)
        if opened <= 0 and marks % 2 == 0 and not abbreviated:
            return end
    return line
