"""The records of sources: what they may be called, who is due, and what the clock may do."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sightline.errors import Conflict, InvalidRequest, NotFound
from sightline.storage.catalog import Catalog
from sightline.storage.ingestions import Ingestions, Order
from sightline.storage.records import Ingestion, Progress, SourceRecord
from sightline.storage.sources import Sources, order_of

HOUR = timedelta(hours=1)


@pytest.fixture
def records(catalog: Catalog) -> Sources:
    return Sources(catalog)


@pytest.fixture
def runs(catalog: Catalog) -> Ingestions:
    return Ingestions(catalog)


def add(records: Sources, uri: str = "file:///shop", **more: object) -> SourceRecord:
    return records.add(kind="url", value=uri, uri=uri, index="shop", **more)


def finish(runs: Ingestions, run: Ingestion) -> None:
    assert runs.claim(worker=1) is not None
    runs.finish(run.id, "Succeeded", Progress(stage="done"))


def test_a_source_is_found_by_its_id_by_its_name_and_by_its_place(records: Sources):
    made = add(records, name="The shop")
    assert records.get(made.id) == made
    assert records.find(made.id) == records.find("The shop") == records.of("shop", made.uri) == made
    assert records.all() == [made]
    with pytest.raises(NotFound, match="There are: The shop"):
        records.find("another")


def test_without_a_name_it_is_called_by_the_end_of_its_address(records: Sources):
    addresses = [
        "file:///a/My%20tents",
        "az://c/My%20tents/?account=acme",
        "s3://bucket",
        "file:///",
    ]
    names = [add(records, uri).name for uri in addresses]
    assert names == ["My tents", "My tents (2)", "bucket", "file:"]


@pytest.mark.parametrize("name", ["", " a", "a\nb", "x" * 129, "source_1"])
def test_a_name_that_cannot_be_is_refused(records: Sources, name: str):
    with pytest.raises(InvalidRequest, match="Expected a name"):
        add(records, name=name)


def test_neither_a_name_nor_a_place_is_taken_twice(records: Sources):
    made = add(records, name="shop")
    with pytest.raises(Conflict, match="as the source 'shop' already"):
        add(records)
    with pytest.raises(Conflict, match="a source 'shop' already"):
        add(records, "file:///other", name="shop")
    other = add(records, "file:///other")
    with pytest.raises(Conflict, match="a source 'shop' already"):
        records.change(other.id, name="shop")
    assert records.change(made.id, name="shop") == made


def test_what_has_an_interval_is_due_at_once_and_then_after_each_interval(
    records: Sources, runs: Ingestions
):
    now = datetime.now(UTC)
    by_hand = add(records, "file:///by-hand")
    made = add(records, refresh_minutes=60)
    (begun,) = records.begin_due(now + HOUR)
    assert (begun.source_id, begun.asked_by, begun.state) == (made.id, "refresh", "Queued")
    assert records.get(made.id).last_ingestion == begun.id
    assert records.get(by_hand.id).last_ingestion is None

    assert records.begin_due(now + 50 * HOUR) == []  # it is still being done
    finish(runs, begun)
    due = records.get(made.id).next_due_at
    assert due is not None
    assert now + HOUR <= due <= datetime.now(UTC) + HOUR
    assert records.begin_due(due - timedelta(seconds=1)) == []
    assert len(records.begin_due(due)) == 1


def test_a_clock_that_jumps_ahead_brings_one_run_and_one_that_jumps_back_no_silence(
    records: Sources, runs: Ingestions
):
    made = add(records, refresh_minutes=60)
    now = datetime.now(UTC)
    (first,) = records.begin_due(now)
    finish(runs, first)
    years = timedelta(days=3650)
    (second,) = records.begin_due(now + years)
    assert records.begin_due(now + years) == []
    finish(runs, second)

    back = now - years
    assert records.begin_due(back) == []
    assert records.get(made.id).next_due_at == back + HOUR
    assert len(records.begin_due(back + HOUR)) == 1


def test_of_many_that_look_at_once_one_begins(records: Sources, runs: Ingestions):
    add(records, refresh_minutes=1)
    begun: list[Ingestion] = []
    now = datetime.now(UTC) + HOUR
    threads = [
        threading.Thread(target=lambda: begun.extend(records.begin_due(now))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun) == 1
    assert runs.page(0, 10)[1] == 1


def test_a_run_by_hand_puts_the_next_refresh_off(records: Sources, runs: Ingestions):
    made = add(records, refresh_minutes=60)
    run, new = runs.add_once(order_of(made))
    assert new
    assert runs.add_once(order_of(made)) == (run, False)
    assert records.begin_due(datetime.now(UTC)) == []
    finish(runs, run)
    assert records.begin_due(datetime.now(UTC) + timedelta(minutes=59)) == []


def test_a_source_that_is_being_done_is_not_forgotten(records: Sources, runs: Ingestions):
    made = add(records)
    run = runs.add(order_of(made))
    with pytest.raises(Conflict, match="is being ingested"):
        records.delete(made.id)
    runs.cancel(run.id)
    records.delete(made.id)
    assert records.all() == []
    assert runs.get(run.id).source_id == made.id


def test_an_interval_can_be_changed_and_taken_away(records: Sources):
    made = add(records, refresh_minutes=60)
    changed = records.change(made.id, refresh_minutes=0, read_text=False)
    assert (changed.next_due_at, changed.read_text) == (None, False)
    assert records.begin_due(datetime.now(UTC) + 9 * HOUR) == []
    with pytest.raises(InvalidRequest, match="got -1"):
        records.change(made.id, refresh_minutes=-1)


def test_runs_of_no_source_leave_the_sources_alone(records: Sources, runs: Ingestions):
    made = add(records, refresh_minutes=60)
    run = runs.add(Order(index="shop", kind="folder", source="/p"))
    assert (run.source_id, run.asked_by) == (None, "request")
    assert records.get(made.id) == made


def test_sources_survive_a_restart(records: Sources, catalog: Catalog, tmp_path: Path):
    made = add(records, refresh_minutes=5)
    catalog.close()
    again = Catalog.of(tmp_path)
    assert Sources(again).all() == [made]
    again.close()
