"""The choices behind `sightline.retrieve`, measured on a labelled folder.

    python benchmarks/tune_retrieval.py DATASET [--models DIR] [--threads 2]

DATASET has the form of `docs/evaluation.md` (its `rag` part). Pictures are not read for text, and
nothing is fitted here: each row is one choice, in the open. After a score stands its standard
error, from drawing the labelled things (not the queries: those of one thing are alike) anew.

Pictures: `queries` are those of the truth. `each other` asks with every picture of a labelled
thing for each of its other pictures alone, so that there is always just one right answer: harder,
and there are more of them.
"""

import argparse
import os
import platform
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sightline import retrieve
from sightline.assets import Pixels
from sightline.evaluation.scratch import Undescribed
from sightline.evaluation.truth import IMAGES, image_queries, text_queries
from sightline.index.base import Index, IndexInfo
from sightline.index.lance import LanceIndexes
from sightline.ingest import ingest
from sightline.media.images import thumbnail
from sightline.media.stills import stills
from sightline.row_desk import Engines
from sightline.sources.folder import Folder
from sightline.vision.chroma import central, chroma
from sightline.vision.detail import agreement, details, details_of_jpeg
from sightline.vision.lite0 import SIDE, Lite0, squashed
from sightline.vision.minilm import MiniLM

Scores = NDArray[np.float32]
"""How well each row (a query) fits each column (a picture)."""

LOOKED_AT = (10, 30, 50)
JOINT = (0.05, 0.1, 0.2, 0.3, 0.5, 1.0)


def main() -> None:
    """Print the two tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--models", type=Path, default=Path.home() / ".sightline" / "models")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    text_encoder = MiniLM.open(options.models, threads=options.threads)
    encoder = Lite0.open(options.models, text_encoder=text_encoder, threads=options.threads)
    print(machine(options.threads))
    print("\n## By picture\n")
    by_picture(options.dataset, encoder)
    print("\n## By words\n")
    by_words(options.dataset, encoder, text_encoder, options.threads)


# ---------------------------------------------------------------------------- by picture


@dataclass(frozen=True)
class Things:
    """Pictures, those of the index first, and which of them show the same thing."""

    pictures: list[Pixels]
    indexed: int
    asked: list[tuple[int, frozenset[int]]]
    groups: list[frozenset[int]]


def by_picture(dataset: Path, encoder: Lite0) -> None:
    things = read_things(dataset)
    seen = [encoder.activations([picture]).features[0] for picture in things.pictures]
    cells = seen[0].shape[-1]
    flat = [features.reshape(len(features), -1) for features in seen]
    whole = cosines([np.sqrt(map_.mean(axis=1)) for map_ in flat])
    middle = cosines([np.sqrt(map_ @ central(cells)) for map_ in flat])
    colours = cosines([chroma(squashed(picture, SIDE)) for picture in things.pictures])
    agreeing = agreements(things, middle * 5 / 6 + colours / 6)

    print("| vector, then details | queries @1 | @5 | mAP | each other @1 | @5 |")
    print("| --- | --- | --- | --- | --- | --- |")
    row("colours alone", colours, things)
    row("whole picture pooled", whole, things)
    row("middle pooled", middle, things)
    for share in (1 / 12, 1 / 6, 1 / 4, 1 / 3):
        mixed = (1 - share) * middle + share * colours
        row(f"middle, colours {share:.2f}", mixed, things)
    chosen = (5 * middle + colours) / 6
    concepts = cosines([one.concept for one in encoder.encode(things.pictures)])
    for share in JOINT:
        mixed = (1 - share) * chosen + share * concepts
        row(f"the same at 0.17, joint with concepts {share:.2f}", mixed, things)
    for count in LOOKED_AT:
        row(f"the same at 0.17, details of {count}", looked_at(chosen, agreeing, count), things)
    row("whole picture, details of 30", looked_at(whole, agreeing, 30), things)


def read_things(dataset: Path) -> Things:
    queries = image_queries(dataset)
    keys = [item.key for item in Folder(dataset / IMAGES).listing().items]
    paths = [dataset / IMAGES / key for key in keys]
    asked_with = list(dict.fromkeys(query.picture for query in queries))
    place = {key: number for number, key in enumerate(keys)}
    place_asked = {path: len(keys) + number for number, path in enumerate(asked_with)}
    asked = [
        (place_asked[query.picture], frozenset(place[key] for key in query.relevant))
        for query in queries
    ]
    return Things(
        pictures=[
            stills(path.read_bytes(), max_side=1024).stills[0].pixels
            for path in (*paths, *asked_with)
        ],
        indexed=len(keys),
        asked=asked,
        groups=merged([{query, *relevant} for query, relevant in asked]),
    )


def merged(groups: Sequence[set[int]]) -> list[frozenset[int]]:
    """Groups that share a picture are one."""
    found: list[set[int]] = []
    for group in groups:
        apart = [other for other in found if not other & group]
        found = [*apart, group.union(*(other for other in found if other & group))]
    return [frozenset(group) for group in found]


def cosines(vectors: Sequence[NDArray[np.float32]]) -> Scores:
    rows = np.stack(vectors)
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return rows @ rows.T


def agreements(things: Things, scores: Scores) -> Scores:
    """Agreement of details for the best candidates of each picture that is asked with."""
    asked = [details(picture) for picture in things.pictures]
    stored = [details_of_jpeg(thumbnail(picture)) for picture in things.pictures]
    found = np.zeros_like(scores)
    for number in {member for group in things.groups for member in group}:
        for other in np.argsort(-scores[number])[: 2 * LOOKED_AT[-1] + 1]:
            found[number, other] = agreement(asked[number], stored[other])
    return found


def looked_at(scores: Scores, agreeing: Scores, count: int) -> Scores:
    """The scores with the details of the `count` best of each row taken into account."""
    after = scores.copy()
    for number, own in enumerate(scores):
        best = [other for other in np.argsort(-own) if other != number][:count]
        after[number, best] = 1 - (1 - own[best]) * (1 - agreeing[number, best])
    return after


def row(name: str, scores: Scores, things: Things) -> None:
    queries = [
        (number, *ranking(scores[number, : things.indexed], right))
        for number, right in things.asked
    ]
    each_other = list(one_right_answer(scores, things))
    cells = [spread(queries, column) for column in (1, 2, 3)]
    cells += [spread(each_other, column) for column in (1, 2)]
    print(f"| {name} | {' | '.join(cells)} |")


def one_right_answer(scores: Scores, things: Things) -> Iterator[tuple[int, float, float]]:
    """Thing, found first, found among five: for each pair of pictures of one thing."""
    for thing, group in enumerate(things.groups):
        others = [other for other in range(len(scores)) if other not in group]
        for number in group:
            for right in group - {number}:
                before = int((scores[number, others] > scores[number, right]).sum())
                yield thing, before < 1, before < 5


# ---------------------------------------------------------------------------- by words


def by_words(dataset: Path, encoder: Lite0, text_encoder: MiniLM, threads: int) -> None:
    queries = text_queries(dataset)
    engines = Engines(encoder=encoder, text_encoder=text_encoder, reader=None)
    folder = Folder(dataset / IMAGES)
    said = {}
    with tempfile.TemporaryDirectory() as scratch:
        indexes = LanceIndexes(Path(scratch))
        for name, source in (("described", folder), ("alone", Undescribed(folder))):
            indexes.create(
                IndexInfo(
                    name=name,
                    encoder=encoder.identity,
                    text_encoder=text_encoder.identity,
                    created_at=datetime.now(UTC),
                )
            )
            with indexes.writing(name) as index:
                for _ in ingest(source, index, engines, threads=threads):
                    pass
                keys = {asset.id: asset.key for asset in index.browse(0, index.count())}
                said[name] = Said(
                    index, list(keys), [query.text for query in queries], text_encoder
                )
    place = {key: number for number, key in enumerate(keys.values())}
    right = [frozenset(place[key] for key in query.relevant) for query in queries]
    described, alone = said["described"], said["alone"]
    half = np.random.default_rng(0).random(len(keys)) < 0.5

    print("| what is searched | described @1 | @5 | half described @1 | @5 | alone @1 | @5 |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, fuse in fusions().items():
        with_all, with_none = fuse(described), fuse(alone)
        # Half described is only fair to fusions that know absolute scores.
        mixed = np.where(half, with_all, with_none)
        cells = []
        for scores in (with_all, mixed, with_none):
            ranked = [
                (min(answer), *ranking(own, answer))
                for own, answer in zip(scores, right, strict=True)
            ]
            cells += [spread(ranked, 1), spread(ranked, 2)]
        print(f"| {name} | {' | '.join(cells)} |")


class Said:
    """What the channels of an index say to each query, as matrices (queries, pictures)."""

    def __init__(
        self, index: Index, ids: list[str], texts: Sequence[str], text_encoder: MiniLM
    ) -> None:
        place = {id_: number for number, id_ in enumerate(ids)}
        shape = (len(texts), len(ids))
        self.words, self.concept = np.zeros(shape), np.zeros(shape)
        self.description = np.full(shape, np.nan)
        for number, (text, meaning) in enumerate(
            zip(texts, text_encoder.encode(texts), strict=True)
        ):
            for one in index.matching(text, len(ids)):
                share = retrieve.share_of_words(one.score, text, len(ids))
                self.words[number, place[one.id]] = share
            for one in index.near("concept", meaning, len(ids)):
                self.concept[number, place[one.id]] = one.score
            for one in index.near("description", meaning, len(ids)):
                self.description[number, place[one.id]] = one.score

    def fused(self, concept: float, words: float) -> Scores:
        """As in `retrieve.words_score`, with other weights."""
        described = self.description + concept * self.concept
        alone = retrieve.UNDESCRIBED + retrieve.CONCEPT_ALONE * self.concept
        return np.where(np.isnan(self.description), alone, described) + words * self.words


def fusions() -> dict[str, Callable[[Said], Scores]]:
    """The candidates, by name; the last one is what `retrieve` does."""

    def description(said: Said) -> Scores:
        return np.nan_to_num(said.description, nan=-1.0)

    channels = (description, lambda said: said.concept, lambda said: said.words)

    def ranks(said: Said) -> Scores:
        return sum(1 / (60 + places(channel(said))) for channel in channels)

    def z_scores(said: Said) -> Scores:
        return sum(standard(channel(said)) for channel in channels[:2])

    chosen = (retrieve.CONCEPT_BESIDE_DESCRIPTION, retrieve.WORDS)
    sweep: dict[str, Callable[[Said], Scores]] = {
        f"by weight: concept {concept}, words {words}": (
            lambda said, c=concept, w=words: said.fused(c, w)  # type: ignore[misc]
        )
        for concept, words in (
            (0.0, 0.0), (0.3, 0.0), (0.6, 0.0), (1.0, 0.0),
            (0.3, 0.3), (0.3, 1.0), (0.0, 0.6), chosen,
        )
    }  # fmt: skip
    return {
        "words (BM25)": channels[2],
        "concept": channels[1],
        "description": description,
        "rank fusion of the three": ranks,
        "z-scores of concept and description": z_scores,
        **sweep,
    }


def places(scores: Scores) -> Scores:
    return np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1) + 1


def standard(scores: Scores) -> Scores:
    spreads = np.maximum(scores.std(axis=1, keepdims=True), 1e-9)
    return (scores - scores.mean(axis=1, keepdims=True)) / spreads


# ---------------------------------------------------------------------------- scores


def ranking(scores: Scores, right: frozenset[int]) -> tuple[bool, bool, float]:
    """Found first, found among five, average precision."""
    order = np.argsort(-scores, kind="stable")
    places_ = np.flatnonzero(np.isin(order, list(right)))
    precision = np.mean((np.arange(len(places_)) + 1) / (places_ + 1))
    return bool(places_[0] < 1), bool(places_[0] < 5), float(precision)


def spread(judged: Sequence[tuple[float, ...]], column: int) -> str:
    """The mean of a column and its standard error over the things in column 0, drawn anew."""
    things: dict[float, list[float]] = {}
    for one in judged:
        things.setdefault(one[0], []).append(float(one[column]))
    sums = np.array([(sum(values), len(values)) for values in things.values()])
    random = np.random.default_rng(0)
    drawn = sums[random.integers(len(sums), size=(1000, len(sums)))].sum(axis=1)
    return f"{sums[:, 0].sum() / sums[:, 1].sum():.3f} ± {(drawn[:, 0] / drawn[:, 1]).std():.3f}"


def machine(threads: int) -> str:
    packages = ("numpy", "onnxruntime", "opencv-python-headless", "lancedb")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, {threads} threads; "
        f"Python {platform.python_version()}, {versions}"
    )


if __name__ == "__main__":
    main()
