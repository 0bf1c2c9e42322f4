"""Blob containers of a real Azure Blob server: what a user has there, and what can go wrong."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import obstore
import pytest

from sightline.errors import OriginalGone, UnreadableSource, WouldWipe
from sightline.sources.base import Source
from sightline.sources.connections import EMULATOR_ACCOUNT, EMULATOR_KEY, Connection
from sightline.sources.limits import Limits
from sightline.sources.opening import open_source, read_original
from sources.ingesting import HASTY, Shelf, Unplugged, picture
from sources.servers import Azurite, free_port


def opened(azurite: Azurite, url: str, limits: Limits = HASTY) -> Source:
    return open_source(url, {}, environment=azurite.environment, limits=limits)


def described(**descriptions: str) -> bytes:
    entries = [{"image_blob_path": f"{k}.png", "description": v} for k, v in descriptions.items()]
    return json.dumps(entries).encode()


def test_a_container_lists_its_pictures_with_their_descriptions(azurite: Azurite):
    files = {
        "shop/tents/x200.png": b"12",
        "shop/b.PNG": b"1",
        "shop/metadata.json": described(**{"tents/x200": "two-person tent"}),
        "shop/notes.txt": b"x",
        "shop/.hidden/c.png": b"x",
        "elsewhere/d.png": b"x",
        "shopping/e.png": b"x",
    }
    azurite.container("listed", files)

    source = opened(azurite, "az://listed/shop")
    listing = source.listing()

    assert source.uri == "az://listed/shop?account=devstoreaccount1"
    assert [(item.key, item.size, item.description) for item in listing.items] == [
        ("b.PNG", 1, None),
        ("tents/x200.png", 2, "two-person tent"),
    ]
    assert [(p.key, p.code) for p in listing.problems] == [("notes.txt", "not_a_picture")]
    assert source.read(listing.items[1]) == b"12"
    assert listing.items[1].location == "az://listed/shop/tents/x200.png?account=devstoreaccount1"


@pytest.mark.parametrize("way", ["connection string", "account key", "sas", "sas string", "usual"])
def test_every_way_to_show_who_asks(azurite: Azurite, way: str):
    azurite.container(f"way-{way.replace(' ', '-')}", {"a.png": b"x"})
    settings: dict[str, str] = {
        "connection string": {"connection_string_env": "SHOP_STORAGE"},
        "sas string": {"connection_string_env": "SHOP_SAS_STORAGE"},
        "account key": {"account": EMULATOR_ACCOUNT, "key_env": "SHOP_KEY"},
        "sas": {"account": EMULATOR_ACCOUNT, "sas_env": "SHOP_SAS"},
        "usual": {"account": "another", "key_env": "SHOP_KEY"},
    }[way]
    shop = Connection(name="shop", kind="azure", endpoint=azurite.endpoint, **settings)  # type: ignore[arg-type]
    environment = {
        "SHOP_STORAGE": azurite.connection_string,
        "SHOP_SAS_STORAGE": f"BlobEndpoint={azurite.endpoint};AccountName={EMULATOR_ACCOUNT};"
        f"SharedAccessSignature={azurite.sas(may='rl')}",
        "SHOP_KEY": EMULATOR_KEY,
        "SHOP_SAS": f"?{azurite.sas(may='rl')}",
        **azurite.environment,
    }
    connections = {} if way == "usual" else {"shop": shop}

    url = f"az://way-{way.replace(' ', '-')}"
    source = open_source(url, connections, environment=environment, limits=HASTY)

    (item,) = source.listing().items
    assert source.read(item) == b"x"
    assert source.uri == f"{url}?account={EMULATOR_ACCOUNT}"


def test_the_environment_does_not_leak_into_a_named_connection(
    azurite: Azurite, monkeypatch: pytest.MonkeyPatch
):
    azurite.container("named", {"a.png": b"x"})
    monkeypatch.setenv("AZURE_STORAGE_TOKEN", "a token of somebody else")
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", "sv=1&sig=no")
    monkeypatch.setenv("SHOP", azurite.connection_string)
    shop = Connection(name="shop", kind="azure", connection_string_env="SHOP")
    source = open_source("az://named?connection=shop", {"shop": shop}, limits=HASTY)
    assert len(source.listing().items) == 1


@pytest.fixture(scope="module")
def shop(azurite: Azurite, shared_data: Path) -> tuple[str, dict[str, bytes]]:
    """130 pictures and their metadata.json in a container."""
    folder = shared_data / "rag" / "images"
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    azurite.container("shop", files)
    return "az://shop", files


@pytest.mark.data
def test_a_container_of_130_pictures_comes_in_and_follows_its_changes(
    azurite: Azurite, shop: tuple[str, dict[str, bytes]]
):
    url, files = shop
    pictures = sorted(set(files) - {"metadata.json"})
    entries = json.loads(files["metadata.json"])
    shelf = Shelf(azurite.environment)

    first = shelf.sync(url)
    assert (first.added, first.failed, first.total) == (130, [], len(pictures))
    assert shelf.descriptions() == {
        key: next((e["description"] for e in entries if e["image_blob_path"] == key), "")
        for key in pictures
    }

    encoded = shelf.encoded()
    again = shelf.sync(url)
    assert (again.skipped, again.added, again.updated) == (130, 0, 0)

    told = [entry for entry in entries if entry["image_blob_path"] in pictures]
    changed = [entry["image_blob_path"] for entry in told[:3]]
    for entry in told[:3]:
        entry["description"] = f"new words for {entry['image_blob_path']}"
    gone = [key for key in pictures if key not in changed][:2]
    azurite.put("shop", "metadata.json", json.dumps(entries).encode())
    for key in gone:
        azurite.delete("shop", key)

    later = shelf.sync(url)
    assert (later.updated, later.removed, later.skipped) == (3, 2, 125)
    assert shelf.encoded() == encoded  # no picture was looked at again
    assert {key: shelf.descriptions()[key] for key in changed} == {
        key: f"new words for {key}" for key in changed
    }
    assert not set(gone) & shelf.descriptions().keys()


def test_a_picture_that_was_put_there_again_is_read_but_not_encoded(azurite: Azurite):
    azurite.container("again", {"a.png": picture("red"), "b.png": picture("blue")})
    shelf = Shelf(azurite.environment)
    shelf.sync("az://again")
    encoded = shelf.encoded()

    azurite.put("again", "a.png", picture("red"))  # another etag, the same content
    azurite.put("again", "b.png", picture("green"))
    tally = shelf.sync("az://again")

    assert (tally.skipped, tally.updated) == (1, 1)
    assert shelf.encoded() == encoded + 1


def test_an_emptied_container_does_not_empty_the_index(azurite: Azurite):
    azurite.container("wiped", {"a.png": picture()})
    shelf = Shelf(azurite.environment)
    shelf.sync("az://wiped")
    azurite.delete("wiped", "a.png")
    with pytest.raises(WouldWipe):
        shelf.sync("az://wiped")
    assert shelf.sync("az://wiped", force=True).removed == 1


def test_a_server_that_stops_in_the_middle_costs_nothing_that_was_done(tmp_path: Path):
    server = Azurite(tmp_path).start()
    try:
        colours = [(number, 0, 0) for number in range(120)]
        pictures = {f"{c[0]:03}.png": picture(c) for c in colours}
        server.container("cut", pictures)
        shelf = Shelf(server.environment)

        cut = shelf.sync(Unplugged(shelf.open("az://cut"), server.stop, after=40))

        assert cut.added >= 38  # two threads read: one may be on its way
        assert cut.added + len(cut.failed) == 120
        assert shelf.index.count() == cut.added
        assert all("Run it again" in failed.message for failed in cut.failed)
        assert {failed.code for failed in cut.failed} == {"unreadable_source"}

        with pytest.raises(UnreadableSource, match="no connection to the account"):
            shelf.sync("az://cut")

        server.start()
        tally = shelf.sync("az://cut")
        assert (tally.added, tally.failed) == (len(cut.failed), [])
        assert shelf.index.count() == 120
        assert shelf.encoded() == 120
    finally:
        server.stop()


WRONG_KEY = "bm90IHRoZSBrZXk="


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ((EMULATOR_KEY, WRONG_KEY), r"refused the credentials \(403 AuthorizationFailure\)"),
        ((EMULATOR_KEY, "no base64!"), "the credentials for the account .* cannot be used"),
    ],
)
def test_a_wrong_key_is_named_and_not_repeated(
    azurite: Azurite, change: tuple[str, str], message: str
):
    azurite.container(f"key{len(change[1])}")
    wrong = azurite.connection_string.replace(*change)
    environment = {"AZURE_STORAGE_CONNECTION_STRING": wrong}
    url = f"az://key{len(change[1])}"
    with pytest.raises(UnreadableSource, match=message) as caught:
        open_source(url, {}, environment=environment, limits=HASTY).listing()
    assert change[1] not in str(caught.value)


def test_a_token_that_has_expired_is_named_and_not_repeated(azurite: Azurite):
    azurite.container("expired")
    token = azurite.sas(until="2020-01-01T00:00:00Z")
    shop = Connection(
        name="shop",
        kind="azure",
        account=EMULATOR_ACCOUNT,
        endpoint=azurite.endpoint,
        sas_env="TOKEN",
    )
    source = open_source("az://expired", {"shop": shop}, environment={"TOKEN": token}, limits=HASTY)
    with pytest.raises(UnreadableSource, match="refused the credentials") as caught:
        source.listing()
    secret = token.rpartition("sig=")[2]
    assert secret not in f"{caught.value!r} {caught.value.__cause__}"


def test_a_container_that_is_missing_is_named(azurite: Azurite):
    with pytest.raises(UnreadableSource, match="expected a container 'nowhere' at the account"):
        opened(azurite, "az://nowhere").listing()


def test_a_server_that_is_not_there_is_said_within_seconds():
    environment = {
        "AZURE_STORAGE_CONNECTION_STRING": f"AccountName=a;AccountKey={EMULATOR_KEY};"
        f"BlobEndpoint=http://127.0.0.1:{free_port()}/a"
    }
    source = open_source("az://c", {}, environment=environment, limits=HASTY)
    with pytest.raises(UnreadableSource, match="no connection to the account 'a'"):
        source.listing()


ODD_NAMES = (
    "green tent.png",
    "50%.png",
    "50%25.png",
    "größe/絵 🏕.png",
    "a..b.png",
    "q?x#y&z=1+2.png",
    "*[x]<y>{}^`'\".png",
    "u\u0308ber.png",
    "end./a.png",
    "n" * 1000 + ".png",
    "long/" + "n" * 5000 + ".png",
)


def test_odd_names_are_listed_read_and_found_again(azurite: Azurite):
    azurite.container("odd", {name: picture((n, 0, 0)) for n, name in enumerate(ODD_NAMES)})
    shelf = Shelf(azurite.environment)

    tally = shelf.sync("az://odd")

    assert (tally.added, tally.failed, tally.noticed) == (len(ODD_NAMES), [], [])
    for asset in shelf.index.browse(0, 100):
        data = read_original(asset, {}, environment=azurite.environment)
        assert data == picture((ODD_NAMES.index(asset.key), 0, 0))


@pytest.mark.parametrize("prefix", ["50% off/größe", "a b/c"])
def test_a_prefix_may_be_odd_as_well(azurite: Azurite, prefix: str):
    container = f"prefix{len(prefix)}"
    azurite.container(container, {f"{prefix}/a.png": b"x"})
    for written in (prefix, prefix.replace("%", "%25").replace(" ", "%20")):
        source = opened(azurite, f"az://{container}/{written}/")
        assert [item.key for item in source.listing().items] == ["a.png"]


@pytest.mark.parametrize("name", ["x/../y.png", "x//y.png", "x/./y.png", "tab\there.png"])
@pytest.mark.parametrize("secret", ["key", "token"])
def test_a_name_that_cannot_be_addressed_fails_alone(azurite: Azurite, name: str, secret: str):
    container = f"unnameable{sum(name.encode())}{secret}"
    files = {"a.png": picture(), "s/ö %.png": picture("blue"), "metadata.json": b"[]"}
    azurite.container(container, files)
    environment = azurite.environment
    if secret == "token":
        string = f"BlobEndpoint={azurite.endpoint};SharedAccessSignature={azurite.sas()}"
        environment = {
            "AZURE_STORAGE_CONNECTION_STRING": f"AccountName={EMULATOR_ACCOUNT};{string}"
        }
    shelf = Shelf(environment)
    shelf.sync(f"az://{container}")
    azurite.put(container, name, picture())
    azurite.put(container, "z.png", picture("green"))
    tally = shelf.sync(f"az://{container}")
    assert (tally.added, tally.skipped, tally.removed) == (1, 2, 0)
    (problem,) = tally.noticed
    assert problem.code == "name_not_addressable"
    assert "Rename it" in problem.message
    assert shelf.sync(f"az://{container}").skipped == 3


def test_an_empty_and_a_huge_blob_fail_alone(azurite: Azurite):
    files = {"a.png": picture(), "empty.png": b"", "huge.png": b"x" * 3000, "folder": b""}
    azurite.container("sizes", files)
    source = opened(azurite, "az://sizes", Limits(largest=2000))
    items = {item.key: item for item in source.listing().items}

    assert source.read(items["a.png"])
    with pytest.raises(UnreadableSource, match=r"'empty\.png' is empty \(0 bytes\)"):
        source.read(items["empty.png"])
    with pytest.raises(UnreadableSource, match=r"'huge\.png': expected at most"):
        source.read(items["huge.png"])
    assert not source.listing().problems


@pytest.mark.parametrize(
    ("becomes", "message"),
    [
        (b"other", "was changed between listing and reading. Run it again"),
        (None, "cannot be read: it is not there any more"),
        (b"x" * 3000, "expected at most 0.0 MiB"),
    ],
    ids=["changed", "gone", "grown"],
)
def test_a_container_that_moves_while_it_is_read(
    azurite: Azurite, becomes: bytes | None, message: str, request: pytest.FixtureRequest
):
    container = f"moving-{request.node.callspec.id}"
    azurite.container(container, {"a.png": b"first"})
    source = opened(azurite, f"az://{container}", Limits(largest=2000))
    (item,) = source.listing().items
    if becomes is None:
        azurite.delete(container, "a.png")
    else:
        azurite.put(container, "a.png", becomes)
    with pytest.raises(UnreadableSource, match=message):
        source.read(item)


def test_the_original_of_an_asset_is_fetched_or_said_to_be_gone(azurite: Azurite):
    azurite.container("original", {"p/a b.png": picture("red")})
    shelf = Shelf(azurite.environment)
    shelf.sync("az://original/p")
    (asset,) = shelf.index.browse(0, 1)

    def fetch() -> bytes:
        return read_original(asset, {}, environment=azurite.environment)

    assert fetch() == picture("red")
    azurite.put("original", "p/a b.png", picture("blue"))
    with pytest.raises(OriginalGone, match="has changed since it was indexed"):
        fetch()
    azurite.delete("original", "p/a b.png")
    with pytest.raises(OriginalGone, match="not at its place any more: no such blob"):
        fetch()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"image_blob_path": "a.png", "description": "größer"}]'.encode("latin-1"), "UTF-8"),
        (b'{"image_blob_path": "a.png", "description": "a tent"}', "array"),
        (b" " * (60 << 20), "at most 32 MiB, got 60"),
    ],
    ids=["not utf-8", "no array", "60 MB"],
)
def test_a_bad_metadata_file_costs_neither_pictures_nor_descriptions(
    azurite: Azurite, content: bytes, message: str, request: pytest.FixtureRequest
):
    container = f"metadata{sum(request.node.callspec.id.encode())}"
    azurite.container(container, {"a.png": picture(), "metadata.json": described(a="a tent")})
    shelf = Shelf(azurite.environment)
    shelf.sync(f"az://{container}")
    azurite.put(container, "metadata.json", content)
    azurite.put(container, "b.png", picture("blue"))

    tally = shelf.sync(f"az://{container}")

    assert (tally.added, tally.skipped, tally.failed) == (1, 1, [])
    (notice,) = tally.noticed
    assert (notice.key, notice.code) == ("metadata.json", "unreadable_metadata")
    assert message in notice.message
    assert shelf.descriptions() == {"a.png": "a tent", "b.png": ""}


def test_one_picture_under_two_names_is_two_pictures(azurite: Azurite):
    azurite.container("twins", {"a.png": picture(), "more/b.png": picture()})
    shelf = Shelf(azurite.environment)
    tally = shelf.sync("az://twins")
    assert (tally.added, tally.failed) == (2, [])
    assert tally.notes == {"more/b.png": "same content as 'a.png'"}


@pytest.mark.torture
def test_twenty_thousand_entries_in_three_metadata_files(azurite: Azurite):
    keys = [f"{number % 100:02}/{number}.png" for number in range(20_000)]
    azurite.container("many")
    shapes = [picture((n, n, n)) for n in range(16)]
    store = opened(azurite, "az://many")._store  # type: ignore[attr-defined]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: obstore.put(store, keys[n], shapes[n % 16]), range(20_000)))
    for part in range(3):
        entries = [
            {"image_blob_path": key, "description": f"number {key}"} for key in keys[part::3]
        ]
        azurite.put("many", f"metadata-{part}.json", json.dumps(entries).encode())

    shelf = Shelf(azurite.environment)
    tally = shelf.sync("az://many")

    assert (tally.added, tally.failed, tally.noticed) == (20_000, [], [])
    assert set(shelf.descriptions().values()) == {f"number {key}" for key in keys}
    assert shelf.sync("az://many").skipped == 20_000
