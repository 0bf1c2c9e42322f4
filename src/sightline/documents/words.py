"""How the words of a search are looked up in the texts of documents."""

import re
from collections.abc import Sequence
from typing import Final

from sightline.index.engine import (
    BooleanQuery,
    FullTextOperator,
    FullTextQuery,
    MatchQuery,
    Occur,
)
from sightline.index.words import COMMON, asked

_WORD: Final = re.compile(r"\w+")


def words_query(words: str, columns: Sequence[str], *, every: bool) -> FullTextQuery | None:
    """How words are looked up in these columns, any of them or every one; None without words."""
    text = asked(words)
    if not text:
        return None
    if len(columns) == 1:
        operator = FullTextOperator.AND if every else FullTextOperator.OR
        return MatchQuery(text, columns[0], operator=operator)
    if not every:
        return _in_any(text, columns)
    parts = [word for word in _WORD.findall(text) if word.lower() not in COMMON]
    return BooleanQuery([(Occur.MUST, _in_any(word, columns)) for word in parts]) if parts else None


def _in_any(text: str, columns: Sequence[str]) -> BooleanQuery:
    return BooleanQuery([(Occur.SHOULD, MatchQuery(text, column)) for column in columns])
