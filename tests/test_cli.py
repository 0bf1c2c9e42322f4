"""The command line as a user types it, on the embedded engines and a workspace of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from loopback import running
from shell import Shell
from sightline import __version__


@pytest.fixture
def sightline(
    tmp_path: Path,
    models_dir: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Shell:
    monkeypatch.setenv("SIGHTLINE_MODELS", str(models_dir))
    monkeypatch.setenv("COLUMNS", "200")
    return Shell(tmp_path / "workspace", capsys, monkeypatch)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    for colour in ("red", "green", "blue"):
        picture = Image.new("RGB", (320, 240), "white")
        ImageDraw.Draw(picture).polygon([(160, 30), (40, 210), (280, 210)], fill=colour)
        picture.save(folder / f"{colour}.png")
    entries = [
        {"image_blob_path": "red.png", "description": "The Alpine tent. It costs 199 euros."},
        {"image_blob_path": "green.png", "description": "The Forest tent. It sleeps six people."},
    ]
    (folder / "metadata.json").write_text(json.dumps(entries))
    return folder


def test_help_and_version(sightline: Shell):
    assert sightline("--help") == 0
    assert "ingest" in sightline.out
    assert sightline("--version") == 0
    assert sightline.out.strip() == __version__


def test_from_a_folder_to_an_answer_with_its_citation(sightline: Shell, shop: Path):
    ingested = sightline.json("ingest", str(shop), "--index", "shop", "--no-text")
    assert (ingested["rows"], ingested["added"], ingested["failed"]) == (3, 3, [])

    hits = sightline.json("search", "shop", "--image", str(shop / "green.png"), "--top", "1")
    assert hits[0]["asset"]["key"] == "green.png"

    answer = sightline.json("ask", "What does the Alpine tent cost?", "--index", "shop")
    assert "199 euros" in answer["answer"]
    cited = next(c for c in answer["citations"] if c["key"] == "red.png")
    assert f"[{cited['mark']}]" in answer["answer"]
    assert "no_language_model" in [warning["code"] for warning in answer["warnings"]]


def test_a_filter_narrows_what_is_searched(sightline: Shell, shop: Path):
    sightline.json("ingest", str(shop), "--index", "shop", "--no-text")
    text = ["--text", "tent", "--filter", "key ne 'red.png' and description ne ''"]
    hits = sightline.json("search", "shop", *text)
    assert [hit["asset"]["key"] for hit in hits] == ["green.png"]

    question = ["ask", "What does the Alpine tent cost?", "--index", "shop"]
    answer = sightline.json(*question, "--filter", "not (key eq 'red.png')")
    assert "199 euros" not in answer["answer"]
    assert "red.png" not in {citation["key"] for citation in answer["citations"]}

    assert sightline("search", "shop", "--text", "tent", "--filter", "width gt 'wide'") == 1
    assert "'width' (Edm.Int32), got 'wide'" in sightline.err


def test_what_is_printed_for_people(sightline: Shell, shop: Path):
    assert sightline("ingest", str(shop), "--index", "shop", "--no-text") == 0
    assert (
        "shop: 3 pictures. 3 added, 0 updated, 0 unchanged, 0 removed, 0 failed." in sightline.out
    )

    assert sightline("search", "shop", "--text", "sleeps six people") == 0
    assert sightline.out.splitlines()[1].split()[1] == "green.png"

    assert sightline("ask", "How much does the Alpine tent cost?", "--index", "shop") == 0
    assert "199 euros" in sightline.out
    assert f"{shop / 'red.png'} (index shop, score" in sightline.out
    assert "no language model" in sightline.err

    assert sightline("index", "list") == 0
    assert "shop" in sightline.out
    assert sightline("index", "delete", "shop", "--yes") == 0
    assert sightline.json("index", "list") == []
    assert (shop / "red.png").exists()


def test_a_broken_picture_is_named_and_the_exit_code_says_so(sightline: Shell, shop: Path):
    (shop / "broken.jpg").write_bytes(b"not a picture")
    assert sightline("ingest", str(shop), "--index", "shop", "--no-text") == 3
    assert "failed: broken.jpg: expected" in sightline.out
    assert "3 added" in sightline.out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["search", "nothing", "--text", "x"], "index_not_found", "'nothing'"),
        (["ask", "What?", "--index", "nothing"], "index_not_found", "'nothing'"),
        (["ask", "What?", "--deployment", "gpt"], "DeploymentNotFound", "extractive"),
        (["ask", "What?", "--image", "gone.jpg"], "unreadable_image", "gone.jpg"),
        (["search", "a", "--text", "x", "--filter", "width >"], "invalid_request", "character 7"),
        (["ask", "x", "--index", "a", "--filter", "a eq"], "invalid_request", "character 5"),
        (["ingest", "gone", "--index", "a"], "unreadable_source", "Expected a folder"),
        (["ingest", ".", "--index", "../a"], "invalid_request", "'../a'"),
        (["serve", "--host", "0.0.0.0"], "refused", "sightline keys create"),
        (["eval", "gone"], "", "gone"),
    ],
)
def test_each_mistake_has_a_code_and_says_what_to_do(
    sightline: Shell, arguments: list[str], code: str, words: str
):
    assert sightline(*arguments) == 1
    assert f"error [{code}" in sightline.err
    assert words in sightline.err


def test_an_empty_folder_is_refused_and_leaves_no_index_behind(sightline: Shell, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    assert sightline("ingest", str(tmp_path / "empty"), "--index", "shop") == 1
    assert "Expected pictures" in sightline.err
    assert sightline.json("index", "list") == []


def test_settings_that_cannot_be_used_are_named(sightline: Shell, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SIGHTLINE_THREADS", "many")
    assert sightline("index", "list") == 1
    assert "threads" in sightline.err
    assert "'many'" in sightline.err


def test_read_prints_the_text_in_a_picture(sightline: Shell, shared_data: Path):
    read = sightline.json("read", str(shared_data / "ocr" / "images" / "plaque.jpg"))
    assert "octavia hill" in read["pages"][0]["text"].lower()
    first = read["pages"][0]["lines"][0]["polygon"]
    assert all(0 <= point["x"] <= 1 and 0 <= point["y"] <= 1 for point in first)


def test_analyze_names_what_is_on_a_picture_and_draws_it(
    sightline: Shell, shared_data: Path, tmp_path: Path
):
    fruit = shared_data / "grounding" / "images" / "fruit" / "image13.jpg"
    drawn = tmp_path / "drawn.png"
    found = sightline.json(
        "analyze", str(fruit), "--features", "objects,tags,read", "--draw", str(drawn)
    )
    assert {thing["label"] for thing in found["objects"]} == {"banana", "orange"}
    assert found["read"]["lines"] == []
    assert "caption" not in found
    with Image.open(drawn) as picture, Image.open(fruit) as original:
        assert picture.size == original.size
        assert picture.tobytes() != original.convert("RGB").tobytes()
    assert sightline("analyze", str(fruit), "--features", "objects") == 0
    assert "banana" in sightline.out


def test_analyze_refuses_what_it_cannot_do(sightline: Shell, shared_data: Path, tmp_path: Path):
    original = shared_data / "grounding" / "images" / "fruit" / "image13.jpg"
    fruit = str(shutil.copy(original, tmp_path / "fruit.jpg"))
    refused = {
        ("--features", "smell"): "Expected features out of tags, caption",
        ("--features", "people"): "no configured detector looks for people",
        ("--draw", str(tmp_path / "drawn.txt")): "ends in .png or .jpg",
        ("--draw", str(tmp_path / "nowhere" / "drawn.png")): "Expected a folder to draw into",
        ("--draw", fruit): "another file than the picture itself",
    }
    for arguments, why in refused.items():
        assert sightline("analyze", fruit, *arguments) == 1
        assert why in sightline.err
    assert Path(fruit).read_bytes() == original.read_bytes()
    assert sightline("analyze", str(tmp_path / "none.jpg")) == 1
    assert "Expected a picture at" in sightline.err


def test_ask_with_enhance_says_where_the_words_are(sightline: Shell, shared_data: Path):
    receipt = str(shared_data / "ocr" / "images" / "receipt_411.jpg")
    question = ("ask", "What is the total?", "--image", receipt, "--enhance")
    answer = sightline.json(*question)
    assert answer["grounding"]["status"] == "Success"
    text, spans = answer["answer"], answer["grounding"]["spans"]
    (total,) = {s["text"] for s in spans} & {"39.90"}
    assert total in text
    for span in spans:
        assert text[span["offset"] :][: span["length"]] == span["text"]
    assert sightline(*question) == 0
    assert "39.90" in sightline.out.splitlines()[-1]
    assert sightline.json(*question[:-1])["grounding"] is None


def test_what_was_read_is_forgotten_to_the_last_byte(
    sightline: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    card = Image.new("RGB", (480, 160), "white")
    ImageDraw.Draw(card).text((40, 50), "PIN 4711", fill="black", font_size=48)
    card.save(tmp_path / "card.png")
    question = ("ask", "What is the PIN?", "--image", str(tmp_path / "card.png"), "--enhance")

    def written() -> bytes:
        return b"".join(file.read_bytes() for file in sightline.workspace.glob("catalog*"))

    monkeypatch.setenv("SIGHTLINE_REMEMBER_FINDINGS", "false")
    assert "4711" in sightline.json(*question)["answer"]
    assert b"4711" not in written()
    assert sightline.json("findings", "forget", "--yes") == {"forgotten": 0}

    monkeypatch.delenv("SIGHTLINE_REMEMBER_FINDINGS")
    assert "4711" in sightline.json(*question)["answer"]
    assert b"4711" in written()
    assert sightline("findings", "forget", "--yes") == 0
    assert sightline.out.startswith("Forgot 2 findings")  # what was read, and what was seen
    assert b"4711" not in written()


def test_doctor_finds_everything_in_its_place(sightline: Shell):
    findings = {finding["what"]: finding for finding in sightline.json("doctor")}
    assert findings["picture encoder"]["state"] == "ok"
    assert findings["text encoder"]["state"] == "ok"
    assert findings["reader"]["state"] == "ok"
    assert findings["detector embedded"]["state"] == "ok"


def test_the_models_are_listed_with_their_licences(sightline: Shell):
    models = {model["name"]: model for model in sightline.json("models", "list")}
    assert models["lite0"]["licence"] == "Apache-2.0"


def test_serve_says_where_it_is_and_answers_there(tmp_path: Path, models_dir: Path):
    command = [sys.executable, "-m", "sightline", "--workspace", str(tmp_path), "serve"]
    environment = {**os.environ, "SIGHTLINE_MODELS": str(models_dir)}
    with subprocess.Popen(
        [*command, "--port", "0"], stdout=subprocess.PIPE, text=True, env=environment
    ) as server:
        assert server.stdout is not None
        address = next(word for word in server.stdout.readline().split() if "://" in word)
        with urllib.request.urlopen(f"{address}/health") as health:
            assert json.load(health)["status"] == "ok"
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=20) in (0, 130, -signal.SIGINT)


def test_a_broken_index_hides_no_other_and_can_be_deleted(sightline: Shell, shop: Path):
    sightline.json("ingest", str(shop), "--index", "shop", "--no-text")
    (Path(sightline.workspace) / "indexes" / "broken.lance").mkdir()
    names = {index["name"]: index["rows"] for index in sightline.json("index", "list")}
    assert names == {"broken": None, "shop": 3}
    assert sightline("index", "delete", "broken", "--yes") == 0
    assert [index["name"] for index in sightline.json("index", "list")] == ["shop"]


def test_an_error_is_json_when_json_is_asked_for(sightline: Shell):
    assert sightline("search", "nothing", "--text", "x", "--json") == 1
    assert json.loads(sightline.out)["error"]["code"] == "index_not_found"


class KeepAlive(BaseHTTPRequestHandler):
    """A model server that keeps its connections open, as real ones do."""

    protocol_version = "HTTP/1.1"
    boxes = '[{"label": "tent", "box": [0, 0, 500, 1000]}]'
    reason = "stop"

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["content-length"]))
        words = self.boxes if b"JSON" in asked else "A tent."
        delta = {"index": 0, "delta": {"content": words}, "finish_reason": self.reason}
        body = f"data: {json.dumps({'choices': [delta]})}\n\ndata: [DONE]\n\n".encode()
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def deployed(sightline: Shell, handler: type[KeepAlive] = KeepAlive) -> Iterator[None]:
    """The deployment "vlm", whose boxes are the only things that are found."""
    with running(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as server:
        sightline.workspace.mkdir()
        (sightline.workspace / "settings.toml").write_text(
            'detectors = ["vlm"]\ndeployment = "vlm"\n'
            '[[deployments]]\nname = "vlm"\nmodel = "m"\nboxes = "json"\n'
            f'base_url = "http://127.0.0.1:{server.server_address[1]}/v1"\n'
        )
        yield


def test_ask_a_model_server_that_keeps_its_connections(sightline: Shell):
    with deployed(sightline):
        answer = sightline.json("ask", "What is it?", "--deployment", "vlm")
    assert answer["answer"] == "A tent."


@pytest.mark.parametrize("tasks", ["grounding", "chat", "grounding,chat", "chat,grounding"])
def test_a_model_server_that_keeps_its_connections_is_scored(
    sightline: Shell, shop: Path, tasks: str
):
    size = {"width": 320, "height": 240, "exif_orientation": 1, "labels_complete": True}
    tent = {"label": "tent", "x": 0, "y": 0, "w": 160, "h": 240}
    question = {"needs": "vision", "question": "What is it?", "must": [["tent"]]}
    places, questions = [], []
    for name in ("red.png", "blue.png"):
        places.append({"image": name, "set": "tents", "boxes": [tent], **size})
        questions.append({"id": name, "image": name, **question})
    for truth, entries in (("grounding/truth.json", places), ("chat/questions.json", questions)):
        (shop / truth).parent.mkdir()
        (shop / truth).write_text(json.dumps(entries))
    with deployed(sightline):
        scores = sightline.json("eval", str(shop), "--tasks", tasks, "--deployment", "vlm")
    assert list(scores) == tasks.split(",")
    if "grounding" in scores:
        assert (scores["grounding"]["tents"]["n"], scores["grounding"]["tents"]["recall"]) == (2, 1)
    if "chat" in scores:
        assert (scores["chat"]["n"], scores["chat"]["right"]) == (2, 2)


class BreaksOff(KeepAlive):
    """It comes to the end of its tokens while it writes boxes."""

    reason = "length"


def test_boxes_that_a_model_did_not_come_to_are_told_each_time(sightline: Shell, shop: Path):
    told = "its answer broke off (length), so boxes may be missing."
    picture, analyzed = str(shop / "red.png"), ("--features", "objects")
    with deployed(sightline, BreaksOff):
        for _ in range(2):
            answer = sightline.json("ask", "What is it?", "--image", picture, "--enhance")
            assert answer["grounding"]["status"] == "Partial"
            assert [span["text"] for span in answer["grounding"]["spans"]] == ["A tent"]
            (failure,) = answer["grounding"]["failures"]
            assert failure == f"The detector 'vlm:vlm' found only a part: {told}"

            found = sightline.json("analyze", picture, *analyzed)
            assert [thing["label"] for thing in found["objects"]] == ["tent"]
            assert found["failures"] == [failure]
            assert sightline("analyze", picture, *analyzed) == 0
            assert "tent 1.00" in sightline.out
            assert told in " ".join(sightline.err.split())


def test_a_source_is_added_kept_in_step_and_removed(sightline: Shell, shop: Path):
    assert (
        sightline("source", "add", str(shop), "--index", "shop", "--every", "2h", "--no-text") == 0
    )
    assert "3 pictures, 1 of them without description" in sightline.out
    assert sightline("source", "sync", "shop") == 0
    assert "3 added" in sightline.out
    assert "1 of 3 without description." in sightline.out

    (shop / "metadata.json").write_text(
        json.dumps([{"image_blob_path": "blue.png", "description": "A blue tarp"}])
    )
    synced = sightline.json("source", "sync", "shop")
    assert (synced["updated"], synced["undescribed"], synced["skipped"]) == (3, 2, 0)
    (listed,) = sightline.json("source", "list")
    assert (listed["name"], listed["refresh_minutes"]) == ("shop", 120)
    assert (listed["last_ingestion"]["asked_by"], listed["last_ingestion"]["undescribed"]) == (
        "command",
        2,
    )

    assert sightline("source", "remove", "shop", "--yes") == 0
    assert "its 3 pictures in shop" in sightline.out
    assert sightline.json("source", "list") == []
    assert sightline.json("index", "show", "shop")["rows"] == 0


def test_an_ingest_of_a_place_that_has_a_record_is_noted_there(sightline: Shell, shop: Path):
    sightline.json("source", "add", str(shop), "--index", "shop", "--name", "Mine")
    (shop / "broken.jpg").write_bytes(b"not a picture")
    assert sightline("ingest", str(shop), "--index", "shop", "--no-text") == 3
    (listed,) = sightline.json("source", "list")
    assert (listed["last_ingestion"]["state"], listed["last_ingestion"]["failed"]) == (
        "Succeeded",
        1,
    )


def test_a_folder_that_moved_is_seen_in_the_list_and_can_be_forgotten(sightline: Shell, shop: Path):
    sightline.json("source", "add", str(shop), "--index", "shop", "--no-text")
    sightline.json("source", "sync", "shop")
    shop.rename(shop.with_name("moved"))
    assert sightline("source", "sync", "shop") == 1
    (listed,) = sightline.json("source", "list")
    assert listed["last_ingestion"]["error"]["code"] == "unreadable_source"
    assert sightline("source", "list") == 0
    assert "Failed" in sightline.out

    assert sightline("index", "forget", "shop", "/elsewhere", "--yes") == 1
    assert shop.as_uri() in sightline.err
    forgotten = sightline.json("index", "forget", "shop", str(shop), "--yes")
    assert forgotten == {"index": "shop", "source": shop.as_uri(), "files": 3}
    assert sightline("source", "remove", "shop", "--keep-rows", "--yes") == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["source", "add", "gone", "--index", "a"], "unreadable_source", "Expected a folder"),
        (["source", "add", ".", "--index", "a", "--every", "soon"], "invalid_request", "30m"),
        (["source", "sync", "gone"], "not_found", "There is none yet"),
        (["source", "remove", "gone", "--yes"], "not_found", "'gone'"),
        (["index", "forget", "gone", "/x", "--yes"], "index_not_found", "'gone'"),
    ],
)
def test_mistakes_about_sources_say_what_to_do(
    sightline: Shell, arguments: list[str], code: str, words: str
):
    assert sightline(*arguments) == 1
    assert f"error [{code}" in sightline.err
    assert words in sightline.err


def test_a_description_is_changed_by_key_or_id(sightline: Shell, shop: Path):
    assert sightline("ingest", str(shop), "--index", "shop") == 0
    hits = sightline.json("search", "shop", "--text", "tent", "--top", "1")
    found = hits[0]["asset"]  # type: ignore[index]
    assert sightline("index", "describe", "shop", found["key"], "an inflatable dinghy") == 0
    assert sightline.out == f"{found['key']}: an inflatable dinghy\n"
    (hit,) = sightline.json("search", "shop", "--text", "dinghy", "--top", "1")  # type: ignore[misc]
    assert hit["asset"]["id"] == found["id"]
    changed = sightline.json("index", "describe", "shop", found["id"], "")
    assert changed == found | {"description": ""}
    assert sightline("index", "describe", "shop", "it's not there.png", "a tent") == 1
    assert "error [asset_not_found]" in sightline.err
