"""A video file, read as stills with their seconds.

Decoding is what costs: a keyframe costs a twentieth of what it takes to decode all frames up to the
next. So the packets are looked at first, which costs little and tells the truth about length and
keyframes whatever the header says; then only keyframes are decoded where they lie close enough, and
elsewhere the frames between them as far as the last one that is wanted, without those that no other
frame builds on.

What this guards: the content decides which demuxer opens a file, and playlists, which could name
other files and addresses, are not among them; nothing is opened but the bytes that were given;
sizes are checked before a frame is converted; damaged stretches are passed over and counted.
"""

import math
import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import BinaryIO, Final, Self

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from sightline.assets import Moment, Pixels, Still
from sightline.errors import UnreadableVideo
from sightline.media.images import shrink
from sightline.media.sampling import SIDE, Grey, Watch
from sightline.media.signatures import EXPECTED_VIDEO, HEAD, described, video_type

DEMUXERS: Final = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
    "video/x-msvideo": "avi",
    "video/x-ms-asf": "asf",
    "video/x-flv": "flv",
    "video/mp2t": "mpegts",
    "video/mpeg": "mpeg",
    "video/ogg": "ogg",
}
"""Which of FFmpeg's demuxers opens which media type."""

GAP: Final = 1.25
"""Keyframes this many steps apart, or nearer, are enough."""

_PLANAR: Final = frozenset(
    {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray"}
)
_BUFFER: Final = 1 << 18
_HALF_A_FRAME: Final = 0.02
_ROUNDING: Final = 0.001
_JUMP: Final = 1.0
"""Seconds by which time stamps must fall back to be those of another recording put behind."""

_FIRST_PACKETS: Final = 64
_ENOUGH: Final = 100
_CUTS_A_STEP: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a video may ask for: pixels of a frame, damaged frames, seconds of work.

    A video is refused when more than `bad` frames, and more than `bad_share` of those that were
    decoded, are damaged.
    """

    pixels: int = 40_000_000
    bad: int = 5
    bad_share: float = 0.1
    seconds: float = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class About:
    """What a video is. `duration` is in seconds, from its packets; sizes in upright pixels.

    `keyframes` are their seconds from the first frame, `packets` the number of frames stored.
    """

    media_type: str
    codec: str
    width: int
    height: int
    duration: float
    packets: int
    keyframes: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """A frame that was taken. `cut`: a new shot begins. `news`: it shows what the last did not."""

    still: Still
    seconds: float
    cut: bool
    news: bool


class Video:
    """A video, open for reading; leave the `with` block to close it.

    `bad` counts what could not be decoded so far; `cut_short` says why reading ended early, empty
    when it did not. Seconds count from the first frame that is shown; `origin` is when that is on
    the clock of the file.
    """

    def __init__(self, file: BinaryIO, *, limits: Limits = Limits()) -> None:
        """`file` can be read anywhere. Raises UnreadableVideo."""
        self._limits = limits
        self._end = time.monotonic() + limits.seconds
        self._tried = 0
        self.bad = 0
        self.cut_short = ""
        self._reason = ""
        file.seek(0)
        head = file.read(HEAD)
        kind = video_type(head)
        if kind is None:
            raise UnreadableVideo(f"Expected {EXPECTED_VIDEO}, got {described(head)}.")
        self._file, self._kind = file, kind
        self._container, self._stream = _opened(file, kind)
        try:
            self._base = self._stream.time_base or Fraction(1, 90_000)
            self._aspect = float(self._stream.sample_aspect_ratio or 1)
            self.origin = self._first_shown()
            self._rewind()
        except (FFmpegError, ValueError, OSError) as error:
            self._container.close()
            raise _damaged(error) from error
        except BaseException:
            self._container.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._container.close()

    @cached_property
    def about(self) -> About:
        """What the packets tell: all are looked at, which costs little beside decoding.

        Raises UnreadableVideo.
        """
        try:
            made = self._survey()
            self._rewind()
        except (FFmpegError, ValueError, OSError) as error:
            raise _damaged(error) from error
        return made

    def stills(self, step: float, *, max_side: int) -> Iterator[Sampled]:
        """A frame every `step` seconds and at each cut, in order of time, upright RGB.

        Of cuts in quick succession four a step are taken. The longest side of the pixels is at most
        `max_side`. Raises UnreadableVideo when not a single frame can be decoded, or too many are
        damaged.
        """
        try:
            yield from self._sampled(step, max_side)
        except (FFmpegError, ValueError, OSError) as error:
            raise _damaged(error) from error
        if not self._tried - self.bad:
            raise UnreadableVideo(
                "Expected a video with frames that can be decoded, got none in "
                f"{self.about.packets:,} packets of {self.about.codec}{self._why()}."
            )
        self._check_damage()

    def still_at(self, seconds: float, *, max_side: int) -> Still:
        """The frame that is shown at that time. Raises UnreadableVideo when there is none."""
        try:
            self._container.seek(int((seconds + self.origin) / self._base), stream=self._stream)
            shown = self._shown_at(seconds)
            if shown is None or shown[0] > seconds + _ROUNDING:  # too far, as in some ts
                self._rewind()
                shown = self._shown_at(seconds)
            if shown is not None:
                return self._still(shown[1], shown[0], max_side)
        except (FFmpegError, ValueError, OSError) as error:
            raise _damaged(error) from error
        raise UnreadableVideo(f"The video has no frame at {seconds:.1f} s that can be decoded.")

    def _sampled(self, step: float, max_side: int) -> Iterator[Sampled]:
        watch = Watch()
        due, last, last_cut = 0.0, -math.inf, -math.inf
        cut = False
        for seconds, frame in self._frames(step):
            cut = watch.cuts(_grey(frame)) or cut
            # A keyframe may come a little early: the frames after it are perhaps not decoded.
            early = step * (GAP - 1) if frame.key_frame else _HALF_A_FRAME
            on_time = seconds + early >= due
            soon = seconds - last_cut < step / _CUTS_A_STEP
            if not (on_time or (cut and not soon)) or seconds - last < _ROUNDING:
                continue
            if on_time:
                due = (math.floor((seconds + early) / step) + 1) * step
            last, last_cut = seconds, seconds if cut else last_cut
            still = self._still(frame, seconds, max_side)
            yield Sampled(
                still=still,
                seconds=round(seconds, 3),
                cut=cut,
                news=watch.is_news(shrink(still.pixels, SIDE)) or cut,
            )
            cut = False

    def _shown_at(self, seconds: float) -> tuple[float, VideoFrame] | None:
        """The last frame up to that time, else the first after it, from where reading is now."""
        shown: tuple[float, VideoFrame] | None = None
        for at, frame in self._decoded(self._container.demux(self._stream)):
            if shown is not None and at > seconds + _ROUNDING:
                break
            shown = (at, frame)
        return shown

    def _first_shown(self) -> float:
        """When the first frame is shown, on the clock of the file. Raises UnreadableVideo."""
        stamps = []
        for packet in islice(self._container.demux(self._stream), _FIRST_PACKETS):
            if packet.has_sidedata("encryption_info"):
                raise UnreadableVideo(
                    "Expected a video that can be read, got one that is encrypted.",
                    hint="Export it without copy protection.",
                )
            at = _stamp(packet)
            if at is not None and not packet.is_discard:
                stamps.append(at)
        return float(min(stamps, default=0) * self._base)

    def _survey(self) -> About:
        clock = _Clock(self._base, self.origin)
        keys = array("d")
        duration, packets = 0.0, 0
        for packet in self._container.demux(self._stream):
            at = _stamp(packet)
            if at is None:
                continue
            packets += 1
            seconds = clock.seconds(at)
            if packet.is_keyframe:
                keys.append(seconds)
            duration = max(duration, seconds + float((packet.duration or 0) * self._base))
            self._check_time()
        if not packets:
            raise UnreadableVideo("Expected a video with frames, got one without any.")
        context = self._stream.codec_context
        width, height = round(context.width * self._aspect), context.height
        self._check_size(width, height)
        return About(
            media_type=self._kind,
            codec=context.name,
            width=width,
            height=height,
            duration=duration,
            packets=packets,
            keyframes=np.frombuffer(keys, np.float64) if keys else np.zeros(0),
        )

    def _frames(self, step: float) -> Iterator[tuple[float, VideoFrame]]:
        """Decoded frames in order of time: keyframes alone where they lie close enough."""
        gaps = np.diff(self.about.keyframes, append=self.about.duration)
        close = gaps <= step * GAP
        alone = bool(close.all()) and bool(close.size)
        context = self._stream.codec_context
        context.thread_type = "SLICE" if alone else "AUTO"
        context.skip_frame = "NONKEY" if alone else "NONREF"
        yield from self._decoded(self._wanted(close))

    def _wanted(self, close: NDArray[np.bool_]) -> Iterator["Packet[VideoStream]"]:
        """The packets to decode; `close` says of each keyframe whether the next is near enough."""
        number, between = 0, True
        for packet in self._container.demux(self._stream):
            if packet.is_keyframe and _stamp(packet) is not None:
                between = not close[number]
                number += 1
                yield packet
            elif between or packet.size == 0:
                yield packet

    def _decoded(
        self, packets: Iterator["Packet[VideoStream]"]
    ) -> Iterator[tuple[float, VideoFrame]]:
        """What can be decoded of these packets. Raises UnreadableVideo when too many are bad."""
        clock = _Clock(self._base, self.origin)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except FFmpegError as error:
                self.cut_short = f"the rest cannot be read ({_words(error)})"
                return
            self._check_time()
            try:
                frames = packet.decode()
            except FFmpegError as error:
                self._tried += 1
                self.bad += 1
                self._reason = _words(error)
                if self._tried > _ENOUGH:
                    self._check_damage()
                continue
            for frame in frames:
                self._check_size(frame.width, frame.height)
                self._tried += 1
                self.bad += frame.is_corrupt
                at = frame.pts if frame.pts is not None else frame.dts
                if at is not None:
                    yield clock.seconds(at), frame

    def _rewind(self) -> None:
        """Go on from the start: not every container finds back there by a seek."""
        self._container.close()
        self._container, self._stream = _opened(self._file, self._kind)

    def _pixels(self, frame: VideoFrame, max_side: int) -> Pixels:
        """RGB with square pixels, at most `max_side` on the longest side, not yet upright."""
        width, height = max(round(frame.width * self._aspect), 1), frame.height
        scale = min(max_side / max(width, height), 1.0)
        size = max(round(width * scale), 1), max(round(height * scale), 1)
        small = frame.reformat(*size, format="rgb24", interpolation="AREA")
        return small.to_ndarray().astype(np.uint8, copy=False)

    def _still(self, frame: VideoFrame, seconds: float, max_side: int) -> Still:
        pixels = _upright(self._pixels(frame, max_side), frame.rotation)
        width, height = max(round(frame.width * self._aspect), 1), frame.height
        if frame.rotation % 180:
            width, height = height, width
        return Still(pixels=pixels, width=width, height=height, place=Moment(round(seconds, 3)))

    def _why(self) -> str:
        return f" ({self._reason})" if self._reason else ""

    def _check_size(self, width: int, height: int) -> None:
        if not 0 < width * height <= self._limits.pixels:
            raise UnreadableVideo(
                f"Expected frames of at most {self._limits.pixels:,} pixels, "
                f"got {width:,} × {height:,}."
            )

    def _check_damage(self) -> None:
        if self.bad > max(self._limits.bad_share * self._tried, self._limits.bad):
            raise UnreadableVideo(
                f"Expected a whole video, got one of which {self.bad:,} of {self._tried:,} frames "
                f"are damaged{self._why()}.",
                hint="Convert it with a tool that repairs what it can.",
            )

    def _check_time(self) -> None:
        if time.monotonic() > self._end:
            raise UnreadableVideo(
                f"Expected a video that is read within {self._limits.seconds:,.0f} s, got one that "
                "takes longer.",
                hint="Cut it into parts.",
            )


class _Clock:
    """Time stamps as seconds from the first frame; where they jump back, time goes on."""

    def __init__(self, base: Fraction, origin: float) -> None:
        self._base = float(base)
        self._offset = -origin
        self._latest = 0.0

    def seconds(self, stamp: int) -> float:
        """Of a packet or frame, in the order in which they come."""
        at = stamp * self._base + self._offset
        if at < self._latest - _JUMP:
            self._offset += self._latest - at
            at = self._latest
        self._latest = max(self._latest, at)
        return max(at, 0.0)


def _stamp(packet: "Packet[VideoStream]") -> int | None:
    """When a packet's frame is shown, or decoded where that is not told; None: it has none."""
    if packet.size == 0:
        return None
    return packet.pts if packet.pts is not None else packet.dts


def _opened(file: BinaryIO, kind: str) -> tuple[InputContainer, VideoStream]:
    """The file from its start, and its best stream of pictures. Raises UnreadableVideo."""
    file.seek(0)
    try:
        container = av.open(
            file, "r", format=DEMUXERS[kind], buffer_size=_BUFFER, metadata_errors="ignore"
        )
    except (FFmpegError, ValueError, OSError) as error:
        raise _damaged(error) from error
    try:
        stream = container.streams.best("video")
    except IndexError:  # what it says of its streams contradicts itself
        stream = None
    if isinstance(stream, VideoStream) and stream.codec_context is not None:
        return container, stream
    kinds = sorted({one.type for one in container.streams})
    container.close()
    if "video" in kinds:
        raise UnreadableVideo("Expected a video of a known codec, got one that nobody here knows.")
    raise UnreadableVideo(
        f"Expected a video, got a file with {' and '.join(kinds) or 'nothing'} only."
    )


def _grey(frame: VideoFrame) -> Grey:
    """The brightness of a frame, `SIDE` wide: of every so many rows the means of pieces.

    Read from the plane that holds it; scaling the picture costs as much as decoding it.
    """
    if frame.format.name not in _PLANAR:
        frame = frame.reformat(format="gray")
    plane = frame.planes[0]
    whole = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    rows = whole[: plane.height, : plane.width]
    piece = max(plane.width // SIDE, 1)
    some = rows[:: max(plane.height // SIDE, 1), : plane.width // piece * piece]
    grey: Grey = some.reshape(len(some), -1, piece).mean(axis=2, dtype=np.float32)
    return grey


def _upright(pixels: Pixels, rotation: int) -> Pixels:
    return np.ascontiguousarray(np.rot90(pixels, k=round(rotation / 90) % 4))


def _damaged(error: Exception) -> UnreadableVideo:
    return UnreadableVideo(f"Expected a whole video, got a damaged one ({_words(error)}).")


def _words(error: Exception) -> str:
    strerror = getattr(error, "strerror", None)
    return " ".join(str(strerror or error).split())[:200]
