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
    "duration",
    "amount",
    "percent",
    "measure",
    "number",
    "phone",
    "email",
    "website",
    "identifier",
    "payment",
    "person",
    "role",
    "company",
    "address",
]

STRICT: frozenset[ValueKind] = frozenset(
    {
        *("date", "year", "time", "duration", "amount", "percent", "measure", "number"),
        *("phone", "email", "website", "identifier"),
    }
)
"""Kinds whose values have a form: a text without one does not answer a question for them."""

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_CURRENCY = (
    r"(?:[$€£¥₹₩]|\b(?:USD|EUR|GBP|CHF|MYR|RM|SEK|NOK|DKK|kr|Rs\.?|INR|AUD|CAD|JPY)(?![a-z]))"
)
_UNIT = (
    r"(?:kg|mg|µg|mcg|g|grams?|oz|lbs?|pounds?|ml|cl|dl|l|lit(?:er|re)s?|gal(?:lons?)?|mm|cm|km|m|"
    r"met(?:er|re)s?|inch(?:es)?|in|ft|feet|miles?|mph|km/h|kcal|cal(?:ories)?|kj|kwh?|w|watts?|"
    r"v|volts?|hz|[gmk]b|mah|bar|psi|°\s?[cf]?|degrees?)"
)
_CLOCK = r"(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?"
_HALF_DAY = r"(?:[ap]\.?m\b\.?)"
_TITLE = r"(?:(?:Mr|Mrs|Ms|Dr|Prof|Sir|Lady|Lord|Saint|St)\.?\s)?"
_NAME = r"[A-Z][a-zà-ÿ'’-]+"


def _any_case(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


_PATTERNS: dict[ValueKind, re.Pattern[str]] = {
    "date": _any_case(
        r"(?<![\d-])\d{1,2}\s?(?P<long>[/.-])\s?\d{1,2}\s?(?P=long)\s?(?:19|20)\d{2}",
        r"(?<![\w-])\d{1,2}(?P<short>[/.-])\d{1,2}(?P=short)\d{2}(?![\d/.-])",
        r"(?<!\d)(?:19|20)\d{2}[/.-]\d{1,2}[/.-]\d{1,2}",
        rf"(?<!\d){_DAY}[\s.,-]*{_MONTH}\b[\s.,-]*(?:\d{{4}}|\d{{2}})?(?!\d)",
        rf"(?<![a-z]){_MONTH}\.?[\s-]*{_DAY}(?!\d)(?:[\s,.]*\d{{4}})?",
        rf"(?<![a-z]){_MONTH}\.?[\s,]*(?:19|20)\d{{2}}",
        r"(?<![\d/])(?:0[1-9]|1[0-2])/20\d{2}(?!\d)",
    ),
    "year": _any_case(
        r"(?<![\d.,/:#-])(?:1[0-9]|20)\d{2}(?:\s?[-–/]\s?\d{2,4})?(?![\d,:]|\.\d|-[A-Z])",
    ),
    "time": _any_case(
        rf"(?<![\d.:])(?:[01]?\d|2[0-4])[:.][0-5]\d(?::[0-5]\d)?\s*{_HALF_DAY}",
        rf"(?:(?<![\d.:])|(?<=\d{{4}}/\d\d/\d\d)){_CLOCK}(?![\d:])",
        rf"(?<![\d.])(?:1[0-2]|[1-9])\s*{_HALF_DAY}",
        r"\bnoon\b|\bmidnight\b|\b24\s?h(?:ours|rs)?\b",
    ),
    "duration": _any_case(
        r"\b(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|half an?|an?)[\s-]*"
        r"(?:year|month|week|day|dy|hour|hr|h|min(?:ute)?|sec(?:ond)?|s)s?\b\.?",
    ),
    "amount": _any_case(
        rf"{_CURRENCY}\s?-?\d[\d.,]*",
        rf"(?<![\d.,])\d[\d.,]*\s?{_CURRENCY}",
        r"(?<![\d.,/:])\d{1,3}(?:[ ,.']?\d{3})*[.,]\d{2}(?![\d%]|[./:-]\d)",
        r"(?<!\d)\d+\s?(?:dollars?|euros?|cents?|pence|pounds)\b",
    ),
    "percent": _any_case(r"(?<!\d)\d+(?:[.,]\d+)?\s?(?:%|per\s?cent\b)"),
    "measure": _any_case(rf"(?<![\w.,])\d+(?:[.,/]\d+)?\s?(?:{_UNIT}(?![a-z])|%)"),
    "number": _any_case(
        r"\d+(?:[.,]\d+)*",
        r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen)\b",
    ),
    "phone": _any_case(
        r"(?<![\w./:-])\+?(?=(?:[\s()-]*\d){7})\(?\d{1,4}\)?(?:[\s-]+\(?\d{2,}\)?){1,5}(?![\w/.])",
        r"(?<![\w.])\d{3}\.\d{3}\.\d{4}(?!\d)",
    ),
    "email": _any_case(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "website": _any_case(
        r"(?:https?://|www\.)\S+",
        r"(?<![\w-])[\w-]+\.(?:com|org|net|edu|gov|info|co\.uk|de|fr|my|eu|io)\b(?:/\S*)?",
    ),
    "identifier": _any_case(r"(?=\S{0,40}\d)[A-Z0-9#][A-Z0-9/#-]{2,}"),
    "payment": _any_case(
        r"\b(?:cash|visa|master ?card|amex|american express|maestro|debit|credit|card|cheque|check|"
        r"paypal|apple pay|google pay|contactless|bank transfer|voucher)\b",
    ),
    "person": re.compile(
        rf"{_TITLE}\b{_NAME}(?:\s(?:[A-Z]\.?|de|van|von|der|la|bin|al))*\s{_NAME}\b"
        r"|^[A-Z]{2,}(?:\s[A-Z]{2,}){1,2}$"
    ),
    "role": _any_case(
        r"\b(?:mana?ger|director|engineer|officer|president|clerk|assistant|designer|developer|"
        r"consultant|analyst|architect|professor|teacher|accountant|secretary|chair\w*|head of|"
        r"founder|owner|chef|driver|editor|writer|author|poet|painter|physicist|scientist|inventor|"
        r"composer|naturalist|reformer|agent|representative|specialist|technician|supervisor|"
        r"partner|c[efto]o|\w{4,}er of)\b",
    ),
    "company": re.compile(
        r"(?i:\b(?:sdn\.? ?bhd|bhd|ltd|limited|inc|corp(?:oration)?|gmbh|llc|plc|pty|s\.?a\.?r\.?l|"
        r"enterprises?|trading|industries|holdings?|group|restaurant|caf[eé]|hotel|bakery|pharmacy|"
        r"supermarket|supply|bank|store|shop|mart|company(?: name)?(?=\s*:))\b)"
        r"|\b(?:CO|Co|AG|AB)\b\.?"
    ),
    "address": _any_case(
        r"\b(?:street|st\.|road|rd\.?|avenue|ave\.?|lane|drive|blvd|boulevard|square|highway|"
        r"jalan|taman|lorong|lrg|strasse|straße|rue|via|calle|plaza|p\.?o\.? box|floor|level|suite|"
        r"tower|mall|lot)\b",
        r"\b[A-Z]{2},?\s?\d{5}\b",
        r"(?<!\d)\d{5}\s*,?\s*[A-Z][a-z]+",
        r"\b[A-Z]{1,2}\d{1,2}[A-Z]?\s?\d[A-Z]{2}\b",
    ),
}
_LABELLED_PHONE = re.compile(
    r"(?i)(?:tel|phone|fax|mobile|call|hp|h/p)\w*\W{0,4}(\+?[\d(][\d\s().-]{5,}\d)"
)

_NOUN = _any_case(
    r"(?:what|which)(?:'s| is| are| was| were) (?:the|its|his|her|their|an?) "
    r"(.+?)(?: (?:of|for|from|on|in|at|to|by|with|per|including|without|after|before|that)\b|$)"
)

# The first words of a question that hit decide; where two rules hit the same words, the upper one.
_ASKED: tuple[tuple[re.Pattern[str], tuple[ValueKind, ...]], ...] = (
    (
        _any_case(
            r"\bhow (?:was|is|were|did)\b.*\b(?:paid|pay)\b",
            r"\bpa(?:id|y) (?:with|by)\b",
            r"\bpayment method\b",
        ),
        ("payment",),
    ),
    (
        _any_case(
            r"\btime span\b|\b(?:what|which) period\b",
            r"\b(?:which|what) years?\b",
            r"\byears? (?:are|is|were|was|does)\b",
        ),
        ("year", "date"),
    ),
    (
        _any_case(
            r"\b(?:what|which|the) time\b(?! span)",
            r"\btime$|o'?clock|\bhours\b|\b(?:departure|arrival)\b",
            r"\bwhen .*\b(?:open|close|depart|arrive|leave|start|begin|end)s?\b",
        ),
        ("time", "date"),
    ),
    (
        _any_case(r"\b(?:dates?|dated|day|issued on|birthday)\b", r"\bwhen\b"),
        ("date", "time", "year"),
    ),
    (
        _any_case(r"\bhow long\b", r"\bduration\b|\bwarranty\b", r"\bwithin how many\b"),
        ("duration", "measure", "time"),
    ),
    (_any_case(r"\be-?mail(?: address)?\b|\bmail address\b"), ("email",)),
    (_any_case(r"\b(?:web ?site|web|url|internet|homepage)(?: address)?\b"), ("website",)),
    (
        _any_case(
            r"\b(?:phone|mobile|cell|fax) (?:numbers?|no)\b",
            r"\btelephone numbers?\b|\bfax\b",
            r"\bnumber\b.*\bcall(?:ed)?\b|\bcall(?:ed)? .*\bnumber\b",
            r"\b(?:can|should|to) (?:i |we |you |be )?call(?:ed)?\b",
            r"\bwhat(?:'s| is) (?:the|his|her|its|their) (?:tele)?phone$",
        ),
        ("phone",),
    ),
    (_any_case(r"\b(?:per ?cent|percentage|share)\b"), ("percent",)),
    (
        _any_case(
            r"\b(?:total|subtotal|price|prices|cost|costs|amount|paid|pay|change|tax|gst|vat|fee|"
            r"fine|due|sum|discount|balance|cash|charged?|rounding|tip|rent|salary|budget|worth|"
            r"expensive)\b"
        ),
        ("amount", "number", "percent"),
    ),
    (
        _any_case(
            r"\b(?:weight|weighs?|height|width|length|depth|size|volume|capacity|speed|energy|"
            r"power|voltage|temperature|dimensions?|distance)\b",
            r"\bhow (?:tall|high|wide|deep|heavy|far|hot|cold|fast|big|large|strong)\b",
        ),
        ("measure", "number"),
    ),
    (_any_case(r"\bhow much\b"), ("amount", "measure", "percent", "number")),
    (_any_case(r"\bhow many\b"), ("number", "measure")),
    (
        _any_case(
            r"\b(?:job|role|position|profession|occupation)\b",
            r"\bwork(?:s|ed)? as\b",
        ),
        ("role",),
    ),
    (
        _any_case(
            r"\b(?:in|at|on) (?:which|what) (?!year|month|page|date|day|time|price|rate|speed)"
            r"[\w ]+ (?:is|are|was|were)\b",
            r"\bwhat (?:city|town|country|building|place)\b",
        ),
        ("address",),
    ),
    (_any_case(r"\bnumbers\b"), ("number",)),
    (
        _any_case(r"\b(?:number|no\.|nr\.?|id|code|licen[cs]e plate|plate|serial|reference)\b"),
        ("identifier", "number"),
    ),
    (_any_case(r"\b(?:address|where|located|location|city|town|street)\b"), ("address",)),
    (
        _any_case(
            r"\b(?:company|companies|shop|store|restaurant|merchant|firm|manufacturer|supplier|"
            r"seller|café|cafe|bank|hotel)\b"
        ),
        ("company",),
    ),
    (
        _any_case(r"\b(?:who|whom|whose|person|signed|signature|author|manager|cashier)\b"),
        ("person",),
    ),
)


def asked(question: str) -> tuple[ValueKind, ...]:
    """The kinds of value that a question with one aim asks for, most wanted first; may be none."""
    if noun := _NOUN.match(question):  # "the shop's address", "the order number": the last counts
        spans = _hits(noun.group(1))
        if spans:
            return max(spans, key=lambda hit: hit[0].end())[1]
    return min(_hits(question), key=lambda hit: hit[0].start(), default=(None, ()))[1]


def _hits(text: str) -> list[tuple[re.Match[str], tuple[ValueKind, ...]]]:
    return [(match, kinds) for pattern, kinds in _ASKED if (match := pattern.search(text))]


def values(kind: ValueKind, text: str) -> list[str]:
    """The values of this kind in a text, as they stand there."""
    found = [match.group().strip() for match in _PATTERNS[kind].finditer(text)]
    match kind:
        case "phone":
            found = [value for value in found if not values("date", value)]
            found += _LABELLED_PHONE.findall(text)
        case "identifier":
            found = [value for value in found if not values("phone", value)]
        case _:
            pass
    return list(dict.fromkeys(found))
