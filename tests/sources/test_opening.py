"""Addresses, connections and which of them opens what; no server is asked."""

from pathlib import Path

import pytest

from sightline.errors import OriginalGone, UnreadableSource
from sightline.sources.address import parse_address
from sightline.sources.connections import (
    EMULATOR_ENDPOINT,
    EMULATOR_KEY,
    Access,
    Connection,
    grant,
    usual,
)
from sightline.sources.folder import Folder
from sightline.sources.opening import open_source, read_original
from sources.ingesting import Shelf, picture

KEY = "c2VjcmV0LXNlY3JldA=="
SHOP = Connection(name="shop", kind="azure", account="acme", key_env="SHOP_KEY")
SPARE = Connection(name="spare", kind="azure", account="spare", key_env="SPARE_KEY")
STORE = Connection(
    name="store", kind="s3", endpoint="http://minio:9000", key_id_env="ID", key_env="SHOP_KEY"
)
ENVIRONMENT = {"SHOP_KEY": KEY, "SPARE_KEY": KEY, "ID": "someone"}


@pytest.mark.parametrize(
    ("url", "bucket", "path"),
    [
        ("az://pictures", "pictures", ""),
        ("az://pictures/", "pictures", ""),
        ("AZ://pictures/tents/2026/", "pictures", "tents/2026"),
        ("s3://b.u-c/50%25 off/größe", "b.u-c", "50% off/größe"),
        ("gs://b/a%3Fb#c", "b", "a?b#c"),
        ("az://b/a?connection=shop", "b", "a"),
    ],
)
def test_an_address_says_container_and_prefix(url: str, bucket: str, path: str):
    address = parse_address(url)
    assert (address.bucket, address.path) == (bucket, path)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("az://", "Expected the name of a container after az://, got none"),
        ("ftp://b/a", r"Expected a source Sightline knows, got ftp://…"),
        ("https://acme.blob.core.windows.net/c?sv=1&sig=TOPSECRET", "got https://…"),
        ("s3://id:TOPSECRET@bucket/a", "one with ':' or '@'"),
        ("az://b?sv=2024&sig=TOPSECRET", "after the '[?]', got sig, sv"),
        ("az://b?TOPSECRET", "got something without a name"),
        ("az://b/a/../c", "without empty parts, '.' and '..', got 'a/../c'"),
        ("az://b/a//c", "without empty parts"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_repeating_secrets(
    url: str, message: str
):
    with pytest.raises(UnreadableSource, match=message) as caught:
        open_source(url, {}, environment={})
    assert "TOPSECRET" not in str(caught.value)


def test_a_path_and_a_file_address_are_folders(tmp_path: Path):
    folder = tmp_path / "50% off"
    folder.mkdir()
    for url in (str(folder), folder.as_uri()):
        source = open_source(url, {})
        assert isinstance(source, Folder)
        assert source.uri == folder.as_uri()


@pytest.mark.parametrize(
    ("url", "uri"),
    [
        ("az://c/p?connection=shop", "az://c/p?account=acme"),
        ("az://c/p?account=spare", "az://c/p?account=spare"),
        ("s3://b/a b", "s3://b/a%20b?endpoint=minio%3A9000"),  # the only s3 connection
        ("s3://b?endpoint=minio:9000", "s3://b?endpoint=minio%3A9000"),
    ],
)
def test_the_uri_of_a_source_names_the_place_and_opens_it_again(url: str, uri: str):
    connections = {c.name: c for c in (SHOP, SPARE, STORE)}
    source = open_source(url, connections, environment=ENVIRONMENT)
    assert source.uri == uri
    assert open_source(uri, connections, environment=ENVIRONMENT).uri == uri
    rotated = open_source(url, connections, environment={**ENVIRONMENT, "SHOP_KEY": "bmV3"})
    assert rotated.uri == uri


@pytest.mark.parametrize(
    ("url", "environment", "message"),
    [
        ("az://c", ENVIRONMENT, "Expected one connection for az://c, got shop, spare"),
        ("az://c?connection=no", ENVIRONMENT, r"kind azure \(shop, spare\), got 'no'"),
        ("az://c?connection=store", ENVIRONMENT, "got 'store'"),
        ("gs://b?connection=no", ENVIRONMENT, "there is none"),
        ("az://c?connection=shop", {}, "'shop' takes a secret from .* SHOP_KEY, which is not set"),
        ("az://c?account=other", {}, "Expected the name of a storage account"),
        (
            "az://c?account=other",
            {"AZURE_STORAGE_ACCOUNT": "mine", "AZURE_STORAGE_KEY": KEY},
            "Expected a connection to the account 'other', .* lead to the account 'mine'",
        ),
        ("s3://b?endpoint=x:1", ENVIRONMENT, "Expected a connection to x:1"),
    ],
)
def test_a_connection_that_is_missing_or_ambiguous_is_said(
    url: str, environment: dict[str, str], message: str
):
    connections = {c.name: c for c in (SHOP, SPARE, STORE)}
    with pytest.raises(UnreadableSource, match=message):
        open_source(url, connections, environment=environment)


@pytest.mark.parametrize(
    ("text", "account", "endpoint"),
    [
        (f"AccountName=acme;AccountKey={KEY}", "acme", "https://acme.blob.core.windows.net"),
        (
            f"AccountName=acme;AccountKey={KEY};EndpointSuffix=core.chinacloudapi.cn",
            "acme",
            "https://acme.blob.core.chinacloudapi.cn",
        ),
        (
            "BlobEndpoint=https://acme.blob.core.windows.net/;SharedAccessSignature=?sv=1&sig=a=b",
            "acme",
            "https://acme.blob.core.windows.net",
        ),
        ("UseDevelopmentStorage=true", "devstoreaccount1", EMULATOR_ENDPOINT),
    ],
)
def test_connection_strings_of_azure(text: str, account: str, endpoint: str):
    environment = {"AZURE_STORAGE_CONNECTION_STRING": text}
    access = grant(usual("azure", environment), environment)
    assert (access.account, access.endpoint) == (account, endpoint)
    assert not access.ambient
    for secret in (KEY, "sig=a", EMULATOR_KEY):
        assert secret not in repr(access)


def test_a_connection_string_without_a_key_is_refused_by_its_fields():
    environment = {"AZURE_STORAGE_CONNECTION_STRING": f"Account={KEY};Protocol=https"}
    with pytest.raises(UnreadableSource, match="got one with account, protocol") as caught:
        grant(usual("azure", environment), environment)
    assert KEY not in str(caught.value)


def test_without_any_key_the_machine_says_who_asks():
    assert grant(usual("s3", {}), {}) == Access(name="", kind="s3")
    assert grant(usual("s3", {}), {}).ambient


def test_a_google_key_file_that_is_missing_is_said():
    environment = {"GOOGLE_APPLICATION_CREDENTIALS": "/nowhere/key.json"}
    with pytest.raises(UnreadableSource, match="credentials for Google Cloud Storage cannot be"):
        open_source("gs://b", {}, environment=environment)


def test_the_original_in_a_folder_is_read_or_said_to_be_gone(tmp_path: Path):
    (tmp_path / "a.png").write_bytes(picture("red"))
    shelf = Shelf({})
    shelf.sync(str(tmp_path))
    (asset,) = shelf.index.browse(0, 1)
    assert read_original(asset, {}) == picture("red")
    (tmp_path / "a.png").write_bytes(picture("blue"))
    with pytest.raises(OriginalGone, match="has changed since it was indexed"):
        read_original(asset, {})
    (tmp_path / "a.png").unlink()
    with pytest.raises(OriginalGone, match="No such file or directory"):
        read_original(asset, {})
