"""Buckets of a real S3 server, and of servers that misbehave in the ways servers do."""

import json
import time

import pytest

from sightline.errors import UnreadableSource
from sightline.sources.connections import Connection
from sightline.sources.limits import Limits
from sightline.sources.opening import open_source, read_original
from sources.ingesting import HASTY, Shelf, picture
from sources.moody_server import MoodyServer, Visit
from sources.servers import S3Server


def test_a_bucket_comes_in_and_follows_its_changes(s3_server: S3Server):
    names = [f"tents/größe {number}.png" for number in range(5)]
    files = {f"shop/{name}": picture((n * 40, 0, 0)) for n, name in enumerate(names)}
    s3_server.bucket("first", files)
    entries = [{"image_blob_path": names[0], "description": "a red tent"}]
    s3_server.put("first", "shop/metadata.json", json.dumps(entries).encode())
    shelf = Shelf(s3_server.environment)

    assert shelf.sync("s3://first/shop").added == 5
    assert shelf.descriptions()[names[0]] == "a red tent"
    encoded = shelf.encoded()

    s3_server.put("first", f"shop/{names[1]}", picture("blue"))
    s3_server.delete("first", f"shop/{names[2]}")
    entries[0]["description"] = "a tent for two"
    s3_server.put("first", "shop/metadata.json", json.dumps(entries).encode())
    tally = shelf.sync("s3://first/shop")

    assert (tally.updated, tally.removed, tally.skipped) == (2, 1, 2)
    assert shelf.encoded() == encoded + 1
    assert shelf.descriptions()[names[0]] == "a tent for two"
    for asset in shelf.index.browse(0, 10):
        data = read_original(asset, {}, environment=s3_server.environment)
        assert asset.key != names[1] or data == picture("blue")


def test_more_than_one_page_is_listed(s3_server: S3Server):
    s3_server.bucket("pages", {f"{number:04}.png": b"x" for number in range(1100)})
    source = open_source("s3://pages", {}, environment=s3_server.environment, limits=HASTY)
    assert [item.key for item in source.listing().items] == [f"{n:04}.png" for n in range(1100)]


def test_names_with_dots_and_percent_signs(s3_server: S3Server):
    names = ["50%25.png", "50%.png", "a..b.png", "q?x#y&z.png", "n" * 1000 + ".png"]
    s3_server.bucket("odd", dict.fromkeys(names, b"x"))
    source = open_source("s3://odd", {}, environment=s3_server.environment, limits=HASTY)
    listing = source.listing()
    assert {item.key for item in listing.items} == set(names)
    assert {source.read(item) for item in listing.items} == {b"x"}


def test_a_folder_mark_is_no_file_and_a_slash_makes_no_other_name(s3_server: S3Server):
    files = {"tents/": b"", "lead.png": b"x", "/lead.png": b"y", "tents/a.png": b"x"}
    s3_server.bucket("marks", files)
    listing = open_source("s3://marks", {}, environment=s3_server.environment).listing()
    assert [item.key for item in listing.items] == ["lead.png", "tents/a.png"]
    assert [(p.key, p.code) for p in listing.problems] == [("lead.png", "listed_twice")]


def test_a_key_that_is_not_known_is_said_and_not_repeated(s3_server: S3Server):
    s3_server.bucket("locked", {"a.png": b"x"})
    source = open_source("s3://locked", {}, environment=s3_server.environment, limits=HASTY)
    (item,) = source.listing().items
    s3_server.check_keys(True)
    try:
        for attempt in (source.listing, lambda: source.read(item)):
            with pytest.raises(UnreadableSource, match="refused the credentials") as caught:
                attempt()
            assert "nobody reads" not in str(caught.value)
    finally:
        s3_server.check_keys(False)


def test_a_bucket_that_is_missing_is_named(s3_server: S3Server):
    source = open_source("s3://nowhere", {}, environment=s3_server.environment, limits=HASTY)
    with pytest.raises(UnreadableSource, match=r"expected a container 'nowhere' .*NoSuchBucket"):
        source.listing()


def test_google_cloud_storage_lists_and_reads_by_the_same_protocol(s3_server: S3Server):
    """Its XML interface is that of S3: the client is Google's, the server moto's."""
    s3_server.bucket("google")
    s3_server.put("google", "shop/a b.png", b"x", public=True)
    google = Connection(
        name="google",
        kind="gcs",
        endpoint=f"http://127.0.0.1:{s3_server.port}",
        anonymous=True,
    )
    source = open_source("gs://google/shop", {"google": google}, environment={}, limits=HASTY)
    (item,) = source.listing().items
    assert item.key == "a b.png"
    assert source.read(item) == b"x"
    assert source.uri == f"gs://google/shop?endpoint=127.0.0.1%3A{s3_server.port}"


def slow_down(visit: Visit) -> None:
    if visit.visits == 1:
        visit.answer(503, b"<Error><Code>SlowDown</Code></Error>")
    elif visit.is_listing:
        visit.page("a.png")
    else:
        visit.answer(200, b"data")


def test_a_server_that_asks_to_slow_down_is_asked_again():
    with MoodyServer(slow_down) as server:
        source = open_source("s3://shop", {}, environment=server.environment, limits=HASTY)
        (item,) = source.listing().items
        assert source.read(item) == b"data"
        assert server.visits == {"/shop": 2, "/shop/a.png": 2}


def always_busy(visit: Visit) -> None:
    visit.answer(503, b"<Error><Code>SlowDown</Code></Error>")


def silent(visit: Visit) -> None:
    visit.stall()


def cut_in_the_second_page(visit: Visit) -> None:
    if "continuation-token" in visit.asked:
        visit.hang_up()
    else:
        visit.page("a.png", "b.png", following="more")


def half_a_page(visit: Visit) -> None:
    visit.answer(200, b"<ListBucketResult><Contents>", announced=5000)


def strange(visit: Visit) -> None:
    visit.answer(200, b"<ListBucketResult><Contents><Key>")


def elsewhere(visit: Visit) -> None:
    visit.answer(301, b"<Error><Code>PermanentRedirect</Code></Error>")


@pytest.mark.parametrize(
    ("mood", "message"),
    [
        (always_busy, r"still asks to slow down after several tries \(503 SlowDown\)"),
        (silent, "did not answer in time"),
        (cut_in_the_second_page, "the connection to 127.* was cut"),
        (half_a_page, "was cut|did not answer in time"),
        (strange, "the storage client failed: "),
        (elsewhere, r"does not serve the bucket 'shop' here .*region"),
    ],
)
def test_a_listing_that_fails_says_why_and_ends(mood, message: str):  # noqa: ANN001
    started = time.monotonic()
    with MoodyServer(mood) as server:
        limits = Limits(connect=1, silence=0.5, request=5, retries=1, retry_for=3)
        source = open_source("s3://shop", {}, environment=server.environment, limits=limits)
        with pytest.raises(UnreadableSource, match=message) as caught:
            source.listing()
    assert "Nothing was changed in the index" in str(caught.value)
    assert "TOP-SECRET" not in str(caught.value)
    assert time.monotonic() - started < 6


def half_a_file(visit: Visit) -> None:
    if visit.is_listing:
        visit.page("a.png", "b.png")
    elif "Range" in visit.headers:  # asked for the rest
        visit.stall()
    else:
        visit.answer(200, b"da", announced=4)
        visit.stall()


def test_a_file_that_stops_in_the_middle_ends_and_the_rest_is_not_tried():
    limits = Limits(connect=1, silence=0.3, request=5, retries=1, retry_for=2, pause=60)
    with MoodyServer(half_a_file) as server:
        source = open_source("s3://shop", {}, environment=server.environment, limits=limits)
        first, second = source.listing().items
        with pytest.raises(UnreadableSource, match=r"'a\.png' cannot be read: .* Run it again"):
            source.read(first)
        started = time.monotonic()
        with pytest.raises(UnreadableSource, match=r"'b\.png' was not tried, because a moment"):
            source.read(second)
        assert time.monotonic() - started < 0.1
        assert "/shop/b.png" not in server.visits
