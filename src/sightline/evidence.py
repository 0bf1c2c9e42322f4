"""What an answer may rest on, numbered so that it can be cited. Values only."""

from dataclasses import dataclass, field

from sightline.assets import Film, Hit, Pixels, Reading
from sightline.geometry import Polygon
from sightline.messages import VideoPlace


@dataclass(frozen=True, slots=True)
class Attached:
    """A picture that came with the question; `position` counts from 1."""

    position: int
    name: str | None


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A picture that a search found."""

    hit: Hit


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedFrame:
    """A frame of a video that was chosen: evidence of that `number`, the `rank`-th best of it.

    From `start` to `until`, in seconds, the video goes on fitting the question as well. `nearly`:
    the frame fits nearly as well as the best.
    """

    number: int
    rank: int
    nearly: bool
    start: float
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A video of the question and what was taken of it, in order of time.

    `about_all`: the frames are spread over it, for the question is about all of it. Otherwise they
    are those that fit `looked_for`, and `found` says whether any fits well enough to say that it is
    there. `film` is that of one of its frames. `clip` is the file for a model that gets it whole.
    """

    video: VideoPlace
    film: Film
    about_all: bool
    looked_for: str
    found: bool | None
    frames: tuple[WatchedFrame, ...]
    clip: bytes = field(default=b"", compare=False, repr=False)


Origin = Retrieved | Attached


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One numbered document: `[doc<number>]` in prompt and answer, counting from 1.

    `description` is the user's own words about it, `reading` what was read on it (None: not
    read), `tags` class names seen on it. `pixels` is the picture for models that see
    (None when only its words are to be used).
    """

    number: int
    origin: Origin
    title: str
    description: str = ""
    reading: Reading | None = None
    tags: tuple[str, ...] = ()
    pixels: Pixels | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A mark `[doc<number>]` of the answer that points at a piece of evidence.

    `content` is the quoted words. `regions` are the lines on the picture they were read from,
    empty when the quote is not read text. `inferred` marks a citation that the model
    did not write itself.
    """

    evidence: Evidence
    content: str
    regions: tuple[Polygon, ...] = ()
    inferred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of an answer tied to a place on a picture.

    `text` is `answer[offset : offset + length]`, counted in code points. `label` is what was found
    there: the region's, or the read text. `score` is the region's, or the reader's confidence.
    `source` is the engine that found the region, or `text` for what was read.
    """

    text: str
    offset: int
    length: int
    polygon: Polygon
    image_index: int
    label: str
    score: float
    source: str
