"""How English questions are worded: which form a question has, and what it wants beyond quotes."""

import re
from typing import Literal

Form = Literal["lookup", "whole", "list", "items", "identify", "describe"]
"""`lookup`: one fact. `whole`: what all of it says. `list`: several things of a kind. `items`: what
was bought. `identify`: what this is. `describe`: what there is to see."""

Limit = Literal["count", "compare", "advise", "confirm"]
"""What a collection of quotes cannot do for the asker."""

WH = (
    r"(?:(?:on|in|at|by|for|from|to|of|with|under|into|until|since) )?"
    r"(?:what|which|who|whom|whose|how|when|where|why)\b"
)
DETERMINER = r"(?:the|its|his|her|their|an?)"


def any_of(*phrases: str) -> re.Pattern[str]:
    """A pattern that finds any of these, in any case."""
    return re.compile("|".join(phrases), re.IGNORECASE)


STARTS_QUESTION = any_of(
    rf"^(?:please )?{WH}",
    r"^(?:is|are|was|were|does|do|did|has|have|can|could|will|would|should)\b",
    r"^(?:please )?(?:tell|describe|list|give|find|read|name|show|compare|count|explain)\b",
    r"^(?:please )?summari[sz]e\b",
)
BREAK = any_of(
    rf"(?:,\s*and|,|;|\band|\bor)\s+(?={WH})",
    r"(?:,\s*and|,|;|\band|\bor)\s+"
    r"(?=(?:is|are|does|do|was|were|has)\s+(?:it|he|she|they|there|the|this)\b)",
)
HEAD = any_of(
    rf"^(?P<head>(?:{WH}(?: (?:much|many|long|old))?|tell me|give me|list|find|read)"
    r"(?P<copula> (?:is|are|was|were))?)\s+"
)
DEICTIC = any_of(r"\b(?:this|that|these|those|its?|they|their|he|she|his|her|him)\b")
FOLLOWS = any_of(r"^(?:and|or|what about|how about|also)\b")

_NUMBER_WORDS = r"two|three|four|five|six|seven|eight|nine|ten|\d"
LIST = any_of(
    r"\b(?:which|what|list|name) (?:are )?(?:all )?(?:the )?"
    rf"(?:(?P<count>{_NUMBER_WORDS}) )?(?:[\w-]+ ){{0,2}}?"
    r"(?:(?!does\b|address\b)[\w-]{3,}(?<![su])s|people|men|women|children)"
    r"(?= (?:are|were|do|does|did|have|had|can|could|should|will|on|in|at|for|of|from|to|with)\b"
    r"|$)",
    r"\b(?:what|which) (?:time span|period)\b",
)

_WHOLE = any_of(
    r"\bwhat (?:does|do|did|is|are|was|were)\b.*"
    r"\b(?:say|says|read|reads|show|shows|display|displays|stated?|written|printed)\b",
    r"\bwhat (?:is|are) (?:this|that|it|the)\b.*\babout$",
    r"\bwhat (?:text|words?)\b",
    r"\b(?:(?<!job )title|headline|heading|caption|slogan)\b",
    r"^(?:read|transcribe)\b",
    r"^(?:what|which) (?:number|figure|value|time|temperature) is (?:displayed|shown)",
    r"\bwhat is (?:on|written on|printed on) (?:the|this)\b",
    r"\b(?:who|what) is (?:this|the) \w+ (?:for|about)\b",
    r"\bwhose\b",
)
_DESCRIBE = any_of(
    r"^(?:please )?(?:describe|summari[sz]e|caption)\b",
    r"\bwhat (?:do you see|is (?:there )?to see|can (?:you|be) see)",
    r"\bwhat(?:'s| is| are) (?:in|shown in|on) (?:this|these|the|my) (?:image|picture|photo)s?\b",
    r"^$",
)
_IDENTIFY = any_of(
    r"^(?:what|which|who)(?:'s| is| are)? (?:this|that|it|these|they)(?: [\w-]+)?$",
    r"^(?:what|which) (?:(?:kind|type|sort|breed|make|model|brand) of )?[\w-]+(?: [\w-]+)? "
    r"(?:is|are) (?:this|that|it|these)(?: [\w-]+)?$",
)
_PROPERTY = any_of(
    r"^(?:what|which) (?:fabric|material|colou?r|size|shape|price|weight|brand|year|date|day|time|"
    r"age|language|temperature|length|width|height|flavou?r)\b"
)
_GOODS = r"(?:items|products|articles|goods|dishes|drinks|food|meals)"
_ITEMS = any_of(
    r"\b(?:what|which)\b(?!.*\b(?:price|cost|much|total|date|when|company|shop|store|number)\b)"
    r".*\b(?:bought|purchased|ordered|sold|did .*(?:buy|order|eat))\b",
    rf"\b(?:which|what) {_GOODS}\b",
    rf"^(?:list|name) (?:all )?(?:the )?{_GOODS}\b",
    r"\bhow many (?:items |articles |pieces )?(?:were|was) (?:bought|ordered|purchased)\b",
    r"\b(?:most|least) expensive\b|\bcheapest\b",
    r"\bwhat is (?:this|the) (?:receipt|bill|invoice) for$",
)
_COUNT = any_of(
    r"\bhow many\b.*\b(?:in|on) (?:the|this|that) (?:image|picture|photo|scene|video)",
    r"\bhow many\b.*\b(?:are there|(?:can|do) you see|visible|are shown|can be seen)\b",
    r"\bcount\b",
)
_NO_SUPERLATIVE = (
    r"best before|latest|forest|west|east|guest|test|request|interest|nearest|contest|harvest|rest"
)
_COMPARE = any_of(
    r"\bcompare \w",
    r"\bdifferences? between\b",
    r"\b(?:which|what|who)\b.*\b(?:most|least|more|less|fewer|better|worse|cheaper|larger|bigger|"
    r"smaller|older|newer|taller|longer|shorter|heavier|higher|lower|healthier)\b",
    rf"\b(?:which|what|who)\b.*\b(?!(?:{_NO_SUPERLATIVE})\b)[a-z]{{3,}}est\b",
)
_ADVISE = any_of(
    r"\b(?:should|shall|must|ought) (?:i|we|one)\b",
    r"\brecommend|\badvi[sc]e|\bsuggest",
    r"\bhow (?:do|can|should|could) (?:i|we)\b",
    r"\bwhat (?:can|could|should) (?:i|we)\b",
)
_CONFIRM = any_of(r"^(?:is|are|was|were|does|do|did|has|have|can|could|will|would)\b")


def form_of(text: str) -> Form:
    """The form of one question."""
    tests: tuple[tuple[Form, object], ...] = (
        ("describe", _DESCRIBE.search(text)),
        ("items", _ITEMS.search(text)),
        ("whole", _WHOLE.search(text)),
        ("identify", _IDENTIFY.search(text) and not _PROPERTY.search(text)),
        ("list", LIST.search(text)),
    )
    return next((form for form, hit in tests if hit), "lookup")


def limit_of(text: str) -> Limit | None:
    """What the question wants that quoting cannot give, None when quotes can answer it."""
    tests: tuple[tuple[Limit, re.Pattern[str]], ...] = (
        ("count", _COUNT),
        ("compare", _COMPARE),
        ("advise", _ADVISE),
        ("confirm", _CONFIRM),
    )
    return next((limit for limit, pattern in tests if pattern.search(text)), None)
