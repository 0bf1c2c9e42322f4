"""What clients of Video Retrieval ask for: bodies of requests to orders of ours.

Facts of the wire: Azure AI Vision, api-version 2023-05-01-preview.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from secrets import token_hex
from typing import Annotated, Final, Literal
from uuid import uuid4

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    field_validator,
    model_validator,
)

from sightline.http.image_analysis_wire import MODEL_VERSION
from sightline.http.wire_json import AnySpelling, Json, checked, is_given
from sightline.storage.records import (
    MetadataField,
    VideoFeature,
    VideoIndex,
    VideoOrder,
)
from sightline.storage.tables import LONGEST_KEY
from sightline.video_places import moment_of
from sightline.video_search import VIDEOS, TextFilter, TimeFilter, VideoQuery

MOST_VIDEOS: Final = 1000
"""Videos in one ingestion."""

MOST_MOMENTS: Final = 1000

NO_SPEECH: Final = (
    "speech: no passages of speech are answered. Where the setting `speech` names who writes them "
    "down, frames are also found by what is said meanwhile; otherwise by their pictures, the text "
    "that is read on them and the searchable metadata."
)
NO_MODERATION: Final = "moderation: without effect, nothing is judged or left out here."
_IDLE: Final = {
    "moderation": NO_MODERATION,
    "generate_insight_intervals": "generateInsightIntervals: without effect, no insights are made.",
    "filter_defected_frames": (
        "filterDefectedFrames: without effect. Frames that cannot be decoded are always left out, "
        "blurred and dark ones are kept."
    ),
    "include_speech_transcript": NO_SPEECH,
}


def _lowered(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


_FeatureName = Annotated[Literal["vision", "speech"], BeforeValidator(_lowered)]


class _Body(AnySpelling):
    """Fields in any style; what is not known is kept, to be told that it has no effect."""

    model_config = ConfigDict(extra="allow")

    @property
    def ignored(self) -> list[str]:
        """A warning of each field that is not known."""
        extra = self.model_extra or {}
        return [
            f"{name[:100]}: not known here." for name, value in extra.items() if is_given(value)
        ]


class _MetadataField(_Body):
    name: str = Field(min_length=1, max_length=LONGEST_KEY)
    searchable: bool
    filterable: bool
    type: Annotated[Literal["string", "datetime"], BeforeValidator(_lowered)]

    @property
    def kept(self) -> MetadataField:
        """As it is kept: the name in lower case."""
        return MetadataField(
            name=self.name.lower(),
            type=self.type,
            searchable=self.searchable,
            filterable=self.filterable,
        )


class _Schema(_Body):
    language: str = Field("en", max_length=16)
    fields: tuple[_MetadataField, ...] = ()

    @field_validator("fields")
    @classmethod
    def _once(cls, fields: tuple[_MetadataField, ...]) -> tuple[_MetadataField, ...]:
        if len({field.name.lower() for field in fields}) < len(fields):
            raise ValueError("expected each name once, whatever its case")
        return fields


class _Feature(_Body):
    name: _FeatureName
    model_version: str | None = None
    domain: Annotated[Literal["generic", "surveillance"], BeforeValidator(_lowered)] = "generic"


class IndexBody(_Body):
    """An index to be made."""

    metadata_schema: _Schema | None = None
    features: list[_Feature] | None = None
    user_data: dict[str, JsonValue] | None = None

    def named(self, name: str) -> VideoIndex:
        """The index of that name, new."""
        now = datetime.now(UTC)
        plain = VideoIndex(
            id=f"videos_{token_hex(12)}",
            name=name,
            language=None,
            fields=(),
            features=tuple(
                VideoFeature(
                    name=one.name,
                    model_version=one.model_version or MODEL_VERSION,
                    domain=one.domain,
                )
                for one in self.features or [_Feature(name="vision")]
            ),
            user_data={},
            etag=token_hex(8),
            created_at=now,
            changed_at=now,
        )
        return replace(plain, **self.changes())

    def changes(self) -> Json:
        """What may be changed of it later, where it is given."""
        schema = self.metadata_schema
        told: Json = {}
        if schema is not None:
            fields = tuple(field.kept for field in schema.fields)
            told |= {"language": schema.language, "fields": fields}
        return told if self.user_data is None else told | {"user_data": self.user_data}


class _Video(_Body):
    mode: Annotated[Literal["add", "update", "remove"], BeforeValidator(_lowered)] = "add"
    document_url: str = Field(min_length=1)
    document_id: str | None = Field(None, min_length=1, max_length=LONGEST_KEY)
    metadata: dict[str, JsonValue] | None = None
    user_data: dict[str, JsonValue] | None = None

    @model_validator(mode="after")
    def _named(self) -> "_Video":
        if self.document_id is None and self.mode != "add":
            raise ValueError(f"expected the documentId of the document to {self.mode}")
        if self.document_id is not None and not self.document_id.isprintable():
            raise ValueError("expected a documentId of printable characters")
        return self

    @property
    def order(self) -> VideoOrder:
        """What is to be done."""
        return VideoOrder(
            mode=self.mode,
            id=self.document_id or str(uuid4()),
            url=self.document_url,
            metadata=self.metadata,
            user_data=self.user_data,
        )


class IngestionBody(_Body):
    """Videos to be dealt with."""

    videos: list[_Video] = Field(min_length=1, max_length=MOST_VIDEOS)
    moderation: bool | None = None
    generate_insight_intervals: bool | None = None
    filter_defected_frames: bool | None = None
    include_speech_transcript: bool | None = None

    def warnings(self, index: VideoIndex) -> list[str]:
        """What has no effect of what is asked for."""
        idle = [words for name, words in _IDLE.items() if getattr(self, name)]
        speech = any(feature.name == "speech" for feature in index.features)
        fields = {name for video in self.videos for name in video.metadata or {}}
        unknown = sorted(name[:100] for name in fields if index.field(name) is None)
        if unknown:
            idle.append(
                f"metadata: kept, and neither searched nor filtered by: {', '.join(unknown)}, "
                "which the metadataSchema does not name."
            )
        ignored = [*self.ignored, *(said for video in self.videos for said in video.ignored)]
        return list(dict.fromkeys([*idle, *([NO_SPEECH] if speech else []), *ignored]))


def _time(value: object) -> object:
    if value is None or (moment := moment_of(value)) is not None:
        return value if value is None else moment
    raise ValueError("expected a time such as 2023-06-30T17:40:33Z")


class _TextFilter(_Body):
    field_name: str
    values: list[str | int | float | bool]


class _TimeFilter(_Body):
    field_name: str
    start_time: Annotated[datetime | None, BeforeValidator(_time)] = None
    end_time: Annotated[datetime | None, BeforeValidator(_time)] = None


class _Filters(_Body):
    string_filters: tuple[_TextFilter, ...] = ()
    datetime_filters: tuple[_TimeFilter, ...] = ()
    feature_filters: tuple[
        Annotated[Literal["vision", "speech"], BeforeValidator(_lowered)], ...
    ] = ()


class QueryBody(_Body):
    """What to look for."""

    query_text: str = Field(min_length=1)
    filters: _Filters | None = None
    top: int = Field(10, ge=1, le=MOST_MOMENTS)
    skip: int = Field(0, ge=0, le=100_000)
    dedup: bool = True
    dedup_max_document_count: int | None = Field(None, ge=1, le=MOST_VIDEOS)
    disable_metadata_search: bool = False
    moderation: bool = False
    additional_index_names: tuple[str, ...] = ()

    @property
    def looks_at_pictures(self) -> bool:
        """Whether frames are wanted, and not only what is said."""
        features = self.filters.feature_filters if self.filters else ()
        return not features or "vision" in features

    def query(self) -> VideoQuery:
        """Which moments are wanted."""
        filters = self.filters or _Filters()
        texts = [
            TextFilter(field=one.field_name, values=frozenset(map(str, one.values)))
            for one in filters.string_filters
        ]
        times = [
            TimeFilter(field=one.field_name, begin=one.start_time, end=one.end_time)
            for one in filters.datetime_filters
        ]
        return VideoQuery(
            filters=(*texts, *times),
            top=self.top,
            skip=self.skip,
            distinct=self.dedup,
            videos=self.dedup_max_document_count or VIDEOS,
            metadata=not self.disable_metadata_search,
        )

    def warnings(self, indexes: Sequence[VideoIndex]) -> list[str]:
        """What has no effect of what is asked for."""
        speech = self.filters is not None and "speech" in self.filters.feature_filters
        spoken = any(one.name == "speech" for index in indexes for one in index.features)
        told = [NO_SPEECH] if speech or spoken else []
        told += [NO_MODERATION] if self.moderation else []
        return told + self.ignored


def read_index(given: Json) -> IndexBody:
    """Raises InvalidRequest."""
    return checked(IndexBody, given)


def read_ingestion(given: Json) -> IngestionBody:
    """Raises InvalidRequest."""
    return checked(IngestionBody, given)


def read_query(given: Json) -> QueryBody:
    """Raises InvalidRequest."""
    return checked(QueryBody, given)
