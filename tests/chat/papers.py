"""Things with words on them, as a reader gives them: every line with its place."""

from collections.abc import Sequence

from sightline.assets import Asset, Hit, Line, Reading, Whole
from sightline.evidence import Attached, Evidence, Retrieved
from sightline.geometry import Box, Point, Polygon

Row = tuple[float, float, Sequence[tuple[float, str]]]
"""Top, height of the letters, and the row's cells with their left edges."""


def reading(rows: Sequence[Row]) -> Reading:
    return Reading(
        tuple(
            Line(text, box(left, top, height, text), 0.99)
            for top, height, cells in rows
            for left, text in cells
        )
    )


def box(left: float, top: float, height: float, text: str) -> Polygon:
    right = left + len(text) * height / 2
    return Box(left=left, top=top, right=right, bottom=top + height).polygon


def slanted(page: Reading, slope: float) -> Reading:
    """The same page, photographed askew."""
    return Reading(
        tuple(
            Line(line.text, tuple(Point(p.x, p.y + slope * p.x) for p in line.polygon), 0.9)
            for line in page.lines
        )
    )


def upside_down(page: Reading) -> Reading:
    """The same page on its head; polygons still begin where the text begins."""
    return Reading(
        tuple(
            Line(line.text, tuple(Point(1 - p.x, 1 - p.y) for p in line.polygon), 0.9)
            for line in page.lines
        )
    )


def attached(page: Reading | None = None, *, number: int = 1, **known: object) -> Evidence:
    """A picture of the question."""
    return Evidence(
        number=number,
        origin=Attached(1, "IMG_0815.jpg"),
        title="IMG_0815.jpg",
        reading=page,
        **known,  # type: ignore[arg-type]
    )


def found(number: int, description: str, *, name: str = "", **known: object) -> Evidence:
    """A described picture of an index; `likeness` is that of the pictures."""
    likeness = known.pop("likeness", 0.9 - number / 100)
    assert isinstance(likeness, float)
    asset = Asset(
        id=str(number),
        key=name or f"{number}.jpg",
        source="s",
        location="l",
        place=Whole(),
        sha256="",
        size=1,
        etag="",
        media_type="image/jpeg",
        width=8,
        height=8,
    )
    hit = Hit(asset=asset, index="i", score=likeness, reasons={"picture": likeness})
    return Evidence(
        number=number,
        origin=Retrieved(hit),
        title=asset.name,
        description=description,
        **known,  # type: ignore[arg-type]
    )


RECEIPT = reading(
    [
        (0.03, 0.04, [(0.3, "WHOLE GREEN MARKET LTD")]),
        (0.08, 0.025, [(0.3, "4100 Pine Street,")]),
        (0.11, 0.025, [(0.3, "80220 Denver")]),
        (0.14, 0.025, [(0.3, "TEL: 03-61855688")]),
        (0.20, 0.025, [(0.05, "ORG BANANAS 2.31 LB"), (0.8, "1.59")]),
        (0.23, 0.025, [(0.05, "GREEK YOGURT"), (0.8, "4.99")]),
        (0.26, 0.025, [(0.05, "SOURDOUGH BREAD"), (0.8, "5.49")]),
        (0.34, 0.025, [(0.05, "SUBTOTAL"), (0.8, "12.07")]),
        (0.37, 0.025, [(0.05, "TAX 6%"), (0.8, "0.72")]),
        (0.40, 0.030, [(0.05, "TOTAL"), (0.8, "12.79")]),
        (0.45, 0.025, [(0.05, "CASH"), (0.8, "20.00")]),
        (0.48, 0.025, [(0.05, "CHANGE"), (0.8, "7.21")]),
        (0.55, 0.025, [(0.05, "06/11/2022 05:41 PM"), (0.6, "Cashier: Tom")]),
    ]
)

ORDER = reading(
    [
        (0.06, 0.03, [(0.36, "Hero Limited")]),
        (0.14, 0.03, [(0.65, "Purchase Order")]),
        (0.16, 0.018, [(0.09, "Company Phone: 555-348-6512")]),
        (0.21, 0.018, [(0.60, "Purchase Order #: 948284")]),
        (0.25, 0.02, [(0.09, "Shipped To")]),
        (0.28, 0.018, [(0.09, "Vendor Name: Maria Garcia")]),
        (0.30, 0.018, [(0.09, "Company Name: Higgly Wiggly Books")]),
        (0.32, 0.018, [(0.09, "Address: 938 NE Burner Road")]),
        (0.36, 0.02, [(0.09, "Shipped From")]),
        (0.39, 0.018, [(0.09, "Name: Robert Smith")]),
        (0.41, 0.018, [(0.09, "Company Name: Jupiter Book Supply")]),
        (
            0.48,
            0.018,
            [(0.26, "Details"), (0.52, "Quantity"), (0.65, "Unit Price"), (0.81, "Total")],
        ),
        (0.50, 0.018, [(0.09, "Bindings"), (0.50, "20"), (0.73, "1.00"), (0.86, "20.00")]),
        (0.52, 0.018, [(0.09, "Feather Bookmark"), (0.50, "20"), (0.73, "5.00"), (0.85, "100.00")]),
        (0.72, 0.018, [(0.67, "SUBTOTAL"), (0.84, "$120.00")]),
        (0.74, 0.018, [(0.72, "TAX"), (0.86, "$4.00")]),
        (0.78, 0.018, [(0.70, "TOTAL"), (0.84, "$124.00")]),
        (0.82, 0.018, [(0.28, "Robert Smith")]),
        (0.84, 0.018, [(0.30, "Manager")]),
        (0.88, 0.018, [(0.10, "Additional Notes:")]),
        (0.91, 0.018, [(0.10, "Do not jostle the box. Unpack carefully.")]),
    ]
)

PANEL = reading(
    [
        (0.62, 0.05, [(0.45, "Check"), (0.58, "Refill")]),
        (0.67, 0.05, [(0.45, "Water"), (0.56, "Rinse Aid")]),
        (0.75, 0.12, [(0.46, "1:05")]),
        (0.89, 0.04, [(0.05, "Auto"), (0.20, "Eco"), (0.35, "Quick"), (0.70, "Vario")]),
        (0.94, 0.04, [(0.05, "65°"), (0.20, "45°"), (0.35, "45°"), (0.70, "Speed")]),
    ]
)

CHART = reading(
    [
        (0.02, 0.06, [(0.2, "Global tree cover: annual loss")]),
        (0.20, 0.04, [(0.02, "0"), (0.9, "-19")]),
        (0.40, 0.04, [(0.02, "-100"), (0.9, "-58")]),
        (0.65, 0.045, [(0.17, "Boreal")]),
        (0.71, 0.045, [(0.17, "Temperate")]),
        (0.77, 0.045, [(0.17, "Subtropical")]),
        (0.83, 0.045, [(0.17, "Tropical")]),
        (0.93, 0.04, [(0.1, "2005"), (0.3, "2010"), (0.5, "2015"), (0.7, "2020")]),
        (0.97, 0.02, [(0.1, "Source: the institute's own survey of satellite pictures by county")]),
        (
            0.99,
            0.01,
            [(0.1, "All figures are rounded to whole numbers and may not add up to totals")],
        ),
    ]
)

PLAQUE = reading(
    [
        (0.26, 0.10, [(0.20, "Octavia Hill")]),
        (0.37, 0.08, [(0.20, "Social Reformer")]),
        (0.46, 0.07, [(0.20, "Established this garden")]),
        (0.54, 0.07, [(0.20, "1887-90")]),
    ]
)
