"""The packing of pictures in JSON, in every way that clients write it."""

import base64

import pytest

from sightline.errors import InvalidRequest, SightlineError, UrlNotAllowed
from sightline.http.pictures import MAX_IMAGE_BYTES, is_data_url, picture_bytes

FILE = bytes(range(256)) * 3 + b"\xfb\xef\xbe"  # its base64 has both letters that differ
PLAIN = base64.b64encode(FILE).decode()
URL_SAFE = base64.urlsafe_b64encode(FILE).decode()
assert "+" in PLAIN
assert "-" in URL_SAFE

ACCEPTED = {
    "data URL": f"data:image/png;base64,{PLAIN}",
    "upper case": f"DATA:IMAGE/PNG;BASE64,{PLAIN}",
    "another type than the content": f"data:application/octet-stream;base64,{PLAIN}",
    "no type": f"data:;base64,{PLAIN}",
    "further parameters": f"data:image/png;name=a.png;charset=utf-8;base64,{PLAIN}",
    "lines": "data:image/png;base64," + "\r\n".join(PLAIN[n : n + 76] for n in range(0, 1100, 76)),
    "blanks around and inside": f"  data:image/png;base64, {PLAIN[:9]} \t{PLAIN[9:]} \n",
    "URL-safe alphabet": f"data:image/png;base64,{URL_SAFE}",
    "no padding": f"data:image/png;base64,{PLAIN.rstrip('=')}",
    "too much padding": f"data:image/png;base64,{PLAIN}==",
    "percent escapes": "data:image/png;base64," + PLAIN.replace("+", "%2B").replace("/", "%2f"),
    "bare base64": PLAIN,
    "bare URL-safe base64": URL_SAFE,
}


@pytest.mark.parametrize("given", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_the_file_comes_out_whatever_the_packing(given: str):
    assert picture_bytes(given, "image") == FILE


BAD = "Invalid image (base64) data."
REFUSED = {
    "not base64 at all": ("data:image/png;base64,@@@@", InvalidRequest, BAD),
    "not ASCII": ("data:image/png;base64,äöü", InvalidRequest, BAD),
    "half a surrogate pair": ("data:image/png;base64,\ud83d", InvalidRequest, BAD),
    "one letter too many": ("data:image/png;base64,QUJDR", InvalidRequest, BAD),
    "padding inside": ("data:image/png;base64,QUI=QUJD", InvalidRequest, BAD),
    "no data": ("data:image/png;base64,", InvalidRequest, BAD),
    "not marked as base64": ("data:image/svg+xml,<svg/>", InvalidRequest, BAD),
    "bare words": ("a cat, on a mat", InvalidRequest, BAD),
    "empty": (" ", InvalidRequest, "expected a data URL or base64, got an empty string"),
    "no string": (17, InvalidRequest, "expected a data URL or base64, got 17"),
    "null": (None, InvalidRequest, "expected a data URL or base64, got null"),
    "web address": ("https://example.com/a.png", UrlNotAllowed, "https://example.com/a.png"),
    "loud web address": ("HTTP://EXAMPLE.COM/A.PNG", UrlNotAllowed, "got the address"),
    "file address": ("file:///etc/passwd", UrlNotAllowed, "got the address"),
    "bucket address": ("gs://bucket/a.png", UrlNotAllowed, "got the address"),
    "drive letter": ("C:\\pictures\\a.png", UrlNotAllowed, "got the address"),
}


@pytest.mark.parametrize(("given", "family", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_unpacked_is_refused(
    given: object, family: type[SightlineError], words: str
):
    with pytest.raises(family) as raised:
        picture_bytes(given, "messages[0].content[1].image_url.url")
    assert words in raised.value.message
    assert raised.value.param == "messages[0].content[1].image_url.url"


def test_the_signature_of_an_address_is_not_repeated():
    with pytest.raises(UrlNotAllowed) as raised:
        picture_bytes("https://blob.example/a.png?sig=secret", "image")
    assert "secret" not in str(raised.value)


def test_a_picture_above_20_mb_is_refused_before_it_is_decoded():
    fits = base64.b64encode(bytes(MAX_IMAGE_BYTES)).decode()
    assert len(picture_bytes(fits, "image")) == MAX_IMAGE_BYTES
    with pytest.raises(InvalidRequest, match=r"at most 20 MB, got 20\.0 MB"):
        picture_bytes(base64.b64encode(bytes(MAX_IMAGE_BYTES + 3)).decode(), "image")


def test_a_bare_string_is_a_picture_only_when_it_says_so():
    assert is_data_url(" data:image/png;base64,QUJD")
    assert is_data_url("data:application/octet-stream;base64,QUJD")
    assert is_data_url("data:;base64,QUJD")
    assert not is_data_url("data:text/plain;base64,QUJD")
    assert not is_data_url("https://example.com/a.png")
    assert not is_data_url("What is in data: this?")
