"""The fields of a chat request besides its messages: what is passed on, refused, or noted.

The rule: what would change the meaning of the answer and cannot be done is refused by name; what
only tunes or labels is accepted, and where it has no effect the reply says so in its warnings.
The table in `docs/api.md` follows this module.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from sightline.errors import InvalidRequest
from sightline.http.output_format import output_of
from sightline.http.tool_fields import tools_of
from sightline.http.wire_json import AnySpelling, Json, is_given, kind_of, refusal
from sightline.messages import OutputFormat, Sampling, Tools


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class StreamOptions(BaseModel):
    """Options of a streamed reply."""

    include_usage: bool | None = None


class Switch(BaseModel):
    """An enhancement that can be on or off."""

    enabled: bool = False


class ReadingSwitch(Switch):
    """`ocr`, with what the service had not: who reads, and in which language."""

    engine: str | None = None
    language: str | None = None


class GroundingSwitch(Switch):
    """`grounding`, with what the service had not: who finds things."""

    engine: str | None = None


class VideoSwitch(Switch):
    """`video`, with what the service had not: the video itself for models that take one."""

    whole: bool = False


class Enhancements(BaseModel):
    """The vision enhancements of the Azure dialects."""

    model_config = ConfigDict(extra="allow")

    ocr: ReadingSwitch | None = None
    grounding: GroundingSwitch | None = None
    video: VideoSwitch | None = None


class ChatBody(AnySpelling):
    """The body of a chat request, in any dialect. Further fields are ignored and noted."""

    model_config = ConfigDict(extra="allow")

    model: str | None = Field(None, description="The deployment; an Azure path decides instead.")
    messages: list[dict[str, Any]] = Field(min_length=1)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, ge=0, le=1)
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    stop: Annotated[
        list[str] | None, BeforeValidator(_as_list, json_schema_input_type=str | list[str] | None)
    ] = Field(None, max_length=4)
    seed: int | None = Field(None, ge=-(2**63), lt=2**63)
    presence_penalty: float | None = Field(None, ge=-2, le=2)
    frequency_penalty: float | None = Field(None, ge=-2, le=2)
    logit_bias: dict[str, Annotated[float, Field(ge=-100, le=100)]] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = Field(None, ge=0, le=20)
    response_format: dict[str, Any] | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    functions: list[dict[str, Any]] | None = Field(None, description="The older form of `tools`.")
    function_call: str | dict[str, Any] | None = Field(
        None, description="The older form of `tool_choice`."
    )
    data_sources: list[dict[str, Any]] | None = Field(
        None, description="Indexes to answer from; also as `dataSources`."
    )
    enhancements: Enhancements | None = None

    @property
    def sampling(self) -> Sampling:
        """What is passed on to the model."""
        return Sampling(
            temperature=self.temperature,
            top_p=self.top_p,
            max_tokens=self.max_completion_tokens or self.max_tokens,
            stop=tuple(stop for stop in self.stop or () if stop),
            seed=self.seed,
            presence_penalty=self.presence_penalty,
            frequency_penalty=self.frequency_penalty,
            logit_bias=self.logit_bias or None,
            logprobs=(self.top_logprobs or 0) if self.logprobs else None,
        )

    @property
    def output(self) -> OutputFormat | None:
        """The form that the answer must have. Raises InvalidRequest."""
        return output_of(self.response_format)

    @property
    def in_older_form(self) -> bool:
        """Whether tools are offered as `functions`; `tools` count where both are given."""
        return not self.tools and bool(self.functions or self.function_call)

    @property
    def offered(self) -> Tools | None:
        """The tools that the model may call. Raises InvalidRequest."""
        old = self.in_older_form
        return tools_of(
            self.functions if old else self.tools,
            self.function_call if old else self.tool_choice,
            self.parallel_tool_calls,
            old=old,
        )


def chat_body(given: Json) -> ChatBody:
    """The checked body. Raises InvalidRequest that names the field."""
    refuse(given, REFUSED)
    try:
        body = ChatBody.model_validate(given)
    except ValidationError as error:
        raise refusal(error) from error
    if body.top_logprobs and not body.logprobs:
        raise InvalidRequest(
            f"top_logprobs: it needs logprobs to be true, got {kind_of(body.logprobs)}.",
            param="top_logprobs",
        )
    return body


def notes_on_fields(body: ChatBody) -> Iterator[str]:
    """Remarks on what was accepted and has no effect."""
    for field, value in (body.model_extra or {}).items():
        if field not in REFUSED and field not in SILENT and is_given(value):
            yield f"The field {field!r} is not known here and has no effect."
    if (body.tools and body.tool_choice == "none") or (
        body.functions and not body.tools and body.function_call == "none"
    ):
        yield TOOLS_LEFT_OUT
    if body.tools and body.functions:
        yield "'tools' counts; 'functions' has no effect."
    lengths = {body.max_tokens, body.max_completion_tokens} - {None}
    if len(lengths) > 1:
        yield "'max_completion_tokens' counts; 'max_tokens' is another number and has no effect."


@dataclass(frozen=True, slots=True)
class Refused:
    """When a field cannot be served, and what to say then."""

    when: Callable[[Any], bool]
    why: str


def refuse(given: Json, rules: Mapping[str, Refused]) -> None:
    """Raises InvalidRequest for the first field that a rule forbids."""
    for field, rule in rules.items():
        value = given.get(field)
        if not is_given(value) or not rule.when(value):
            continue
        raise InvalidRequest(f"{field}: {rule.why} Got {kind_of(value)}.", param=field)


TOOLS_LEFT_OUT = "The tools are left out: 'tool_choice' says that none may be called."
REFUSED = {
    "n": Refused(lambda n: n != 1, "one answer is made for each request, so n must be 1."),
    "modalities": Refused(lambda kinds: kinds != ["text"], 'only ["text"] is served.'),
    "audio": Refused(bool, "spoken answers are not served; leave it out."),
    "web_search_options": Refused(
        lambda _: True, "this server searches its own indexes only, see 'data_sources'."
    ),
}
SILENT = frozenset(
    {
        # They label the request or say what is the case anyway.
        "user", "metadata", "safety_identifier", "prompt_cache_key", "service_tier",
    }
)  # fmt: skip
