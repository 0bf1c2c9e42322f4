"""Dates, amounts, telephone numbers and their like: what a question asks for, what a text has.

The patterns forgive what readers of print do: words and figures run together ("JULY21,1969",
"2018/02/2213:34:14"), currencies before or behind, blanks where none should be.
"""

import re
from typing import Literal

ValueKind = Literal[
    "date",
    "year",
    "time",
    "amount",
    "percent",
    "measure",
    "number",
    "phone",
    "email",
    "website",
    "identifier",
    "person",
    "company",
    "address",
    "duration",
]

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_CURRENCY = r"(?:[$€£¥₹₩]|\b(?:USD|EUR|GBP|CHF|MYR|RM|SEK|NOK|DKK|kr|Rs\.?|INR|AUD|CAD|JPY)(?![a-z]))"
_UNIT = (
    r"(?:kg|mg|µg|mcg|g|grams?|oz|lbs?|pounds?|ml|cl|dl|l|lit(?:er|re)s?|gal(?:lons?)?|mm|cm|km|m|"
    r"met(?:er|re)s?|inch(?:es)?|in|ft|feet|miles?|mph|km/h|kcal|cal(?:ories)?|kj|kwh?|w|watts?|v|volts?|hz|"
    r"[gmk]b|mah|bar|psi|°\s?[cf]?|degrees?)"
)

_PATTERNS: dict[ValueKind, re.Pattern[str]] = {
    kind: re.compile(pattern, re.IGNORECASE)
    for kind, pattern in {
        "date": (
            r"(?<!\d)\d{1,2}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?(?:(?:19|20)\d{2}|\d{2})(?!\d[/.-])"
            r"|(?<!\d)(?:19|20)\d{2}[/.-]\d{1,2}[/.-]\d{1,2}"
            rf"|(?<!\d)\d{{1,2}}(?:st|nd|rd|th)?[\s.,-]*{_MONTH}\b[\s.,-]*(?:\d{{4}}|\d{{2}})?(?!\d)"
            rf"|(?<![a-z]){_MONTH}\.?[\s-]*\d{{1,2}}(?:st|nd|rd|th)?(?!\d)(?:[\s,.]*\d{{4}})?"
            rf"|(?<![a-z]){_MONTH}\.?[\s,]*(?:19|20)\d{{2}}"
        ),
        "year": r"(?<![\d.,/:#-])(?:1[0-9]|20)\d{2}(?:\s?[-–/]\s?\d{2,4})?(?![\d,:]|\.\d)",
        "time": (
            r"(?<![\d.:])(?:[01]?\d|2[0-4])[:.][0-5]\d(?::[0-5]\d)?\s*(?:[ap]\.?m\b\.?)"
            r"|(?:(?<![\d.:])|(?<=\d{4}/\d\d/\d\d))(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?(?![\d:])"
            r"|(?<![\d.])(?:1[0-2]|[1-9])\s*(?:[ap]\.?m\b\.?)|\bnoon\b|\bmidnight\b|\b24\s?h(?:ours|rs)?\b"
        ),
        "amount": (
            rf"{_CURRENCY}\s?-?\d[\d.,]*|(?<![\d.,])\d[\d.,]*\s?{_CURRENCY}"
            r"|(?<![\d.,/:])\d{1,3}(?:[ ,.']?\d{3})*[.,]\d{2}(?![\d%]|[./:-]\d)"
            r"|\d+\s?(?:dollars?|euros?|cents?|pence|pounds)\b"
        ),
        "percent": r"\d+(?:[.,]\d+)?\s?(?:%|per\s?cent\b)",
        "measure": rf"(?<![\w.,])\d+(?:[.,/]\d+)?\s?(?:{_UNIT}(?![a-z])|%)",
        "duration": (
            r"\b(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|half an?|an?)[\s-]*"
            r"(?:year|month|week|day|dy|hour|hr|h|min(?:ute)?|sec(?:ond)?|s)s?\b\.?"
        ),
        "number": r"\d+(?:[.,]\d+)*",
        "phone": r"(?<![\w./:-])\+?(?=(?:\D*\d){7})\(?\d{1,4}\)?(?:[\s.-]+\(?\d{2,}\)?){1,5}(?![\w/])",
        "email": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
        "website": r"(?:https?://|www\.)\S+|\b[\w-]+\.(?:com|org|net|edu|gov|info|co\.uk|de|fr|my|eu|io)\b(?:/\S*)?",
        "identifier": r"(?=\S*\d)[A-Z0-9#][A-Z0-9/#-]{2,}",
        "address": (
            r"\b(?:street|st\.|road|rd\.?|avenue|ave\.?|lane|drive|blvd|boulevard|square|highway|"
            r"jalan|taman|lorong|strasse|straße|rue|via|calle|plaza|p\.?o\.? box|floor|level)\b"
            r"|\b[A-Z]{2},?\s?\d{5}\b|(?<!\d)\d{5}\s*,?\s*[A-Z][a-z]+|\b[A-Z]{1,2}\d{1,2}[A-Z]?\s?\d[A-Z]{2}\b"
        ),
    }.items()
}
_SHAPES: dict[ValueKind, re.Pattern[str]] = {  # told by capitals
    "person": re.compile(
        r"(?:(?:Mr|Mrs|Ms|Dr|Prof|Sir|Lady|Lord|Saint|St)\.?\s)?"
        r"\b[A-Z][a-zà-ÿ'’-]+(?:\s(?:[A-Z]\.?|de|van|von|der|la|bin|al))*\s[A-Z][a-zà-ÿ'’-]+\b"
        r"|^[A-Z]{2,}(?:\s[A-Z]{2,}){1,2}$"
    ),
    "company": re.compile(
        r"(?i:\b(?:sdn\.? ?bhd|bhd|ltd|limited|inc|corp(?:oration)?|company|gmbh|llc|plc|pty|"
        r"s\.?a\.?r\.?l|enterprises?|trading|industries|holdings?|group|restaurant|caf[eé]|hotel|bakery|"
        r"pharmacy|supermarket|supply|bank|store|shop|mart)\b)|\b(?:CO|Co|AG|AB)\b\.?"
    ),
}

_LOOSE_PHONE = re.compile(r"(?:tel|phone|fax|mobile|call|hp|h/p)\w*\W{0,4}(\+?[\d(][\d\s().-]{5,}\d)", re.I)

_ASKED: tuple[tuple[str, tuple[ValueKind, ...]], ...] = (
    (r"\b(?:which|what) years?\b|\byears? (?:are|is|were|was|does)\b", ("year", "date")),
    (r"\b(?:dates?|dated|day|issued on|birthday)\b|\bwhen\b", ("date", "time", "year")),
    (r"\b(?:times?|o'?clock|hours|opens?|closes?|departs?|arrives?|departure|arrival)\b", ("time", "date")),
    (r"\bhow long\b|\bduration\b|\bwarranty\b|\bwithin how many\b", ("duration", "measure", "time")),
    (r"\b(?:e-?mail|mail address)\b", ("email",)),
    (r"\b(?:web ?site|web|url|internet|homepage)\b", ("website",)),
    (r"\b(?:(?:tele)?phones?|fax|mobile|call)\b(?! (?:company|brand))", ("phone",)),
    (r"\b(?:per ?cent|percentage|share)\b", ("percent",)),
    (
        r"\b(?:total|subtotal|price|prices|cost|costs|amount|paid|pay|change|tax|gst|vat|fee|fine|due|sum|"
        r"discount|balance|cash|charged?|rounding|tip|rent|salary|budget|worth|expensive)\b",
        ("amount", "number", "percent"),
    ),
    (
        r"\b(?:weight|weighs?|height|width|length|depth|size|volume|capacity|speed|temperature|"
        r"dimensions?|distance|how (?:tall|high|wide|deep|heavy|far|hot|cold|fast|big|large))\b",
        ("measure", "number"),
    ),
    (r"\bhow much\b", ("amount", "measure", "percent", "number")),
    (r"\bhow many\b", ("number", "measure")),
    (r"\b(?:number|no\.|nr\.?|id|code|licen[cs]e plate|plate|serial|reference)\b", ("identifier", "number")),
    (r"\b(?:address|where|located|location|city|town|street)\b", ("address",)),
    (
        r"\b(?:company|companies|shop|store|restaurant|merchant|business|firm|manufacturer|supplier|seller|"
        r"café|cafe|bank|hotel)\b",
        ("company",),
    ),
    (r"\b(?:who|whom|whose|person|signed|signature|author|manager|cashier|contact)\b", ("person",)),
)
_ASKED_PATTERNS = tuple((re.compile(pattern, re.I), kinds) for pattern, kinds in _ASKED)

STRICT: frozenset[ValueKind] = frozenset(
    {"date", "year", "time", "amount", "percent", "phone", "email", "website", "measure", "number",
     "identifier", "duration"}
)
"""Kinds whose values have a form: a text without one does not answer a question for them."""


def asked(question: str) -> tuple[ValueKind, ...]:
    """The kinds of value a question asks for, most wanted first; empty when it names none.

    Only the first matching rule counts: "total amount on that date" asks for an amount and a
    date, but such questions are split before they come here.
    """
    rest = re.sub(r"\b(?:what|which) time of (?:day|year)\b", "", question)
    hits = [
        (match.start(), kinds)
        for pattern, kinds in _ASKED_PATTERNS
        if (match := pattern.search(rest))
    ]
    if not hits:
        return ()
    return hits[0][1]


def values(kind: ValueKind, text: str) -> list[str]:
    """The values of this kind in a text, as they stand there."""
    if kind in _SHAPES:
        return [match.group().strip() for match in _SHAPES[kind].finditer(text)]
    found = [match.group().strip() for match in _PATTERNS[kind].finditer(text)]
    if kind == "phone":
        found = [value for value in found if not values("date", value)]
        found += [match.group(1) for match in _LOOSE_PHONE.finditer(text)]
    return list(dict.fromkeys(found))
