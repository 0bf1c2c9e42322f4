"""Keys: made once, known by their hash, worthless when revoked or expired; and the audit log."""

import json
import logging
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sightline import access as keys
from sightline.access import Access
from sightline.audit import AUDIT_FILE, AuditLog
from sightline.errors import AlreadyExists, InvalidRequest, UnknownKey
from sightline.storage.records import CATALOG_FILE


@pytest.fixture
def access(tmp_path: Path) -> Iterator[Access]:
    opened = Access(tmp_path, AuditLog(tmp_path))
    yield opened
    opened.close()


def test_a_key_is_known_by_its_hash_and_kept_nowhere(access: Access, tmp_path: Path):
    record, key = access.create("laptop", ["chat", "read"], by="test")
    assert key.startswith("sl_")
    assert len(key) == 46
    assert record.scopes == ("read", "chat")
    assert access.holder(key) == record
    assert access.holder(key + "x") is None
    assert access.holder("") is None
    access.close()
    for file in (file for file in tmp_path.rglob("*") if file.is_file()):
        assert key.encode() not in file.read_bytes(), file


def test_no_two_keys_are_the_same(access: Access):
    made = {access.create(f"k{number}", ["read"], by="test")[1] for number in range(5)}
    assert len(made) == 5


def test_one_that_is_revoked_opens_nothing(access: Access):
    _, key = access.create("laptop", ["read"], by="test")
    access.revoke("laptop", by="test")
    assert access.holder(key) is None
    with pytest.raises(UnknownKey):
        access.revoke("laptop", by="test")


def test_one_that_is_expired_opens_nothing(access: Access, monkeypatch: pytest.MonkeyPatch):
    _, key = access.create("guest", ["read"], days=1, by="test")
    assert access.possible
    monkeypatch.setattr(keys, "datetime", _Later)
    assert access.holder(key) is None
    assert not access.possible
    assert [record.name for record in access.all()] == ["guest"]


class _Later(keys.datetime):
    """The day after tomorrow."""

    @classmethod
    def now(cls, tz=None):  # noqa: ANN001, ANN206
        return super().now(tz) + timedelta(days=2)


def test_another_process_sees_it_at_its_next_look(access: Access, tmp_path: Path):
    server = Access(tmp_path, AuditLog(tmp_path))
    assert not server.possible
    record, key = access.create("laptop", ["read"], by="test")
    server.look()
    assert server.holder(key) == record
    access.revoke("laptop", by="test")
    server.look()
    assert server.holder(key) is None
    server.close()


def test_a_workspace_without_a_catalog_gets_none_by_looking(access: Access, tmp_path: Path):
    assert access.all() == []
    assert not (tmp_path / CATALOG_FILE).exists()


def test_use_is_noted_once_a_minute(access: Access):
    record, _ = access.create("laptop", ["read"], by="test")
    assert access.unnoted(record)
    access.note(record)
    assert not access.unnoted(record)
    (noted,) = access.all()
    assert noted.last_used_at is not None
    assert not access.unnoted(noted)


@pytest.mark.parametrize(
    ("name", "scopes", "days", "words"),
    [
        ("", ["read"], None, "name"),
        ("two words", ["read"], None, "'two words'"),
        ("a" * 65, ["read"], None, "at most 64"),
        ("ä", ["read"], None, "name"),
        ("a", [], None, "got none"),
        ("a", ["read", "write"], None, "got 'write'"),
        ("a", ["read"], 0, "got 0"),
        ("a", ["read"], 99999, "1 to 3650 days"),
    ],
)
def test_what_no_key_can_have(
    access: Access, name: str, scopes: list[str], days: int | None, words: str
):
    with pytest.raises(InvalidRequest, match=words):
        access.create(name, scopes, days=days, by="test")
    assert access.all() == []


def test_the_audit_log_has_who_did_what_and_no_key(access: Access, tmp_path: Path):
    _, key = access.create("laptop", ["read"], days=7, by="command line")
    with pytest.raises(AlreadyExists):
        access.create("laptop", ["read"], by="command line")
    access.revoke("laptop", by="owner")
    written = (tmp_path / AUDIT_FILE).read_text(encoding="utf-8")
    assert key not in written
    made, revoked = map(json.loads, written.splitlines())
    assert made.pop("at").endswith("+00:00")
    assert made == {
        "event": "key_created",
        "who": "command line",
        "key": "laptop",
        "scopes": ["read"],
        "days": 7,
    }
    assert (revoked["event"], revoked["who"], revoked["key"]) == ("key_revoked", "owner", "laptop")
    assert stat.S_IMODE((tmp_path / AUDIT_FILE).stat().st_mode) == 0o600


def test_what_cannot_be_written_is_told_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    (tmp_path / AUDIT_FILE).mkdir()
    with caplog.at_level(logging.WARNING):
        AuditLog(tmp_path).write("signed_in", "laptop")
    assert "signed_in" in caplog.text


def test_a_line_stays_a_line(tmp_path: Path):
    AuditLog(tmp_path).write("index_deleted", "laptop", index="a\nb\u2028c")
    (line,) = (tmp_path / AUDIT_FILE).read_bytes().splitlines()
    assert json.loads(line)["index"] == "a\nb\u2028c"
