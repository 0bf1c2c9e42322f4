"""The retired ingestion jobs in both forms, as records of ours and back.

A job is a source record of the job's name; its index has the suffix `-v`, and its runs are the
ingestions of that source. A request says how to reach a storage account, with its secrets; here
only the account's name is taken from it, and the connection that is configured for that account
opens it. So no secret of a request is kept, logged or repeated.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote, unquote, urlsplit

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from sightline.errors import InvalidRequest
from sightline.http.wire_json import Json, is_given, refusal, squashed
from sightline.storage.records import Ingestion, Remark, SourceRecord

SUFFIX: Final = "-v"
_RESOURCE: Final = re.compile(r"/storageAccounts/([A-Za-z0-9-]{1,64})", re.IGNORECASE)
_EMULATOR: Final = "devstoreaccount1"
_WORDS: Final = {
    "Queued": "NotRunning",
    "Running": "Running",
    "Interrupted": "Running",
    "Succeeded": "Succeeded",
    "Failed": "Failed",
    "Cancelled": "Failed",
}
_MOST_WARNINGS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a job is to bring in. `address` is that of the container, without any secret."""

    address: str
    refresh_minutes: int
    notes: tuple[str, ...]


def index_of(job: str) -> str:
    """The index that a job fills."""
    return job if job.endswith(SUFFIX) else job + SUFFIX


class _OldBody(BaseModel):
    model_config = ConfigDict(extra="ignore")

    minutes: int = Field(0, ge=0, validation_alias="dataRefreshIntervalInMinutes")
    completion: Literal["cleanUpAssets", "keepAllAssets"] | None = Field(
        None, validation_alias="completionAction"
    )
    chunk_size: int | None = Field(None, validation_alias="chunkSize")


def old_job(headers: Mapping[str, str], given: Json) -> Wanted:
    """A job whose storage is told in headers. Raises InvalidRequest."""
    container = headers.get("storagecontainer", "")
    try:
        body = _OldBody.model_validate(given)
    except ValidationError as error:
        raise refusal(error) from error
    account = _account(
        headers.get("storageconnectionstring", ""), headers.get("storageendpoint", "")
    )
    ignored = [
        name
        for name in (
            "searchServiceEndpoint", "searchServiceAdminKey", "embeddingEndpoint", "embeddingKey",
            "embeddingDeploymentName",
        )
        if headers.get(name.lower())
    ]  # fmt: skip
    ignored += [name for name in ("chunkSize", "completionAction") if is_given(given.get(name))]
    return _wanted(container, "storageContainer", account, body.minutes, ignored)


def _kind(*spellings: str) -> Any:  # noqa: ANN401 (an annotation)
    """One of the spellings, told apart by letters only."""

    def known(value: object) -> object:
        found = [one for one in spellings if squashed(str(value)) == squashed(one)]
        return found[0] if found else value

    return BeforeValidator(known)


class _Account(BaseModel):
    model_config = ConfigDict(extra="ignore")

    endpoint: str = ""
    resource_id: str = Field("", validation_alias=AliasChoices("resourceId", "resource_id"))
    connection_string: str = Field("", validation_alias="connectionString")


class _Datasource(BaseModel):
    model_config = ConfigDict(extra="ignore")

    kind: Annotated[Literal["Storage"], _kind("Storage")]
    container: str = Field(validation_alias=AliasChoices("containerName", "storageContainerName"))
    account: _Account = Field(validation_alias="storageAccountConnection")


class _NewBody(BaseModel):
    model_config = ConfigDict(extra="ignore")

    kind: Annotated[
        Literal["SystemCompute", "System", "UserCompute"],
        _kind("SystemCompute", "System", "UserCompute"),
    ] = "SystemCompute"
    datasource: _Datasource
    hours: int = Field(0, ge=0, validation_alias="dataRefreshIntervalInHours")


def new_job(given: Json) -> Wanted:
    """A job whose storage is told in its body. Raises InvalidRequest."""
    try:
        body = _NewBody.model_validate(given)
    except ValidationError as error:
        raise refusal(error) from error
    account = body.datasource.account
    named = _account(account.connection_string, account.endpoint, account.resource_id)
    ignored = [
        name
        for name in ("searchServiceConnection", "completionAction")
        if is_given(given.get(name))
    ]
    ignored += [
        name
        for name in ("chunkingSettings", "embeddingsSettings")
        if is_given(given["datasource"].get(name))
    ]
    return _wanted(
        body.datasource.container, "datasource.containerName", named, body.hours * 60, ignored
    )


def old_json(record: SourceRecord, run: Ingestion | None, warnings: Iterable[str]) -> Json:
    """A job in the form of 2023."""
    return {
        "id": record.name,
        "dataRefreshIntervalInMinutes": record.refresh_minutes,
        "storageContainer": _container(record),
        "indexName": record.index_name,
        **_state(run),
        "progress": {"stageProgress": _stages(run)},
        "warnings": [{"message": one} for one in warnings],
    }


def new_json(record: SourceRecord, run: Ingestion | None) -> Json:
    """A job in the form of 2024; secrets and connections are not told."""
    hours, rest = divmod(record.refresh_minutes, 60)
    return {
        "jobId": record.name,
        "kind": "SystemCompute",
        "datasource": {"kind": "Storage", "containerName": _container(record)},
        "dataRefreshIntervalInHours": hours if not rest else record.refresh_minutes / 60,
        "completionAction": "keepAllAssets",
        "indexName": record.index_name,
        **({} if run is None else {"lastRun": run_json(record, run)}),
    }


def run_json(record: SourceRecord, run: Ingestion, warnings: Iterable[str] = ()) -> Json:
    """One run of a job."""
    return {
        "jobId": record.name,
        "runId": run.id,
        **_state(run),
        "progress": {"stageProgress": _stages(run)},
        "warnings": [{"message": one} for one in warnings],
    }


def warnings_of(remarks: Iterable[Remark], total: int) -> list[str]:
    """What happened to single files, at most fifty, and how many more there were."""
    told = [f"{remark.key}: {remark.message}" for remark in remarks][:_MOST_WARNINGS]
    left = total - len(told)
    return [*told, f"{left:,} more; GET /api/ingestions has them all."] if left > 0 else told


def _wanted(
    container: str, field: str, account: str, minutes: int, ignored: Iterable[str]
) -> Wanted:
    if not container.strip():
        raise InvalidRequest(
            f"{field}: expected the name of a container, got nothing.", param=field
        )
    names = ", ".join(ignored)
    opened = (
        f"The storage account {account!r} is opened with the connection that is configured here; "
        "keys and identities of the request are not used."
    )
    notes = (opened, *((f"Without effect here: {names}.",) if names else ()))
    return Wanted(
        address=f"az://{quote(container.strip(), safe='')}?account={quote(account)}",
        refresh_minutes=minutes,
        notes=notes,
    )


def _account(connection: str, endpoint: str, resource: str = "") -> str:
    """The name of the storage account that a request speaks of. Raises InvalidRequest."""
    parts = {
        name.strip().lower(): value.strip()
        for name, _, value in (part.partition("=") for part in connection.split(";"))
    }
    if parts.get("usedevelopmentstorage", "").lower() == "true":
        return _EMULATOR
    if name := parts.get("accountname"):
        return name
    if found := _RESOURCE.search(f"{connection} {resource}"):
        return found[1]
    named = _account_at(parts.get("blobendpoint") or endpoint)
    if not named:
        raise InvalidRequest(
            "Expected a storage account (AccountName=… in a connection string, a resource id or an "
            "endpoint), got none.",
            hint="Configure a connection for it and name the account in the request.",
            param="storageConnectionString",
        )
    return named


def _account_at(endpoint: str) -> str:
    """The account of an endpoint: the first part of its host, or of its path at an emulator."""
    try:
        host = urlsplit(endpoint)
        name = host.hostname or ""
    except ValueError as error:
        raise InvalidRequest(
            f"Expected the endpoint of a storage account, got {endpoint[:100]!r}.",
            param="storageEndpoint",
        ) from error
    if "." not in name or name.partition(".")[0].isdigit() or ":" in name:
        return host.path.strip("/").partition("/")[0] or name
    return name.partition(".")[0]


def _container(record: SourceRecord) -> str:
    return unquote(record.value.partition("://")[2].partition("?")[0])


def _state(run: Ingestion | None) -> Json:
    if run is None:
        return {"status": "NotRunning"}
    failed = run.error_code or (run.state == "Cancelled" and "cancelled")
    said = run.error_message or "It was stopped on request."
    error = {"error": {"code": failed, "message": said}} if failed else {}
    return {"status": _WORDS[run.state], **error}


def _stages(run: Ingestion | None) -> list[Json]:
    if run is None:
        return []
    progress = run.progress
    done = {"Preprocessing": max(progress.opened, progress.done), "Indexing": progress.done}
    return [
        {
            "name": name,
            "totalItems": progress.total,
            "processedItems": min(count, progress.total),
            "state": _WORDS[run.state],
        }
        for name, count in done.items()
    ]
