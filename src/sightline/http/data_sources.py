"""`data_sources` and `enhancements` of a request, in every spelling, to `Grounds`.

An `endpoint` that is a configured search service is asked there, with the fields that the request
says and the key that is configured here. Any other search source is the name of an index of this
server; what it says of fields and vectors is accepted and noted, for an index here knows these
things itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any, cast

from pydantic import AfterValidator, ConfigDict, Field, ValidationError

from sightline.assets import Where
from sightline.documents.azure_search import origin
from sightline.errors import InvalidRequest
from sightline.http.wire_json import AnySpelling, Json, is_given, kind_of, refusal, squashed
from sightline.messages import Distant, Grounds
from sightline.odata.parsing import parse

QUERY_TYPES = ("simple", "semantic", "vector", "vector_simple_hybrid", "vector_semantic_hybrid")


class WhereBody(AnySpelling):
    """A filter, applied before ranking; all that is given must hold. Times are ISO 8601."""

    model_config = ConfigDict(extra="forbid")

    source: str | None = None
    key_prefix: str | None = None
    tag: str | None = None
    described: bool | None = None
    taken_from: datetime | None = None
    taken_until: datetime | None = None

    @property
    def value(self) -> Where:
        """The filter as the index takes it."""
        return Where(
            source=self.source,
            key_prefix=self.key_prefix,
            tag=self.tag,
            described=self.described,
            taken_from=self.taken_from,
            taken_until=self.taken_until,
        )


def _a_query_type(value: str) -> str:
    if squashed(value) not in {squashed(kind) for kind in QUERY_TYPES}:
        raise ValueError(f"expected one of {', '.join(QUERY_TYPES)}")
    return value


class FieldsMapping(AnySpelling):
    """Which fields of an index elsewhere hold what; what is left out is guessed."""

    model_config = ConfigDict(extra="allow")

    content_fields: list[str] | None = None
    title_field: str | None = None
    filepath_field: str | None = None
    url_field: str | None = None
    image_vector_fields: list[str] | None = None

    @property
    def value(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What is said, field by field."""
        said = ((name, getattr(self, name)) for name in type(self).model_fields)
        return tuple(
            (name, (value,) if isinstance(value, str) else tuple(value))
            for name, value in said
            if value
        )


class SearchParameters(AnySpelling):
    """What a data source says about an index to search."""

    model_config = ConfigDict(extra="allow")

    index_name: str = Field(min_length=1)
    endpoint: str | None = None
    top_n_documents: int | None = Field(None, ge=1, le=50)
    strictness: int | None = Field(None, ge=1, le=5)
    in_scope: bool | None = None
    role_information: str | None = None
    query_type: Annotated[str, AfterValidator(_a_query_type)] | None = None
    filter: str | None = None
    fields_mapping: FieldsMapping | None = None
    where: WhereBody | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """What the data sources of a request come to.

    `given` is whether there was an index to search at all: a reply to such a request always has
    its `context`, even an empty one. `video_index` is where the documents of the question are
    looked up.
    """

    grounds: Grounds = Grounds()
    role_information: str = ""
    notes: tuple[str, ...] = ()
    given: bool = False
    video_index: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reachable:
    """What endpoints of a request may lead to: this server, and configured services by origin.

    `here` is the host and port of this server; the others map `https://host` to a service's name.
    """

    here: str
    search: Mapping[str, str] = field(default_factory=dict)
    vision: Mapping[str, str] = field(default_factory=dict)


def connected(sources: Sequence[Json], reachable: Reachable) -> Connected:
    """The grounds that the sources name.

    Raises InvalidRequest for a type that is not served, a bad parameter, or two sources that
    disagree on something that can be said only once.
    """
    searches: list[tuple[str, SearchParameters]] = []
    encoder = ""
    video_index, remarks = _video_index(sources)
    for number, source in enumerate(sources):
        where = f"data_sources[{number}]"
        encoder = encoder or _vision_service(source, reachable)
        if _is_search(source.get("type"), where):
            searches.append((where, _parameters(source.get("parameters"), where)))
    if not searches:
        return Connected(
            role_information=remarks.role_information,
            notes=remarks.notes,
            video_index=video_index,
        )
    top = _agreed(searches, "top_n_documents")
    strictness = _agreed(searches, "strictness")
    in_scope = _agreed(searches, "in_scope")
    condition = _where(searches)
    defaults = Grounds()
    return Connected(
        grounds=Grounds(
            indexes=tuple(
                dict.fromkeys(_place(given, reachable, encoder) for _, given in searches)
            ),
            top=defaults.top if top is None else top,
            strictness=defaults.strictness if strictness is None else strictness,
            in_scope=defaults.in_scope if in_scope is None else in_scope,
            where=condition,
        ),
        role_information="\n".join(
            [remarks.role_information, *(given.role_information or "" for _, given in searches)]
        ).strip(),
        notes=(
            *remarks.notes,
            *(note for where, given in searches for note in _notes(where, given, reachable)),
        ),
        given=True,
        video_index=video_index,
    )


def _is_search(kind: object, where: str) -> bool:
    """Whether the source is an index to search; False for one that has nothing to say here."""
    match squashed(kind) if isinstance(kind, str) else kind:
        case "azuresearch" | "azurecognitivesearch" | "sightline":
            return True
        case "azurecomputervision":
            return False  # it says who reads pictures; here this server does
        case "azurecomputervisionvideoindex":
            return False  # it says where the videos of the question are looked up
        case _:
            raise InvalidRequest(
                f"{where}.type: expected 'sightline', 'azure_search' (AzureCognitiveSearch) or "
                f"'AzureComputerVision', got {kind_of(kind)}.",
                param=f"{where}.type",
            )


class VideoIndexParameters(AnySpelling):
    """What a data source says about the video index of a question."""

    model_config = ConfigDict(extra="allow")

    index_name: str = Field(min_length=1)
    role_information: str | None = None


def _video_index(sources: Sequence[Json]) -> tuple[str, Connected]:
    """The video index that the sources name, and what they say besides. Raises InvalidRequest."""
    found: dict[str, str] = {}
    notes: list[str] = []
    for number, source in enumerate(sources):
        where = f"data_sources[{number}]"
        kind = source.get("type")
        if not isinstance(kind, str) or squashed(kind) != "azurecomputervisionvideoindex":
            continue
        try:
            given = VideoIndexParameters.model_validate(source.get("parameters") or {})
        except ValidationError as error:
            raise refusal(error, f"{where}.parameters") from error
        found[given.index_name] = given.role_information or ""
        ignored = [name for name, value in (given.model_extra or {}).items() if is_given(value)]
        if ignored := [name for name in ignored if squashed(name) not in _SILENT_OF_VIDEOS]:
            notes.append(
                f"{where}.parameters: {', '.join(ignored)} accepted without effect; the video is "
                "looked up in the index of that name at this server."
            )
    if len(found) > 1:
        raise InvalidRequest(
            f"data_sources: expected one video index, got {', '.join(map(repr, found))}.",
            param="data_sources",
        )
    name, role = next(iter(found.items()), ("", ""))
    return name, Connected(role_information=role.strip(), notes=tuple(notes))


def _parameters(given: object, where: str) -> SearchParameters:
    try:
        parameters = SearchParameters.model_validate({} if given is None else given)
    except ValidationError as error:
        raise refusal(error, f"{where}.parameters") from error
    return parameters


def _where(searches: Sequence[tuple[str, SearchParameters]]) -> Where | None:
    """The filter of ours and the one in OData, which must both hold."""
    where = _agreed(searches, "where")
    text = _agreed(searches, "filter")
    if not text:
        return None if where is None else cast("Where", where.value)
    param = next(f"{place}.parameters.filter" for place, given in searches if given.filter)
    return filtered(text, None if where is None else where.value, param)


def filtered(text: str, where: Where | None, param: str) -> Where:
    """`where` with an OData filter besides. Raises InvalidRequest that names the field `param`."""
    try:
        return replace(where or Where(), filter=parse(text))
    except InvalidRequest as error:
        said = error.message.removeprefix("filter: ")
        raise InvalidRequest(f"{param}: {said}", hint=error.hint, param=param) from error


def _agreed(searches: Sequence[tuple[str, SearchParameters]], field: str) -> Any:  # noqa: ANN401
    """What the sources say about something that holds for the whole answer."""
    said = [(where, getattr(given, field)) for where, given in searches]
    said = [(where, value) for where, value in said if value is not None]
    for where, value in said[1:]:
        if value != said[0][1]:
            raise InvalidRequest(
                f"{where}.parameters.{field}: all data sources of one request must agree on it, "
                f"got {said[0][1]!r} and {value!r}.",
                param=f"{where}.parameters.{field}",
            )
    return said[0][1] if said else None


def _vision_service(source: Json, reachable: Reachable) -> str:
    """The configured service that a vision source beside a search source names, else nothing."""
    kind = source.get("type")
    if not isinstance(kind, str) or squashed(kind) != "azurecomputervision":
        return ""
    parameters = source.get("parameters")
    endpoint = parameters.get("endpoint") if isinstance(parameters, dict) else None
    return reachable.vision.get(origin(endpoint), "") if isinstance(endpoint, str) else ""


def _place(given: SearchParameters, reachable: Reachable, encoder: str) -> str | Distant:
    """An index at a configured service, else the name of one here."""
    service = reachable.search.get(origin(given.endpoint)) if given.endpoint else None
    if service is None:
        return given.index_name
    fields = given.fields_mapping or FieldsMapping()
    return Distant(service=service, index=given.index_name, fields=fields.value, encoder=encoder)


def _notes(where: str, given: SearchParameters, reachable: Reachable) -> Iterator[str]:
    extra = {
        squashed(name): name for name, value in (given.model_extra or {}).items() if is_given(value)
    }
    own = [name for key, name in extra.items() if key in _OWN_BUSINESS]
    if isinstance(_place(given, reachable, ""), Distant):
        mapping = given.fields_mapping.model_extra if given.fields_mapping else None
        own += [
            f"fields_mapping.{name}" for name, value in (mapping or {}).items() if is_given(value)
        ]
        own += ["query_type"] if given.query_type else []
        if own:
            yield (
                f"{where}.parameters: {', '.join(own)} accepted without effect; vectors are made "
                "by the encoder that is configured here."
            )
        yield from _unknown(where, extra)
        return
    if given.endpoint and origin(given.endpoint).partition("://")[2] != reachable.here.lower():
        yield (
            f"{where}.parameters.endpoint is not asked: index_name {given.index_name!r} is looked "
            "up among the indexes of this server. Only search services in settings.toml are asked."
        )
    if given.fields_mapping is not None:
        own.insert(0, "fields_mapping")
    if own:
        yield (
            f"{where}.parameters: {', '.join(own)} accepted without effect; "
            "an index of this server has its own fields and encoders."
        )
    yield from _unknown(where, extra)


def _unknown(where: str, extra: Mapping[str, str]) -> Iterator[str]:
    for key, name in extra.items():
        if key not in _OWN_BUSINESS and key not in _SILENT:
            yield f"{where}.parameters.{name} is not known here and has no effect."


_OWN_BUSINESS = frozenset(
    {
        "semanticconfiguration", "embeddingdependency", "embeddingendpoint",
        "embeddingkey", "embeddingdeploymentname", "maxsearchqueries", "allowpartialresult",
        "includecontexts",
    }
)  # fmt: skip
_SILENT_OF_VIDEOS = frozenset(
    {"computervisionapikey", "key", "authentication", "documentauthenticationkind"}
)
_SILENT = frozenset({"authentication", "key"})  # the key of the request decides
