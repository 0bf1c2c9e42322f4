import json
import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

import sightline
from sightline.errors import BrokenModel, InvalidInput
from sightline.vision.runtime import (
    MEMORY_FILE,
    Choice,
    fastest,
    open_fastest,
    remembered_choices,
)

both_installed = pytest.mark.skipif(
    find_spec("openvino") is None, reason="openvino is not installed"
)
PROBES = [{"x": np.array([[1.0, 2.0, 3.0]], np.float32)}]


@pytest.fixture
def doubling(tmp_path: Path) -> Path:
    """A model that returns twice its input, and carries a word beside its graph."""
    shape: list[int | str] = ["n", 3]
    node = onnx.helper.make_node("Add", ["x", "x"], ["y"])
    inputs = [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, shape)]
    outputs = [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, shape)]
    graph = onnx.helper.make_graph([node], "doubling", inputs, outputs)
    opset = onnx.helper.make_opsetid("", 17)
    model = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8)
    onnx.helper.set_model_props(model, {"alphabet": "a\nb"})
    path = tmp_path / "doubling.onnx"
    onnx.save(model, path)
    return path


class Sleeper:
    """A session that takes its time and scales its input."""

    def __init__(self, seconds: float, factor: float = 2.0) -> None:
        self.seconds, self.factor = seconds, factor

    def run(self, outputs: list[str], **inputs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        time.sleep(self.seconds)
        shift = np.array([0.0, 0.0, self.factor - 2.0], np.float32)
        return [inputs["x"] * 2 + shift for _ in outputs]

    def metadata(self, key: str) -> str:
        raise KeyError(key)


@pytest.mark.parametrize("runtime", ["onnxruntime", pytest.param("openvino", marks=both_installed)])
def test_a_named_runtime_opens_the_model(doubling: Path, tmp_path: Path, runtime: str):
    session, choice = open_fastest(
        doubling, ["y"], PROBES, memory=tmp_path, threads=1, setting=runtime
    )
    assert choice == Choice(model="doubling.onnx", runtime=runtime, reason="asked for")
    (doubled,) = session.run(["y"], x=np.array([[1, 2, 3]], np.float32))
    assert doubled.tolist() == [[2, 4, 6]]
    assert session.metadata("alphabet") == "a\nb"
    with pytest.raises(KeyError):
        session.metadata("nothing")
    assert not (tmp_path / MEMORY_FILE).exists()


@both_installed
def test_the_choice_is_measured_once_and_remembered(doubling: Path, tmp_path: Path):
    memory = tmp_path / "models"
    _, first = open_fastest(doubling, ["y"], PROBES, memory=memory, threads=1)
    assert first.reason == "measured"
    assert [timing.runtime for timing in first.timings] == ["onnxruntime", "openvino"]
    assert all(timing.milliseconds > 0 for timing in first.timings)
    assert all(timing.alike == pytest.approx(1) for timing in first.timings)
    assert remembered_choices(memory) == [first]

    _, second = open_fastest(doubling, ["y"], PROBES, memory=memory, threads=1)
    assert second == first
    open_fastest(doubling, ["y"], PROBES, memory=memory, threads=2)
    assert len(remembered_choices(memory)) == 2  # other threads are another measurement
    assert [file.name for file in memory.iterdir()] == [MEMORY_FILE]


@both_installed
@pytest.mark.parametrize("content", ["", "[]", "{", '{"key": {"runtime": "abacus"}}'])
def test_a_broken_memory_is_measured_again(doubling: Path, tmp_path: Path, content: str):
    (tmp_path / MEMORY_FILE).write_text(content)
    _, choice = open_fastest(doubling, ["y"], PROBES, memory=tmp_path, threads=1)
    assert choice.reason == "measured"
    assert json.loads((tmp_path / MEMORY_FILE).read_text())


@both_installed
def test_what_was_measured_elsewhere_is_not_shown(tmp_path: Path):
    (tmp_path / MEMORY_FILE).write_text(
        json.dumps({"m, Other CPU": {"model": "m", "runtime": "openvino", "timings": []}})
    )
    assert remembered_choices(tmp_path) == []


def test_a_folder_that_cannot_be_written_does_not_matter(doubling: Path, tmp_path: Path):
    a_file = tmp_path / "models"
    a_file.write_text("in the way")
    session, _ = open_fastest(doubling, ["y"], PROBES, memory=a_file, threads=1)
    assert session.run(["y"], x=np.ones((1, 3), np.float32))[0].tolist() == [[2, 2, 2]]


@pytest.mark.parametrize(
    ("reference", "other", "expected"),
    [
        (Sleeper(0.02), Sleeper(0.002), "openvino"),  # clearly faster
        (Sleeper(0.002), Sleeper(0.02), "onnxruntime"),
        (Sleeper(0.02), Sleeper(0.0195), "onnxruntime"),  # not worth another runtime
        (Sleeper(0.02), Sleeper(0.002, factor=-20.0), "onnxruntime"),  # fast and wrong
    ],
)
def test_another_runtime_must_be_faster_and_right(
    reference: Sleeper, other: Sleeper, expected: str
):
    sessions = {"onnxruntime": reference, "openvino": other}
    assert fastest("model", sessions, ["y"], PROBES).runtime == expected


def test_an_unknown_runtime_is_refused(doubling: Path, tmp_path: Path):
    with pytest.raises(InvalidInput, match=r"'auto', 'onnxruntime', 'openvino' .* got 'abacus'"):
        open_fastest(doubling, ["y"], PROBES, memory=tmp_path, threads=1, setting="abacus")


def test_without_the_package_openvino_is_named_with_its_extra(doubling: Path, tmp_path: Path):
    packages = tmp_path / "packages"  # this environment, without openvino
    packages.mkdir()
    for entry in Path(np.__file__).parents[1].iterdir():
        if not entry.name.startswith("openvino"):
            (packages / entry.name).symlink_to(entry)
    program = f"""
from pathlib import Path
import numpy as np
from sightline.errors import MissingPackage
from sightline.vision.runtime import open_fastest
def opened(setting):
    probes = [{{"x": np.ones((1, 3), np.float32)}}]
    model, memory = Path({str(doubling)!r}), Path({str(tmp_path)!r})
    return open_fastest(model, ["y"], probes, memory=memory, threads=1, setting=setting)[1]
print(opened("auto").reason)
try:
    opened("openvino")
except MissingPackage as error:
    print(error)
"""
    source = Path(sightline.__file__).parents[1]
    finished = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env={"PYTHONPATH": f"{source}{os.pathsep}{packages}"},
        capture_output=True,
        text=True,
        check=True,
    )
    reason, complaint = finished.stdout.splitlines()
    assert reason == "only one installed"
    assert "pip install 'sightline[openvino]'" in complaint


@pytest.mark.parametrize("runtime", ["onnxruntime", pytest.param("openvino", marks=both_installed)])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, runtime: str):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a model")
    with pytest.raises(BrokenModel, match=r"broken\.onnx"):
        open_fastest(broken, ["y"], PROBES, memory=tmp_path, threads=1, setting=runtime)


LOADED = """
import sys, multiprocessing.process as p, sightline.vision.openvino_session
print([n for n, m in sys.modules.items() if "openvino_telemetry" in n and m])
print(p.active_children())
"""


def test_openvino_reports_nothing_to_its_makers():
    pytest.importorskip("openvino", reason="OpenVINO is not installed")
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:2] == ["[]", "[]"]
    assert "fork" not in done.stderr
