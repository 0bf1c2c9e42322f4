import pytest

from sightline.media.signatures import described, media_type


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\xff\xd8\xff\xe1", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF89a", "image/gif"),
        (b"BM", "image/bmp"),
        (b"II*\0", "image/tiff"),
        (b"MM\0+", "image/tiff"),  # BigTIFF
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x18ftypavif\0\0\0\0avifmif1", "image/avif"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", "image/avif"),  # named only as a further brand
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isomavc1", None),
        (b"\xff\xff\xff\xffftyp", None),
        (b"RIFF", None),
        (b"picture.png", None),
        (b"", None),
    ],
)
def test_the_first_bytes_say_what_a_file_is(start: bytes, kind: str | None):
    assert media_type(start) == kind


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"no picture", "plain text"),
        ("Zürich\n".encode() * 147, "plain text"),  # a character is cut at 1,024 bytes
        (
            b"\x07\x08" * 20,
            "a file of an unknown kind (its first bytes are 07 08 07 08 07 08 07 08)",
        ),
        (
            "Zürich".encode("latin-1"),
            "a file of an unknown kind (its first bytes are 5a fc 72 69 63 68)",
        ),
    ],
)
def test_what_has_no_name_is_told_in_plain_words(data: bytes, told: str):
    assert described(data) == told
