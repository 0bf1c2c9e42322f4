"""What a model server says when it refuses or fails, as errors with its own words in them.

Servers disagree on the shape: `{"error": {"message": …}}`, `{"error": "…"}`, `{"detail": …}`,
`[{"error": …}]`, a web page, plain words. They disagree on the status too, so the hint is chosen
by the words. What is guarded here: an API key that a server repeats never reaches a message.
"""

import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from sightline.errors import PromptTooLong, UpstreamError, UpstreamRateLimited, UpstreamRejected
from sightline.untrusted import shortened

_LONGEST_QUOTE = 400
_CLIENT_ERRORS = range(400, 500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """The server behind a deployment, for messages.

    `address` is scheme, host, port and path: no user name, no password, no query. `secret` is the
    API key, which is taken out of whatever is quoted.
    """

    deployment: str
    address: str
    secret: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"the model server of {self.deployment!r} ({self.address})"

    def quote(self, text: str) -> str:
        """Words of the server on one line, shortened, without the key."""
        if self.secret:
            text = text.replace(self.secret, "(the API key)")
        return shortened(" ".join(text.split()), _LONGEST_QUOTE)


def refused(
    upstream: Upstream, status: int, headers: Mapping[str, str], body: bytes
) -> UpstreamError:
    """The error for an answer whose status is not 2xx."""
    if status in range(300, 400):
        return UpstreamRejected(
            f"{upstream} redirects (status {status}) to"
            f" {upstream.quote(headers.get('location', 'nowhere'))!r};"
            " redirects are not followed.",
            hint="Set base_url to the address it points at.",
        )
    words = upstream.quote(_words(body))
    said = _sentence(f"{upstream} answered with status {status}: {words}")
    wait = retry_after(headers)
    busy = status == HTTPStatus.SERVICE_UNAVAILABLE and wait is not None
    if status == HTTPStatus.TOO_MANY_REQUESTS or busy:
        return UpstreamRateLimited(said, hint=_BUSY, retry_after=wait)
    return _failed(said, words, status)


def failed_in_stream(upstream: Upstream, event: Any) -> UpstreamError:  # noqa: ANN401 (any JSON)
    """The error for an event that reports one, in a stream that began well."""
    words = upstream.quote(_words_of(event))
    said = _sentence(f"{upstream} stopped with an error: {words}")
    error = event.get("error", event) if isinstance(event, dict) else event
    code = error.get("code") if isinstance(error, dict) else None
    if code in (HTTPStatus.TOO_MANY_REQUESTS, "rate_limit_exceeded"):
        return UpstreamRateLimited(said, hint=_BUSY)
    return _failed(said, words, code if isinstance(code, int) else HTTPStatus.INTERNAL_SERVER_ERROR)


def unreadable(upstream: Upstream, data: bytes) -> UpstreamError:
    """The error for data that should be JSON and is not."""
    words = upstream.quote(_words(data))
    if _is_web_page(data):
        return UpstreamRejected(
            f"{upstream} answered with {words} instead of JSON.", hint=_HINTS_BY_STATUS[404]
        )
    said = _sentence(f"{upstream} sent an event that is not JSON: {words}")
    return UpstreamError(said, hint=_LOG)


def no_connection_hint(error: BaseException) -> str:
    """What to do about a connection that was not made or was cut."""
    cause: BaseException | None = error
    while cause is not None:
        match cause:
            case ssl.SSLCertVerificationError():
                return (
                    "Its certificate is not trusted here: let base_url have the name that it was "
                    "made for, and add who signed it to the certificates of the system."
                )
            case ssl.SSLError():
                return "It may not speak TLS there: try base_url with http://."
        cause = cause.__cause__ or cause.__context__
    return "Is it running, and is base_url right, with https:// or http:// as it listens?"


def names_field(body: bytes, name: str) -> bool:
    """Whether an error body talks about this field of the request."""
    return re.search(rf"\b{re.escape(name)}\b", body.decode("utf-8", "replace")) is not None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from `retry-after-ms` (Azure) or `retry-after` (seconds or a date)."""
    try:
        return max(float(headers["retry-after-ms"]) / 1000, 0.0)
    except (KeyError, ValueError):
        pass
    value = headers.get("retry-after", "")
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max((when - datetime.now(UTC)).total_seconds(), 0.0)


def _words(body: bytes) -> str:
    text = body.decode("utf-8", "replace").strip()
    if _is_web_page(body):
        title = re.search(r"<title[^>]*>(.*?)</title", text, re.IGNORECASE | re.DOTALL)
        return f"a web page{f' titled {title.group(1).strip()!r}' if title else ''}"
    try:
        return _words_of(json.loads(text))
    except ValueError:
        return text or "(no words)"


def _sentence(said: str) -> str:
    return said if said.endswith((".", "!", "?")) else f"{said}."


def _is_web_page(body: bytes) -> bool:
    return body.lstrip()[:1] == b"<"


def _words_of(answer: Any) -> str:  # noqa: ANN401 (any JSON)
    """The message inside any of the shapes; the whole JSON when it has none of them."""
    match answer:
        case str():
            return answer
        case [first, *_]:
            # Gemini wraps its error into a list; FastAPI lists one entry per wrong field.
            return "; ".join(map(_words_of, answer)) if _is_field_error(first) else _words_of(first)
        case {"error": (str() | dict() | list()) as error} if error:
            return _words_of(error)
        case {"detail": (str() | dict() | list()) as detail} if detail:
            return _words_of(detail)
        case {"loc": list() as place, "msg": str() as message}:
            return f"{'.'.join(map(str, place))}: {message}"
        case {"message": str() as message} if message:
            return message
    return json.dumps(answer, ensure_ascii=False)


def _is_field_error(value: object) -> bool:
    return isinstance(value, dict) and "loc" in value and "msg" in value


_TOO_LONG = (
    r"context (length|size|window|limit)|context_length|contextwindow"
    r"|maximum (context|model length|prompt length)|longer than the model'?s"
    r"|(prompt|input) is too long"
    r"|too many tokens|requested token count|max_prompt_tokens|reduce the length"
    r"|token count.{0,40}exceeds|`inputs`.{0,80}must (be|have)"
)
_BLIND = (
    r"image input is not (supported|enabled)|not a multimodal|image_url is only supported|mmproj"
    r"|(does not|doesn't) support (image|vision)|support image input|unknown variant .?image_url"
    r"|required for image input|at most 0 image"
)
_TOO_MANY = r"at most \d+ image|image count \d+ exceeds|too many images"
_UNKNOWN_MODEL = (
    r"model\b.{0,100}\b(not found|not exist|not loaded)|(no such|unknown) model|pinned to"
    r"|deployment.{0,60}not exist"
)
_LOG = "Its log may say why."
_BUSY = "Ask again later; if that does not help, the account's quota may be used up."
_PLAIN_HTTP = r"http request (was sent )?to (an )?https (port|server)"
_NO_TOOLS = (
    r"does not support (tools|function)|tools? (is|are) not supported|enable-auto-tool-choice"
    r"|--jinja|\btool_choice\b"
)
_HINTS = {
    _TOO_LONG: "The prompt does not fit the model: ask for fewer documents, start a new "
    "conversation, lower `max_tokens`, or give the model server a larger context.",
    _BLIND: "The model takes no pictures: set `sees = false` for the deployment, or load a model "
    "that sees.",
    _TOO_MANY: "Set `max_images` of the deployment to what the model takes.",
    _UNKNOWN_MODEL: "Check `model` of the deployment; the model server lists its own at /models.",
    _PLAIN_HTTP: "Let base_url begin with https://.",
    _NO_TOOLS: "The model calls no tools, or its server has them switched off (vLLM wants "
    "--enable-auto-tool-choice, llama.cpp wants --jinja): ask without 'tools', or choose another.",
    r"loading model": "The model is still being loaded: try again in a moment.",
}
_HINTS_BY_STATUS = {
    401: "Check the API key of the deployment.",
    402: "Check the credit of the account behind the API key.",
    403: "Check the API key of the deployment and what it may use.",
    404: "Check base_url (most end in /v1) and the model's name.",
    405: "Check base_url (most end in /v1).",
    413: "Ask with fewer or smaller pictures, or let the model server take larger requests.",
}


def _failed(said: str, words: str, status: int) -> UpstreamError:
    """The error for these words; what the server calls its own fault may help asked again."""
    found = next((p for p in _HINTS if re.search(p, words, re.IGNORECASE)), None)
    if found == _TOO_LONG:
        return PromptTooLong(said, hint=_HINTS[found])
    hint = _HINTS[found] if found else _HINTS_BY_STATUS.get(status)
    if status in _CLIENT_ERRORS:
        return UpstreamRejected(said, hint=hint)
    return UpstreamError(said, hint=hint or _LOG)
