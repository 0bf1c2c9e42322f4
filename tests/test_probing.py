"""What a probe finds out about model servers that differ."""

import json
from collections.abc import AsyncIterator

import pytest

from chat.asking import KEY, deployed
from chat.capable_server import CapableServer, asks_for, lists, refuses, says
from chat.quirks_server import DONE, STOP, Behaviour, answers, delta, stays_silent, streams
from sightline.probing import CAPABILITIES, Asking, Found, Probed, ProbeEvent, probe
from sightline.storage.records import Probe, ProbeFinding


@pytest.fixture
async def server() -> AsyncIterator[CapableServer]:
    async with CapableServer() as running:
        yield running


async def events_of(base_url: str, **settings: float) -> list[ProbeEvent]:
    model = deployed(base_url)
    found = [event async for event in probe(model, target="tiny", **settings)]
    await model.close()
    return found


async def probed(server: CapableServer, **instead: Behaviour | list[Behaviour]) -> Probe:
    server.instead = dict(instead)
    *_, last = await events_of(server.base_url)
    assert isinstance(last, Probed)
    return last.probe


def found(of: Probe, capability: str) -> ProbeFinding:
    return next(one for one in of.findings if one.capability == capability)


async def test_a_server_that_can_do_everything(server: CapableServer):
    of = await probed(server)
    assert [one.capability for one in of.findings if one.state != "ok"] == ["reasoning"]
    assert of.values == {
        "context_tokens": 4096,
        "stream_usage": True,
        "sees": True,
        "image_format": "jpeg",
        "json_output": "schema",
        "tools": True,
    }
    assert found(of, "models").found == "2 models, 'tiny' among them"
    assert "max_model_len" in found(of, "context_tokens").found


async def test_progress_is_told_before_each_question_and_after_it(server: CapableServer):
    events = await events_of(server.base_url)
    steps = [event for event in events if isinstance(event, Asking)]
    assert [step.number for step in steps] == list(range(1, steps[0].total + 1))
    assert isinstance(events[0], Asking)
    told = [event.finding for event in events if isinstance(event, Found)]
    assert isinstance(events[-1], Probed)
    assert tuple(told) == events[-1].probe.findings
    assert {one.capability for one in told} == set(CAPABILITIES)


@pytest.mark.parametrize(
    ("said", "most"),
    [
        ("At most 1 image(s) may be provided in one prompt.", 1),
        ("This model takes single images only: too many images.", 1),
    ],
)
async def test_a_server_that_refuses_a_second_picture(server: CapableServer, said: str, most: int):
    of = await probed(server, pictures=refuses(said))
    one = found(of, "max_images")
    assert (one.state, one.value) == ("no", most)
    assert said in one.error
    assert of.values["sees"] is True


async def test_a_model_without_eyes_that_says_so(server: CapableServer):
    blind = refuses("image input is not supported - hint: you may need to provide the mmproj", 500)
    of = await probed(server, picture=blind)
    assert (found(of, "sees").state, of.values["sees"]) == ("no", False)
    assert "mmproj" in found(of, "sees").error
    assert found(of, "max_images").found == "not asked: it takes no picture"
    assert not any(asks_for(one)[0] == "pictures" for one in server.requests)


@pytest.mark.parametrize("words", ["I see no picture.", "It is blue."])
async def test_a_server_that_drops_pictures_has_only_accepted_them(
    server: CapableServer, words: str
):
    of = await probed(server, picture=says(words))
    assert (found(of, "sees").state, found(of, "sees").value) == ("accepted", None)
    assert words in found(of, "sees").found


async def test_a_server_that_wants_png(server: CapableServer):
    of = await probed(server, picture=[refuses("unsupported image format: jpeg"), says("Red.")])
    assert (of.values["image_format"], of.values["sees"]) == ("png", True)
    [two] = [one for one in server.requests if "pictures" in asks_for(one)]
    assert two.raw.count(b"data:image/png") == 2


@pytest.mark.parametrize(
    ("instead", "state", "value", "words"),
    [
        ({"json_schema": refuses("'response_format': json_schema is not known")}, "ok", "object",
         "json_schema is not known"),
        ({"json_schema": refuses("unknown field response_format"),
          "json_object": refuses("unknown field response_format")}, "no", "none",
         "unknown field response_format"),
        ({"json_schema": says("A ripe tomato is red.")}, "no", "none", ""),
        ({"json_schema": refuses("response_format json_schema?"),
          "json_object": says("It is red.")}, "no", "none", "json_schema?"),
    ],
    ids=["any object", "nothing", "ignored", "a schema refused, an object ignored"],
)  # fmt: skip
async def test_what_a_server_makes_of_json(
    server: CapableServer, instead: dict[str, Behaviour], state: str, value: str, words: str
):
    one = found(await probed(server, **instead), "json_output")
    assert (one.state, one.value) == (state, value)
    assert words in one.error


@pytest.mark.parametrize(
    ("behaviour", "state", "words"),
    [
        (says("alpha bravo charlie delta"), "no", "stop words are ignored"),
        (refuses("Unsupported parameter: 'stop'"), "no", "it refuses stop words"),
        (says("As you wish."), "accepted", "As you wish."),
    ],
)
async def test_what_a_server_makes_of_a_stop_word(
    server: CapableServer, behaviour: Behaviour, state: str, words: str
):
    one = found(await probed(server, stop=behaviour, text=says("Ready.")), "stop")
    assert (one.state, one.value) == (state, None)
    assert words in one.found


async def test_a_server_that_does_not_count_tokens(server: CapableServer):
    of = await probed(server, text=streams(delta("Ready."), STOP, DONE))
    assert (found(of, "stream_usage").state, "stream_usage" in of.values) == ("no", False)


async def test_a_server_that_refuses_to_count_tokens(server: CapableServer):
    of = await probed(server, stream_options=refuses("Unrecognized argument: stream_options"))
    assert of.values["stream_usage"] is False
    assert "Unrecognized argument" in found(of, "stream_usage").error
    assert found(of, "answers").state == "ok"


async def test_a_model_that_thinks_aloud(server: CapableServer):
    of = await probed(server, text=says("<think>Short.</think>", "Ready."))
    assert of.values["reasoning"] is True


@pytest.mark.parametrize(
    ("behaviour", "state", "value"),
    [
        (refuses("tiny does not support tools"), "no", False),
        (refuses('"auto" tool choice requires --enable-auto-tool-choice'), "no", False),
        (says("It is warm."), "accepted", None),
    ],
)
async def test_what_a_server_makes_of_a_tool(
    server: CapableServer, behaviour: Behaviour, state: str, value: bool | None
):
    one = found(await probed(server, tools=behaviour), "tools")
    assert (one.state, one.value) == (state, value)


async def test_a_model_that_is_not_in_the_list(server: CapableServer):
    of = await probed(server, models=lists("other"))
    assert found(of, "models").state == "no"
    assert found(of, "models").found == "1 model without 'tiny': other"


@pytest.mark.parametrize(
    ("path", "told", "tokens"),
    [
        ("/props", {"default_generation_settings": {"n_ctx": 8192}}, 8192),
        ("/api/ps", {"models": [{"name": "tiny:latest", "context_length": 4096}]}, 4096),
        ("/api/v0/models", {"data": [{"id": "tiny", "loaded_context_length": 2048}]}, 2048),
    ],
)
async def test_where_servers_tell_how_much_fits(
    server: CapableServer, path: str, told: object, tokens: int
):
    of = await probed(server, **{"models": lists("tiny"), path: answers(200, told)})
    assert of.values["context_tokens"] == tokens
    assert path in found(of, "context_tokens").found


async def test_a_wrong_key_ends_the_probe_and_is_not_repeated(server: CapableServer):
    wrong = refuses(f"Incorrect API key provided: {KEY}", 401)
    of = await probed(server, models=wrong, text=wrong, stream_options=wrong)
    assert [found(of, name).state for name in ("models", "answers")] == ["failed", "failed"]
    assert "status 401" in found(of, "answers").error
    assert KEY not in json.dumps([str(one) for one in of.findings])
    assert {found(of, name).state for name in ("sees", "json_output", "tools")} == {"unknown"}
    assert len(server.requests) == 2
    assert not of.values


async def test_a_web_page_in_place_of_a_model(server: CapableServer):
    page = answers(200, b"<html><title>Welcome</title></html>", media_type="text/html")
    of = await probed(server, models=page, text=page)
    assert "a web page titled 'Welcome'" in found(of, "answers").error
    assert found(of, "models").state == "failed"


async def test_nobody_listens():
    async with CapableServer() as gone:
        address = gone.base_url
    *_, last = await events_of(address)
    assert isinstance(last, Probed)
    assert "did not answer" in found(last.probe, "answers").error


async def test_a_server_that_hangs_costs_no_more_than_the_limit(server: CapableServer):
    server.instead = {"picture": stays_silent}
    *_, last = await events_of(server.base_url, limit=0.5)
    assert isinstance(last, Probed)
    assert found(last.probe, "sees").found == "the 0.5 seconds for the probe were over"
    assert found(last.probe, "answers").state == "ok"
    assert found(last.probe, "tools").state == "unknown"


async def test_a_probe_that_is_left_ends_its_question(server: CapableServer):
    server.instead = {"text": stays_silent}
    model = deployed(server.base_url)
    asking = probe(model, target="tiny")
    async for event in asking:
        if isinstance(event, Asking) and event.number == 2:
            break
    await asking.aclose()
    await model.close()
    assert all("chat" not in one.target for one in server.requests)
