"""One decoded picture: from whatever a file holds to upright RGB, and from RGB to JPEG or PNG.

Colour: an embedded ICC profile is converted to sRGB where it can be read; a broken one is left out
of account. Transparent parts lie on white. Values wider than eight bits are scaled by the range of
their type (16 bits) or, where the type has no range of its own (32 bits, floats), by the values
that occur.
"""

from datetime import UTC, datetime
from io import BytesIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms

from sightline.assets import Pixels

THUMBNAIL_SIDE = 384
"""Longest side of a thumbnail in pixels."""

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = frozenset({5, 6, 7, 8})

_PROFILE_SPACES = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK"}
_BYTE, _TWO_BYTES = 255, 65535


def upright_rgb(
    picture: Image.Image, *, max_side: int | None = None
) -> tuple[Pixels, tuple[int, int]]:
    """The picture as upright RGB, and the width and height it has without being made smaller.

    `picture` is open but not yet decoded, so that a JPEG can be decoded at reduced size.
    `max_side` bounds the longest side of what comes back. Raises whatever the decoder raises.
    """
    size = picture.size
    if max_side is not None and picture.format == "JPEG":
        # Twice the wanted side: the last halving is ours, which looks better than libjpeg's.
        scale = 2 * max_side / max(size)
        picture.draft(None, (_at_least(size[0] * scale), _at_least(size[1] * scale)))
        picture.load()
    else:
        picture.load()
        size = picture.size  # some decoders know the true size only now
    # Pillow turns TIFF pages upright itself, and only those.
    turn = 1 if picture.format == "TIFF" else _orientation(picture)

    flat = _without_alpha(_eight_bits(picture))
    if max_side is not None and max(flat.size) > max_side:
        scale = max_side / max(flat.size)
        smaller = (_at_least(flat.width * scale), _at_least(flat.height * scale))
        flat = flat.resize(smaller, Image.Resampling.BICUBIC, reducing_gap=2.0)
    flat = _srgb(flat, picture.info.get("icc_profile"))
    if turn in _UPRIGHT:
        flat = flat.transpose(_UPRIGHT[turn])
    if turn in _SIDEWAYS:
        size = (size[1], size[0])
    return np.array(flat, dtype=np.uint8), size


def taken_at(picture: Image.Image) -> datetime | None:
    """When the picture was taken, in UTC; None where its EXIF does not say so legibly.

    Most cameras write their wall clock without a zone. Such a time is kept as the clock showed it
    and called UTC, so that the same file means the same time on every machine.
    """
    try:
        exif = picture.getexif().get_ifd(ExifTags.IFD.Exif)
        clock = _ascii(exif.get(ExifTags.Base.DateTimeOriginal))
        offset = _ascii(exif.get(ExifTags.Base.OffsetTimeOriginal))
        if offset:
            zoned = f"{clock}{offset}"
            return datetime.strptime(zoned, "%Y:%m:%d %H:%M:%S%z").astimezone(UTC)
        return datetime.strptime(clock, "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC)
    except Exception:  # noqa: BLE001  EXIF is free-form: a broken one costs the time, not the picture
        return None


def thumbnail(pixels: Pixels, side: int = THUMBNAIL_SIDE) -> bytes:
    """A JPEG of the picture whose longest side is at most `side` pixels."""
    return jpeg(pixels, quality=80, max_side=side)


def jpeg(pixels: Pixels, quality: int = 88, max_side: int | None = None) -> bytes:
    """The picture as JPEG; made smaller where its longest side is above `max_side` pixels."""
    picture = Image.fromarray(pixels)
    if max_side is not None:
        picture.thumbnail((max_side, max_side), Image.Resampling.BICUBIC, reducing_gap=2.0)
    encoded = BytesIO()
    picture.save(encoded, "JPEG", quality=quality)
    return encoded.getvalue()


def png(pixels: Pixels) -> bytes:
    """The picture as PNG."""
    encoded = BytesIO()
    Image.fromarray(pixels).save(encoded, "PNG", compress_level=1)
    return encoded.getvalue()


def shrink(pixels: Pixels, max_side: int) -> Pixels:
    """The picture with its longest side at most `max_side` pixels; as it is when it is smaller."""
    height, width = pixels.shape[:2]
    if max(height, width) <= max_side:
        return pixels
    scale = max_side / max(height, width)
    size = (_at_least(width * scale), _at_least(height * scale))
    small: Pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return small


def _at_least(side: float) -> int:
    return max(1, round(side))


def _orientation(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001  broken EXIF costs the turn, not the picture
        return 1


def _ascii(value: object) -> str:
    text = value.decode("ascii") if isinstance(value, bytes) else value
    return text.strip("\0 ") if isinstance(text, str) else ""


def _eight_bits(picture: Image.Image) -> Image.Image:
    """The same picture with eight bits a channel; palettes and bitmaps become real colours."""
    if picture.mode.startswith("I;16"):
        return _grey(np.asarray(picture).astype(np.float32) * np.float32(_BYTE / _TWO_BYTES))
    if picture.mode == "I":
        return _grey(_scaled(np.asarray(picture).astype(np.float32), ranges=(_BYTE, _TWO_BYTES)))
    if picture.mode == "F":
        return _grey(_scaled(np.asarray(picture), ranges=(1.0, _BYTE)))
    if picture.mode in {"P", "PA"}:
        return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    if picture.mode == "1":
        return picture.convert("RGBA" if picture.has_transparency_data else "L")
    if picture.mode in {"RGBX", "YCbCr", "HSV"}:
        return picture.convert("RGB")
    return picture


def _scaled(values: NDArray[np.float32], *, ranges: tuple[float, ...]) -> NDArray[np.float32]:
    """0..255, from the first of the usual ranges that holds all values, else from their own."""
    finite = np.isfinite(values)
    values = np.where(finite, values, 0.0).astype(np.float32)
    low, high = float(values.min()), float(values.max())
    fitting = [limit for limit in ranges if low >= 0 and high <= limit]
    if fitting:
        return values * np.float32(_BYTE / fitting[0])
    spread = (high - low) or 1.0
    return (values - np.float32(low)) * np.float32(_BYTE / spread)


def _grey(values: NDArray[np.float32]) -> Image.Image:
    return Image.fromarray(np.clip(np.rint(values), 0, _BYTE).astype(np.uint8))


def _without_alpha(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture
    layers = picture if picture.mode == "RGBA" else picture.convert("RGBA")
    white = Image.new("RGB", layers.size, "white")
    white.paste(layers, mask=layers.getchannel("A"))
    return white


def _srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB, through the embedded profile where there is one that fits the picture."""
    if picture.mode == "RGB" and not profile:
        return picture
    try:
        if picture.mode == "LAB":
            source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        elif profile and picture.mode in _PROFILE_SPACES:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            name = source.profile.profile_description or ""
            fits = source.profile.xcolor_space.strip() == _PROFILE_SPACES[picture.mode]
            if not fits or "sRGB" in name:
                return picture.convert("RGB")
        else:
            return picture.convert("RGB")
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        converted = ImageCms.profileToProfile(picture, source, srgb, outputMode="RGB")
    except (OSError, ValueError, TypeError, ImageCms.PyCMSError):
        return picture.convert("RGB")
    return converted if converted is not None else picture.convert("RGB")
