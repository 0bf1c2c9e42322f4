"""Records of indexes of videos: what they are, their documents, and what was asked of them.

The rows of an index say which videos are in it; these records say which ones should be. An
ingestion is one transaction here and one run of the worker, which brings the rows in step.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, insert, select, update
from sqlalchemy import delete as delete_

from sightline.errors import AlreadyExists, NotFound, UnknownDocument
from sightline.index.names import unknown
from sightline.storage.catalog import Catalog
from sightline.storage.ingestions import Order, queued
from sightline.storage.records import (
    Fault,
    MetadataField,
    VideoDocument,
    VideoFeature,
    VideoFile,
    VideoIndex,
    VideoIngestion,
    VideoOrder,
)
from sightline.storage.tables import (
    ingestions,
    remarks,
    video_documents,
    video_indexes,
    video_ingestions,
)

NAMED: Final = 20
"""Documents that a refusal names."""


class VideoIndexes:
    """The records of a workspace. Calls from any thread; all raise Unavailable."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def add(self, index: VideoIndex) -> None:
        """Keep a new one. Raises AlreadyExists."""
        with self._catalog.writing() as connection:
            if _index(connection, index.name) is not None:
                raise AlreadyExists(
                    f"There is an index of videos {index.name!r} already.",
                    hint="Choose another name, or delete it first.",
                )
            connection.execute(insert(video_indexes).values(_index_row(index)))

    def get(self, name: str) -> VideoIndex:
        """Raises UnknownIndex."""
        with self._catalog.reading() as connection:
            return _known(connection, name)

    def all(self) -> list[VideoIndex]:
        """All of them by name."""
        with self._catalog.reading() as connection:
            rows = connection.execute(select(video_indexes).order_by(video_indexes.c.name))
            return [_index_of(row) for row in rows.mappings()]

    def change(self, name: str, **values: Any) -> VideoIndex:  # noqa: ANN401 (fields of VideoIndex)
        """Set some fields. Raises UnknownIndex."""
        with self._catalog.writing() as connection:
            now = datetime.now(UTC)
            changed = replace(_known(connection, name), **values, etag=token_hex(8), changed_at=now)
            its = update(video_indexes).where(video_indexes.c.name == name)
            connection.execute(its.values(_index_row(changed)))
        return changed

    def forget(self, name: str) -> None:
        """Forget one with all its documents and ingestions; nothing happens without it."""
        with self._catalog.writing() as connection:
            connection.execute(delete_(video_indexes).where(video_indexes.c.name == name))

    def begin(
        self, index: str, name: str, orders: Iterable[VideoOrder], warnings: Sequence[str] = ()
    ) -> VideoIngestion:
        """Take an ingestion down and queue its run, where something is left to do.

        Each order is good or refused alone. Raises UnknownIndex, AlreadyExists.
        """
        with self._catalog.writing() as connection:
            _known(connection, index)
            if _ingestion(connection, index, name) is not None:
                raise AlreadyExists(
                    f"The index {index!r} has an ingestion {name!r} already.",
                    hint="Choose another name.",
                )
            files = [_done(connection, index, order) for order in orders]
            run = None
            if doable := [file for file in files if file.error is None]:
                run = queued(
                    connection, Order(index=index, kind="videos", source=index, force=True)
                ).id
            for file in doable:
                if file.mode == "add":
                    its = update(video_documents).where(_document_is(index, file.id))
                    connection.execute(its.values(run=run))
            made = VideoIngestion(
                name=name,
                run=run,
                files=tuple(files),
                warnings=tuple(warnings),
                created_at=datetime.now(UTC),
            )
            connection.execute(insert(video_ingestions).values(_ingestion_row(index, made)))
        return made

    def ingestion(self, index: str, name: str) -> VideoIngestion:
        """Raises NotFound."""
        with self._catalog.reading() as connection:
            found = _ingestion(connection, index, name)
        if found is None:
            raise NotFound(f"The index {index!r} has no ingestion {name!r}.")
        return found

    def ingestions(self, index: str, skip: int, top: int) -> list[VideoIngestion]:
        """A page of them, the oldest first."""
        its = select(video_ingestions).where(video_ingestions.c.index_name == index)
        page = its.order_by(video_ingestions.c.number).offset(skip).limit(top)
        with self._catalog.reading() as connection:
            return [_ingestion_of(row) for row in connection.execute(page).mappings()]

    def documents(self, index: str, skip: int = 0, top: int | None = None) -> list[VideoDocument]:
        """A page of its documents, or all, in the order in which they came."""
        page = _documents(index).order_by(video_documents.c.number).offset(skip)
        with self._catalog.reading() as connection:
            rows = connection.execute(page if top is None else page.limit(top)).mappings()
            return [_document_of(row) for row in rows]

    def document(self, index: str, id: str) -> VideoDocument:
        """Raises UnknownIndex, and UnknownDocument that names some there are."""
        with self._catalog.reading() as connection:
            _known(connection, index)
            found = _document(connection, index, id)
            if found is not None:
                return found
            ids = select(video_documents.c.id).where(video_documents.c.index_name == index)
            names = connection.scalars(ids.order_by(video_documents.c.id).limit(NAMED + 1)).all()
        told = ", ".join(repr(one) for one in names[:NAMED])
        more = ", …" if len(names) > NAMED else ""
        raise UnknownDocument(
            f"The index {index!r} has no document {id!r}; "
            + (f"it has: {told}{more}." if names else "it has none."),
            hint=None if names else "Ingest a video first.",
        )

    def uses(self, location: str) -> bool:
        """Whether a document lies there."""
        with self._catalog.reading() as connection:
            there = select(video_documents.c.id).where(video_documents.c.location == location)
            return connection.scalar(there.limit(1)) is not None


def _done(connection: Connection, index: str, order: VideoOrder) -> VideoFile:
    """Do in the records what is asked for one video, or say why not."""
    there = _document(connection, index, order.id)
    error = order.error or _refusal(connection, order, there)
    now = datetime.now(UTC)
    its = _document_is(index, order.id)
    if order.mode == "add" and (error is None or there is None):
        row = {
            "index_name": index,
            "id": order.id,
            "url": order.url,
            "location": order.location,
            "size": order.size,
            "etag": order.etag,
            "metadata": json.dumps(order.metadata or {}),
            "user_data": json.dumps(order.user_data or {}),
            "error_code": error.code if error else None,
            "error_message": error.message if error else None,
            "created_at": now,
            "changed_at": now,
        }
        connection.execute(delete_(video_documents).where(its))
        connection.execute(insert(video_documents).values(row))
    elif order.mode == "update" and error is None:
        said = {"metadata": order.metadata, "user_data": order.user_data}
        told = {name: json.dumps(value) for name, value in said.items() if value is not None}
        connection.execute(update(video_documents).where(its).values(**told, changed_at=now))
    elif order.mode == "remove" and error is None:
        connection.execute(delete_(video_documents).where(its))
    return VideoFile(mode=order.mode, id=order.id, url=order.url, error=error)


def _refusal(
    connection: Connection, order: VideoOrder, there: VideoDocument | None
) -> Fault | None:
    if order.mode == "add":
        if there is None or there.error or _gave_up(connection, there.run):
            return None
        return Fault(
            AlreadyExists.code,
            f"There is a document {order.id!r} already. Remove it first, or take mode 'update' to "
            "change what is said of it.",
        )
    if there is None:
        return Fault(UnknownDocument.code, f"There is no document {order.id!r} to {order.mode}.")
    return None


def _gave_up(connection: Connection, run: str | None) -> bool:
    state = connection.scalar(select(ingestions.c.state).where(ingestions.c.id == run))
    return state in {"Failed", "Cancelled"}


def _document_is(index: str, id: str) -> ColumnElement[bool]:
    return and_(video_documents.c.index_name == index, video_documents.c.id == id)


def _documents(index: str) -> Select[Any]:
    """Documents, with what their own run said of each that it could not take."""
    said = and_(
        remarks.c.ingestion == video_documents.c.run,
        remarks.c.kind == "failure",
        remarks.c.key == video_documents.c.id,
    )
    return (
        select(video_documents, remarks.c.code, remarks.c.message)
        .select_from(video_documents.outerjoin(remarks, said))
        .where(video_documents.c.index_name == index)
    )


def _document(connection: Connection, index: str, id: str) -> VideoDocument | None:
    found = connection.execute(_documents(index).where(video_documents.c.id == id)).mappings()
    row = found.first()
    return None if row is None else _document_of(row)


def _document_of(row: RowMapping) -> VideoDocument:
    code, message = row["error_code"] or row["code"], row["error_message"] or row["message"]
    return VideoDocument(
        metadata=json.loads(row["metadata"]),
        user_data=json.loads(row["user_data"]),
        error=Fault(code, message) if code else None,
        **{name: row[name] for name in _PLAIN},
    )


def _index(connection: Connection, name: str) -> VideoIndex | None:
    found = connection.execute(select(video_indexes).where(video_indexes.c.name == name))
    row = found.mappings().first()
    return None if row is None else _index_of(row)


def _known(connection: Connection, name: str) -> VideoIndex:
    found = _index(connection, name)
    if found is None:
        raise unknown(name)
    return found


def _index_of(row: RowMapping) -> VideoIndex:
    return VideoIndex(
        fields=tuple(MetadataField(**one) for one in json.loads(row["fields"])),
        features=tuple(VideoFeature(**one) for one in json.loads(row["features"])),
        user_data=json.loads(row["user_data"]),
        **{
            name: row[name]
            for name in ("id", "name", "language", "etag", "created_at", "changed_at")
        },
    )


def _index_row(index: VideoIndex) -> dict[str, Any]:
    row = asdict(index)
    return row | {name: json.dumps(row[name]) for name in ("fields", "features", "user_data")}


def _ingestion(connection: Connection, index: str, name: str) -> VideoIngestion | None:
    its = and_(video_ingestions.c.index_name == index, video_ingestions.c.name == name)
    row = connection.execute(select(video_ingestions).where(its)).mappings().first()
    return None if row is None else _ingestion_of(row)


def _ingestion_of(row: RowMapping) -> VideoIngestion:
    return VideoIngestion(
        name=row["name"],
        run=row["run"],
        files=tuple(
            VideoFile(**one | {"error": Fault(**one["error"]) if one["error"] else None})
            for one in json.loads(row["files"])
        ),
        warnings=tuple(json.loads(row["warnings"])),
        created_at=row["created_at"],
    )


def _ingestion_row(index: str, ingestion: VideoIngestion) -> dict[str, Any]:
    row = asdict(ingestion)
    told = {name: json.dumps(row[name]) for name in ("files", "warnings")}
    return row | told | {"index_name": index}


_PLAIN: Final = tuple(
    field.name
    for field in fields(VideoDocument)
    if field.name not in {"metadata", "user_data", "error"}
)
