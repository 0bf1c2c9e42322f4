"""Printed figures and dates: read where one reading is possible, else not at all."""

from datetime import date

import pytest

from sightline.printed_values import date_order, dates, decimal_sign, figures, number

NUMBERS: dict[str, tuple[str, str, object]] = {
    "whole": ("12", "", 12),
    "decimals": ("39.90", "", 39.9),
    "decimal comma": ("39,90", "", 39.9),
    "thousands and decimals": ("1,234.50", "", 1234.5),
    "the other way round": ("1.234,50", "", 1234.5),
    "millions": ("1,234,567", "", 1234567),
    "apostrophes": ("1'234.50", "", 1234.5),
    "below zero": ("-5.00", "", -5.0),
    "a thousand, or one and a bit": ("1,234", "", None),
    "a page of points": ("1,234", ".", 1234),
    "a page of commas": ("1,234", ",", 1.234),
    "a version": ("1.2.3", "", None),
    "two figures or one": ("2 100.00", "", None),
    "a code": ("002063339520", "", None),
}


@pytest.mark.parametrize(("printed", "sign", "value"), NUMBERS.values(), ids=NUMBERS.keys())
def test_numbers(printed: str, sign: str, value: object):
    assert number(printed, sign) == value


def test_figures_are_no_parts_of_dates_times_codes_and_shares():
    assert figures("RM 39.90 $144.00 6% 24-05-2018 4:29 A12 12kg") == ["39.90", "144.00"]


def test_a_page_shows_its_decimal_sign():
    assert decimal_sign(["Total 12.50", "1,234"]) == "."
    assert decimal_sign(["12,50 kr"]) == ","
    assert decimal_sign(["12,50", "12.50"]) == ""


def test_dates():
    assert dates("Date: 2018/02/2213:34:14")[0] == [date(2018, 2, 22)]
    assert dates("2018-02-22 and 24 May 2018, May 25, 2018")[0] == [
        date(2018, 2, 22),
        date(2018, 5, 24),
        date(2018, 5, 25),
    ]
    assert dates("24-05-2018") == ([date(2018, 5, 24)], [])
    assert dates("12/20/2020") == ([date(2020, 12, 20)], [])
    assert dates("04/04/2020") == ([date(2020, 4, 4)], [])
    assert dates("31/02/2020") == ([], [])


def test_a_date_that_may_be_two_days_is_none_unless_another_shows_the_order():
    assert dates("03/04/2018") == ([], ["03/04/2018"])
    assert date_order(["24/05/2018"]) == "day first"
    assert dates("03/04/2018", date_order(["24/05/2018"])) == ([date(2018, 4, 3)], [])
    assert dates("03/04/2018", date_order(["05/24/2018"])) == ([date(2018, 3, 4)], [])
    assert date_order(["05/24/2018", "24/05/2018"]) is None
