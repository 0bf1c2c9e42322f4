"""What only an index of documents on disk can do or suffer: processes, kills, upkeep, size."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from documents.made import CAMPING, DOCUMENTS, TENT, ids, upload, vector, vectorize
from sightline.documents.base import Action, Documents, Query, VectorQuery
from sightline.documents.schema import definition_of
from sightline.documents.store import LanceDocumentIndexes
from sightline.documents.table import UNTIDY, UPKEEP_AFTER, LanceDocuments
from sightline.errors import BrokenIndex, IndexBusy
from sightline.index.engine import connect
from sightline.index.folder import LOCK
from sightline.index.locks import WriteLock

PATHS = [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
WRITER = """
import sys
from pathlib import Path
from documents.made import TENT, vectorize
from sightline.documents.base import Action
from sightline.documents.store import LanceDocumentIndexes

indexes = LanceDocumentIndexes(Path(sys.argv[1]), vectorize, exact_rows=50)
camping = indexes.open("camping")
name, count = sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
for batch in range(count):
    # Seven documents come, and the seven of three batches ago go.
    new = [{**TENT, "id": f"{name}-{batch}-{n}", "stock": batch} for n in range(7)]
    old = [{"id": f"{name}-{batch - 3}-{n}"} for n in range(7)]
    actions = [Action("delete", one) for one in old] + [Action("upload", one) for one in new]
    assert {one.status for one in camping.write(actions)} <= {200, 201}
"""


def start(folder: Path, name: str, count: int) -> subprocess.Popen[str]:
    """A process that writes batches, and has begun."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), name, str(count)],
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path]),
        },
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    return writer


def end(writer: subprocess.Popen[str]) -> int:
    assert writer.stdout is not None
    writer.stdout.close()
    return writer.wait()


@pytest.fixture
def camping(tmp_path: Path) -> LanceDocuments:
    return LanceDocumentIndexes(tmp_path, vectorize).create(definition_of(CAMPING))


class TestWriters:
    def test_a_writer_waits_its_turn(self, tmp_path: Path, camping: Documents):
        written = threading.Event()

        def write() -> None:
            upload(camping, [TENT])
            written.set()

        with WriteLock("camping", tmp_path / "camping.lance" / LOCK):
            thread = threading.Thread(target=write)
            thread.start()
            assert not written.wait(0.2)
            assert ids(camping) == []  # readers do not wait
        thread.join()
        assert ids(camping) == ["tent"]

    def test_who_waited_too_long_is_told_by_whom_it_is_held(
        self, tmp_path: Path, camping: Documents
    ):
        upload(camping, [TENT])
        hasty = LanceDocumentIndexes(tmp_path, vectorize, wait=0.05)
        with WriteLock("camping", tmp_path / "camping.lance" / LOCK):
            with pytest.raises(IndexBusy, match=f"process {os.getpid()}"):
                upload(hasty.open("camping"), [TENT])
            with pytest.raises(IndexBusy):
                hasty.delete("camping")
        hasty.delete("camping")

    def test_two_processes_take_turns(self, tmp_path: Path, camping: Documents):
        writers = [start(tmp_path, name, 10) for name in ("a", "b")]
        assert [end(writer) for writer in writers] == [0, 0]
        found = ids(camping, top=1000)
        assert Counter(name.rpartition("-")[0] for name in found) == {
            f"{name}-{batch}": 7 for name in "ab" for batch in (7, 8, 9)
        }

    @pytest.mark.parametrize(
        "actions",
        [
            [Action("upload", {"id": "a"}), Action("upload", {"id": "b"})],
            [Action("upload", TENT), Action("upload", {"id": "b"})],
            [Action("delete", TENT), Action("delete", {"id": "stove"})],
            [Action("delete", TENT), Action("upload", {"id": "a"}), Action("merge", DOCUMENTS[1])],
        ],
        ids=["new", "new and changed", "gone", "gone, new and changed"],
    )
    def test_a_batch_is_one_commit(self, tmp_path: Path, camping: Documents, actions: list[Action]):
        upload(camping, DOCUMENTS)
        table = connect(tmp_path).open_table("camping")
        before = table.version
        camping.write(actions)
        table.checkout_latest()
        assert table.version == before + 1

    def test_a_killed_writer_leaves_whole_batches(self, tmp_path: Path, camping: Documents):
        chance = random.Random(5)
        for attempt in range(4):
            writer = start(tmp_path, f"w{attempt}", 10_000)
            time.sleep(chance.uniform(0.05, 0.6))
            writer.send_signal(signal.SIGKILL)
            assert end(writer) == -signal.SIGKILL
            found = ids(camping, top=1000)
            batches = Counter(name.rpartition("-")[0] for name in found)
            assert set(batches.values()) <= {7}
            last = [int(name.split("-")[1]) for name in batches if name.startswith(f"w{attempt}-")]
            assert len(last) == min(3, max(last, default=-1) + 1)
            assert upload(camping, [{"id": f"after-{attempt}"}]) == [201]
            camping.write([Action("delete", {"id": f"after-{attempt}"})])
        near = VectorQuery(fields=("look",), vector=vector(1, 0, 0, 0), k=1000)
        assert sorted(ids(camping, vectors=(near,), top=1000)) == ids(camping, top=1000)


class TestUpkeep:
    def test_is_done_now_and_then(self, tmp_path: Path, camping: Documents):
        untidy = tmp_path / "camping.lance" / UNTIDY
        for number in range(UPKEEP_AFTER - 1):
            upload(camping, [{"id": str(number), "title": "tent"}])
        assert untidy.stat().st_size == UPKEEP_AFTER - 1
        upload(camping, [TENT])
        assert not untidy.exists()
        assert len(ids(camping, words="tent")) == UPKEEP_AFTER
        upload(camping, [TENT])
        assert untidy.stat().st_size == 1

    def test_a_batch_counts_as_written_when_its_upkeep_fails(
        self,
        tmp_path: Path,
        camping: LanceDocuments,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ):
        untidy = tmp_path / "camping.lance" / UNTIDY
        untidy.write_bytes(b"." * UPKEEP_AFTER)

        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("sightline.documents.table.optimize", full)
        assert upload(camping, [TENT]) == [201]
        assert "put off: [Errno 28]" in caplog.text
        assert untidy.stat().st_size == UPKEEP_AFTER + 1
        monkeypatch.undo()
        upload(camping, [TENT])
        assert not untidy.exists()

    def test_vector_indexes_come_with_the_upkeep_and_find_later_documents(self, tmp_path: Path):
        indexes = LanceDocumentIndexes(tmp_path, vectorize, exact_rows=20)
        camping = indexes.create(definition_of(CAMPING))
        chance = np.random.default_rng(1)
        rows = chance.standard_normal((60, 4))
        crowd = [{"id": str(n), "look": row.tolist()} for n, row in enumerate(rows)]
        upload(camping, crowd[:50])
        camping.optimize()
        upload(camping, crowd[50:])
        for number in (3, 55):
            near = VectorQuery(fields=("look",), vector=vector(*rows[number]), k=1)
            assert ids(camping, vectors=(near,)) == [str(number)]
        camping.write([Action("delete", {"id": str(n)}) for n in range(60)])
        camping.optimize()
        assert ids(camping, vectors=(near,)) == []


class TestOthers:
    def test_see_what_was_written_and_made_anew(self, tmp_path: Path, camping: Documents):
        others = LanceDocumentIndexes(tmp_path, vectorize)
        upload(others.open("camping"), DOCUMENTS)
        assert camping.count() == 4
        near = VectorQuery(fields=("look",), vector=vector(1, 0, 0, 0), k=1)
        assert ids(camping, vectors=(near,)) == ["tent"]
        others.open("camping").write([Action("delete", {"id": "tent"})])
        assert ids(camping, vectors=(near,)) == ["stove"]

        mine = LanceDocumentIndexes(tmp_path, vectorize)
        assert mine.open("camping").count() == 3
        brand = {"name": "brand", "type": "Edm.String"}
        wider = definition_of({**CAMPING, "fields": [*CAMPING["fields"], brand]})
        others.create(wider, replace=True)
        assert mine.open("camping").definition.fields[-1].name == "brand"
        others.delete("camping")
        others.create(definition_of(CAMPING))
        assert mine.open("camping").count() == 0
        assert mine.open("camping").definition == definition_of(CAMPING)


class TestDamage:
    @pytest.mark.parametrize(
        ("said", "words"),
        [
            (None, "does not say what it is"),
            ({"format": 1}, "does not say what it is"),
            ({"format": 99}, "format 99"),
        ],
    )
    def test_a_table_that_is_not_ours_is_broken(
        self, tmp_path: Path, said: dict[str, int] | None, words: str
    ):
        metadata = {"sightline.documents": json.dumps(said)} if said else None
        schema = pa.schema([pa.field("key", pa.string(), metadata=metadata)])
        indexes = LanceDocumentIndexes(tmp_path, vectorize)
        connect(tmp_path).create_table("odd", schema=schema)
        with pytest.raises(BrokenIndex, match=words):
            indexes.open("odd")


@pytest.mark.torture
def test_twenty_thousand_documents(tmp_path: Path):
    """Written in batches, found by words, by vector, by filter and by all of them, exactly."""
    chance = np.random.default_rng(2)
    centres = chance.standard_normal((40, 64))
    given = {
        "name": "crowd",
        "fields": [
            {"name": "id", "type": "Edm.String", "key": True},
            {"name": "title", "type": "Edm.String"},
            {"name": "number", "type": "Edm.Int32"},
            {"name": "look", "type": "Collection(Edm.Single)", "dimensions": 64},
        ],
    }
    crowd = LanceDocumentIndexes(tmp_path, vectorize).create(definition_of(given))
    rows = centres[chance.integers(0, 40, 20_000)] + 0.4 * chance.standard_normal((20_000, 64))
    documents = [
        {"id": f"n{n}", "title": f"word{n % 100} other{n % 7}", "number": n, "look": row.tolist()}
        for n, row in enumerate(rows)
    ]
    for first in range(0, 20_000, 1000):
        assert set(upload(crowd, documents[first : first + 1000])) == {201}
    crowd.optimize()
    assert crowd.count() == 20_000

    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    found = 0
    for number in range(0, 20_000, 1000):
        best = [f"n{n}" for n in np.argsort(-(unit @ unit[number]))[:10]]
        near = VectorQuery(fields=("look",), vector=vector(*rows[number]), k=10)
        found += len(set(best) & set(ids(crowd, vectors=(near,))))
        few = Query(vectors=(near,), filter=f"number ge {number} and number lt {number + 5}")
        assert len(crowd.search(few).found) == 5
    assert found >= 0.98 * 200
    results = crowd.search(Query(words="word7 other0", every_word=True, count=True, top=5))
    assert results.total == len([n for n in range(20_000) if n % 100 == 7 and n % 7 == 0])
    ordered = crowd.search(Query(order=(("number", True),), top=3, skip=10, count=True))
    assert (ids(ordered), ordered.total) == (["n19989", "n19988", "n19987"], 20_000)
