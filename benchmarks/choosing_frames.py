"""Ways of choosing frames for a description, on a labelled folder: which hits most often.

    python benchmarks/choosing_frames.py FOLDER [--count 5]

FOLDER has `video/truth.json` (docs/evaluation.md). Every way gets the same scores of the same
frames. `ours` is `sightline.frames.sampled`; `top` takes the highest scores; `apart` the highest
that are a tenth of the video from each other; `bolt` samples by the inverse of the cumulated scores
(BOLT, Liu et al. 2025) at three sharpnesses; `aks` splits the video and its room in two unless the
best frames stand out (Adaptive Keyframe Sampling, Tang et al. 2025); `uniform` asks nothing.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from sightline.evaluation.moments import WIDER
from sightline.evaluation.truth import moment_queries
from sightline.frames import Frame, aim_of, sampled, scores_of, uniform
from sightline.messages import VideoFile
from sightline.settings import load_settings
from sightline.workspace import Workspace

Way = Callable[[Sequence[Frame], list[float], int], list[float]]


def top(frames: Sequence[Frame], scores: list[float], count: int) -> list[float]:
    order = sorted(range(len(frames)), key=lambda at: -scores[at])
    return [frames[at].seconds for at in order[:count]]


def ours(frames: Sequence[Frame], scores: list[float], count: int) -> list[float]:
    return [frames[at].seconds for at in sampled(scores, count)]


def apart(frames: Sequence[Frame], scores: list[float], count: int) -> list[float]:
    order = sorted(range(len(frames)), key=lambda at: -scores[at])
    gap = frames[0].film.duration / 10
    taken: list[int] = []
    while len(taken) < min(count, len(frames)):
        for at in order:
            near = any(abs(frames[at].seconds - frames[t].seconds) < gap for t in taken)
            if at not in taken and not near and len(taken) < count:
                taken.append(at)
        gap = gap / 2 if gap > frames[0].film.step / 4 else 0.0
    return [frames[at].seconds for at in taken]


def evenly(frames: Sequence[Frame], _scores: list[float], count: int) -> list[float]:
    return uniform(frames[0].film.duration, count)


def bolt(power: float) -> Way:
    def way(frames: Sequence[Frame], scores: list[float], count: int) -> list[float]:
        values = np.array(scores)
        spread = values.max() - values.min() or 1.0
        weights = ((values - values.min()) / spread) ** power + 1e-6
        cumulated = np.cumsum(weights) / weights.sum()
        marks = (np.arange(count) + 0.5) / count
        return [frames[int(at)].seconds for at in np.searchsorted(cumulated, marks)]

    return way


def aks(
    frames: Sequence[Frame], scores: list[float], count: int, depth: int = 3, gain: float = 0.2
) -> list[float]:
    """Split in two and share the room, unless the best frames stand out: then they are taken."""
    if count <= 0 or not frames:
        return []
    values = np.array(scores)
    best = np.sort(values)[::-1][:count]
    if depth == 0 or best.mean() - values.mean() > gain or len(frames) <= count:
        return top(frames, scores, count)
    half = len(frames) // 2
    first = count // 2
    return [
        *aks(frames[:half], scores[:half], first, depth - 1, gain),
        *aks(frames[half:], scores[half:], count - first, depth - 1, gain),
    ]


WAYS: dict[str, Way] = {
    "ours": ours,
    "uniform": evenly,
    "top": top,
    "apart": apart,
    "bolt 1": bolt(1),
    "bolt 2": bolt(2),
    "bolt 4": bolt(4),
    "aks": aks,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(load_settings(workspace=Path(folder)))
        watching = workspace.videos.watching
        queries = [query for query in moment_queries(options.folder) if query.intervals]
        hits = {name: [] for name in WAYS}
        shares = {name: [] for name in WAYS}
        for query in queries:
            place = watching.place(VideoFile(query.video.name, query.video), lambda _: None)
            aim = aim_of(query.text)
            frames = watching.frames_for(place, aim)
            scores = scores_of(frames, aim)
            for name, way in WAYS.items():
                right = [query.holds(s, WIDER) for s in way(frames, scores, options.count)]
                hits[name].append(any(right))
                shares[name].append(sum(right) / options.count)
    print(f"{len(queries)} descriptions, {options.count} frames each")
    for name in WAYS:
        print(f"{name:8} hit {np.mean(hits[name]):.2f}  share {np.mean(shares[name]):.2f}")


if __name__ == "__main__":
    main()
