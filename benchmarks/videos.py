"""How fast a video is ready for questions, beside the floor: its keyframes decoded, frames encoded.

    python benchmarks/videos.py [--minutes 3] [--height 1080] [--gop 250] [--rounds 3] [--text]

Makes an H.264 video with moving things (no two frames alike) and measures, in the same run: the
decode of keyframes alone, that and the encoding of as many frames as the ingest looks at, and the
ingest itself. Prints medians, the spread, and the most memory held.
"""

import argparse
import platform
import resource
import statistics
import tempfile
import time
from pathlib import Path

import av
import numpy as np

from sightline.media.sampling import step_for
from sightline.messages import VideoFile
from sightline.passing_videos import PassingVideos
from sightline.settings import load_settings
from sightline.workspace import Workspace

LONGEST_MADE = 180
"""Seconds that are encoded; a longer video repeats them."""


def made(path: Path, *, seconds: int, height: int, gop: int) -> Path:
    """A drifting texture with squares that come by; 30 frames a second."""
    width = height * 16 // 9 // 2 * 2
    noise = np.random.default_rng(0).integers(0, 255, (height // 8, width // 4, 3), dtype=np.uint8)
    texture = np.kron(noise, np.ones((16, 16, 1), np.uint8))[: height + 64, : 2 * width]
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=30, options={"preset": "veryfast", "crf": "28"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.gop_size = gop
        for number in range(seconds * 30):
            left = number % width
            picture = texture[:height, left : left + width].copy()
            at = number * 7 % (width - 200)
            picture[height // 3 : height // 2, at : at + 200] = (number // 30 * 40 % 256, 30, 60)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode())
    return path


def repeated(path: Path, source: Path, *, seconds: int, times: int) -> Path:
    """The video again and again, its packets copied: an hour is too long to encode."""
    with av.open(str(path), "w") as out:
        with av.open(str(source)) as opened:
            stream = out.add_stream_from_template(opened.streams.video[0])
        for number in range(times):
            with av.open(str(source)) as again:
                coming = again.streams.video[0]
                shift = round(number * seconds / coming.time_base)
                for packet in again.demux(coming):
                    if packet.dts is not None:
                        packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                        packet.stream = stream
                        out.mux(packet)
    return path


def keyframes(path: Path) -> float:
    began = time.perf_counter()
    with av.open(str(path)) as video:
        stream = video.streams.video[0]
        stream.codec_context.skip_frame = "NONKEY"
        stream.thread_type = "SLICE"
        for _ in video.decode(stream):
            pass
    return time.perf_counter() - began


def encoding(workspace: Workspace, frames: int) -> float:
    pictures = list(np.random.default_rng(1).integers(0, 255, (16, 288, 512, 3), dtype=np.uint8))
    began = time.perf_counter()
    for start in range(0, frames, 16):
        workspace.encoder.encode(pictures[: min(16, frames - start)])
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--height", type=int, default=1080)
    parser.add_argument("--gop", type=int, default=250)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--text", action="store_true", help="read the text on the frames")
    options = parser.parse_args()
    seconds = round(options.minutes * 60)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(load_settings(workspace=Path(folder) / "workspace"))
        engines = workspace.engines(read_text=options.text)
        if engines.reader:
            engines.reader.read(np.zeros((300, 300, 3), np.uint8))  # it warms up once
        part = min(seconds, LONGEST_MADE)
        path = made(Path(folder) / "part.mp4", seconds=part, height=options.height, gop=options.gop)
        if part < seconds:
            long = Path(folder) / "made.mp4"
            path = repeated(long, path, seconds=part, times=seconds // part)
        print(
            f"{platform.machine()}, Python {platform.python_version()}, PyAV {av.__version__}; "
            f"{seconds} s of {options.height}p30, keyframes every {options.gop} frames, "
            f"{path.stat().st_size / 1e6:.0f} MB; text {'on' if options.text else 'off'}"
        )
        frames = round(seconds / step_for(seconds))
        rows: dict[str, list[float]] = {"keyframes": [], "floor": [], "ready": [], "ratio": []}
        for number in range(options.rounds):
            decoded = keyframes(path)
            floor = decoded + encoding(workspace, frames)
            passing = PassingVideos(Path(folder) / f"{number}", lambda: engines, threads=2)
            began = time.perf_counter()
            passing.take_in(VideoFile("made.mp4", path))
            ready = time.perf_counter() - began
            for name, value in zip(rows, (decoded, floor, ready, ready / floor), strict=True):
                rows[name].append(value)
        for name, values in rows.items():
            low, high = min(values), max(values)
            print(f"{name:10} {statistics.median(values):8.2f}  ({low:.2f} to {high:.2f})")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{frames} frames looked at; most memory {peak:.0f} MiB (the encoder of H.264 included)"
        )


if __name__ == "__main__":
    main()
