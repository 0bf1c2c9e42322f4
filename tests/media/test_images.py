from datetime import UTC, datetime
from io import BytesIO

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms

from sightline.media.images import jpeg, taken_at, thumbnail, upright_rgb

RED, GREEN, BLUE, WHITE = (200, 30, 20), (20, 180, 40), (30, 40, 190), (255, 255, 255)


def stored(picture: Image.Image, kind: str, **options: object) -> Image.Image:
    """The picture as it comes back from a file."""
    file = BytesIO()
    picture.save(file, kind, **options)
    return Image.open(BytesIO(file.getvalue()))


def patch(colour: tuple[int, ...], mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (32, 24), colour)


def close(pixels: np.ndarray, colour: tuple[int, int, int], tolerance: int = 6) -> bool:
    return bool(np.abs(pixels.astype(int) - np.array(colour)).max() <= tolerance)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_every_exif_orientation_comes_out_upright(kind: str, orientation: int):
    upright = Image.new("RGB", (64, 32), GREEN)
    upright.paste(RED, (0, 0, 32, 16))  # the top left quarter is red
    # How a camera held that way would have stored it: the inverse of the turn that EXIF asks for.
    inverse = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    as_held = upright.transpose(inverse[orientation]) if orientation in inverse else upright
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation

    pixels, size = upright_rgb(stored(as_held, kind, exif=exif))

    assert size == (64, 32)
    assert pixels.shape == (32, 64, 3)
    assert close(pixels[4:12, 8:24], RED, 12)
    assert close(pixels[20:28, 40:56], GREEN, 12)


@pytest.mark.parametrize(
    ("picture", "kind", "expected"),
    [
        (patch(RED), "PNG", RED),
        (patch((90,), "L"), "PNG", (90, 90, 90)),
        (patch((1,), "1"), "PNG", WHITE),
        (patch((1,), "1"), "TIFF", WHITE),
        (patch(RED).convert("P", palette=Image.Palette.ADAPTIVE), "PNG", RED),
        (patch(RED).convert("P", palette=Image.Palette.ADAPTIVE), "GIF", RED),
        (patch((*BLUE, 255), "RGBA"), "PNG", BLUE),
        (patch((*BLUE, 0), "RGBA"), "PNG", WHITE),
        (patch((*BLUE, 0), "RGBA"), "WEBP", WHITE),
        (patch((0, 0, 0, 128), "RGBA"), "PNG", (127, 127, 127)),
        (patch((90, 0), "LA"), "PNG", WHITE),
        (patch((0, 255, 255, 0), "CMYK"), "JPEG", (255, 0, 0)),
        (patch((0, 255, 255, 0), "CMYK"), "TIFF", (255, 0, 0)),
        (patch((150, 128, 128), "YCbCr"), "JPEG", (150, 150, 150)),
        (patch((138, 81 + 128, 70 + 128), "LAB"), "TIFF", (255, 0, 0)),
    ],
    ids=lambda value: f"{value.mode}" if isinstance(value, Image.Image) else str(value),
)
def test_every_mode_becomes_rgb_with_its_colour_kept(
    picture: Image.Image, kind: str, expected: tuple[int, int, int]
):
    pixels, _ = upright_rgb(stored(picture, kind))
    assert pixels.dtype == np.uint8
    assert close(pixels, expected, 12)


def test_a_palette_with_a_transparent_colour_lies_on_white():
    picture = Image.new("P", (32, 24), 0)
    picture.putpalette([*RED, *BLUE])
    picture.paste(1, (16, 0, 32, 24))
    pixels, _ = upright_rgb(stored(picture, "PNG", transparency=0))
    assert close(pixels[:, :16], WHITE)
    assert close(pixels[:, 16:], BLUE)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_and_not_clipped(kind: str):
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(1, 256).repeat(8, axis=0)
    pixels, _ = upright_rgb(stored(Image.fromarray(ramp), kind))
    assert np.array_equal(pixels[0, :, 0], np.arange(256))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255]),  # a float picture in 0..1
        ([0.0, 100.0, 200.0], [0, 100, 200]),  # one that counts in bytes
        ([-10.0, 0.0, 10.0], [0, 128, 255]),  # heights, depths: whatever occurs
        ([0.0, float("nan"), 1.0], [0, 0, 255]),
        ([7000.0, 7000.0, 7000.0], [0, 0, 0]),
    ],
)
def test_floats_are_scaled_by_the_range_they_fit(values: list[float], expected: list[int]):
    row = np.array([values], dtype=np.float32)
    pixels, _ = upright_rgb(stored(Image.fromarray(row), "TIFF"))
    assert pixels[0, :, 0].tolist() == expected


def test_thirty_two_bits_that_hold_sixteen_are_scaled_as_sixteen():
    row = np.array([[0, 32768, 65535]], dtype=np.int32)
    pixels, _ = upright_rgb(stored(Image.fromarray(row), "TIFF"))
    assert pixels[0, :, 0].tolist() == [0, 128, 255]


def test_an_embedded_profile_is_converted_to_srgb():
    # A LAB profile describes colours outside any doubt; as the profile of an RGB file it must be
    # passed over. A real RGB profile with another name is applied.
    plain, _ = upright_rgb(stored(patch(RED), "PNG"))
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    unfit, _ = upright_rgb(stored(patch(RED), "PNG", icc_profile=lab))
    broken, _ = upright_rgb(stored(patch(RED), "PNG", icc_profile=b"not a profile" * 20))
    wide, _ = upright_rgb(stored(patch(RED), "PNG", icc_profile=swapped_profile()))
    assert np.array_equal(unfit, plain)
    assert np.array_equal(broken, plain)
    assert wide[0, 0, 1] > wide[0, 0, 0]  # what the file calls red is green in its profile


def swapped_profile() -> bytes:
    """An sRGB profile whose red and green primaries changed places, under another name."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = profile.replace(b"s\0R\0G\0B", b"o\0d\0d\0!").replace(b"sRGB", b"odd!")
    return profile.replace(b"rXYZ", b"tmp!").replace(b"gXYZ", b"rXYZ").replace(b"tmp!", b"gXYZ")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("size", [(1000, 10), (10, 1000), (640, 480), (100, 80), (1, 1)])
def test_max_side_bounds_the_pixels_and_keeps_the_true_size(kind: str, size: tuple[int, int]):
    pixels, true_size = upright_rgb(stored(Image.new("RGB", size, RED), kind), max_side=100)
    assert true_size == size
    assert max(pixels.shape[:2]) == min(100, max(size))
    assert min(pixels.shape[:2]) >= 1
    assert close(pixels, RED, 12)


def exif_picture(original: object, offset: str | None = None) -> Image.Image:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = original
    if offset is not None:
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.OffsetTimeOriginal] = offset
    return stored(patch(RED), "JPEG", exif=exif)


@pytest.mark.parametrize(
    ("original", "offset", "expected"),
    [
        ("2021:05:03 14:07:09", None, datetime(2021, 5, 3, 14, 7, 9, tzinfo=UTC)),
        ("2021:05:03 14:07:09", "+02:00", datetime(2021, 5, 3, 12, 7, 9, tzinfo=UTC)),
        ("2021:05:03 14:07:09", "-09:30", datetime(2021, 5, 3, 23, 37, 9, tzinfo=UTC)),
        ("0000:00:00 00:00:00", None, None),
        ("    :  :     :  :  ", None, None),
        ("yesterday", None, None),
        ("0001:01:01 00:00:00", "+02:00", None),
    ],
)
def test_the_time_a_picture_was_taken_is_utc(
    original: str, offset: str | None, expected: datetime | None
):
    assert taken_at(exif_picture(original, offset)) == expected


def test_a_picture_without_exif_has_no_time():
    assert taken_at(stored(patch(RED), "JPEG")) is None


def test_thumbnails_are_small_jpegs_of_the_same_picture():
    pixels = np.full((600, 900, 3), RED, dtype=np.uint8)
    small = Image.open(BytesIO(thumbnail(pixels)))
    assert (small.format, small.size) == ("JPEG", (384, 256))
    assert close(np.asarray(small), RED)


def test_jpeg_keeps_the_size_unless_told():
    pixels = np.full((60, 90, 3), BLUE, dtype=np.uint8)
    assert Image.open(BytesIO(jpeg(pixels))).size == (90, 60)
    assert Image.open(BytesIO(jpeg(pixels, max_side=45))).size == (45, 30)
    assert Image.open(BytesIO(jpeg(pixels, max_side=900))).size == (90, 60)
