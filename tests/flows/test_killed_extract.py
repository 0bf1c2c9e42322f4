"""kill -9 in the middle of an extraction: a second run makes what is missing, and nothing twice."""

import json
import random
import subprocess
import sys
from pathlib import Path

from sightline.row_journal import journal_of

PICTURES = 120
EXTRACT = """
import asyncio, sys
from pathlib import Path
from sightline.assets import Asset, Whole
from sightline.bridge import Pool
from sightline.extraction import FieldReader, extract
from sightline.row_journal import Journal
from sightline.row_schema import row_schema

class Shelf:
    def assets(self, ids):
        return {id: Asset(id=id, key=f"{id}.jpg", source="s", location="", place=Whole(), sha256=id,
                          size=1, etag="", media_type="image/jpeg", width=1, height=1,
                          description=f"Tent {id}") for id in ids}

async def main():
    schema = row_schema({"type": "object", "properties": {"description": {"type": "string"}}})
    pool = Pool(1)
    with Journal(Path(sys.argv[1]), {"index": "shelf"}) as journal:
        ids = [f"{n:04}" for n in range(int(sys.argv[2]))]
        async for event in extract(Shelf(), ids, FieldReader(schema, pool), journal, pool):
            print(type(event).__name__, flush=True)
    pool.close()

asyncio.run(main())
"""


def start(table: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", EXTRACT, str(table), str(PICTURES)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_killed_runs_go_on_where_they_were(tmp_path: Path):
    table = tmp_path / "rows.jsonl"
    moments = random.Random(5)
    seen = 0
    for _ in range(3):
        process = start(table)
        assert process.stdout is not None
        for _ in range(seen + moments.randrange(10, 30)):
            process.stdout.readline()
        process.kill()
        process.communicate()
        survived = journal_of(table).read_bytes().count(b"\n") - 1
        assert survived > seen
        seen = survived

    told, _ = start(table).communicate(timeout=60)
    events = told.split()
    assert (events.count("Kept"), events.count("Extracted")) == (seen, PICTURES - seen)
    _, *rows = map(json.loads, journal_of(table).read_text().splitlines())
    assert [row["asset"] for row in rows] == [f"{n:04}" for n in range(PICTURES)]
    assert {row["values"]["description"] for row in rows} == {
        f"Tent {n:04}" for n in range(PICTURES)
    }
