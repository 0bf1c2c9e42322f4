"""A pull that breaks off, and the next one that goes on from there."""

import fcntl
import os
from dataclasses import replace
from pathlib import Path

import pytest

from sightline.errors import BrokenModel, Conflict, MissingModel
from sightline.vision.hub import pull
from sightline.vision.hub_models import HubFile
from vision.hub_server import CONTENT, TINY, Hub

LARGE = "onnx/model.onnx"
HALF = len(CONTENT[LARGE]) // 2


def breaks_off(hub: Hub, models: Path) -> Path:
    """A pull that gets half of the large file; where that lies."""
    hub.cut_after = HALF
    with pytest.raises(MissingModel, match=r"Could not fetch onnx/model\.onnx") as raised:
        pull(TINY, models, hub=hub.address)
    assert "Pull again to go on" in str(raised.value)
    hub.cut_after, hub.sent = None, 0
    return models / "tiny" / ".partial-abc123" / f"{LARGE}.part"


def came_whole(folder: Path) -> bool:
    files = sorted(p.name for p in folder.iterdir() if p.is_file())
    assert files == ["config.json", "sha256.json", "verified.json"]
    assert not list(folder.glob(".partial-*"))
    return {name: (folder / name).read_bytes() for name in CONTENT} == CONTENT


def test_the_next_pull_asks_for_the_rest_only(hub: Hub, models: Path):
    assert breaks_off(hub, models).stat().st_size == HALF
    heard: list[float] = []
    folder = pull(TINY, models, lambda _doing, share: heard.append(share), hub=hub.address)
    assert came_whole(folder)
    assert hub.ranges == [f"bytes={HALF}-"]
    assert hub.sent == len(CONTENT[LARGE]) - HALF
    assert heard == sorted(heard)


def test_a_file_that_changed_in_between_is_fetched_from_its_beginning(hub: Hub, models: Path):
    breaks_off(hub, models)
    hub.put(LARGE, CONTENT[LARGE][::-1])
    folder = pull(TINY, models, hub=hub.address)
    assert (folder / LARGE).read_bytes() == CONTENT[LARGE][::-1]


def test_a_server_without_tags_is_asked_from_the_beginning(hub: Hub, models: Path):
    hub.tags = False
    breaks_off(hub, models)
    assert came_whole(pull(TINY, models, hub=hub.address))
    assert hub.ranges == []


def test_another_part_than_the_one_asked_for_is_not_taken(hub: Hub, models: Path):
    breaks_off(hub, models)
    hub.shift = 7
    assert came_whole(pull(TINY, models, hub=hub.address))
    assert hub.sent == len(CONTENT[LARGE]) * 2 - HALF


def test_more_than_the_server_has_is_thrown_away(hub: Hub, models: Path):
    breaks_off(hub, models).write_bytes(CONTENT[LARGE] + b"and more")
    assert came_whole(pull(TINY, models, hub=hub.address))


def test_a_part_that_was_damaged_is_found_by_the_hash_of_the_catalogue(hub: Hub, models: Path):
    breaks_off(hub, models).write_bytes(b"x" * HALF)
    pinned = replace(
        TINY,
        files=(HubFile(name="config.json"), HubFile(name=LARGE, sha256="0" * 64)),
    )
    with pytest.raises(BrokenModel, match=r"Expected onnx/model\.onnx"):
        pull(pinned, models, hub=hub.address)
    assert not (models / "tiny" / ".partial-abc123").exists()


def test_what_came_of_another_revision_goes(hub: Hub, models: Path):
    breaks_off(hub, models)
    for name in CONTENT:
        hub.files[f"/somebody/tiny-ONNX/resolve/def456/{name}"] = b"newer"
    folder = pull(replace(TINY, revision="def456"), models, hub=hub.address)
    assert not list(folder.glob(".partial-*"))


def test_two_pulls_of_one_model_do_not_mix(hub: Hub, models: Path):
    partial = breaks_off(hub, models).parents[1]
    held = os.open(partial, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        with pytest.raises(Conflict, match="Another process is fetching the model 'tiny'"):
            pull(TINY, models, hub=hub.address)
    finally:
        os.close(held)
    assert came_whole(pull(TINY, models, hub=hub.address))


def test_a_model_that_does_not_fit_is_not_begun(hub: Hub, models: Path):
    with pytest.raises(MissingModel, match="MB of room for 'tiny'"):
        pull(replace(TINY, size=10**18), models, hub=hub.address)
    assert hub.asked == []
