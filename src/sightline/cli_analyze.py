"""The command that analyses a picture: what is written, what is on it, what it shows."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sightline.errors import InvalidRequest
from sightline.terminal import Json, opened_workspace, picture_file, print_json, say

if TYPE_CHECKING:
    from sightline.assets import Pixels
    from sightline.image_analysis import Analysis


def analyze(
    file: Annotated[Path, typer.Argument(help="A picture.")],
    features: Annotated[
        str,
        typer.Option(
            help="Comma separated: read, objects, tags, people, caption, denseCaptions, smartCrops."
        ),
    ] = "read,objects,tags",
    draw: Annotated[
        Path | None,
        typer.Option(help="Write the picture here, with what was found drawn on it (PNG or JPEG)."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Analyze a picture: its text, the things on it with their outlines, and its tags."""
    from sightline.answer import LOOKING_SIDE
    from sightline.console import analysis_list
    from sightline.image_analysis import analyse
    from sightline.media.stills import stills
    from sightline.views import analysis_json

    wanted = _features(features)
    _check_drawing(draw, file)
    pages = stills(picture_file(file), max_side=LOOKING_SIDE)
    still = pages.stills[0]
    others = len(pages.stills) - 1
    left_out = pages.left_out or (f"{others} further pages were not analysed." if others else "")
    with opened_workspace() as workspace:
        found = workspace.wait_for(analyse(still, wanted, workspace.analysts()))
    if draw is not None:
        _write(draw, still.pixels, found)
    if as_json:
        print_json({**analysis_json(found), "left_out": left_out, "drawn": draw and str(draw)})
        return
    analysis_list(found)
    if left_out:
        say(left_out)
    if draw is not None:
        say(f"Drawn on {draw}")


def _features(text: str) -> Any:  # noqa: ANN401
    from sightline.image_analysis import FEATURES, Wanted

    known = {feature.casefold(): feature for feature in FEATURES}
    names = [name.strip().casefold() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise InvalidRequest(
            f"Expected features out of {', '.join(FEATURES)}, got {text!r}.", param="features"
        )
    return Wanted(features=frozenset(known[name] for name in names))


def _check_drawing(draw: Path | None, picture: Path) -> None:
    """Refuse before any work what cannot be drawn on, and the picture itself."""
    if draw is None:
        return
    if draw.suffix.lower() not in {".png", ".jpg", ".jpeg"}:
        raise InvalidRequest(f"Expected a file that ends in .png or .jpg to draw on, got {draw}.")
    if not draw.parent.is_dir():
        raise InvalidRequest(
            f"Expected a folder to draw into, got {str(draw.parent)!r}.",
            hint="Make it first, or draw elsewhere.",
        )
    if draw.exists() and picture.exists() and draw.samefile(picture):
        raise InvalidRequest(
            f"Expected another file than the picture itself to draw on, got {draw}.",
            hint="The picture would be lost; choose another name.",
        )


def _write(path: Path, picture: "Pixels", found: "Analysis") -> None:
    from PIL import Image

    from sightline.drawing import Mark, drawn

    lines = found.reading.lines if found.reading else ()
    things = [*(found.things or ()), *(found.people or ())]
    marks = [Mark(line.polygon) for line in lines]
    marks += [Mark(thing.polygon, f"{thing.label} {thing.score:.2f}") for thing in things]
    marks += [Mark(crop.box.polygon, f"crop {crop.aspect_ratio:g}") for crop in found.crops or ()]
    try:
        Image.fromarray(drawn(picture, marks)).save(path)
    except OSError as error:
        raise InvalidRequest(f"Cannot write {path}: {error.strerror or error}.") from error
