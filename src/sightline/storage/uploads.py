"""Records of uploads: which files came, what became of each, and what is said about them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath
from secrets import token_hex
from typing import Final

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select, update

from sightline.errors import NotFound
from sightline.storage.catalog import Catalog
from sightline.storage.records import Arrived, Upload, UploadFile
from sightline.storage.tables import LONGEST_KEY, upload_files, uploads


class Uploads:
    """The records of all uploads of a workspace."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def create(self) -> Upload:
        """A new one without files."""
        made = Upload(id=f"upload_{token_hex(12)}", created_at=datetime.now(UTC))
        with self._catalog.writing() as connection:
            connection.execute(insert(uploads).values(id=made.id, created_at=made.created_at))
        return made

    def get(self, id: str) -> Upload:
        """Raises NotFound."""
        with self._catalog.reading() as connection:
            created_at = connection.scalar(select(uploads.c.created_at).where(uploads.c.id == id))
            if created_at is None:
                raise unknown(id)
            counted = connection.execute(
                select(
                    upload_files.c.state,
                    func.count(),
                    func.coalesce(func.sum(upload_files.c.size), 0),
                )
                .where(upload_files.c.upload == id)
                .group_by(upload_files.c.state)
            )
            counts = {state: (count, size) for state, count, size in counted}
        uploaded, size = counts.get("Uploaded", (0, 0))
        failed, _ = counts.get("Failed", (0, 0))
        return Upload(id=id, created_at=created_at, uploaded=uploaded, failed=failed, size=size)

    def files(self, id: str, offset: int = 0, limit: int | None = None) -> list[UploadFile]:
        """The files in the order they came. Raises NotFound."""
        with self._catalog.reading() as connection:
            _check(connection, id)
            page = _files(id).order_by(upload_files.c.number).offset(offset).limit(limit)
            return [_file(row) for row in connection.execute(page).mappings()]

    def find(self, file: str) -> tuple[str, UploadFile]:
        """A file by its id, and the upload it belongs to. Raises NotFound."""
        with self._catalog.reading() as connection:
            upload = connection.scalar(
                select(upload_files.c.upload).where(upload_files.c.id == file)
            )
            if upload is None:
                raise NotFound(
                    f"There is no uploaded file {file!r}.",
                    hint="POST /api/uploads takes files and gives their ids.",
                )
            return upload, _by_id(connection, upload, file)

    def add(self, id: str, arrived: Arrived) -> UploadFile:
        """Record a file under a free key. Raises NotFound.

        The same content under the same name is the same file: sending again changes nothing.
        A file takes the place of one of its name that was refused.
        """
        wanted = plain_name(arrived.name)
        values = {
            "size": arrived.size,
            "sha256": arrived.sha256,
            "media_type": arrived.media_type,
            "code": arrived.code,
            "message": arrived.message,
            "state": "Uploaded" if arrived.sha256 else "Failed",
        }
        with self._catalog.writing() as connection:
            _check(connection, id)
            number = 1
            while there := _named(connection, id, _numbered(wanted, number)):
                if there.state == "Uploaded" and there.sha256 == arrived.sha256:
                    return there
                if there.state == "Failed":
                    connection.execute(
                        update(upload_files).where(upload_files.c.id == there.id).values(values)
                    )
                    return _by_id(connection, id, there.id)
                number += 1
            made = f"file_{token_hex(12)}"
            named = {"id": made, "upload": id, "key": _numbered(wanted, number)}
            connection.execute(
                insert(upload_files).values(**values, **named, created_at=datetime.now(UTC))
            )
            return _by_id(connection, id, made)

    def describe(self, id: str, descriptions: Mapping[str, str]) -> list[UploadFile]:
        """Set descriptions by the ids of files, all or none. Raises NotFound."""
        with self._catalog.writing() as connection:
            _check(connection, id)
            described = []
            for file, description in descriptions.items():
                _by_id(connection, id, file)
                connection.execute(
                    update(upload_files)
                    .where(upload_files.c.id == file)
                    .values(description=description)
                )
                described.append(_by_id(connection, id, file))
        return described

    def delete(self, id: str) -> None:
        """Forget an upload and its files. Raises NotFound."""
        with self._catalog.writing() as connection:
            _check(connection, id)
            connection.execute(delete(uploads).where(uploads.c.id == id))


def unknown(id: str) -> NotFound:
    """The refusal when there is no upload of that id."""
    return NotFound(f"There is no upload {id!r}.", hint="POST /api/uploads makes one.")


def plain_name(name: str) -> str:
    """A client's file name as a key: a relative path that names nothing outside, of bounded length.

    Percent signs stay as they are. A name of which nothing is left is called "file".
    """
    printable = "".join(c if c.isprintable() else "_" for c in name.replace("\\", "/"))
    parts = [part.strip() for part in printable.split("/")]
    key = "/".join(part for part in parts if part not in {"", ".", ".."}) or "file"
    return _shortened(key, _LONGEST)


_LONGEST: Final = LONGEST_KEY - 16  # leaves room for a number
_LONGEST_ENDING: Final = 12


def _shortened(key: str, limit: int) -> str:
    if len(key) <= limit:
        return key
    ending = PurePosixPath(key).suffix
    ending = ending if len(ending) <= _LONGEST_ENDING else ""
    return key[: limit - len(ending) - 1].rstrip("/") + "…" + ending


def _numbered(key: str, number: int) -> str:
    if number == 1:
        return key
    path = PurePosixPath(key)
    return str(path.with_name(f"{path.stem} ({number}){path.suffix}"))


def _files(id: str) -> Select[tuple[object, ...]]:
    return select(*(upload_files.c[name] for name in UploadFile.__dataclass_fields__)).where(
        upload_files.c.upload == id
    )


def _file(row: RowMapping) -> UploadFile:
    return UploadFile(**{str(name): value for name, value in row.items()})


def _named(connection: Connection, id: str, key: str) -> UploadFile | None:
    found = connection.execute(_files(id).where(upload_files.c.key == key)).mappings().first()
    return None if found is None else _file(found)


def _by_id(connection: Connection, id: str, file: str) -> UploadFile:
    found = connection.execute(_files(id).where(upload_files.c.id == file)).mappings().first()
    if found is None:
        raise NotFound(f"The upload {id!r} has no file {file!r}.", param="file")
    return _file(found)


def _check(connection: Connection, id: str) -> None:
    if connection.scalar(select(uploads.c.id).where(uploads.c.id == id)) is None:
        raise unknown(id)
