"""Where a `documentUrl` leads, and what of it may be shown."""

import pytest

from sightline.errors import UnreadableSource, UrlNotAllowed
from sightline.sources.connections import EMULATOR_ACCOUNT, Connection
from sightline.sources.document_url import location_of, plain_url

ACME = {
    "acme": Connection(name="acme", kind="azure", account="acme", key_env="ACME"),
    "stack": Connection(
        name="stack", kind="azure", account="own", endpoint="https://blobs.own.example/own"
    ),
    "keyless": Connection(name="keyless", kind="azure", account="x", key_env="UNSET"),
}
EMULATED = {"AZURE_STORAGE_CONNECTION_STRING": "UseDevelopmentStorage=true", "ACME": "a2V5"}


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("https://acme.blob.core.windows.net/c/by%20day/a.mp4?sig=s", "az://c/by%20day/a.mp4?account=acme"),
        ("HTTPS://acme.blob.core.chinacloudapi.cn/c/a.mp4", "az://c/a.mp4?account=acme"),
        ("https://blobs.own.example/own/c/a.mp4?sig=s", "az://c/a.mp4?account=own"),
        (
            "http://127.0.0.1:10000/devstoreaccount1/c/a.mp4",
            f"az://c/a.mp4?account={EMULATOR_ACCOUNT}",
        ),
        ("s3://bucket/a.mp4", "s3://bucket/a.mp4"),
        ("file:///videos/my%20film.mp4", "/videos/my film.mp4"),
        ("/videos/100%.mp4", "/videos/100%.mp4"),
    ],
)  # fmt: skip
def test_where_it_leads(url: str, location: str):
    assert location_of(url, ACME, EMULATED) == location


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("https://example.com/a.mp4", UrlNotAllowed),
        ("http://127.0.0.1:9/devstoreaccount1/c/a.mp4", UrlNotAllowed),
        ("https://acme.blob.core.windows.net/c", UnreadableSource),
        ("ftp://example.com/a.mp4", UnreadableSource),
        ("videos/a.mp4", UnreadableSource),
        ("https://[::1/a.mp4", UnreadableSource),
    ],
)
def test_where_it_does_not_lead(url: str, error: type[Exception]):
    with pytest.raises(error):
        location_of(url, ACME, EMULATED)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:secret@acme.example/a.mp4?sig=secret#x", "https://acme.example/a.mp4"),
        ("data:video/mp4;base64,AAAA", "data:video/mp4;base64,…"),
        ("/videos/why?.mp4", "/videos/why?.mp4"),
    ],
)
def test_what_is_shown(url: str, shown: str):
    assert plain_url(url) == shown
