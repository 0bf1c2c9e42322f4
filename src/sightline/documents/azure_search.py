"""An index of documents at a search service: Azure AI Search, or what speaks its protocol.

On the official client (the extra `azure`), which is loaded when a service is first asked. Nothing
is written there. What fails is told by status, code and the service's own words, never by address
or key.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast, get_args
from urllib.parse import urlsplit

import httpx2

from sightline.documents.base import Action, Document, Found, Query, Results, VectorQuery, Written
from sightline.documents.definition import VECTOR, Definition, Field, Json, Kind
from sightline.errors import (
    InvalidRequest,
    MissingPackage,
    OriginalGone,
    Refused,
    ServiceFailed,
    UnknownDocument,
    UnknownIndex,
)

if TYPE_CHECKING:
    from azure.search.documents import SearchClient
    from azure.search.documents.indexes import SearchIndexClient
    from azure.search.documents.models import VectorizedQuery

CONNECT: Final = 5.0
READ: Final = 30.0
"""Seconds; a search that takes longer helps nobody who waits for an answer."""

RETRIES: Final = 2

LARGEST: Final = 50 * 2**20
"""Bytes of the largest picture that is fetched from a service."""

_KINDS: Final = frozenset(get_args(Kind))
_NARROW_VECTOR: Final = "Collection(Edm.Half)"
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchService:
    """A service by the name we gave it. `certificate` is a PEM file to trust besides the usual."""

    name: str
    endpoint: str
    key: str = field(default="", repr=False)
    certificate: Path | None = None

    def indexes(self) -> list[str]:
        """The names of its indexes, sorted. Raises ServiceFailed; it needs an admin key."""
        with _faults(self, "list the indexes"), self.admin() as admin:
            return sorted(admin.list_index_names())

    def open(self, index: str) -> "AzureDocuments":
        """An index there; its definition is read now. Raises UnknownIndex, ServiceFailed."""
        verb = f"read the definition of the index {index!r}"
        with _faults(self, verb, index=index), self.admin() as admin:
            found = admin.get_index(index)
        # The client of 2025 and the one of 2026 have different names for the REST form.
        given = found.serialize() if hasattr(found, "serialize") else found.as_dict()
        return AzureDocuments(self, definition_elsewhere(given))

    def searching(self, index: str) -> "SearchClient":
        """A client for the documents of an index."""
        from azure.search.documents import SearchClient  # noqa: PLC0415

        return SearchClient(self.endpoint, index, self._credential(), **self._transport())

    def fetch(self, address: str) -> bytes:
        """The bytes at an address of this service, such as a picture that another Sightline serves.

        Raises OriginalGone for an address anywhere else: nothing is asked of strangers.
        """
        if origin(address) != origin(self.endpoint):
            raise OriginalGone(
                f"The picture lies at {origin(address) or 'no address'!r}, and only pictures of "
                f"the search service {self.name!r} itself are fetched.",
            )
        try:
            with httpx2.stream(
                "GET",
                address,  # without our key: who may write a document must not read with it
                timeout=httpx2.Timeout(READ, connect=CONNECT),
                verify=True if self.certificate is None else str(self.certificate),
            ) as reply:
                return self._picture(reply)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise OriginalGone(
                f"The search service {self.name!r} did not give the picture "
                f"({type(error).__name__})."
            ) from None  # the client's own text holds addresses

    def _picture(self, reply: httpx2.Response) -> bytes:
        kind = reply.headers.get("content-type", "")
        if reply.status_code != HTTPStatus.OK or not kind.startswith("image/"):
            raise OriginalGone(
                f"The search service {self.name!r} answered {reply.status_code} ({kind[:50]}) "
                "instead of a picture."
            )
        content = bytearray()
        for piece in reply.iter_bytes():
            content += piece
            if len(content) > LARGEST:
                raise OriginalGone(
                    f"Expected a picture of at most {LARGEST // 2**20} MiB from the search service "
                    f"{self.name!r}, got more."
                )
        return bytes(content)

    def admin(self) -> "SearchIndexClient":
        """A client for the indexes. Raises MissingPackage, InvalidRequest."""
        try:
            from azure.search.documents.indexes import SearchIndexClient  # noqa: PLC0415
        except ModuleNotFoundError as error:
            raise MissingPackage(
                "Search services need the package 'azure-search-documents', which is not "
                "installed.",
                hint="pip install 'sightline[azure]'",
            ) from error
        try:
            return SearchIndexClient(self.endpoint, self._credential(), **self._transport())
        except ValueError as error:  # clients before 12 take no plain http
            raise InvalidRequest(
                f"The search service {self.name!r} cannot be used: {error}.",
                hint="Give it an https address, or install azure-search-documents 12 or newer.",
            ) from error

    def _credential(self) -> Any:  # noqa: ANN401 (a class of the client's)
        from azure.core.credentials import AzureKeyCredential  # noqa: PLC0415

        return AzureKeyCredential(self.key or "none")

    def _transport(self) -> Json:
        trust = {} if self.certificate is None else {"connection_verify": str(self.certificate)}
        return {
            "connection_timeout": CONNECT,
            "read_timeout": READ,
            "retry_total": RETRIES,
            "retry_backoff_max": 2,
            # A long "Retry-After" would hold a thread of the server: 429 and 503 are told at once.
            "retry_status": 0,
            **trust,
        }


class AzureDocuments:
    """The documents of one index at a service, to be searched."""

    def __init__(self, service: SearchService, definition: Definition) -> None:
        self._service = service
        self._definition = definition

    @property
    def definition(self) -> Definition:
        """Its name, and those of its fields whose types we know."""
        return self._definition

    def count(self) -> int:
        """How many documents it holds."""
        with self._asking("count the documents of") as client:
            return int(client.get_document_count())

    def size(self) -> int:
        """Bytes that it takes there."""
        name = self._definition.name
        verb = f"look at the index {name!r}"
        with _faults(self._service, verb, index=name), self._service.admin() as admin:
            # A dict in the client of 2025, an object in the one of 2026.
            told: Any = admin.get_index_statistics(name)
        return int(told["storage_size"] if isinstance(told, dict) else told.storage_size)

    def search(self, query: Query) -> Results:
        """The best documents. Raises InvalidRequest, UnknownIndex, ServiceFailed."""
        with self._asking("search") as client:
            pages = client.search(
                query.words or None,
                search_mode="all" if query.every_word else "any",
                search_fields=list(query.search_fields) or None,
                vector_queries=[_vector_query(one) for one in query.vectors] or None,
                filter=query.filter or None,
                order_by=[f"{name} {'desc' if down else 'asc'}" for name, down in query.order]
                or None,
                select=list(query.select) or None,
                top=query.top,
                skip=query.skip or None,
                include_total_count=query.count or None,
            )
            found = tuple(_found(one) for one in pages)
            return Results(found=found, total=pages.get_count() if query.count else None)

    def get(self, key: str, select: Sequence[str] = ()) -> Document:
        """Raises UnknownDocument."""
        with self._asking("read a document of", document=key) as client:
            return dict(client.get_document(key, selected_fields=list(select) or None))

    def write(self, actions: Sequence[Action]) -> list[Written]:
        """Never: what lies at a service is searched only. Raises Refused."""
        raise Refused(
            f"Expected an index of this server to write {len(actions)} documents to, got "
            f"{self._definition.name!r} at the search service {self._service.name!r}."
        )

    @contextmanager
    def _asking(self, verb: str, document: str = "") -> Iterator["SearchClient"]:
        name = self._definition.name
        verb = f"{verb} the index {name!r}"
        with (
            _faults(self._service, verb, index=name, document=document),
            self._service.searching(name) as client,
        ):
            yield client


def definition_elsewhere(given: Json) -> Definition:
    """The definition as a service tells it; fields of types we do not know are left out."""
    return Definition(
        name=str(given["name"]),
        fields=tuple(
            _field(one) for one in given["fields"] if one.get("type") in _KINDS | {_NARROW_VECTOR}
        ),
        given=given,
    )


def origin(address: str) -> str:
    """Scheme, host and port of an address, to compare two; empty when it has none."""
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError:
        return ""
    if not parts.hostname:
        return ""
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{parts.hostname}" + (f":{port}" if port not in {None, usual} else "")


def _field(given: Mapping[str, Any]) -> Field:
    kind = VECTOR if given["type"] == _NARROW_VECTOR else given["type"]
    text = kind in {"Edm.String", "Collection(Edm.String)"}
    vector = kind == VECTOR

    def said(attribute: str, otherwise: bool) -> bool:
        value = given.get(attribute)
        return otherwise if value is None else bool(value)

    return Field(
        name=given["name"],
        kind=cast("Kind", kind),
        key=said("key", False),
        retrievable=said("retrievable", not vector),
        searchable=said("searchable", text or vector),
        filterable=said("filterable", not vector),
        sortable=said("sortable", not vector and not kind.startswith("Collection")),
        facetable=said("facetable", not vector),
        dimensions=given.get("dimensions") or 0,
        profile=given.get("vectorSearchProfile") or "",
    )


def _vector_query(query: VectorQuery) -> "VectorizedQuery":
    from azure.search.documents.models import VectorizedQuery  # noqa: PLC0415

    if query.vector is None:
        raise InvalidRequest("Expected a vector to search a service with, got words or a picture.")
    return VectorizedQuery(
        vector=[float(number) for number in query.vector],
        k_nearest_neighbors=query.k,
        fields=",".join(query.fields),
        exhaustive=query.exhaustive or None,
        weight=query.weight,
    )


def _found(given: Mapping[str, Any]) -> Found:
    document = {name: value for name, value in given.items() if not name.startswith("@")}
    return Found(document, float(given["@search.score"]))


@contextmanager
def _faults(
    service: SearchService, verb: str, *, index: str = "", document: str = ""
) -> Iterator[None]:
    try:
        from azure.core.exceptions import (  # noqa: PLC0415
            AzureError,
            HttpResponseError,
            ResourceNotFoundError,
        )
    except ModuleNotFoundError:
        yield  # what is inside says which package is missing
        return
    try:
        yield
    except ResourceNotFoundError as error:
        if document:
            raise UnknownDocument(f"There is no document {document!r} there any more.") from error
        raise UnknownIndex(
            f"The search service {service.name!r} has no index {index!r}."
        ) from error
    except HttpResponseError as error:
        raise _refused(service, verb, error) from error
    except AzureError as error:
        raise ServiceFailed(
            f"Could not {verb}: the search service {service.name!r} cannot be reached "
            f"({type(error).__name__}).",
            hint="Check its endpoint in settings.toml, and that it runs.",
        ) from None  # the client's own text holds addresses


def _refused(
    service: SearchService,
    verb: str,
    error: Any,  # noqa: ANN401
) -> ServiceFailed | InvalidRequest:
    status = error.status_code
    # The client's text says everything twice: what comes after "Code:" stood before it.
    said = " ".join(str(error.message or error.reason or "").partition("\nCode:")[0].split())
    said = said.removeprefix("() ")[:_LONGEST]
    if status == HTTPStatus.BAD_REQUEST:
        return InvalidRequest(f"Could not {verb} at {service.name!r}: {said}")
    hint = None
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        hint = (
            "Check the key in the variable that `api_key_env` names; reading a definition needs "
            "an admin key, searching a query key."
        )
    return ServiceFailed(
        f"Could not {verb}: the search service {service.name!r} answered {status}: {said}",
        hint=hint,
    )
