"""Golden vectors: what an encoder must give for one known input, compared when it is opened.

A damaged file, a runtime with a fault on this processor, or another resize would otherwise show
only as bad search results. The numbers are in `data/golden_<encoder>.npz`.
"""

from collections.abc import Mapping
from importlib.resources import files

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from sightline.assets import Pixels
from sightline.errors import BrokenModel

TOLERANCE = 0.01
"""Largest difference allowed, as a share of the largest golden number. Processors and versions
of the runtime differ by 1e-5; a resize that rounds otherwise by 2e-3."""

SENTENCE = "A red bicycle leans against the wall of a small bakery, beside two empty chairs."


def check_golden(encoder: str, found: Mapping[str, NDArray[float32]], *, damaged: str) -> None:
    """Compares each array with the golden one of the same name.

    Raises:
        BrokenModel: when they differ; `damaged` names the file to delete.
    """
    for name, expected in golden(encoder).items():
        got = found[name].ravel()
        with np.errstate(all="ignore"):  # damaged weights give numbers without end, or none
            difference = float(np.abs(got - expected).max() / np.abs(expected).max())
            cosine = float(got @ expected / (np.linalg.norm(got) * np.linalg.norm(expected)))
        if not difference <= TOLERANCE:  # not a number is a difference, too
            raise BrokenModel(
                f"The encoder {encoder!r} does not give its golden {name}: expected "
                f"{np.round(expected[:4], 4).tolist()} …, got {np.round(got[:4], 4).tolist()} … "
                f"(cosine {cosine:.4f}, largest difference {difference:.2g}, "
                f"allowed {TOLERANCE}). It would find wrong things.",
                hint=f"Delete {damaged!r} and start again; if it stays, this machine's ONNX "
                f"Runtime is at fault.",
            )


def golden(encoder: str) -> dict[str, NDArray[float32]]:
    """The stored arrays of an encoder by name, each flat."""
    with (files("sightline.vision") / "data" / f"golden_{encoder}.npz").open("rb") as file:
        return {name: array.ravel() for name, array in np.load(file).items()}


def picture() -> Pixels:
    """A picture of 320 × 240 made of whole numbers only: ramps, rings, a grid and a disc."""
    y, x = np.mgrid[0:240, 0:320].astype(np.int64)
    rings = ((x - 90) ** 2 + (y - 120) ** 2) // 24 % 256
    grid = ((x // 20 + y // 15) % 2) * 160 + 40
    ramp = (x * 255 // 319 + y * 255 // 239) // 2
    disc = (x - 230) ** 2 + (y - 110) ** 2 < 70**2
    red = np.where(disc, 220, rings)
    green = np.where(disc, ramp, grid)
    blue = np.where(disc, 30 + (x + y) % 50, ramp)
    return np.stack([red, green, blue], axis=-1).astype(np.uint8)
