"""How a model wants its pictures: `preprocessor_config.json`, read strictly."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from sightline.assets import Pixels
from sightline.errors import BrokenModel

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)
BILINEAR = 2

Channels = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Either `height` and `width`, or the bounds of the `shortest` and the `longest` edge."""

    height: int = 0
    width: int = 0
    shortest: int = 0
    longest: int = 0

    def of(self, width: int, height: int) -> tuple[int, int]:
        """Width and height in pixels that a picture of these gets."""
        if self.height:
            return self.width, self.height
        scale = min(self.shortest / min(width, height), self.longest / max(width, height))
        return max(1, round(width * scale)), max(1, round(height * scale))


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureInput:
    """`rescale` turns 0..255 into what `mean` and `std` are taken from. `resample` as Pillow's."""

    size: Size
    mean: Channels
    std: Channels
    rescale: float = 1 / 255
    resample: int = BILINEAR

    def read(self, found: dict[str, Any], *, pads: bool = False) -> "PictureInput":
        """This one with what a `preprocessor_config.json` says otherwise.

        `pads`: whether the model wants the picture padded. Raises BrokenModel for what cannot be
        understood, or asks for something else than sizing, padding and scaling.
        """
        for step in ("do_resize", *(["do_pad"] if pads else [])):
            if found.get(step) is False:
                raise BrokenModel(
                    f"Expected a preprocessor_config.json with {step}, got one without it."
                )
        plain = found.get("do_normalize") is False
        return PictureInput(
            size=_size(found["size"]) if found.get("size") is not None else self.size,
            mean=(0.0, 0.0, 0.0) if plain else _channels(found, "image_mean", self.mean),
            std=(1.0, 1.0, 1.0) if plain else _channels(found, "image_std", self.std),
            rescale=_rescale(found, self.rescale),
            resample=_resample(found, self.resample),
        )

    def array(self, pixels: Pixels) -> NDArray[float32]:
        """(1, 3, height, width), normalised."""
        scaled = pixels.astype(float32) * float32(self.rescale)
        scaled -= np.array(self.mean, float32)
        scaled /= np.array(self.std, float32)
        return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])


def _size(found: object) -> Size:
    if isinstance(found, dict) and all(type(v) is int and v > 0 for v in found.values()):
        if found.keys() == {"height", "width"}:
            return Size(height=found["height"], width=found["width"])
        if found.keys() == {"shortest_edge", "longest_edge"}:
            return Size(shortest=found["shortest_edge"], longest=found["longest_edge"])
    raise BrokenModel(
        "Expected size with height and width, or with shortest_edge and longest_edge, in "
        f"preprocessor_config.json, got {found!r}."
    )


def _channels(found: dict[str, Any], name: str, default: Channels) -> Channels:
    values = found.get(name)
    if values is None:
        return default
    numbers = isinstance(values, list) and all(type(v) in {int, float} for v in values)
    if not numbers or len(values) != len(default) or ("std" in name and 0 in values):
        raise BrokenModel(
            f"Expected three numbers for {name} in preprocessor_config.json, got {values!r}."
        )
    red, green, blue = (float(value) for value in values)
    return red, green, blue


def _rescale(found: dict[str, Any], default: float) -> float:
    if found.get("do_rescale") is False:
        return 1.0
    value = found.get("rescale_factor", default)
    if type(value) not in {int, float} or not value > 0:
        raise BrokenModel(
            f"Expected a number for rescale_factor in preprocessor_config.json, got {value!r}."
        )
    return float(value)


def _resample(found: dict[str, Any], default: int) -> int:
    value = found.get("resample", default)
    if value not in range(6):
        raise BrokenModel(f"Expected resample 0 to 5 in preprocessor_config.json, got {value!r}.")
    return int(value)
