"""Values are found as they are printed, and questions say which kind they want."""

import time
from typing import get_args

import pytest

from sightline.chat.extracting.typed_values import ValueKind, asked, values


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("date", "Date: 20/04/2018", ["20/04/2018"]),
        ("date", "18-10-17 15:16 SH01 ZT09", ["18-10-17"]),
        ("date", "2018/02/2213:34:14", ["2018/02/22"]),  # glued to the time
        ("date", "JULY21,1969", ["JULY21,1969"]),
        ("date", "on 3 September 2019", ["3 September 2019"]),
        ("date", "EXP 08/2026", ["08/2026"]),
        ("date", "Invoice No: SP3-01-147902", []),  # a number with hyphens
        ("date", "WA36-6/60", []),
        ("time", "2018/02/2213:34:14", ["13:34:14"]),
        ("time", "8 AM - 6 PM", ["8 AM", "6 PM"]),
        ("time", "16:03:00", ["16:03:00"]),
        ("year", "1887-90", ["1887-90"]),
        ("year", "Total 1950.00", []),
        ("duration", "a two-year limited warranty", ["two-year"]),
        ("duration", "2 HOURS MAX", ["2 HOURS"]),
        ("amount", "TOTAL 39.90", ["39.90"]),
        ("amount", "RM5.90", ["RM5.90"]),
        ("amount", "(Tents, OutdoorLiving, $250.00).", ["$250.00"]),
        ("amount", "5.00 RM", ["5.00 RM"]),
        ("amount", "1,234.50", ["1,234.50"]),
        ("amount", "20/04/2018 16:03", []),
        ("percent", "30 percent less, 20% off", ["30 percent", "20%"]),
        ("measure", "Sodium 20mg", ["20mg"]),
        ("measure", "a package of 4 (40g each)", ["40g"]),
        ("number", "perfect for four occupants", ["four"]),
        ("phone", "555-348-6512", ["555-348-6512"]),
        ("phone", "(303) 555-0142", ["(303) 555-0142"]),
        ("phone", "+6 03 2026 6386", ["+6 03 2026 6386"]),
        ("phone", "TEL:03-61855688", ["03-61855688"]),
        ("phone", "20-04-2018", []),
        ("phone", "GST ID:000781500416", []),
        ("email", "roberto@adventure-works.com", ["roberto@adventure-works.com"]),
        ("website", "Website: www.herolimited.com", ["www.herolimited.com"]),
        ("identifier", "Purchase Order #: 948284", ["948284"]),
        ("identifier", "Company Phone: 555-348-6512", []),
        ("payment", "VISA ****4417", ["VISA"]),
        ("person", "Name: Kidane Tsehaye", ["Kidane Tsehaye"]),
        ("role", "Engineering Manager", ["Manager"]),
        ("company", "OGN GROUP SDN BHD", ["GROUP", "SDN BHD"]),
        ("address", "Boulder City, CO 92848", ["CO 92848"]),
    ],
)
def test_values(kind: ValueKind, text: str, expected: list[str]):
    assert values(kind, text) == expected


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("What is the total?", "amount"),
        ("How much change was given?", "amount"),
        ("On what date?", "date"),
        ("When does the cafe open on Saturday?", "time"),
        ("At what time was it paid?", "time"),
        ("How was it paid?", "payment"),
        ("what years does it name", "year"),
        ("How long is the warranty?", "duration"),
        ("What is the fax number?", "phone"),
        ("Which number should be called in an emergency?", "phone"),
        ("What is the email address?", "email"),
        ("What is the invoice number?", "identifier"),
        ("What is the shop's address?", "address"),
        ("What is the address of the shop?", "address"),
        ("In which mall is the shop?", "address"),
        ("Which company ships it?", "company"),
        ("Who signed the order?", "person"),
        ("What is his job title?", "role"),
        ("How many people does it hold?", "number"),
        ("How heavy are these shoes?", "measure"),
        ("What does the sign say?", None),
        ("What colour are the taxis?", None),
    ],
)
def test_asked(question: str, kind: ValueKind | None):
    assert next(iter(asked(question.rstrip("?"))), None) == kind


@pytest.mark.parametrize("flood", ["1" * 20_000, "a-" * 10_000, "1.1," * 5_000, "Aa " * 7_000])
def test_hostile_text_takes_no_longer(flood: str):
    started = time.perf_counter()
    for kind in get_args(ValueKind):
        values(kind, flood)
    assert time.perf_counter() - started < 2
