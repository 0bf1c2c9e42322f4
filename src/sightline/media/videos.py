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
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO, Final, Self

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

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
_AGAIN: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a video may ask for: pixels of a frame, damaged frames, seconds of work.

    A video is refused when more than `bad` frames and more than `bad_share` of all are damaged.
    """

    pixels: int = 40_000_000
    bad: int = 5
    bad_share: float = 0.1
    seconds: float = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
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
    keyframes: tuple[float, ...]


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
    when it did not. Seconds count from the first frame.
    """

    def __init__(self, file: BinaryIO, *, limits: Limits = Limits()) -> None:
        """`file` can be read anywhere. Raises UnreadableVideo."""
        self._limits = limits
        self._end = time.monotonic() + limits.seconds
        self.bad = 0
        self.cut_short = ""
        self._reason = ""
        head = file.read(HEAD)
        file.seek(0)
        kind = video_type(head)
        if kind is None:
            raise UnreadableVideo(f"Expected {EXPECTED_VIDEO}, got {described(head)}.")
        self._file, self._kind = file, kind
        self._container, self._stream = _opened(file, kind)
        try:
            self._base: Fraction = self._stream.time_base or Fraction(1, 90_000)
            self._aspect = float(self._stream.sample_aspect_ratio or 1)
            self._first, self.about = self._survey(kind)
        except (FFmpegError, ValueError, OSError) as error:
            self._container.close()
            raise _damaged(error) from error
        except BaseException:
            self._container.close()
            raise
        self._rewind()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._container.close()

    def stills(self, step: float, *, max_side: int) -> Iterator[Sampled]:
        """A frame every `step` seconds and at each cut, in order of time, upright RGB.

        The longest side of the pixels is at most `max_side`. Raises UnreadableVideo when there is
        not a single frame that can be decoded.
        """
        watch = Watch()
        due = 0.0
        any_taken = False
        for seconds, frame in self._frames(step):
            cut = watch.cuts(_grey(frame))
            # A keyframe may come a little early: the frames after it are perhaps not decoded.
            early = step * (GAP - 1) if frame.key_frame else _AGAIN
            on_time = seconds + early >= due
            if not on_time and not cut:
                continue
            if on_time:
                due = (math.floor((seconds + early) / step) + 1) * step
            any_taken = True
            still = self._still(frame, seconds, max_side)
            yield Sampled(
                still=still,
                seconds=round(seconds, 3),
                cut=cut,
                news=watch.is_news(shrink(still.pixels, SIDE)) or cut,
            )
        if not any_taken:
            raise UnreadableVideo(
                "Expected a video with frames that can be decoded, got none in "
                f"{self.about.packets:,} packets of {self.about.codec}{self._why()}."
            )
        if self.bad > max(self._limits.bad_share * self.about.packets, self._limits.bad):
            raise UnreadableVideo(
                f"Expected a whole video, got one of which {self.bad:,} of {self.about.packets:,} "
                f"frames are damaged{self._why()}.",
                hint="Convert it with a tool that repairs what it can.",
            )

    def still_at(self, seconds: float, *, max_side: int) -> Still:
        """The frame that is shown at that time. Raises UnreadableVideo when there is none."""
        self._seek(max((k for k in self.about.keyframes if k <= seconds + _AGAIN), default=0.0))
        shown = self._shown_at(seconds)
        if shown is None or shown[0] > seconds + _AGAIN:  # the seek went too far, as in some ts
            self._rewind()
            shown = self._shown_at(seconds)
        if shown is None:
            raise UnreadableVideo(f"The video has no frame at {seconds:.1f} s that can be decoded.")
        return self._still(shown[1], shown[0], max_side)

    def _shown_at(self, seconds: float) -> tuple[float, VideoFrame] | None:
        """The last frame up to that time, else the first after it, from where reading is now."""
        shown: tuple[float, VideoFrame] | None = None
        for at, frame in self._decoded(self._container.demux(self._stream)):
            if shown is not None and at > seconds + _AGAIN:
                break
            shown = (at, frame)
        return shown

    def _survey(self, kind: str) -> tuple[float, About]:
        """Look at all packets, which costs little, and find where the pictures are."""
        keys: list[float] = []
        first, last, packets = np.inf, 0.0, 0
        for packet in self._container.demux(self._stream):
            at = packet.pts if packet.pts is not None else packet.dts
            if packet.size == 0 or at is None:
                continue
            seconds = float(at * self._base)
            if not packets and packet.has_sidedata("encryption_info"):
                raise UnreadableVideo(
                    "Expected a video that can be read, got one that is encrypted.",
                    hint="Export it without copy protection.",
                )
            packets += 1
            first = min(first, seconds)
            last = max(last, seconds + float((packet.duration or 0) * self._base))
            if packet.is_keyframe:
                keys.append(seconds)
            self._check_time()
        context = self._stream.codec_context
        if not packets:
            raise UnreadableVideo("Expected a video with frames, got one without any.")
        width, height = round(context.width * self._aspect), context.height
        if not 0 < width * height <= self._limits.pixels:
            raise UnreadableVideo(
                f"Expected frames of at most {self._limits.pixels:,} pixels, "
                f"got {width:,} × {height:,}."
            )
        return first, About(
            media_type=kind,
            codec=context.name,
            width=width,
            height=height,
            duration=max(last - first, 0.0),
            packets=packets,
            keyframes=tuple(sorted(key - first for key in keys)),
        )

    def _frames(self, step: float) -> Iterator[tuple[float, VideoFrame]]:
        """Decoded frames in order of time: keyframes alone where they lie close enough."""
        keys = self.about.keyframes or (0.0,)
        close = {
            key
            for key, after in zip(keys, (*keys[1:], self.about.duration), strict=True)
            if after - key <= step * GAP
        }
        context = self._stream.codec_context
        all_close = len(close) == len(keys)
        context.thread_type = "SLICE" if all_close else "AUTO"
        context.skip_frame = "NONKEY" if all_close else "NONREF"
        yield from self._decoded(self._wanted(close))

    def _wanted(self, close: set[float]) -> Iterator["Packet[VideoStream]"]:
        take = True
        for packet in self._container.demux(self._stream):
            if packet.is_keyframe and packet.pts is not None:
                take = float(packet.pts * self._base) - self._first not in close
                yield packet
            elif take or packet.size == 0:
                yield packet

    def _decoded(
        self, packets: Iterator["Packet[VideoStream]"]
    ) -> Iterator[tuple[float, VideoFrame]]:
        """What can be decoded of these packets, until the budget of bad ones is spent."""
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except FFmpegError as error:
                self.cut_short = f"the rest cannot be read ({_words(error)})"
                return
            try:
                frames = packet.decode()
            except FFmpegError as error:
                self.bad += 1
                self._reason = _words(error)
                continue
            for frame in frames:
                if frame.is_corrupt:
                    self.bad += 1
                at = frame.pts if frame.pts is not None else frame.dts
                if at is not None:
                    yield max(float(at * self._base) - self._first, 0.0), frame
            self._check_time()

    def _rewind(self) -> None:
        """Go on from the start: not every container finds back there by a seek."""
        self._container.close()
        self._container, self._stream = _opened(self._file, self._kind)

    def _seek(self, seconds: float) -> None:
        at = int((seconds + self._first) / self._base)
        try:
            self._container.seek(at, stream=self._stream)
        except FFmpegError as error:
            raise _damaged(error) from error

    def _pixels(self, frame: VideoFrame, max_side: int) -> Pixels:
        """RGB with square pixels, at most `max_side` on the longest side, not yet upright."""
        width, height = max(round(frame.width * self._aspect), 1), frame.height
        scale = min(max_side / max(width, height), 1.0)
        size = max(round(width * scale), 1), max(round(height * scale), 1)
        small = frame.reformat(*size, format="rgb24", interpolation="AREA")
        return small.to_ndarray().astype(np.uint8, copy=False)

    def _still(self, frame: VideoFrame, seconds: float, max_side: int) -> Still:
        pixels = _upright(self._pixels(frame, max_side), frame.rotation)
        width, height = self.about.width, self.about.height
        if frame.rotation % 180:
            width, height = height, width
        return Still(pixels=pixels, width=width, height=height, place=Moment(round(seconds, 3)))

    def _why(self) -> str:
        return f" ({self._reason})" if self._reason else ""

    def _check_time(self) -> None:
        if time.monotonic() > self._end:
            raise UnreadableVideo(
                f"Expected a video that is read within {self._limits.seconds:,.0f} s, got one that "
                "takes longer.",
                hint="Cut it into parts.",
            )


def _opened(file: BinaryIO, kind: str) -> tuple[InputContainer, VideoStream]:
    """The file from its start, and its best stream of pictures. Raises UnreadableVideo."""
    file.seek(0)
    try:
        container = av.open(
            file, "r", format=DEMUXERS[kind], buffer_size=_BUFFER, metadata_errors="ignore"
        )
    except (FFmpegError, ValueError, OSError) as error:
        raise _damaged(error) from error
    stream = container.streams.best("video")
    if isinstance(stream, VideoStream):
        return container, stream
    kinds = sorted({one.type for one in container.streams})
    container.close()
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
