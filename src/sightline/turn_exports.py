"""A recorded turn as something to run: the body that was sent, byte for byte, to the same server.

The key is read from an environment variable; nothing of it is in the file. Whatever comes from the
recording is quoted, for it may have been written by others.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from shlex import quote
from typing import Any, Final, Literal, get_args
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from sightline.errors import InvalidRequest
from sightline.recorded_turn import RecordedTurn, turn_json
from sightline.untrusted import one_line

Form = Literal["curl", "python", "json"]

SUFFIXES: Final[Mapping[Form, str]] = {"curl": "sh", "python": "py", "json": "json"}

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_COMPLETIONS = "/chat/completions"


def export(turn: RecordedTurn, form: str) -> str:
    """The text of an export. Raises InvalidRequest for another form, or without a server."""
    match form:
        case "curl":
            return _curl(_Called.of(turn))
        case "python":
            return _python(_Called.of(turn))
        case "json":
            return json.dumps(turn_json(turn, whole=True), ensure_ascii=False, indent=2) + "\n"
    raise InvalidRequest(f"Expected as={', '.join(get_args(Form))}, got {form!r}.", param="as")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Called:
    """One call: `remarks` say where it comes from; `variable` holds the key, if there is one."""

    remarks: tuple[str, ...]
    address: str
    body: str
    azure: bool
    variable: str

    @classmethod
    def of(cls, turn: RecordedTurn) -> "_Called":
        server: dict[str, Any] = turn.back_end
        body = turn.last.body.decode()
        address = str(server.get("address", ""))
        if urlsplit(address).scheme not in {"http", "https"}:
            raise InvalidRequest(f"The recorded turn {turn.id} has no address to call.")
        variable = str(server.get("key_variable", ""))
        if variable and not _VARIABLE.fullmatch(variable):
            variable = "MODEL_SERVER_KEY"
        remarks = [
            f"Turn {turn.id} of {turn.at:%Y-%m-%d %H:%M:%S} UTC, deployment {turn.deployment}.",
            *([f"The key is read from ${variable}."] if variable else []),
            *(f"Left out of the address: the parameter {n}." for n in server.get("left_out", ())),
            *(["Words of the key stood in the body and were taken out."] if turn.redacted else []),
        ]
        return cls(
            remarks=tuple(one_line(remark, 300) for remark in remarks),
            address=address,
            body=body,
            azure=bool(server.get("azure")),
            variable=variable,
        )


def _curl(call: _Called) -> str:
    """The body goes through `printf`, which every shell has built in, so no length is too long.

    Inside single quotes no shell expands anything, also not "!" where it is pasted.
    """
    headers = ["content-type: application/json", "accept: text/event-stream", "expect:"]
    lines = [f"  -H {quote(header)}" for header in headers]
    if call.variable:
        name = "api-key: " if call.azure else "authorization: Bearer "
        lines.append(f'  -H "{name}${{{call.variable}}}"')
    return "\n".join(
        [
            *(f"# {remark}" for remark in call.remarks),
            f"printf '%s' {quote(call.body)} |",
            " \\\n".join(
                [
                    f"curl --silent --show-error --no-buffer --globoff {quote(call.address)}",
                    *lines,
                    "  --data-binary @-",
                ]
            ),
            "",
        ]
    )


def _python(call: _Called) -> str:
    """`content` sends the bytes as they are; `create(**json.loads(BODY))` would write them anew."""
    url = urlsplit(call.address)
    base = urlunsplit((url.scheme, url.netloc, url.path.removesuffix(_COMPLETIONS), "", ""))
    given = [f"base_url={base!r}"]
    if url.query:
        given.append(f"default_query={dict(parse_qsl(url.query))!r}")
    key = f"os.environ[{call.variable!r}]" if call.variable else "'none'"
    given.append(f"api_key={key}")
    headers = ["'content-type': 'application/json'"]
    if call.azure and call.variable:
        headers.append(f"'api-key': {key}")
    if call.azure or not call.variable:
        headers.append("'Authorization': omit")
    remarks = "\n".join(f"# {remark}" for remark in call.remarks)
    arguments = "".join(f"    {one},\n" for one in given)
    return f"""{remarks}
import os

from openai import OpenAI, Stream, omit
from openai.types.chat import ChatCompletion, ChatCompletionChunk

BODY = {call.body!r}

client = OpenAI(
{arguments})
# The same as client.chat.completions.create(**json.loads(BODY)), byte for byte as it was sent.
chunks = client.post(
    {_COMPLETIONS!r},
    cast_to=ChatCompletion,
    content=BODY.encode(),
    options={{"headers": {{{", ".join(headers)}}}}},
    stream=True,
    stream_cls=Stream[ChatCompletionChunk],
)
for chunk in chunks:
    for choice in chunk.choices:
        print(choice.delta.content or "", end="", flush=True)
print()
"""
