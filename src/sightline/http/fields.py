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
    model_validator,
)

from sightline.errors import InvalidRequest
from sightline.http.wire_json import Json, is_given, kind_of, known_keys, refusal
from sightline.messages import Sampling


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class StreamOptions(BaseModel):
    """Options of a streamed reply."""

    include_usage: bool | None = None


class Switch(BaseModel):
    """An enhancement that can be on or off."""

    enabled: bool = False


class Enhancements(BaseModel):
    """The vision enhancements of the Azure dialects."""

    model_config = ConfigDict(extra="allow")

    ocr: Switch | None = None
    grounding: Switch | None = None
    video: Switch | None = None


class ChatBody(BaseModel):
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
    data_sources: list[dict[str, Any]] | None = Field(
        None, description="Indexes to answer from; also as `dataSources`."
    )
    enhancements: Enhancements | None = None

    @model_validator(mode="before")
    @classmethod
    def _spelling(cls, data: object) -> object:
        return known_keys(cls, data)

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
        )


def chat_body(given: Json) -> ChatBody:
    """The checked body. Raises InvalidRequest that names the field."""
    refuse(given, REFUSED)
    try:
        return ChatBody.model_validate(given)
    except ValidationError as error:
        raise refusal(error) from error


def notes_on_fields(body: ChatBody) -> Iterator[str]:
    """Remarks on what was accepted and has no effect."""
    for field, value in (body.model_extra or {}).items():
        if field not in REFUSED and field not in SILENT and is_given(value):
            yield f"The field {field!r} is not known here and has no effect."
    if is_given((body.model_extra or {}).get("tools")):
        yield TOOLS_LEFT_OUT
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
    calls_off = "none" in (given.get("tool_choice"), given.get("function_call"))
    for field, rule in rules.items():
        value = given.get(field)
        if not is_given(value) or not rule.when(value):
            continue
        if field in {"tools", "functions"} and calls_off:
            continue
        raise InvalidRequest(f"{field}: {rule.why} Got {kind_of(value)}.", param=field)


def _is_not_text(response_format: object) -> bool:
    return not (isinstance(response_format, dict) and response_format.get("type") == "text")


TOOLS_LEFT_OUT = "The tools are left out: 'tool_choice' says that none may be called."
_NO_TOOLS = "calling tools is not served by this version; leave it out."
_NO_LOGPROBS = "log probabilities are not served; leave it out."
REFUSED = {
    "n": Refused(lambda n: n != 1, "one answer is made for each request, so n must be 1."),
    "tools": Refused(bool, _NO_TOOLS),
    "functions": Refused(bool, _NO_TOOLS),
    "logprobs": Refused(bool, _NO_LOGPROBS),
    "top_logprobs": Refused(bool, _NO_LOGPROBS),
    "logit_bias": Refused(bool, "a bias on single tokens is not served; leave it out."),
    "response_format": Refused(_is_not_text, 'only {"type": "text"} is served by this version.'),
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
        "tool_choice", "function_call", "parallel_tool_calls",
    }
)  # fmt: skip
