"""What a file is by its first bytes: a picture we decode, or something else that has a name."""

import codecs

EXPECTED_VIDEO = "a video (mp4, mov, mkv, webm, avi, wmv, flv, ts, mpg or ogv)"

HEAD = 1024
"""Bytes at the start of a file that are enough to tell."""


def media_type(data: bytes) -> str | None:
    """The media type of a file by its first bytes; None when it is not one we decode."""
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        # The first brand names the file; the others, from byte 16 on, what else may read it.
        end = min(int.from_bytes(data[:4], "big"), 256)
        brands = [data[8:12], *(data[at : at + 4] for at in range(16, end, 4))]
        if any(brand in _AVIF for brand in brands):
            return "image/avif"
        if brands[0] in _HEIC:
            return "image/heic"
    return None


def video_type(data: bytes) -> str | None:
    """The media type of a video by its first bytes; None when it is not one we decode."""
    if data[4:8] in _VIDEO_BOXES and media_type(data) is None:
        return "video/quicktime" if data[8:10] == b"qt" else "video/mp4"
    if data[:4] == b"RIFF" and data[8:12] == b"AVI ":
        return "video/x-msvideo"
    if data.startswith(b"\x1aE\xdf\xa3"):
        return "video/webm" if b"webm" in data[:64] else "video/x-matroska"
    if any(len(data) > at + 188 and data[at] == data[at + 188] == _TS_SYNC for at in (0, 4)):
        return "video/mp2t"
    return next((kind for start, kind in _VIDEO_STARTS if data.startswith(start)), None)


def described(data: bytes) -> str:
    """What a file that is not a picture of ours seems to be."""
    if not data:
        return "an empty file"
    start = data[:1024].lstrip()
    for signature, name in _FOREIGN:
        if start.startswith(signature):
            return name
    if video_type(data):
        return "a video"
    if data[:4] == b"RIFF":
        return "a sound or other RIFF file"
    if b"<svg" in start.lower():
        return "an SVG drawing"
    if start[:1] == b"<":
        return "a page of HTML or XML"
    if _is_text(data[:1024]):
        return "plain text"
    return f"a file of an unknown kind (its first bytes are {data[:8].hex(' ')})"


def _is_text(start: bytes) -> bool:
    """Whether it is UTF-8 of things that are printed; the last character may be cut."""
    try:
        words = codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return all(one.isprintable() or one.isspace() for one in words)


_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
)
_AVIF = frozenset({b"avif", b"avis"})
_HEIC = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)
_VIDEO_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip", b"pnot"})
_TS_SYNC = 0x47
_VIDEO_STARTS = (
    (b"\x30\x26\xb2\x75", "video/x-ms-asf"),
    (b"FLV\x01", "video/x-flv"),
    (b"OggS", "video/ogg"),
    (b"\0\0\x01\xba", "video/mpeg"),
)
_FOREIGN = (
    (b"%PDF", "a PDF document; convert its pages to pictures first"),
    (b"%!PS", "a PostScript file"),
    (b"8BPS", "a Photoshop file"),
    (b"PK\x03\x04", "a ZIP archive or office document"),
    (b"\0\0\x01\0", "an icon (ICO)"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    *((f"P{digit}".encode(), "a portable map (PNM)") for digit in range(1, 8)),
)
