"""The retired ingestion jobs API, in its form of 2023 and in that of 2024."""

from collections.abc import Callable

from fastapi import APIRouter, Request

from sightline.errors import Conflict, NotFound
from sightline.http.ingestion_jobs_wire import (
    Wanted,
    index_of,
    new_job,
    new_json,
    old_job,
    old_json,
    run_json,
    warnings_of,
)
from sightline.http.requests import Addresses, Opened, Version, parsed
from sightline.http.routes.ingestions import Work
from sightline.http.wire_json import Json, JsonResponse
from sightline.index.names import check_name
from sightline.jobs import Jobs
from sightline.known_sources import last_ingestion
from sightline.storage.records import Ingestion, SourceRecord

router = APIRouter(tags=["ingestion jobs"])

OLD = "/openai/extensions/on-your-data/ingestion-jobs"
NEW = "/openai/ingestion/jobs"

_MOST_RUNS = 100


@router.put(f"{OLD}/{{job}}", response_model=None)
async def put_old(
    request: Request, workspace: Opened, jobs: Work, version: Version, job: str
) -> JsonResponse:
    """Start a job; its storage is told in headers, and opened by a configured connection."""
    del version
    headers = {name.lower(): value for name, value in request.headers.items()}
    body = await request.body()
    wanted = (
        await parsed(request, workspace, lambda given: old_job(headers, given))
        if body.strip()
        else old_job(headers, {})
    )

    def done() -> Json:
        record, run = _started(jobs, job, wanted)
        return old_json(record, run, wanted.notes)

    return JsonResponse(await workspace.pool.run(done))


@router.get(f"{OLD}/{{job}}", response_model=None)
async def get_old(workspace: Opened, jobs: Work, version: Version, job: str) -> JsonResponse:
    """How far a job is."""
    del version
    return JsonResponse(await workspace.pool.run(lambda: _told_old(jobs, _record(jobs, job))))


@router.get(OLD, response_model=None)
async def list_old(workspace: Opened, jobs: Work, version: Version) -> JsonResponse:
    """All jobs."""
    del version
    return JsonResponse(
        {"value": await workspace.pool.run(lambda: _each(jobs, lambda r: _told_old(jobs, r)))}
    )


@router.put(f"{NEW}/{{job}}", response_model=None)
async def put_new(
    request: Request,
    workspace: Opened,
    jobs: Work,
    links: Addresses,
    version: Version,
    job: str,
) -> JsonResponse:
    """Start a job; `operation-location` is where its run is told."""
    wanted = await parsed(request, workspace, new_job)

    def done() -> tuple[Json, str]:
        record, run = _started(jobs, job, wanted)
        told = new_json(record, run) | {"warnings": [{"message": one} for one in wanted.notes]}
        return told, run.id

    told, run = await workspace.pool.run(done)
    place = f"{links.base.rstrip('/')}{NEW}/{job}/runs/{run}?api-version={version}"
    return JsonResponse(told, 200, {"operation-location": place})


@router.get(f"{NEW}/{{job}}", response_model=None)
async def get_new(workspace: Opened, jobs: Work, version: Version, job: str) -> JsonResponse:
    """What a job is, and its last run."""
    del version

    def told() -> Json:
        record = _record(jobs, job)
        return new_json(record, last_ingestion(jobs, record))

    return JsonResponse(await workspace.pool.run(told))


@router.get(NEW, response_model=None)
async def list_new(workspace: Opened, jobs: Work, version: Version) -> JsonResponse:
    """All jobs."""
    del version
    return JsonResponse(
        {
            "value": await workspace.pool.run(
                lambda: _each(jobs, lambda record: new_json(record, last_ingestion(jobs, record)))
            )
        }
    )


@router.get(f"{NEW}/{{job}}/runs", response_model=None)
async def runs(workspace: Opened, jobs: Work, version: Version, job: str) -> JsonResponse:
    """The latest hundred runs of a job, the newest first."""
    del version

    def told() -> list[Json]:
        record = _record(jobs, job)
        return [run_json(record, run) for run in jobs.ingestions.of(record.id, 0, _MOST_RUNS)]

    return JsonResponse({"value": await workspace.pool.run(told)})


@router.get(f"{NEW}/{{job}}/runs/{{run}}", response_model=None)
async def one_run(
    workspace: Opened, jobs: Work, version: Version, job: str, run: str
) -> JsonResponse:
    """One run, with what happened to single files."""
    del version

    def told() -> Json:
        record = _record(jobs, job)
        found = jobs.ingestions.get(run)
        if found.source_id != record.id:
            raise NotFound(f"The job {job!r} has no run {run!r}.")
        return run_json(record, found, _warnings(jobs, found))

    return JsonResponse(await workspace.pool.run(told))


def _started(jobs: Jobs, job: str, wanted: Wanted) -> tuple[SourceRecord, Ingestion]:
    """The record of a job, made or changed, and its new run; one that runs is not doubled."""
    index = check_name(index_of(job))
    uri = jobs.source("url", wanted.address).uri
    known = next((record for record in jobs.sources.all() if record.name == job), None)
    if known is None:
        known = jobs.sources.add(
            kind="url",
            value=wanted.address,
            uri=uri,
            index=index,
            name=job,
            refresh_minutes=wanted.refresh_minutes,
        )
    elif (known.uri, known.index_name) != (uri, index):
        raise Conflict(
            f"The job {job!r} brings {known.uri} into the index {known.index_name!r}.",
            hint="Give another container another job, or remove the source of this one first.",
        )
    elif known.refresh_minutes != wanted.refresh_minutes:
        known = jobs.sources.change(known.id, refresh_minutes=wanted.refresh_minutes)
    run, _ = jobs.sync(known)
    return known, run


def _record(jobs: Jobs, job: str) -> SourceRecord:
    record = next((one for one in _jobs(jobs) if one.name == job), None)
    if record is None:
        raise NotFound(f"There is no ingestion job {job!r}.", hint="PUT it to make it.")
    return record


def _jobs(jobs: Jobs) -> list[SourceRecord]:
    return [record for record in jobs.sources.all() if record.index_name == index_of(record.name)]


def _each(jobs: Jobs, told: Callable[[SourceRecord], Json]) -> list[Json]:
    return [told(record) for record in _jobs(jobs)]


def _told_old(jobs: Jobs, record: SourceRecord) -> Json:
    run = last_ingestion(jobs, record)
    return old_json(record, run, [] if run is None else _warnings(jobs, run))


def _warnings(jobs: Jobs, run: Ingestion) -> list[str]:
    failures, failed = jobs.ingestions.remarks(run.id, "failure", 0, 50)
    notices, noticed = jobs.ingestions.remarks(run.id, "notice", 0, 50)
    return warnings_of([*failures, *notices], failed + noticed)
