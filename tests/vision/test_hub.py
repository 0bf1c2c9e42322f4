"""Models from a hub: fetched from a server of our own, locked, and refused when they change."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sightline.cli import app
from sightline.errors import BrokenModel, InvalidRequest, MissingModel
from sightline.vision.catalogue import inventory, pull_all
from sightline.vision.hub import LOCK, locate, pull
from sightline.vision.hub_models import HUB_MODELS, HubFile
from vision.hub_server import CONTENT, TINY, Hub


def files_of(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_pull_fetches_all_files_and_locks_them(hub: Hub, models: Path):
    heard: list[tuple[str, float]] = []
    folder = pull(TINY, models, lambda doing, share: heard.append((doing, share)), hub=hub.address)

    assert folder == models / "tiny" == locate(TINY, models)
    assert files_of(folder) == ["config.json", "onnx/model.onnx", LOCK, "verified.json"]
    assert {name: (folder / name).read_bytes() for name in CONTENT} == CONTENT
    assert json.loads((folder / LOCK).read_text()) == {
        "repository": "somebody/tiny-ONNX",
        "revision": "abc123",
        "files": {name: sha256(content).hexdigest() for name, content in CONTENT.items()},
    }
    shares = [share for doing, share in heard if doing == "fetch"]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(shares) > 2

    asked = len(hub.asked)
    assert pull(TINY, models, hub=hub.address) == folder  # here already: nothing to fetch
    assert len(hub.asked) == asked


def test_absent_files_are_named_with_the_command_that_fetches_them(models: Path):
    with pytest.raises(MissingModel) as raised:
        locate(TINY, models)
    assert raised.value.hint == "Fetch them with `sightline models pull tiny` (2 MB, Apache-2.0)."


def test_a_file_that_changed_is_refused_and_a_pull_mends_it(hub: Hub, models: Path):
    folder = pull(TINY, models, hub=hub.address)
    (folder / "config.json").write_bytes(b"{}")
    with pytest.raises(BrokenModel, match=r"config\.json' with SHA-256"):
        locate(TINY, models)
    assert pull(TINY, models, hub=hub.address) == folder
    assert (folder / "config.json").read_bytes() == CONTENT["config.json"]


def test_a_hub_that_gives_another_file_than_before_is_not_believed(hub: Hub, models: Path):
    folder = pull(TINY, models, hub=hub.address)
    (folder / "onnx" / "model.onnx").unlink()
    hub.put("onnx/model.onnx", b"another")
    with pytest.raises(BrokenModel, match=r"Expected onnx/model\.onnx of somebody/tiny-ONNX"):
        pull(TINY, models, hub=hub.address)
    assert files_of(folder) == ["config.json", LOCK, "verified.json"]


def test_a_hash_of_the_catalogue_is_never_overruled(hub: Hub, models: Path):
    pinned = replace(TINY, files=(HubFile(name="config.json", sha256="0" * 64),))
    with pytest.raises(BrokenModel, match=f"with SHA-256 {'0' * 64}"):
        pull(pinned, models, hub=hub.address)
    assert files_of(models / "tiny") == []
    (models / "tiny" / "config.json").write_bytes(CONTENT["config.json"])
    with pytest.raises(BrokenModel, match="with SHA-256"):
        locate(pinned, models)


def test_files_put_there_by_hand_are_locked_as_they_are(models: Path):
    for name, content in CONTENT.items():
        (models / "tiny" / name).parent.mkdir(parents=True, exist_ok=True)
        (models / "tiny" / name).write_bytes(content)
    locate(TINY, models)
    (models / "tiny" / "config.json").write_bytes(b"{}")
    with pytest.raises(BrokenModel):
        locate(TINY, models)


def test_a_lock_that_cannot_be_read_is_no_reason_to_trust_again(hub: Hub, models: Path):
    (pull(TINY, models, hub=hub.address) / LOCK).write_text("{}")
    for look in (lambda: locate(TINY, models), lambda: pull(TINY, models, hub=hub.address)):
        with pytest.raises(BrokenModel, match="cannot be read"):
            look()


def test_files_of_another_revision_are_fetched_anew(hub: Hub, models: Path):
    pull(TINY, models, hub=hub.address)
    newer = replace(TINY, revision="def456")
    with pytest.raises(MissingModel, match=r"Expected revision def456 .* got abc123"):
        locate(newer, models)
    for name in CONTENT:
        hub.files[f"/somebody/tiny-ONNX/resolve/def456/{name}"] = b"newer"
    assert (pull(newer, models, hub=hub.address) / "config.json").read_bytes() == b"newer"


def test_what_the_hub_does_not_give_is_named_and_nothing_is_put_in_place(hub: Hub, models: Path):
    hub.put("onnx/model.onnx", None)
    with pytest.raises(MissingModel, match=r"onnx/model\.onnx .*answered 404") as raised:
        pull(TINY, models, hub=hub.address)
    assert "mirror" in str(raised.value)
    assert [path.name for path in (models / "tiny").iterdir()] == [".partial-abc123"]


def test_a_file_that_breaks_off_is_not_taken_for_whole(hub: Hub, models: Path):
    hub.cut_after = 11
    with pytest.raises(MissingModel, match="Could not fetch"):
        pull(TINY, models, hub=hub.address)
    assert [path.name for path in (models / "tiny").iterdir()] == [".partial-abc123"]
    with pytest.raises(MissingModel, match="not on this machine"):
        locate(TINY, models)


def test_a_hub_that_sends_without_end_is_stopped(hub: Hub, models: Path):
    hub.put("onnx/model.onnx", bytes(5_000_000))
    with pytest.raises(BrokenModel, match="Expected about 2 MB for 'tiny', got more than"):
        pull(TINY, models, hub=hub.address)
    assert list((models / "tiny").iterdir()) == []


@pytest.mark.parametrize(
    ("address", "error"),
    [("http://127.0.0.1:9", MissingModel), ("ftp://hub.example", InvalidRequest)],
)
def test_a_hub_that_cannot_be_reached_is_named(models: Path, address: str, error: type[Exception]):
    with pytest.raises(error, match=address):
        pull(TINY, models, hub=address)


def test_hub_models_are_optional_free_and_pinned(models: Path):
    rows = {row["name"]: row for row in inventory(models)}
    for model in HUB_MODELS.values():
        assert rows[model.name]["need"] == "optional"
        assert rows[model.name]["state"] == "missing"
        assert model.licence in {"Apache-2.0", "MIT", "BSD-3-Clause"}
        assert len(model.revision) == 40


def test_without_a_name_only_the_embedded_models_are_pulled(
    hub: Hub, models_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(HUB_MODELS, "tiny", TINY)
    heard: list[str] = []
    pull_all(models_dir, None, lambda doing, _share: heard.append(doing), hub_address=hub.address)
    assert {doing.partition(":")[0] for doing in heard} == {"lite0", "minilm"}
    assert hub.asked == []


def test_the_command_fetches_from_the_hub_of_the_settings(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(HUB_MODELS, "tiny", TINY)
    monkeypatch.setenv("SIGHTLINE_HUB", f"{hub.address}/")
    monkeypatch.setenv("SIGHTLINE_MODELS", str(tmp_path / "models"))
    result = CliRunner().invoke(
        app, ["--workspace", str(tmp_path), "models", "pull", "tiny", "--json"]
    )
    assert result.exit_code == 0, result.output
    rows = {row["name"]: row for row in json.loads(result.stdout)}
    assert rows["tiny"]["state"] == "here"
    assert rows["tiny"]["source"] == "somebody/tiny-ONNX abc123"
    announced = "tiny: 2 MB, Apache-2.0, from somebody/tiny-ONNX abc123"
    assert announced in result.stderr.splitlines()[0]
