"""The bridge: when the status goes out, what errors look like, and that nothing is left running."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.responses import Response
from starlette.types import Message

from sightline.errors import UpstreamEmpty, UpstreamRejected, UpstreamTruncated
from sightline.events import AnswerEvent, Gathered, Progress, TextDelta
from sightline.http.stream import StreamedReply, WholeReply
from wire.samples import EVENTS, WITHOUT_GROUNDS, reply

Script = Sequence[AnswerEvent | Exception | float]


@dataclass
class Told:
    """A generator of events that says whether it was closed; a number in its script is a pause."""

    script: Script
    closed: bool = False

    async def events(self) -> AsyncGenerator[AnswerEvent]:
        try:
            for step in self.script:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, float):
                    await asyncio.sleep(step)
                else:
                    yield step
        finally:
            await asyncio.sleep(0)  # closing may itself need the loop
            self.closed = True


@dataclass
class Client:
    """The other side of an ASGI application; leaves after `patience` seconds if it is told to."""

    patience: float = 60.0
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    complete: bool = False

    async def ask(self, response: Response) -> None:
        scope = {"type": "http", "state": {"request_id": "req_1"}}
        await response(scope, self._receive, self._send)

    async def _receive(self) -> dict[str, Any]:
        await asyncio.sleep(self.patience)
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {k.decode(): v.decode() for k, v in message["headers"]}
        else:
            self.body += message["body"]
            self.complete = not message.get("more_body", False)

    @property
    def frames(self) -> list[str]:
        *frames, rest = self.body.decode().split("\n\n")
        assert rest == ""
        return frames


async def streamed(script: Script, **timing: float) -> tuple[Client, Told]:
    told, client = Told(script), Client()
    await client.ask(StreamedReply(told.events(), reply(), **timing))
    assert told.closed
    return client, told


async def test_frames_and_headers_of_a_stream():
    client, _ = await streamed(EVENTS)
    assert client.status == 200
    assert client.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert client.headers["cache-control"] == "no-cache"
    assert "content-length" not in client.headers
    assert client.complete
    *chunks, done = (frame for frame in client.frames if not frame.startswith(":"))
    assert done == "data: [DONE]"
    words = [json.loads(chunk.removeprefix("data: ")) for chunk in chunks]
    text = "".join(word["choices"][0]["delta"].get("content", "") for word in words)
    assert text == "It is the X200 [doc1]. 🏕"


async def test_progress_becomes_comments_on_one_line():
    client, _ = await streamed([Progress("reading picture 2\nof 3"), *WITHOUT_GROUNDS])
    assert client.frames[0] == ": reading picture 2 of 3"


EARLY: dict[str, Script] = {
    "before anything": [UpstreamRejected("no")],
    "after progress": [Progress("searching"), UpstreamRejected("no")],
    "after the evidence": [Progress("searching"), Gathered((), "?"), 0.01, UpstreamRejected("no")],
}


@pytest.mark.parametrize("script", EARLY.values(), ids=EARLY.keys())
async def test_a_failure_before_the_first_words_gets_a_real_status(script: Script):
    told, client = Told(script), Client()
    with pytest.raises(UpstreamRejected):
        await client.ask(StreamedReply(told.events(), reply()))
    assert client.status == 0  # nothing was sent: the handlers of the application may answer
    assert told.closed


async def test_slow_work_before_the_first_words_is_shown_and_its_failure_comes_in_the_stream():
    script = [Progress("reading picture 1 of 2"), 0.1, Progress("2 of 2"), UpstreamRejected("no")]
    client, _ = await streamed(script, patience=0.05)
    assert client.status == 200
    *progress, error = client.frames
    assert progress == [": reading picture 1 of 2", ": 2 of 2"]
    assert json.loads(error.removeprefix("data: "))["error"]["code"] == "upstream_rejected"


async def test_a_failure_inside_the_stream_is_one_frame_and_no_success():
    client, _ = await streamed([TextDelta("Half an ans"), UpstreamTruncated("cut")])
    assert json.loads(client.frames[-1].removeprefix("data: ")) == {
        "error": {
            "message": "cut",
            "type": "server_error",
            "code": "upstream_truncated",
            "param": None,
        }
    }
    assert client.complete
    assert b"[DONE]" not in client.body


async def test_a_stream_that_just_ends_is_not_taken_for_a_whole_answer():
    client, _ = await streamed([TextDelta("Half an ans")])
    assert "upstream_truncated" in client.frames[-1]
    assert b"[DONE]" not in client.body
    told, client = Told([TextDelta("Half an ans")]), Client()
    with pytest.raises(UpstreamTruncated):
        await client.ask(WholeReply(told.events(), reply()))


async def test_a_mistake_of_ours_is_logged_and_says_nothing_of_the_inside(
    caplog: pytest.LogCaptureFixture,
):
    client, _ = await streamed([TextDelta("Half"), ZeroDivisionError("secret")])
    error = json.loads(client.frames[-1].removeprefix("data: "))["error"]
    assert error["code"] == "internal_error"
    assert "req_1" in error["hint"]
    assert b"secret" not in client.body
    (record,) = (r for r in caplog.records if r.levelno == logging.ERROR)
    assert record.exc_info is not None
    caplog.clear()


async def test_silence_is_broken_by_comments_and_loses_no_event():
    script = [TextDelta("a"), 0.25, *WITHOUT_GROUNDS[1:]]
    client, _ = await streamed(script, patience=0.01, quiet=0.05)
    comments = [frame for frame in client.frames if frame == ": still working"]
    assert 2 <= len(comments) <= 4
    assert b'"content":"a"' in client.body
    assert b'"content":"Hi."' in client.body
    assert client.frames[-1] == "data: [DONE]"


LEAVING: dict[str, Script] = {
    "before the first words": [Progress("searching"), 30.0],
    "between words": [TextDelta("a"), 30.0],
}


@pytest.mark.parametrize("kind", [StreamedReply, WholeReply])
@pytest.mark.parametrize("script", LEAVING.values(), ids=LEAVING.keys())
async def test_a_client_that_leaves_ends_the_work_at_once(
    script: Script, kind: type[StreamedReply | WholeReply]
):
    told, client = Told(script), Client(patience=0.05)
    async with asyncio.timeout(1):
        await client.ask(kind(told.events(), reply()))
    assert told.closed
    assert not client.complete


async def test_a_client_that_leaves_while_words_cannot_be_sent_ends_the_work():
    class Stuck(Client):
        async def _send(self, message: Message) -> None:
            await super()._send(message)
            if self.body:
                await asyncio.sleep(30)

    told, client = Told([TextDelta("a"), TextDelta("b"), 30.0]), Stuck(patience=0.05)
    async with asyncio.timeout(1):
        await client.ask(StreamedReply(told.events(), reply()))
    assert told.closed


async def test_a_server_that_stops_ends_the_work():
    told = Told([TextDelta("a"), 30.0])
    task = asyncio.ensure_future(Client().ask(StreamedReply(told.events(), reply())))
    await asyncio.sleep(0.05)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()
    assert told.closed


async def test_an_error_while_closing_for_a_client_that_has_gone_is_mentioned(
    caplog: pytest.LogCaptureFixture,
):
    async def stubborn() -> AsyncGenerator[AnswerEvent]:
        try:
            yield TextDelta("a")
            await asyncio.sleep(30)
        finally:
            raise UpstreamEmpty("nothing more to say")

    await Client(patience=0.05).ask(WholeReply(stubborn(), reply()))
    assert "nothing more to say" in caplog.text


async def test_the_whole_answer_is_one_json_body():
    told, client = Told(EVENTS), Client()
    await client.ask(WholeReply(told.events(), reply()))
    assert (client.status, client.headers["content-type"]) == (200, "application/json")
    assert json.loads(client.body)["choices"][0]["message"]["content"].endswith("🏕")
    assert told.closed


async def test_half_a_surrogate_pair_of_a_model_does_not_break_the_stream():
    client, _ = await streamed([TextDelta("a\ud83d"), *WITHOUT_GROUNDS[1:]])
    assert '"content":"a?"' in client.body.decode()
    assert client.frames[-1] == "data: [DONE]"
