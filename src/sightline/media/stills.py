"""A stored picture file becomes stills: one, one for each page, or a few frames in time.

What this guards: the content decides what a file is, never its name, and only the formats of
`FORMATS` are opened; sizes are checked before a pixel is decoded; whatever a decoder raises comes
out as UnreadableImage. What it does not guard: faults inside the decoders' own C code, and time
spent there on one picture (the bounds on bytes and pixels keep it to seconds).
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO

from PIL import Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile
from pillow_heif import HeifImageFile

from sightline.assets import Moment, Page, Place, Still, Whole
from sightline.errors import UnreadableImage
from sightline.media.images import taken_at, upright_rgb
from sightline.media.signatures import described, media_type

FORMATS: dict[str, Callable[[BytesIO], Image.Image]] = {
    # The decoders themselves, not Pillow's registry: nothing else can be opened by accident, and
    # nothing of this process is changed (no plugin registered, no global limit set).
    "image/jpeg": JpegImageFile,
    "image/png": PngImageFile,
    "image/gif": GifImageFile,
    "image/bmp": BmpImageFile,
    "image/tiff": TiffImageFile,
    "image/webp": WebPImageFile,
    "image/avif": AvifImageFile,
    "image/heic": HeifImageFile,
}
"""What can be decoded, by media type."""

EXPECTED = "a JPEG, PNG, GIF, BMP, TIFF, WebP, AVIF or HEIC picture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of one file is taken before it is refused (bytes, pixels) or cut short (the rest).

    `pixels` is for one picture (WebP: half of it), `frame_pixels` for one frame of an animation,
    whose decoders hold several; `total_pixels` for all that is decoded of a file, so that neither
    long documents nor long animations can fill memory or a working day.
    """

    file_bytes: int = 200 * 2**20
    pixels: int = 100_000_000
    frame_pixels: int = 25_000_000
    total_pixels: int = 250_000_000
    pages: int = 20
    frames: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Stills:
    """The stills of one file, at least one, in order.

    `media_type` is that of the content. `left_out` says in words what was not taken
    ("5 of 48 frames taken"); it is empty when everything was.
    """

    stills: tuple[Still, ...]
    media_type: str
    left_out: str = ""


def stills(data: bytes, *, max_side: int | None = None, limits: Limits = Limits()) -> Stills:
    """Decode a file. Raises UnreadableImage, and nothing else, when it is not a picture.

    `max_side` bounds the longest side of the pixels in what comes back; JPEGs are then decoded at
    reduced size. A picture that breaks off is refused. Of a document or an animation the whole
    pages or frames before the damage are taken, and `left_out` says so.
    """
    kind = media_type(data)
    if kind is None:
        raise UnreadableImage(f"expected {EXPECTED}, got {described(data)}")
    if len(data) > limits.file_bytes:
        raise UnreadableImage(
            f"expected a picture of at most {limits.file_bytes:,} bytes, got {len(data):,}"
        )
    if kind in _HUNGRY:
        limits = replace(limits, pixels=limits.pixels // 2)
    _ignore_the_decoders_remarks()
    try:
        with FORMATS[kind](BytesIO(data)) as opened:
            if kind == "image/tiff":
                taken, left_out = _pages(opened, max_side, limits)
            elif kind in _ANIMATED and _count(opened) > 1:
                taken, left_out = _frames(opened, max_side, limits)
            else:
                taken, left_out = (_still(opened, Whole(), max_side, limits),), ""
    except UnreadableImage:
        raise
    except Exception as error:  # decoders raise nearly everything on hostile bytes
        raise UnreadableImage(
            f"expected a whole {_NAMES[kind]}, got a damaged one{_why(error)}"
        ) from error
    return Stills(stills=taken, media_type=kind, left_out=left_out)


def _pages(
    document: Image.Image, max_side: int | None, limits: Limits
) -> tuple[tuple[Still, ...], str]:
    """Pages of a TIFF, without the reduced copies of a page that some writers add."""
    places: list[int] = []
    broken_list = False
    try:
        for index in range(_count(document)):
            document.seek(index)
            if index == 0 or not _is_reduced_copy(document):
                places.append(index)
    except Exception:  # the chain of pages is broken somewhere: what came before is still there
        if not places:
            raise
        broken_list = True
    taken: list[Still] = []
    budget = limits.total_pixels
    for number, index in enumerate(places, start=1):
        place = Whole() if len(places) == 1 else Page(number, len(places))
        try:
            document.seek(index)
            budget -= document.width * document.height
            if number > limits.pages or (taken and budget < 0):
                break
            taken.append(_still(document, place, max_side, limits))
        except Exception as error:
            if not taken:
                raise
            return tuple(taken), _left_out(len(taken), len(places), "page", number, error)
    left_out = _left_out(len(taken), len(places), "page")
    if broken_list:
        left_out = left_out or f"pages after page {len(places)} cannot be found"
    return tuple(taken), left_out


def _frames(
    animation: Image.Image, max_side: int | None, limits: Limits
) -> tuple[tuple[Still, ...], str]:
    """Frames spread evenly over what can be looked at, the first one always among them.

    A frame builds on those before it, so all up to the last one taken are decoded.
    """
    count = _count(animation)
    reachable = max(1, min(count, limits.total_pixels // (animation.width * animation.height)))
    wanted = {step * reachable // limits.frames for step in range(limits.frames)}
    taken: list[Still] = []
    seconds = 0.0
    for index in range(max(wanted) + 1):
        try:
            animation.seek(index)
            _check_size(animation, limits.frame_pixels)
            animation.load()
            if index in wanted:
                taken.append(_still(animation, Moment(seconds), max_side, limits))
        except Exception as error:
            if not taken:
                raise
            return tuple(taken), _left_out(len(taken), count, "frame", index + 1, error)
        # Frames without a duration are shown for a tenth of a second, as browsers do.
        seconds += (animation.info.get("duration") or 100) / 1000
    return tuple(taken), _left_out(len(taken), count, "frame")


def _still(picture: Image.Image, place: Place, max_side: int | None, limits: Limits) -> Still:
    _check_size(picture, limits.pixels)
    pixels, (width, height) = upright_rgb(picture, max_side=max_side)
    return Still(pixels=pixels, width=width, height=height, place=place, taken_at=taken_at(picture))


def _ignore_the_decoders_remarks() -> None:
    """Let Pillow's UserWarnings (odd tags, a broken APNG header) neither print nor raise.

    Whether a picture is taken must not hang on the warning filters of the process. The filter is
    put in once and stays: `warnings.catch_warnings` is not safe in a pool of threads.
    """
    for action, _, category, module, _ in warnings.filters:
        if (action, category, getattr(module, "pattern", "")) == ("ignore", UserWarning, _PILLOW):
            return
    warnings.filterwarnings("ignore", category=UserWarning, module=_PILLOW)


def _check_size(picture: Image.Image, limit: int) -> None:
    width, height = picture.size
    if not 0 < width * height <= limit:
        raise UnreadableImage(
            f"expected a picture of at most {limit:,} pixels,"
            f" got a header that claims {width:,} × {height:,}"
        )


def _count(picture: Image.Image) -> int:
    return int(getattr(picture, "n_frames", 1))


def _is_reduced_copy(page: Image.Image) -> bool:
    """TIFF 6.0, tag NewSubfileType: bit 0 marks a smaller copy of another page, bit 2 a mask."""
    kind = page.tag_v2.get(_NEW_SUBFILE_TYPE, 0) if isinstance(page, TiffImageFile) else 0
    return isinstance(kind, int) and bool(kind & _REDUCED_OR_MASK)


def _left_out(
    taken: int, count: int, noun: str, damaged: int | None = None, error: Exception | None = None
) -> str:
    if taken >= count:
        return ""
    counted = f"{taken} of {count} {noun}s taken"
    return counted if error is None else f"{counted}, {noun} {damaged} is damaged{_why(error)}"


def _why(error: Exception) -> str:
    """A decoder's own complaint in brackets, as far as it has one."""
    words = " ".join(str(error).split())[:200]
    if isinstance(error, MemoryError):
        words = "it does not fit into memory"
    return f" ({words})" if words and words != _PILLOW_SAYS_NOTHING else ""


_PILLOW_SAYS_NOTHING = "not identified by this driver"
_PILLOW = r"PIL\."
_HUNGRY = frozenset({"image/webp"})  # its decoder holds several copies of the picture
_ANIMATED = frozenset({"image/png", "image/gif", "image/webp", "image/avif"})
_NAMES = {kind: kind.removeprefix("image/").upper() + " picture" for kind in FORMATS}
_NEW_SUBFILE_TYPE, _REDUCED_OR_MASK = 254, 0b101
