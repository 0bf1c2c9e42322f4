"""Blobs whose names the storage client cannot address: each fails alone, the rest comes in."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import obstore
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from obstore.store import MemoryStore

from sightline.errors import UnreadableSource
from sightline.sources import raw_listing
from sightline.sources.address import Address
from sightline.sources.connections import EMULATOR_ACCOUNT, Access, Connection
from sightline.sources.opening import open_source
from sightline.sources.raw_listing import RawEntry, RawLister, is_addressable
from sightline.sources.signing import query, signed
from sources.ingesting import HASTY, Shelf, picture
from sources.moody_server import MoodyServer, Visit
from sources.servers import Azurite, S3Server

BAD = ("x/../y.png", "x//y.png", "x/./y.png", "x/tab\there.png", "top\tmost.png", "x/../z.png")
GOOD = (
    "two\u3000parts\u200d\u00a0.png",
    "a.png",
    "x/a.png",
    "x/größe 50%25 絵.png",
    "x/y/&<b>.png",
    "x-y.png",
    "z..png",
    "~.png",
)

Fill = Callable[[dict[str, bytes]], "Place"]


class Place:
    """A container at one of the servers."""

    def __init__(self, server: Azurite | S3Server, files: dict[str, bytes]) -> None:
        name = f"odd{uuid4().hex[:8]}"
        self.server, self.name = server, name
        if isinstance(server, Azurite):
            self.url = f"az://{name}"
            server.container(name, files)
        else:
            self.url = f"s3://{name}"
            server.bucket(name, files)

    def put(self, name: str, content: bytes) -> None:
        self.server.put(self.name, name, content)

    def delete(self, name: str) -> None:
        self.server.delete(self.name, name)


@pytest.fixture(params=["azurite", "s3_server"])
def fill(request: pytest.FixtureRequest) -> Fill:
    server = request.getfixturevalue(request.param)
    return lambda files: Place(server, files)


def test_the_rest_comes_in_and_each_bad_name_is_told(fill: Fill):
    place = fill({name: picture((n, 9, 0)) for n, name in enumerate((*GOOD, *BAD))})
    shelf = Shelf(place.server.environment)

    tally = shelf.sync(place.url)

    assert sorted(asset.key for asset in shelf.index.browse(0, 100)) == sorted(GOOD)
    assert (tally.added, tally.failed) == (len(GOOD), [])
    assert {(n.key, n.code) for n in tally.noticed} == {(b, "name_not_addressable") for b in BAD}
    assert all("Rename it" in notice.message for notice in tally.noticed)


def test_nothing_is_read_again_when_a_bad_name_comes_or_goes(fill: Fill):
    place = fill({"a.png": picture("red"), "x/b.png": picture("blue")})
    shelf = Shelf(place.server.environment)
    shelf.sync(place.url)

    place.put("x//y.png", picture("green"))
    there = shelf.sync(place.url)
    assert (there.skipped, there.removed, len(there.noticed)) == (2, 0, 1)

    place.delete("x//y.png")
    place.delete("a.png")
    gone = shelf.sync(place.url)
    assert (gone.skipped, gone.removed, gone.noticed) == (1, 1, [])


def test_the_rows_of_a_picture_under_such_a_name_stay(fill: Fill):
    """Another version of the client may have been able to read it."""
    place = fill({"a.png": picture("red"), "x.png": picture("blue"), "x//y.png": picture("green")})
    shelf = Shelf(place.server.environment)
    shelf.sync(place.url)
    (row,) = [row for row in shelf.index._rows.values() if row.asset.key == "x.png"]
    renamed = replace(row.asset, key="x//y.png", id="f" * 24)
    shelf.index.add([replace(row, asset=renamed)])

    tally = shelf.sync(place.url)

    assert (tally.skipped, tally.removed) == (2, 0)
    assert "x//y.png" in shelf.descriptions()


def test_below_a_prefix_names_count_from_there(fill: Fill):
    files = {"shop/a b.png": picture(), "shop//b.png": picture(), "shopping//c.png": picture()}
    place = fill(files)
    listing = open_source(
        f"{place.url}/shop", {}, environment=place.server.environment, limits=HASTY
    ).listing()
    assert [item.key for item in listing.items] == ["a b.png"]
    assert [problem.key for problem in listing.problems] == ["/b.png"]


def test_a_metadata_file_is_read_and_one_under_a_bad_name_is_not_taken_for_it(fill: Fill):
    entry = b'[{"image_blob_path": "a.png", "description": "a tent"}]'
    place = fill({"a.png": picture(), "metadata.json": entry, "x//metadata.json": b"{"})
    shelf = Shelf(place.server.environment)
    tally = shelf.sync(place.url)
    assert shelf.descriptions() == {"a.png": "a tent"}
    assert [notice.key for notice in tally.noticed] == ["x//metadata.json"]


def test_more_than_one_page(fill: Fill, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(raw_listing, "PAGE", 3)
    names = [f"{number:02}.png" for number in range(10)]
    place = fill(dict.fromkeys([*names, "x//y.png"], b"x"))
    source = open_source(place.url, {}, environment=place.server.environment, limits=HASTY)
    listing = source.listing()
    assert [item.key for item in listing.items] == names
    assert [source.read(item) for item in listing.items] == [b"x"] * 10


def test_a_token_lists_it_as_well(azurite: Azurite):
    place = Place(azurite, {"a.png": b"x", "x//y.png": b"x"})
    shop = Connection(
        name="shop",
        kind="azure",
        account=EMULATOR_ACCOUNT,
        endpoint=azurite.endpoint,
        sas_env="SAS",
    )
    environment = {"SAS": azurite.sas(may="rl")}
    source = open_source(place.url, {"shop": shop}, environment=environment, limits=HASTY)
    assert [item.key for item in source.listing().items] == ["a.png"]


def test_a_public_bucket_is_listed_without_a_key(s3_server: S3Server):
    place = Place(s3_server, {})
    for name in ("a.png", "x//y.png"):
        s3_server.put(place.name, name, b"x", public=True)
    endpoint = f"http://127.0.0.1:{s3_server.port}"
    google = Connection(name="google", kind="gcs", endpoint=endpoint, anonymous=True)
    listing = open_source(
        f"gs://{place.name}", {"google": google}, environment={}, limits=HASTY
    ).listing()
    assert [item.key for item in listing.items] == ["a.png"]
    assert [problem.key for problem in listing.problems] == ["x//y.png"]


def bad_name_then_refusal(visit: Visit) -> None:
    if "encoding-type" in visit.asked:
        visit.answer(403, b"<Error><Code>AccessDenied</Code></Error>")
    else:
        visit.page("a.png", "x//y.png")


def bad_name_then_nonsense(visit: Visit) -> None:
    if "encoding-type" in visit.asked:
        visit.answer(200, b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    else:
        visit.page("a.png", "x//y.png")


def bad_name_then_silence(visit: Visit) -> None:
    if "encoding-type" in visit.asked:
        visit.hang_up()
    else:
        visit.page("a.png", "x//y.png")


@pytest.mark.parametrize(
    ("mood", "message"),
    [
        (bad_name_then_refusal, r"refused the credentials \(403 AccessDenied\)"),
        (bad_name_then_nonsense, "answer cannot be read"),
        (bad_name_then_silence, "was cut"),
    ],
)
def test_a_second_listing_that_fails_changes_nothing(mood, message: str):  # noqa: ANN001
    with MoodyServer(mood) as server:
        source = open_source("s3://shop", {}, environment=server.environment, limits=HASTY)
        with pytest.raises(UnreadableSource, match=message) as caught:
            source.listing()
    assert "Nothing was changed in the index" in str(caught.value)
    assert "TOP-SECRET" not in str(caught.value)


def test_the_same_page_again_and_again_ends():
    def stuck(visit: Visit) -> None:
        visit.page("a.png", following="again")

    with MoodyServer(stuck) as server:
        access = Access(name="", kind="s3", anonymous=True, endpoint=server.environment[ENDPOINT])
        lister = RawLister(Address(kind="s3", bucket="shop"), access, HASTY)
        with pytest.raises(UnreadableSource, match="the same page again"):
            list(lister)


ENDPOINT = "AWS_ENDPOINT_URL"


@pytest.mark.parametrize("name", [*GOOD, *BAD, "/lead.png", "end/", "a//", "//a", "a\x7fb", "\x85"])
def test_what_is_addressable_is_what_the_client_can_address(name: str):
    try:
        obstore.head(MemoryStore(), name)
    except FileNotFoundError:
        assert is_addressable(name)
    except ValueError:
        assert not is_addressable(name)


def test_signatures_are_those_of_the_official_client():
    address = "https://s3.eu-west-1.amazonaws.com/shop?" + query(
        {"list-type": "2", "prefix": "a b/größe+&", "continuation-token": "1/2=="}
    )
    access = Access(
        name="", kind="s3", region="eu-west-1", key_id="AKID", key="secret", token="session"
    )
    moment = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    ours = signed(access, "GET", address, now=moment).headers

    theirs = AWSRequest("GET", address)
    theirs.headers["x-amz-content-sha256"] = ours["x-amz-content-sha256"]
    theirs.headers["x-amz-security-token"] = "session"
    theirs.context["timestamp"] = ours["x-amz-date"]
    theirs.headers["x-amz-date"] = ours["x-amz-date"]
    signer = S3SigV4Auth(Credentials("AKID", "secret", "session"), "s3", "eu-west-1")
    text = signer.string_to_sign(theirs, signer.canonical_request(theirs))
    assert ours["authorization"].endswith(f"Signature={signer.signature(text, theirs)}")


def test_a_name_is_listed_as_it_is(fill: Fill):
    place = fill(dict.fromkeys((*GOOD, *BAD), b"x"))
    given = place.server.environment
    source = open_source(place.url, {}, environment=given, limits=HASTY)
    entries = list(source._raw)  # type: ignore[attr-defined]
    assert {entry.name for entry in entries} == {*GOOD, *BAD}
    assert {type(entry) for entry in entries} == {RawEntry}
