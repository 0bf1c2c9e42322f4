"""`sightline extract` and `sightline ask --schema` as a user types them."""

import csv
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from shell import Shell
from sightline.row_journal import journal_of

CATALOGUE = {
    "type": "object",
    "properties": {
        "name": {"type": ["string", "null"]},
        "sort": {"enum": ["tent", "chair", None]},
        "paid": {"type": ["boolean", "null"]},
    },
    "required": ["name", "sort", "paid"],
}
DESCRIPTIONS = {
    "alpine.png": "Alpine Tent. It costs 199 euros.",
    "camp.png": "Camp Chair, red",
    "formula.png": "=HYPERLINK. A cell, too.",
}


class SchemaShell(Shell):
    """Writes the schemas that its commands read."""

    def schema(self, schema: object) -> Path:
        path = self.workspace.parent / "schema.json"
        path.write_text(json.dumps(schema))
        return path


@pytest.fixture
def sightline(
    tmp_path: Path,
    models_dir: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> SchemaShell:
    monkeypatch.setenv("SIGHTLINE_MODELS", str(models_dir))
    monkeypatch.setenv("COLUMNS", "200")
    return SchemaShell(tmp_path / "workspace", capsys, monkeypatch)


@pytest.fixture
def shop(sightline: SchemaShell, tmp_path: Path) -> SchemaShell:
    """The command line with an index of three described pictures."""
    folder = tmp_path / "shop"
    folder.mkdir()
    for name in DESCRIPTIONS:
        Image.new("RGB", (64, 48), "white").save(folder / name)
    entries = [{"image_blob_path": key, "description": text} for key, text in DESCRIPTIONS.items()]
    (folder / "metadata.json").write_text(json.dumps(entries))
    assert sightline("ingest", folder, "--index", "shop", "--no-text") == 0
    return sightline


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_table_of_an_index(shop: SchemaShell, tmp_path: Path):
    schema, out = shop.schema(CATALOGUE), tmp_path / "rows.csv"
    assert shop("extract", "shop", "--schema", schema, "--out", out) == 0
    assert "rows.csv: 3 partial." in shop.out
    assert "extractive has no language model" in shop.err
    rows = table(out)
    assert [(row["key"], row["name"], row["sort"], row["paid"]) for row in rows] == [
        ("alpine.png", "Alpine Tent", "tent", ""),
        ("camp.png", "Camp Chair", "chair", ""),
        ("formula.png", "", "", ""),
    ]
    assert {row["status"] for row in rows} == {"partial"}
    assert len({row["asset"] for row in rows}) == 3

    assert shop("extract", "shop", "--schema", schema, "--out", out) == 0
    assert "(3 kept from an earlier run)" in shop.out
    assert table(out) == rows


def test_some_of_the_pictures_and_json(shop: SchemaShell, tmp_path: Path):
    schema, out = shop.schema(CATALOGUE), tmp_path / "rows.jsonl"
    command = ["extract", "shop", "--schema", schema, "--out", out, "--json"]
    assert shop(*command, "--filter", "key gt 'alpine.png'", "--limit", "1") == 0
    told = json.loads(shop.out)
    assert (told["pictures"], told["rows"], told["troubled"]) == (1, {"partial": 1}, [])
    (row,) = map(json.loads, out.read_text().splitlines())
    assert (row["key"], row["sort"], row["paid"]) == ("camp.png", "chair", None)

    assert shop(*command) == 0  # the rest, and one is kept
    told = json.loads(shop.out)
    assert (told["pictures"], told["kept"]) == (3, 1)
    keys = [json.loads(line)["key"] for line in out.read_text().splitlines()]
    assert keys == sorted(DESCRIPTIONS)


def test_rows_that_do_not_fit_are_told_by_the_exit_code(shop: SchemaShell, tmp_path: Path):
    schema = shop.schema(
        {"type": "object", "properties": {"sort": {"enum": ["tent"]}}, "required": ["sort"]}
    )
    assert shop("extract", "shop", "--schema", schema, "--out", tmp_path / "rows.csv") == 3
    assert "camp.png: incomplete: required, and not found: sort" in shop.out
    assert [row["status"] for row in table(tmp_path / "rows.csv")] == [
        "complete",
        "incomplete",
        "incomplete",
    ]


def test_cells_that_look_like_formulas(shop: SchemaShell, tmp_path: Path):
    schema = shop.schema({"type": "object", "properties": {"description": {"type": "string"}}})
    command = ["extract", "shop", "--schema", schema, "--out", tmp_path / "rows.csv"]
    assert shop(*command) == 0
    assert "1 cells begin with =, +, - or @" in shop.err
    assert table(tmp_path / "rows.csv")[2]["description"] == DESCRIPTIONS["formula.png"]
    assert shop(*command, "--spreadsheet") == 0
    assert "begin with" not in shop.err
    assert table(tmp_path / "rows.csv")[2]["description"] == f"'{DESCRIPTIONS['formula.png']}"


def test_another_schema_for_the_same_file(shop: SchemaShell, tmp_path: Path):
    out = tmp_path / "rows.csv"
    assert shop("extract", "shop", "--schema", shop.schema(CATALOGUE), "--out", out) == 0
    before = out.read_bytes()
    other = shop.schema({"type": "object", "properties": {"name": {"type": "string"}}})
    command = ["extract", "shop", "--schema", other, "--out", out]
    assert shop(*command) == 1
    assert "belongs to another run: it was made with another schema" in shop.err
    assert "--force" in shop.err
    assert out.read_bytes() == before
    assert shop(*command, "--force") == 0
    assert "sort" not in table(out)[0]


def test_a_file_of_the_users_own_is_kept(shop: SchemaShell, tmp_path: Path):
    out = tmp_path / "rows.csv"
    out.write_text("dear,diary\n")
    assert shop("extract", "shop", "--schema", shop.schema(CATALOGUE), "--out", out) == 1
    assert "has no journal beside it" in shop.err
    assert out.read_text() == "dear,diary\n"
    assert not journal_of(out).exists()


NESTED = {
    "type": "object",
    "properties": {"shop": {"type": "object", "properties": {"name": {"type": "string"}}}},
}
BAD = {
    "no JSON": ("{", "rows.csv", "Expected JSON in"),
    "an array": ('{"type": "array"}', "rows.csv", 'Expected a schema of "type": "object"'),
    "nested": (json.dumps(NESTED), "rows.csv", "Expected fields that fit into a cell"),
    "another ending": (json.dumps(CATALOGUE), "rows.xlsx", "ends in .csv or .jsonl"),
    "no folder": (json.dumps(CATALOGUE), "nowhere/rows.csv", "Expected a folder to write"),
}


@pytest.mark.parametrize(("schema", "out", "said"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_done_is_said_and_leaves_nothing(
    sightline: SchemaShell, tmp_path: Path, schema: str, out: str, said: str
):
    path = tmp_path / "schema.json"
    path.write_text(schema)
    assert sightline("extract", "shop", "--schema", path, "--out", tmp_path / out) == 1
    assert said in sightline.err
    assert not (tmp_path / out).exists()
    assert not journal_of(tmp_path / out).exists()


def test_nested_fields_go_into_json_lines(shop: SchemaShell, tmp_path: Path):
    out = tmp_path / "rows.jsonl"
    assert shop("extract", "shop", "--schema", shop.schema(NESTED), "--out", out) == 0
    row = json.loads(out.read_text().splitlines()[0])
    assert row["shop"] is None
    assert "shop: nested fields need a language model" in row["warnings"]


def test_an_index_or_a_schema_that_is_not_there(sightline: SchemaShell, tmp_path: Path):
    out = tmp_path / "rows.csv"
    assert sightline("extract", "shop", "--schema", tmp_path / "none.json", "--out", out) == 1
    assert "Expected a JSON Schema at" in sightline.err
    schema = sightline.schema(CATALOGUE)
    assert sightline("extract", "shop", "--schema", schema, "--out", out) == 1
    assert "[index_not_found]" in sightline.err
    assert not journal_of(out).exists()


def test_options_without_effect_are_named(shop: SchemaShell, tmp_path: Path):
    command = ["extract", "shop", "--schema", shop.schema(CATALOGUE), "--out", tmp_path / "r.csv"]
    assert shop(*command, "--question", "What?", "--parallel", "4") == 0
    assert "--question and --parallel have no effect on it." in shop.err


RECEIPT = {
    "type": "object",
    "properties": {"total": {"type": "number"}, "tip": {"type": ["number", "null"]}},
    "required": ["total", "tip"],
}


def receipt(path: Path, label: str) -> Path:
    picture = Image.new("RGB", (640, 240), "white")
    draw = ImageDraw.Draw(picture)
    for row, (name, figure) in enumerate([("Coffee", "13.00"), (label, "39.90")]):
        draw.text((40, 40 + 80 * row), name, fill="black", font=ImageFont.load_default(40))
        draw.text((420, 40 + 80 * row), figure, fill="black", font=ImageFont.load_default(40))
    picture.save(path)
    return path


def test_a_question_that_is_answered_in_a_form(sightline: SchemaShell, tmp_path: Path):
    schema = sightline.schema(RECEIPT)
    command = ["ask", "What is on the bill?", "--schema", schema, "--image"]
    assert sightline(*command, receipt(tmp_path / "bill.png", "Total")) == 0
    assert json.loads(sightline.out) == {"total": 39.9, "tip": None}
    assert "no language model" in sightline.err

    assert sightline(*command, receipt(tmp_path / "other.png", "Sum of it")) == 3
    assert json.loads(sightline.out) == {"total": None, "tip": None}
    assert "required, and not found: total" in sightline.err


def test_without_a_language_model_fields_need_one_picture(sightline: SchemaShell):
    schema = sightline.schema(RECEIPT)
    assert sightline("ask", "?", "--schema", schema) == 1
    assert "Expected one picture and no index" in sightline.err


class Form(BaseHTTPRequestHandler):
    """A model server that fills in the form, in a fence and with words around it."""

    protocol_version = "HTTP/1.1"
    bodies: list[dict[str, object]] = []  # noqa: RUF012 (one server at a time)

    def do_POST(self) -> None:
        self.bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        said = 'Sure:\n```json\n{"name": "Tent", "sort": "tent", "paid": true}\n```'
        delta = {"index": 0, "delta": {"content": said}, "finish_reason": "stop"}
        body = f"data: {json.dumps({'choices': [delta]})}\n\ndata: [DONE]\n\n".encode()
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def filling(port: int) -> Iterator[list[dict[str, object]]]:
    """The server; yields the requests that came."""
    Form.bodies = []
    with ThreadingHTTPServer(("127.0.0.1", port), Form) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Form.bodies
        server.shutdown()


def test_a_model_server_that_comes_late(shop: SchemaShell, tmp_path: Path):
    for number in range(4):  # more than the run is patient for
        Image.new("RGB", (64, 48), (0, 0, 40 * number)).save(tmp_path / "shop" / f"{number}.png")
    assert shop("ingest", tmp_path / "shop", "--index", "shop", "--no-text") == 0
    port = free_port()
    (tmp_path / "workspace" / "settings.toml").write_text(
        f'[[deployments]]\nname = "vlm"\nmodel = "m"\nbase_url = "http://127.0.0.1:{port}/v1"\n'
    )
    schema, out = shop.schema(CATALOGUE), tmp_path / "rows.csv"
    command = ["extract", "shop", "--schema", schema, "--out", out, "--deployment", "vlm"]
    assert shop(*command) == 1
    assert "error [upstream_unreachable]: 5 pictures in a row got no answer" in shop.err
    assert "run the same command again" in shop.err
    assert {row["status"] for row in table(out)} == {"failed"}

    with filling(port) as bodies:
        assert shop(*command, "--parallel", "2") == 0
        assert "rows.csv: 7 complete." in shop.out
        assert len(bodies) == 7
        sent = bodies[0]["response_format"]["json_schema"]["schema"]  # type: ignore[index]
        assert sent["required"] == CATALOGUE["required"]
        assert sent["properties"]["sort"]["type"] == ["string", "null"]
        assert {row["name"] for row in table(out)} == {"Tent"}

        picture = tmp_path / "shop" / "0.png"
        asked = ["ask", "Fill it in.", "--image", picture, "--schema", schema]
        assert shop(*asked, "--deployment", "vlm") == 0
        assert json.loads(shop.out) == {"name": "Tent", "sort": "tent", "paid": True}
        assert "words around the JSON were left out" in shop.err


@pytest.fixture(scope="module")
def grocery(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The described grocery pictures in a folder of their own; nothing is copied into ours."""
    folder = tmp_path_factory.mktemp("grocery")
    entries = json.loads((shared_data / "rag" / "images" / "metadata.json").read_text())
    chosen = [e for e in entries if e["image_blob_path"].endswith("_iconic.jpg")]
    for entry in chosen:
        key = entry["image_blob_path"]
        (folder / key).parent.mkdir(exist_ok=True)
        (folder / key).symlink_to(shared_data / "rag" / "images" / key)
    (folder / "metadata.json").write_text(json.dumps(chosen))
    return folder


@pytest.mark.data
def test_groceries(sightline: SchemaShell, grocery: Path, tmp_path: Path):
    """Every cell that is filled is right; the name of each file says what it shows."""
    assert sightline("ingest", grocery, "--index", "grocery") == 0
    schema = sightline.schema(
        {
            "type": "object",
            "properties": {
                "product": {"type": ["string", "null"]},
                "category": {"enum": ["Milk", "Juice", "Yoghurt", "Pepper", None]},
                "brand": {"enum": ["Arla", "Valio", "Alpro", "Oatly", "Yoggi", None]},
            },
        }
    )
    out = tmp_path / "rows.csv"
    assert sightline("extract", "grocery", "--schema", schema, "--out", out) == 0
    rows = table(out)
    assert len(rows) > 10
    filled = 0
    for row in rows:
        name = Path(row["key"]).name.removesuffix("_iconic.jpg").replace("-", " ")
        assert row["product"] == name
        for field in ("category", "brand"):
            filled += bool(row[field])
            if row[field] and not (field == "category" and "Tropicana" in name):  # a juice
                assert row[field] in name
    assert filled > 10
