"""The things that stand out on a picture, found by a classifier that was never shown a box.

The class activation map of Zhou et al. (2016, "Learning deep features for discriminative
localization"): the last linear layer of a classifier, applied to each cell of the last feature map
instead of their mean, shows where the evidence for a class lies. Of the whole picture that works
for one thing that stands out; so parts of it (windows) are classified as well, a name counts when
several of them agree, and what the box encloses must be recognised once more on its own.

What it cannot do, measured on scenes with many things: tell two neighbours of one kind apart, find
small things, or people, for whom the classifier has no class.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy import float32
from numpy.typing import NDArray

from sightline.assets import Pixels
from sightline.geometry import Box, overlap, shared
from sightline.regions import SAME_THING, Region
from sightline.vision.concepts import kind_shares, softmax
from sightline.vision.imagenet import image_classes, kinds
from sightline.vision.lite0 import Lite0
from sightline.vision.outline import GRID, Map, Outlined, as_map, outline
from sightline.vision.unknown_things import taken_for

SOURCE = "lite0"
VERSION = "1"
"""Counts changes that change what is found."""

PROBABLE = 0.5
"""Least probability of a name, summed over the classes of a kind."""

_SIDE = 224
_SCALES = (224, 320, 448)
_SALIENT_SCALE = 320
_WINDOWS = ((1, 1.0), (3, 0.6), (4, 0.4))  # windows along each side, and their share of it
_WITNESSES = 3  # windows that must see a thing
_EVERYWHERE = 0.95  # of the windows that see what fills the picture
_SURE = 0.6  # and what one of them must think of its name
_BEST = 5  # classes of a kind, or of a picture, that speak for a place
_WIDEST = 130  # classes in the widest kind that is worth a name: dogs and their relatives
_MARGINS = (0.1, 0.25)  # around a box when what it encloses is recognised
_AGREEMENT = 0.6  # of the boxes for what stands out without being named first
_SMALLEST = 0.02  # share of the picture
_PART_SIDE = 16  # pixels of the smallest part that is looked at
_LEAST_SIDE = 40  # of a picture whose smallest windows have as many
_SHARED = 0.5  # of the smaller of two boxes
_WHOLE = Box(left=0.0, top=0.0, right=1.0, bottom=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Name:
    """A class or a kind, by the classes it has."""

    label: str
    members: tuple[int, ...]
    words: tuple[str, ...]
    broader: tuple[str, ...]

    @property
    def is_a_thing(self) -> bool:
        """Whether it names what has edges, and not a scene or what is only seen in one."""
        names = {self.label, *self.broader}
        return bool(names & _THINGS) and not names & _SCENERY and self.label not in _VAGUE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """A picture as the network saw it: maps (1280, cells, cells), probabilities (…, 1000)."""

    windows: tuple[Box, ...]
    window_maps: NDArray[float32]
    seen: NDArray[float32]
    scales: tuple[NDArray[float32], ...]
    whole: NDArray[float32]

    def is_witnessed(self, name: _Name, explained: Collection[int] = ()) -> bool:
        """Whether enough windows see it, and one of them is sure, the classes explained aside."""
        shares = self._shares(name, explained)
        return bool((shares >= PROBABLE).sum() >= _WITNESSES and shares.max() >= _SURE)

    def surest(self, name: _Name, explained: Collection[int] = ()) -> NDArray[float32]:
        """(1000,): what the window thinks that is surest of the name."""
        surest: NDArray[float32] = self.seen[int(self._shares(name, explained).argmax())]
        return surest

    def fills(self, name: _Name, explained: Collection[int] = ()) -> bool:
        """Whether nearly every part of the picture shows it."""
        return bool((self._shares(name, explained) >= PROBABLE).mean() >= _EVERYWHERE)

    def _shares(self, name: _Name, explained: Collection[int] = ()) -> NDArray[float32]:
        members = [member for member in name.members if member not in explained]
        shares: NDArray[float32] = self.seen[:, members].sum(axis=1)
        return shares


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A thing, its classes, and those that were set aside when it was looked for."""

    region: Region
    members: tuple[int, ...]
    box: Box
    agreement: float
    explained: frozenset[int] = frozenset()

    def is_below(self, name: _Name) -> bool:
        """Whether it is a kind of what the name says."""
        return name.label in self.region.broader

    def is_kin(self, other: "_Found") -> bool:
        """Whether one is a kind of the other."""
        mine, theirs = self.region, other.region
        return mine.label in {theirs.label, *theirs.broader} or theirs.label in mine.broader

    def shares_place(self, other: "_Found") -> bool:
        """Whether most of the smaller lies in the larger."""
        return shared(self.box, other.box) > _SHARED * min(self.box.area, other.box.area)

    def shows_same(self, other: "_Found") -> bool:
        """Whether both are one thing: at one place, or one within the other and of its kind.

        What was found with the other set aside is another, even if it is of its kind.
        """
        if overlap(self.box, other.box) > SAME_THING:
            return True
        apart = self.explained.issuperset(other.members) or other.explained.issuperset(self.members)
        return not apart and self.is_kin(other) and self.shares_place(other)


class ClassActivation:
    """What `lite0` sees, and where. Calls from several threads are safe."""

    def __init__(self, network: Lite0) -> None:
        self._network = network

    def find(self, picture: Pixels) -> list[Region]:
        """The things on an upright RGB picture (height × width × 3), surest first.

        On fewer than 40 pixels either way there are none: its parts cannot be told apart.
        """
        if min(picture.shape[:2]) < _LEAST_SIDE:
            return []
        looked = self._look(picture)
        found: list[_Found] = []
        for name in _named(looked):
            below = [other for other in found if other.is_below(name)]
            explained = frozenset(member for other in below for member in other.members)
            if looked.is_witnessed(name, explained):
                found += self._found(picture, looked, name, explained)
        # What stands out as one thing may hold no other thing.
        found += [
            whole
            for whole in self._found(picture, looked, None)
            if whole.agreement >= _AGREEMENT
            and all(one.is_kin(whole) for one in found if one.shares_place(whole))
        ]
        kept: list[_Found] = []
        for one in sorted(found, key=lambda one: -one.agreement):
            if not any(one.shows_same(other) for other in kept):
                kept.append(one)
        return sorted((one.region for one in kept), key=lambda region: -region.score)

    def _look(self, picture: Pixels) -> _Looked:
        windows = tuple(_windows())
        parts = [self._network.activations([_part(picture, box)], side=_SIDE) for box in windows]
        scales = [self._network.activations([picture], side=side) for side in _SCALES]
        return _Looked(
            windows=windows,
            window_maps=np.concatenate([part.features for part in parts]),
            seen=np.stack([softmax(part.logits[0]) for part in parts]),
            scales=tuple(scale.features[0] for scale in scales),
            whole=softmax(scales[_SCALES.index(_SALIENT_SCALE)].logits[0]),
        )

    def _found(
        self,
        picture: Pixels,
        looked: _Looked,
        name: _Name | None,
        explained: frozenset[int] = frozenset(),
    ) -> Iterator[_Found]:
        """The thing of that name, or whatever stands out, if its box is recognised on its own.

        `explained`: classes of things of that name that were found already.
        """
        probabilities = looked.whole if name is None else looked.surest(name, explained)
        members = np.arange(len(probabilities)) if name is None else np.array(name.members)
        members = np.setdiff1d(members, list(explained))
        best = members[np.argsort(-probabilities[members])[:_BEST]]
        shares = probabilities[best] / probabilities[best].sum()
        direction = shares @ self._network.classifier[best]
        scales = [as_map(np.tensordot(direction, seen, 1)) for seen in looked.scales]
        outlined = outline(picture, np.stack(scales).mean(axis=0), _put_together(looked, direction))
        if name is not None and looked.fills(name, explained):
            outlined = Outlined(box=_WHOLE, agreement=1.0)
        if outlined is None or outlined.box.area < _SMALLEST:
            return
        for thing in self._recognised(picture, outlined, name):
            if not explained.issuperset(thing.members):
                yield replace(thing, explained=explained)

    def _recognised(
        self, picture: Pixels, outlined: Outlined, name: _Name | None
    ) -> Iterator[_Found]:
        """The thing with the narrowest name for what the box encloses, if that has one."""
        parts = [_part(picture, _widened(outlined.box, margin)) for margin in _MARGINS]
        logits = [self._network.activations([part], side=_SIDE).logits[0] for part in parts]
        seen = np.stack([softmax(each) for each in logits]).mean(axis=0)
        recognised = _narrowest(seen)
        if name is not None and (
            recognised is None or not set(recognised.members) <= set(name.members)
        ):
            recognised = name
        score = 0.0 if recognised is None else float(seen[list(recognised.members)].sum())
        if recognised is None or score < PROBABLE or not recognised.is_a_thing:
            return
        region = Region(
            label=recognised.label,
            polygon=outlined.box.polygon,
            score=min(score, 1.0),
            source=SOURCE,
            words=recognised.words,
            broader=recognised.broader,
            perhaps=taken_for(recognised.label, recognised.broader),
        )
        yield _Found(
            region=region,
            members=recognised.members,
            box=outlined.box,
            agreement=outlined.agreement,
        )


def _named(looked: _Looked) -> list[_Name]:
    """The names that several windows see, narrowest first."""
    names = dict.fromkeys(name for name in map(_narrowest, looked.seen) if name is not None)
    seen = [name for name in names if name.is_a_thing and looked.is_witnessed(name)]
    return sorted(seen, key=lambda name: len(name.members))


def _narrowest(probabilities: NDArray[float32]) -> _Name | None:
    """The narrowest name that is more probable than not; None when none is, or it says nothing."""
    likeliest = int(probabilities.argmax())
    if probabilities[likeliest] >= PROBABLE:
        shown = image_classes()[likeliest]
        return _Name(
            label=shown.name, members=(likeliest,), words=shown.words, broader=shown.broader
        )
    probable = np.flatnonzero(kind_shares(probabilities) >= PROBABLE)
    likely = [kind for kind in map(kinds().__getitem__, probable) if len(kind.members) <= _WIDEST]
    if not likely:
        return None
    kind = min(likely, key=lambda kind: len(kind.members))
    return _Name(label=kind.name, members=kind.members, words=(kind.name,), broader=kind.broader)


def _windows() -> Iterator[Box]:
    for count, share in _WINDOWS:
        steps = [(1 - share) * step / max(count - 1, 1) for step in range(count)]
        for top in steps:
            for left in steps:
                yield Box(left=left, top=top, right=left + share, bottom=top + share)


def _put_together(looked: _Looked, direction: NDArray[float32]) -> Map:
    """The mean of what the windows say of each place."""
    said = np.zeros((GRID, GRID), float32)
    windows = np.zeros((GRID, GRID), float32)
    for box, features in zip(looked.windows, looked.window_maps, strict=True):
        left, top, right, bottom = (
            round(side * GRID) for side in (box.left, box.top, box.right, box.bottom)
        )
        values = np.maximum(np.tensordot(direction, features, 1), 0).astype(float32)
        said[top:bottom, left:right] += _spread(values, right - left, bottom - top)
        windows[top:bottom, left:right] += 1
    mean = said / windows
    spoken: Map = mean / max(float(mean.max()), 1e-9)
    return spoken


def _spread(values: NDArray[float32], width: int, height: int) -> NDArray[float32]:
    fine: NDArray[float32] = cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR)
    return fine


def _part(picture: Pixels, box: Box) -> Pixels:
    """What lies inside a box, at least 16 pixels each way where the picture has them."""
    height, width = picture.shape[:2]
    left, top = int(max(box.left, 0) * width), int(max(box.top, 0) * height)
    left, top = min(left, max(width - _PART_SIDE, 0)), min(top, max(height - _PART_SIDE, 0))
    right = min(max(round(box.right * width), left + _PART_SIDE), width)
    bottom = min(max(round(box.bottom * height), top + _PART_SIDE), height)
    return picture[top:bottom, left:right]


def _widened(box: Box, margin: float) -> Box:
    across, down = margin * (box.right - box.left), margin * (box.bottom - box.top)
    return Box(
        left=box.left - across,
        top=box.top - down,
        right=box.right + across,
        bottom=box.bottom + down,
    )


_THINGS = frozenset(
    {
        "animal", "appliance", "bag", "clothing", "computer", "container", "electronic equipment",
        "flower", "food", "footwear", "fruit", "fungus", "furniture", "headdress", "lamp",
        "musical instrument", "optical instrument", "photographic equipment", "plaything",
        "shelter", "telephone", "timepiece", "tool", "utensil", "vegetable", "vehicle", "weapon",
        "writing implement",
    }
)  # fmt: skip
_SCENERY = frozenset(
    {
        # Large things that others hide, and small ones that the pictures of a class surround.
        "table", "bed", "parking meter", "beacon", "fence", "building", "seat belt", "necktie",
        "swing", "drumstick", "plate", "hay", "honeycomb", "coral reef", "web", "hair slide",
    }
)  # fmt: skip
_VAGUE = frozenset({"container", "vessel", "machine", "instrument", "wheeled vehicle"})
