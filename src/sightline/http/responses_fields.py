"""The fields of a request to the Responses API besides its input: passed on, refused, or noted.

The rule is that of chats (`fields.py`), and so are the refusals where the fields are the same.
The table in `docs/api.md` follows this module.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
)

from sightline.http.fields import REFUSED, TOOLS_LEFT_OUT, Enhancements, Refused, refuse
from sightline.http.output_format import response_output_of
from sightline.http.wire_json import AnySpelling, Json, is_given, refusal
from sightline.messages import OutputFormat, Sampling


class TextConfig(BaseModel):
    """What the words of the answer must be like."""

    model_config = ConfigDict(extra="allow")

    format: Json | None = None
    verbosity: str | None = None


class ObfuscationOptions(BaseModel):
    """Options of a streamed response."""

    include_obfuscation: bool | None = None


class ResponsesBody(AnySpelling):
    """The body of a request to the Responses API. Further fields are ignored and noted."""

    model_config = ConfigDict(extra="allow")

    model: str | None = Field(None, description="The deployment.")
    input: Annotated[
        Any,
        WithJsonSchema(
            {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "object"}}]}
        ),
    ] = None
    instructions: str | None = None
    stream: bool | None = None
    stream_options: ObfuscationOptions | None = None
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, ge=0, le=1)
    max_output_tokens: int | None = Field(None, ge=1)
    text: TextConfig | None = None
    metadata: dict[str, str] | None = None
    store: bool | None = None
    reasoning: Json | None = None
    include: list[str] | None = None
    truncation: Literal["auto", "disabled"] | None = None
    tool_choice: str | None = None
    parallel_tool_calls: bool | None = None
    user: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None
    data_sources: list[Json] | None = Field(
        None, description="Indexes to answer from; also as `dataSources`."
    )
    enhancements: Enhancements | None = None

    @property
    def sampling(self) -> Sampling:
        """What is passed on to the model."""
        return Sampling(
            temperature=self.temperature, top_p=self.top_p, max_tokens=self.max_output_tokens
        )

    @property
    def format(self) -> Json:
        """The form of the answer as it is repeated; prose when nothing is said."""
        given = self.text.format if self.text else None
        return given or {"type": "text"}

    @property
    def output(self) -> OutputFormat | None:
        """The form that the answer must have; None for prose. Raises InvalidRequest."""
        return response_output_of(self.format)


def responses_body(given: Json) -> ResponsesBody:
    """The checked body. Raises InvalidRequest that names the field."""
    refuse(_without_idle_tools(given), RESPONSES_REFUSED)
    try:
        return ResponsesBody.model_validate(given)
    except ValidationError as error:
        raise refusal(error) from error


def _without_idle_tools(given: Json) -> Json:
    """The body without tools of which none may be called."""
    if given.get("tool_choice") != "none":
        return given
    return {field: value for field, value in given.items() if field not in {"tools", "functions"}}


def notes_on_response_fields(body: ResponsesBody) -> Iterator[str]:
    """Remarks on what was accepted and has no effect."""
    for field, value in (body.model_extra or {}).items():
        if field not in RESPONSES_REFUSED and field not in RESPONSES_SILENT and is_given(value):
            yield f"The field {field!r} is not known here and has no effect."
    if is_given((body.model_extra or {}).get("tools")):
        yield TOOLS_LEFT_OUT
    if body.store:
        yield "'store' has no effect: responses are not kept and cannot be fetched again."
    if asked := [name for name, value in (body.reasoning or {}).items() if is_given(value)]:
        yield f"'reasoning' ({', '.join(asked)}) has no effect: the model server decides on it."
    if body.include:
        yield f"'include' ({', '.join(body.include)}) has no effect: there is no such thing here."
    if body.truncation == "auto":
        yield "'truncation' has no effect: the model server says how long a conversation may be."
    if body.stream_options and body.stream_options.include_obfuscation:
        yield "'stream_options.include_obfuscation' has no effect: nothing is added to streams."
    yield from _notes_on_text(body)


def _notes_on_text(body: ResponsesBody) -> Iterator[str]:
    if body.text is None:
        return
    said = {"verbosity": body.text.verbosity, **(body.text.model_extra or {})}
    for name, value in said.items():
        if is_given(value):
            yield f"'text.{name}' has no effect; say it in 'instructions'."


_LOGPROBS = "message.output_text.logprobs"
_NOTHING_KEPT = "nothing is kept here to go on from; send the whole conversation as 'input'."
_NO_TOOLS = "calling tools is not served by this API here; leave it out, or use chat completions."
_NO_LOGPROBS = "log probabilities are not served by this API here; use chat completions."
RESPONSES_REFUSED = REFUSED | {
    "tools": Refused(bool, _NO_TOOLS),
    "functions": Refused(bool, _NO_TOOLS),
    "logprobs": Refused(bool, _NO_LOGPROBS),
    "top_logprobs": Refused(bool, _NO_LOGPROBS),
    "logit_bias": Refused(bool, "a bias on single tokens is not served by this API here."),
    "messages": Refused(bool, "this API takes the conversation as 'input'."),
    "response_format": Refused(bool, "this API takes the form of the answer as 'text.format'."),
    "previous_response_id": Refused(bool, _NOTHING_KEPT),
    "conversation": Refused(bool, _NOTHING_KEPT),
    "prompt": Refused(bool, "no templates are kept here; send 'instructions' and 'input'."),
    "background": Refused(
        bool, "work in the background is not served; leave it out, and wait or stream."
    ),
    "moderation": Refused(bool, "nothing is moderated here; leave it out."),
    "tool_choice": Refused(
        lambda choice: choice not in ("none", "auto"),
        "calling tools is not served by this version, so it must be 'none' or 'auto'.",
    ),
    "include": Refused(
        lambda kinds: isinstance(kinds, list) and _LOGPROBS in kinds,
        f"{_LOGPROBS} is not served; leave it out.",
    ),
}
RESPONSES_SILENT = frozenset(
    {
        # They label the request or say what is the case anyway.
        "max_tool_calls", "prompt_cache_options", "prompt_cache_retention", "service_tier",
    }
)  # fmt: skip
