"""The records of ingestions: the states, who may change them, and what survives."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sightline.errors import NotFound, UnreadableSource
from sightline.storage.catalog import Catalog
from sightline.storage.ingestions import Ingestions, Order
from sightline.storage.records import Ingestion, Progress, Remark

NOTHING = timedelta()


@pytest.fixture
def records(catalog: Catalog) -> Ingestions:
    return Ingestions(catalog)


def queued(records: Ingestions, index: str = "shop") -> Ingestion:
    return records.add(Order(index=index, kind="folder", source="/p"))


def test_from_queued_to_succeeded(records: Ingestions):
    made = queued(records)
    assert (made.state, made.progress.stage, made.finished) == ("Queued", "waiting", False)
    claimed = records.claim(worker=42)
    assert claimed is not None
    assert (claimed.id, claimed.state, claimed.worker, claimed.attempts) == (
        made.id,
        "Running",
        42,
        1,
    )
    assert records.claim(worker=43) is None

    going = Progress(stage="pictures", total=10, added=4, failed=1, rate=2.5)
    assert not records.note(made.id, going, [Remark("failure", "x.jpg", "unreadable_image", "bad")])
    shown = records.get(made.id)
    assert shown.progress == going
    assert shown.seconds_left == 2.0

    records.finish(made.id, "Succeeded", Progress(stage="done", total=10, added=9, failed=1))
    ended = records.get(made.id)
    assert (ended.state, ended.finished, ended.seconds_left) == ("Succeeded", True, None)
    assert ended.finished_at is not None
    assert ended.finished_at.tzinfo is not None
    assert records.unfinished() == 0


def ran(records: Ingestions, seconds: float, *, read_text: bool = True, **counts: int) -> None:
    order = Order(index="shop", kind="folder", source="/p", read_text=read_text)
    began = datetime.now(UTC) - timedelta(seconds=seconds)
    records.done_elsewhere(order, "Succeeded", Progress(**counts), [], None, started_at=began)


def test_an_estimate_rests_on_the_last_runs_of_new_pictures(records: Ingestions):
    assert records.seconds_for(100, read_text=True) is None
    ran(records, 9999, added=1)
    for _ in range(5):
        ran(records, 20, added=10, skipped=900, failed=1)
    ran(records, 1, updated=5000)
    ran(records, 500, added=1, updated=999)
    assert records.seconds_for(100, read_text=True) == pytest.approx(200, abs=20)
    assert records.seconds_for(100, read_text=False) is None
    ran(records, 100, added=10, read_text=False)
    assert records.seconds_for(100, read_text=False) == pytest.approx(1000, abs=100)


def test_the_oldest_is_next_and_one_that_must_wait_lets_others_pass(records: Ingestions):
    first, second = queued(records, "a"), queued(records, "b")
    busy = records.claim(1)
    assert busy is not None
    assert busy.id == first.id
    records.put_back(first.id, "Queued", why="the index is busy", wait=timedelta(minutes=1))
    following = records.claim(1)
    assert following is not None
    assert following.id == second.id
    assert records.claim(1) is None
    assert records.get(first.id).waiting == "the index is busy"


def test_a_waiting_one_is_cancelled_at_once_a_running_one_is_asked(records: Ingestions):
    waits, runs = queued(records), queued(records)
    assert records.cancel(waits.id).state == "Cancelled"
    claimed = records.claim(1)
    assert claimed is not None
    assert claimed.id == runs.id
    asked = records.cancel(runs.id)
    assert (asked.state, asked.cancel_requested) == ("Running", True)
    assert records.note(runs.id, Progress(), [])
    records.finish(runs.id, "Cancelled", Progress())
    ended = records.get(runs.id)
    assert records.cancel(runs.id) == ended


def test_what_a_dead_worker_left_is_taken_up_again(records: Ingestions):
    job, asked = queued(records), queued(records)
    for _ in (job, asked):
        records.claim(1)
    records.note(
        job.id, Progress(stage="pictures", total=9, added=3), [Remark("failure", "a", "b", "c")]
    )
    records.cancel(asked.id)
    assert records.orphans() == 2
    assert records.get(job.id).state == "Interrupted"
    assert records.get(asked.id).state == "Cancelled"
    again = records.claim(2)
    assert again is not None
    assert (again.id, again.worker, again.progress.added) == (job.id, 2, 3)
    assert records.remarks(job.id, "failure", 0, 10) == ([], 0)  # they are tried again


def test_attempts_count_only_those_that_got_nothing_done(records: Ingestions):
    job = queued(records)
    for attempt in (1, 2, 3):
        claimed = records.claim(1)
        assert claimed is not None
        assert claimed.attempts == attempt
        records.orphans()
    records.claim(1)
    records.note(job.id, Progress(added=1), [])
    records.orphans()
    claimed = records.claim(1)
    assert claimed is not None
    assert claimed.attempts == 2
    records.put_back(job.id, "Interrupted", why="stopped", wait=NOTHING)
    claimed = records.claim(1)
    assert claimed is not None
    assert claimed.attempts == 1


def test_remarks_are_paged_in_order_and_hold_any_name(records: Ingestions):
    job = queued(records)
    records.claim(1)
    said = [Remark("failure", f"{n}.jpg", "unreadable_image", "why") for n in range(25)]
    records.note(job.id, Progress(), [*said, Remark("notice", "half \ud800", "note", "\ud800")])
    page, total = records.remarks(job.id, "failure", 10, 10)
    assert (page, total) == (said[10:20], 25)
    assert records.remarks(job.id, "notice", 0, 10)[0] == [Remark("notice", "half ?", "note", "?")]


def test_a_failure_keeps_its_code_and_its_words(records: Ingestions):
    job = queued(records)
    records.claim(1)
    error = UnreadableSource("Expected pictures, found none.", hint="Look there.")
    records.finish(job.id, "Failed", Progress(), error=error)
    ended = records.get(job.id)
    assert ended.error_code == "unreadable_source"
    assert ended.error_message == "Expected pictures, found none. Look there."


def test_the_newest_is_listed_first(records: Ingestions):
    made = [queued(records).id for _ in range(5)]
    page, total = records.page(1, 2)
    assert ([one.id for one in page], total) == ([made[3], made[2]], 5)


def test_records_outlive_the_process(tmp_path: Path, catalog: Catalog):
    made = queued(Ingestions(catalog))
    catalog.close()
    again = Catalog.of(tmp_path)
    assert Ingestions(again).get(made.id) == made
    assert Ingestions(again).uses("folder", "/p")
    again.close()


def test_an_unknown_one_is_not_found(records: Ingestions):
    for ask in (records.get, records.cancel):
        with pytest.raises(NotFound):
            ask("ingestion_0")
