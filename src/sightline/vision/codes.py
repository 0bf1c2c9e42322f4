"""QR codes and barcodes, found and read by ZXing."""

import zxingcpp

from sightline.assets import Pixels
from sightline.geometry import polygon_from_pixels
from sightline.regions import Region

SOURCE = "zxing"


def codes(picture: Pixels) -> list[Region]:
    """The codes on an upright RGB picture (height × width × 3) that could be read.

    `text` is the content. A code that fails its own checksum is not reported.
    """
    height, width = picture.shape[:2]
    found = []
    for code in zxingcpp.read_barcodes(picture[:, :, ::-1].copy()):
        label, kind = _name(code.format)
        corners = (
            code.position.top_left,
            code.position.top_right,
            code.position.bottom_right,
            code.position.bottom_left,
        )
        found.append(
            Region(
                label=label,
                polygon=polygon_from_pixels([(at.x, at.y) for at in corners], width, height),
                score=1.0,
                source=SOURCE,
                words=(label, kind),
                broader=("code",),
                text=code.text,
            )
        )
    return found


def _name(form: zxingcpp.BarcodeFormat) -> tuple[str, str]:
    """What people call it, and its standard's own name."""
    kind = form.name
    if "QR" in kind.upper():
        return "QR code", kind
    is_square = kind.startswith(("DataMatrix", "Aztec", "PDF417", "MaxiCode"))
    return ("2D code" if is_square else "barcode"), kind
