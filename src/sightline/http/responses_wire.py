"""The Responses API: a request body to `ChatRequest`, and the object that a response is.

What has no name in it travels under "sightline": all evidence, warnings, and where the words of
the answer are on the pictures.
"""

from dataclasses import dataclass

from sightline.errors import InvalidRequest
from sightline.events import Usage
from sightline.http.data_sources import Reachable, connected
from sightline.http.enhancements import (
    eyes_chosen,
    grounds_words,
    notes_on,
    reads_text,
    sends_video,
)
from sightline.http.responses_fields import (
    ResponsesBody,
    notes_on_response_fields,
    responses_body,
)
from sightline.http.responses_input import received
from sightline.http.turns import with_role_information
from sightline.http.wire_json import Json
from sightline.messages import ChatRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedResponse:
    """A request with what its response must look like.

    `grounded`: it named an index, so the response lists its evidence even when there is none.
    `repeated`: what a response says of its request.
    """

    request: ChatRequest
    stream: bool
    grounded: bool
    repeated: Json


def asked_response(given: Json, *, reachable: Reachable) -> AskedResponse:
    """The request of a parsed body. Raises InvalidRequest or UrlNotAllowed."""
    body = responses_body(given)
    if not body.model:
        raise InvalidRequest(
            "model: expected the name of a deployment, got nothing.",
            hint="GET /v1/models lists them; 'extractive' is always there.",
            param="model",
        )
    said = received(body.input, body.instructions)
    sources = connected(body.data_sources or (), reachable)
    return AskedResponse(
        request=ChatRequest(
            deployment=body.model,
            messages=with_role_information(said.messages, sources.role_information),
            sampling=body.sampling,
            grounds=sources.grounds,
            read_text=reads_text(body.enhancements),
            ground=grounds_words(body.enhancements),
            whole_videos=sends_video(body.enhancements),
            eyes=eyes_chosen(body.enhancements),
            output=body.output,
            notes=(
                *notes_on_response_fields(body),
                *said.notes,
                *sources.notes,
                *notes_on(body.enhancements),
            ),
        ),
        stream=bool(body.stream),
        grounded=sources.given,
        repeated=_repeated(body),
    )


def usage_json(usage: Usage) -> Json:
    """Token counts. The details are 0: nothing is cached, and reasoning is not counted apart."""
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage.total_tokens,
        "estimated": usage.estimated,
    }


def failure_json(error: Json) -> Json:
    """`response.error` for an error of ours, whose `code` must be one that the API knows."""
    return {
        "code": _CODES.get(error["type"], "server_error"),
        "message": error["message"],
        "type": error["type"],
        "param": error["param"],
    }


def _repeated(body: ResponsesBody) -> Json:
    return {
        "background": False,
        "instructions": body.instructions,
        "max_output_tokens": body.max_output_tokens,
        "max_tool_calls": None,
        "metadata": body.metadata or {},
        "model": body.model,
        "parallel_tool_calls": body.parallel_tool_calls is not False,
        "previous_response_id": None,
        "prompt_cache_key": body.prompt_cache_key,
        "reasoning": {"effort": None, "summary": None},
        "safety_identifier": body.safety_identifier,
        "store": False,
        "temperature": body.temperature,
        "text": {"format": body.format},
        "tool_choice": body.tool_choice or "auto",
        "tools": [],
        "top_logprobs": 0,
        "top_p": body.top_p,
        "truncation": "disabled",
        "user": body.user,
    }


_CODES = {"rate_limit_error": "rate_limit_exceeded", "invalid_request_error": "invalid_prompt"}
