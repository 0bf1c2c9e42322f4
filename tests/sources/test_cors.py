"""Rules that let a browser read a container, at real storage servers."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from sightline.errors import InvalidRequest, Refused, UnreadableSource
from sightline.sources.address import Address
from sightline.sources.connections import EMULATOR_ACCOUNT, EMULATOR_KEY, Access
from sightline.sources.cors import allow, checked_origin, command, may_read
from sightline.sources.signing import signed
from sources.ingesting import picture
from sources.servers import Azurite, S3Server

STUDIO = "http://127.0.0.1:8477"
SHOP = "https://shop.example"


def emulator(server: Azurite, **other: str) -> Access:
    given = {"key": EMULATOR_KEY, "account": EMULATOR_ACCOUNT, "endpoint": server.endpoint}
    return Access(name="", kind="azure", **(given | other))


def pictures(server: Azurite) -> Address:
    name = f"cors-{uuid4().hex[:8]}"
    server.container(name, {"a.png": picture()})
    return Address(kind="azure", bucket=name, account=EMULATOR_ACCOUNT)


@pytest.fixture
def own(tmp_path: Path) -> Azurite:
    """A server of the test's own: rules hold for a whole account."""
    return Azurite(tmp_path).start()


def test_a_rule_is_set_and_a_browser_gets_the_picture(own: Azurite):
    place, access = pictures(own), emulator(own)
    try:
        assert not may_read(place, access, STUDIO)
        allow(place, access, STUDIO)
        assert may_read(place, access, STUDIO)
        assert not may_read(place, access, SHOP)
        allow(place, access, SHOP)
        allow(place, access, SHOP)
        assert may_read(place, access, STUDIO)  # rules of others stay
        assert may_read(place, access, SHOP)

        blob = f"{own.endpoint}/{place.bucket}/a.png?{own.sas()}"
        got = httpx2.get(blob, headers={"origin": SHOP})
        assert got.headers["access-control-allow-origin"] == SHOP
        assert got.content == picture()

        own.stop()
        own.start()
        assert may_read(place, emulator(own), STUDIO)
    finally:
        own.stop()


def test_a_token_may_set_it_too(own: Azurite):
    place = pictures(own)
    try:
        allow(place, emulator(own, key="", sas=own.sas()), STUDIO)
        assert may_read(place, emulator(own), STUDIO)
    finally:
        own.stop()


def test_the_sixth_origin_is_refused_and_the_others_stay(own: Azurite):
    place, access = pictures(own), emulator(own)
    try:
        for number in range(5):
            allow(place, access, f"https://{number}.example")
        with pytest.raises(Refused, match="5 rules for other origins"):
            allow(place, access, STUDIO)
        assert may_read(place, access, "https://0.example")
    finally:
        own.stop()


def test_a_wrong_key_changes_nothing_and_is_told_without_itself(azurite: Azurite):
    place = pictures(azurite)
    wrong = "d3Jvbmcga2V5IG9mIG5vYm9keQ=="
    with pytest.raises(UnreadableSource, match="refused") as raised:
        allow(place, emulator(azurite, key=wrong), STUDIO)
    assert wrong not in str(raised.value)


def test_a_server_that_is_not_there_is_named(azurite: Azurite):
    place = pictures(azurite)
    gone = emulator(azurite, endpoint="http://127.0.0.1:1/devstoreaccount1")
    with pytest.raises(UnreadableSource, match="cannot be reached") as raised:
        may_read(place, gone, STUDIO)
    assert "127.0.0.1" not in str(raised.value)


def bucket(server: S3Server) -> tuple[Address, Access]:
    name = f"cors{uuid4().hex[:8]}"
    server.bucket(name, {"a.png": picture()})
    endpoint = f"http://127.0.0.1:{server.port}"
    place = Address(kind="s3", bucket=name, endpoint=endpoint.partition("://")[2])
    return place, Access(name="", kind="s3", endpoint=endpoint, key_id="someone", key="secret")


def rules_of(access: Access, place: Address) -> str:
    address = f"{access.endpoint}/{place.bucket}?cors="
    return httpx2.Client().send(signed(access, "GET", address)).text


def test_a_bucket_gets_its_rule_and_keeps_those_of_others(s3_server: S3Server):
    place, access = bucket(s3_server)
    older = (
        b"<CORSConfiguration><CORSRule><ID>ours</ID><AllowedOrigin>https://old.example"
        b"</AllowedOrigin><AllowedMethod>PUT</AllowedMethod><MaxAgeSeconds>7</MaxAgeSeconds>"
        b"</CORSRule></CORSConfiguration>"
    )
    address = f"{access.endpoint}/{place.bucket}?cors="
    assert httpx2.Client().send(signed(access, "PUT", address, body=older)).status_code == 200

    allow(place, access, STUDIO)
    allow(place, access, SHOP)
    allow(place, access, SHOP)

    rules = rules_of(access, place)
    assert rules.count("<CORSRule>") == 3
    for kept in ("ours", "https://old.example", "<AllowedMethod>PUT", "<MaxAgeSeconds>7"):
        assert kept in rules
    assert rules.count(f"<AllowedOrigin>{SHOP}</AllowedOrigin>") == 1
    assert rules.count("<ExposeHeader>Content-Length") == 2


def test_a_bucket_without_rules_gets_its_first(s3_server: S3Server):
    place, access = bucket(s3_server)
    allow(place, access, STUDIO)
    assert may_read(place, access, STUDIO)
    assert rules_of(access, place).count("<CORSRule>") == 1


def test_a_key_that_is_not_known_sets_no_rule_and_is_not_repeated(s3_server: S3Server):
    place, access = bucket(s3_server)
    s3_server.check_keys(True)
    try:
        with pytest.raises(UnreadableSource, match=r"refused to tell .* \(403") as raised:
            allow(place, access, STUDIO)
    finally:
        s3_server.check_keys(False)
    assert "secret" not in str(raised.value)


def test_what_cannot_be_set_from_here_is_told(s3_server: S3Server):
    place, access = bucket(s3_server)
    with pytest.raises(Refused) as raised:
        allow(place, replace(access, key=""), STUDIO)
    assert f"aws s3api put-bucket-cors --bucket {place.bucket}" in str(raised.value)
    cloud = Access(name="", kind="gcs", credentials_file="/k.json")
    with pytest.raises(Refused, match="gcloud storage buckets update gs://shop"):
        allow(Address(kind="gcs", bucket="shop"), cloud, SHOP)
    emulated = replace(access, kind="azure", account="acme", key="")
    assert "az storage cors add" in command(place, emulated, SHOP)


@pytest.mark.parametrize(
    "origin", ["*", "shop.example", "https://shop.example/path", "ftp://a", ""]
)
def test_what_no_browser_sends_is_refused(origin: str):
    with pytest.raises(InvalidRequest, match="studio"):
        checked_origin(origin)


def test_an_origin_is_compared_in_lower_case():
    assert checked_origin("HTTPS://Shop.Example/") == SHOP
