"""Text that was found inside pictures, in descriptions and in file names, made safe to quote.

What this guards: such text cannot end the block it is quoted in, cannot take the place of a mark
`[doc1]`, cannot speak the control tokens of a chat template (model servers read them inside
ordinary text), cannot hide characters from a person who looks at it, and cannot fill the prompt.
What it does not guard: a model may still follow a plain sentence that it was told only to quote,
and nothing can be done about what the pixels themselves say.
"""

import re

CUT = "(cut)"
"""The mark that stands where text was left out."""


def plain(text: str) -> str:
    """The text without hidden characters, control tokens and marks of our own; lines are kept."""
    return _replace_marks(_HIDDEN.sub("", _LINE_ENDS.sub("\n", text)))


def one_line(text: str, limit: int) -> str:
    """The same on one line, at most `limit` characters."""
    return shortened(" ".join(plain(text).split()), limit)


def shortened(text: str, limit: int) -> str:
    """The text, or its beginning and the mark "(cut)", in at most `limit` characters."""
    if len(text) <= limit:
        return text
    return f"{text[: max(limit - len(CUT) - 1, 0)].rstrip()} {CUT}"


def excerpt(text: str, question: str, limit: int) -> str:
    """The lines that fit into about `limit` characters: those near words of the question first.

    Lines stay in their order; "(cut)" stands wherever some are missing.
    """
    if len(text) <= limit:
        return text
    lines = text.split("\n")
    taken: set[int] = set()
    room = limit
    for number in _by_relevance(lines, question):
        # A line costs its own length, its line end and perhaps a mark before it.
        room -= len(lines[number]) + len(CUT) + 2
        if room < 0:
            break
        taken.add(number)
    if not taken:
        return shortened(text, limit)
    kept: list[str] = []
    for number, line in enumerate(lines):
        if number in taken:
            kept.append(line)
        elif not kept or kept[-1] is not CUT:
            kept.append(CUT)
    return "\n".join(kept)


def fenced(label: str, text: str) -> str:
    """The text, already `plain`, as a block that only its last line can end."""
    return f"<<<DATA {label}\n{text}\nDATA {label}>>>"


_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")

# Control characters, zero-width marks, what turns the writing direction, and the invisible copy of
# ASCII in plane 14. Joiners that scripts and emoji need (U+200C, U+200D) stay.
_HIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    "\U000e0000-\U000e007f]"
)

# `<|im_start|>`, `<image>`, `</s>`, `<start_of_turn>`, `<__media__>`, `<think>`, `<<SYS>>`,
# DeepSeek's full-width bars, and our own `<<<DATA`: a "<" that could begin any of them. New models
# bring new names, so the shape is matched and not a list.
_OPENING = re.compile(r"<(?=[<|｜/!_A-Za-z])")
_CLOSING = re.compile(r">{2,}")

# The same in square brackets has to be a list: "[SALE]" on a sign is no token.
_BRACKETED = re.compile(
    r"\[(\s*(?:(?:/\s*)?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_RESULTS|TOOL_CALLS|TOOL_CONTENT"
    r"|THINK|MODEL_SETTINGS|IMG(?:_BREAK|_END)?|AUDIO|BEGIN_AUDIO|ARGS|CALL_ID|PREFIX|MIDDLE"
    r"|SUFFIX)|img-\d+|doc\s*\d+(?:\s*[,;]\s*doc\s*\d+)*)\s*)\]",
    re.IGNORECASE,
)
_LENTICULAR = re.compile(r"【(\s*doc[^】\n]{0,40})】", re.IGNORECASE)


def _replace_marks(text: str) -> str:
    text = _OPENING.sub("‹", text)
    text = _CLOSING.sub(lambda run: "›" * len(run.group()), text)
    text = _BRACKETED.sub(r"(\1)", text)
    return _LENTICULAR.sub(r"(\1)", text)


def _by_relevance(lines: list[str], question: str) -> list[int]:
    """Line numbers, best first: own words of the question, then those of the neighbours."""
    asked = _words(question)
    shared = [len(asked & _words(line)) for line in lines]
    around = [0, *shared, 0]

    def worth(number: int) -> float:
        return shared[number] + max(around[number], around[number + 2]) / 2

    return sorted(range(len(lines)), key=lambda number: (-worth(number), number))


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.casefold()) if len(word) > 2}  # noqa: PLR2004


def storable(text: str) -> str:
    """The text with each half of a surrogate pair, which is no character, as a question mark.

    JSON, file names and messages can hold such halves; databases, tables and UTF-8 cannot.
    """
    return text.encode("utf-8", "replace").decode("utf-8")
