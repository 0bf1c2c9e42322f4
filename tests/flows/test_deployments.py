"""Deployments from adding to answering: in one process and in several, probed and adapted to."""

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chat.asking import KEY
from chat.capable_server import CapableServer, refuses, says
from flows.recorded import answered, noisy_picture, question
from sightline.chat.upstream.openai_messages import HIGH_SIDE
from sightline.deployments import Deployments
from sightline.doctor import examine
from sightline.errors import Conflict, InvalidInput, InvalidRequest, UnknownDeployment
from sightline.messages import ImagePart, OutputFormat, Tools
from sightline.settings import DeploymentSettings, Settings, load_settings
from sightline.workspace import Workspace
from wire.standin import standin


@pytest.fixture
async def server() -> AsyncIterator[CapableServer]:
    async with CapableServer() as running:
        yield running


@pytest.fixture
async def workspace(tmp_path: Path, server: CapableServer) -> AsyncIterator[Workspace]:
    """With the deployment "set" of the settings."""
    given = {"name": "set", "base_url": server.base_url, "model": "tiny"}
    opened = standin(tmp_path, deployments=(DeploymentSettings(**given),))
    yield opened
    await opened.close()


def at(server: CapableServer, name: str = "gpt", **more: object) -> DeploymentSettings:
    given = {"name": name, "base_url": server.base_url, "model": "tiny", **more}
    return DeploymentSettings.model_validate(given)


async def probed(workspace: Workspace, name: str) -> dict[str, str]:
    """What was found, and the last event."""
    async with aclosing(workspace.named_deployments.probe(name)) as events:
        last = [event async for event in events][-1]
    return {one.capability: one.state for one in last.probe.findings}  # type: ignore[union-attr]


async def test_one_that_is_added_answers_at_once(workspace: Workspace, server: CapableServer):
    workspace.named_deployments.add(at(server))
    assert [model.name for model in workspace.deployments] == ["scripted", "set", "gpt"]
    assert (await answered(workspace, question())).text == "Ready."


async def test_a_running_workspace_has_what_another_adds_and_removes(
    workspace: Workspace, server: CapableServer
):
    assert len(workspace.deployments) == 2  # it has looked before
    other = Deployments(workspace.settings, workspace.pool)
    other.add(at(server))
    assert (await answered(workspace, question())).text == "Ready."
    other.remove("gpt")
    workspace.named_deployments._looked -= 1  # a second later
    with pytest.raises(UnknownDeployment, match=r"\(extractive, set\), got 'gpt'"):
        workspace.deployment("gpt")
    await other.close()
    other.forget()


async def test_one_that_is_removed_finishes_its_answer(workspace: Workspace, server: CapableServer):
    server.instead = {"text": says("One, ", "two, ", "three.")}
    workspace.named_deployments.add(at(server))
    words = []
    async with aclosing(workspace.answer(question())) as events:
        async for event in events:
            if hasattr(event, "text"):
                words.append(event.text)
                if len(words) == 1:
                    workspace.named_deployments.remove("gpt")
    assert "".join(words) == "One, two, three."


def test_a_name_is_taken_once_whoever_has_it(workspace: Workspace, server: CapableServer):
    deployments = workspace.named_deployments
    deployments.add(at(server))
    with pytest.raises(Conflict, match="'gpt' already"):
        deployments.add(at(server))
    with pytest.raises(Conflict, match="settings have a deployment 'set'"):
        deployments.add(at(server, "set"))
    with pytest.raises(ValueError, match="built-in answerer"):
        at(server, "extractive")
    with pytest.raises(InvalidRequest, match="word of the API"):
        deployments.add(at(server, "found"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("set", "in settings.toml"),
        ("extractive", "always there"),
        ("none", "Expected a deployment"),
    ],
)
def test_only_what_was_added_can_be_removed(workspace: Workspace, name: str, said: str):
    with pytest.raises((Conflict, UnknownDeployment), match=said):
        workspace.named_deployments.remove(name)


@pytest.mark.parametrize(
    "given",
    [
        {"api_key_env": KEY},
        {"api_key_env": "lower_case"},
        {"base_url": f"http://{KEY}@127.0.0.1/v1"},
        {"base_url": f"http://127.0.0.1/v1?key={KEY}"},
        {"base_url": "ftp://127.0.0.1/v1"},
        {"base_url": "127.0.0.1:11434"},
    ],
)
def test_what_cannot_be_used_is_refused_and_no_key_repeated(
    workspace: Workspace, server: CapableServer, given: dict[str, str]
):
    with pytest.raises(InvalidInput) as refusal:
        workspace.named_deployments.add(at(server, **given))
    assert KEY not in f"{refusal.value} {refusal.value.hint}"
    assert len(workspace.deployments) == 2


def test_a_key_that_no_header_can_carry(
    workspace: Workspace, server: CapableServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ODD_API_KEY", "schlüssel-für-alles")
    with pytest.raises(InvalidInput, match="characters that no key has") as refusal:
        workspace.named_deployments.add(at(server, api_key_env="ODD_API_KEY"))
    assert "schlüssel" not in str(refusal.value)


async def test_the_key_is_taken_from_the_variable_and_written_nowhere(
    workspace: Workspace, server: CapableServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SHOP_API_KEY", KEY)
    workspace.named_deployments.add(at(server, api_key_env="SHOP_API_KEY"))
    server.instead = {"tools": refuses(f"{KEY} may use no tools"), "picture": says(f"Not {KEY}.")}
    await answered(workspace, question())
    await probed(workspace, "gpt")
    assert server.requests[-1].headers["authorization"] == f"Bearer {KEY}"
    written = [
        path.read_bytes() for path in workspace.settings.workspace.rglob("*") if path.is_file()
    ]
    assert not any(KEY.encode() in content for content in written)
    assert any(b"SHOP_API_KEY" in content for content in written)


def test_a_record_of_a_newer_version_costs_nothing_else(
    workspace: Workspace, server: CapableServer, caplog: pytest.LogCaptureFixture
):
    deployments = workspace.named_deployments
    deployments.add(at(server))
    deployments._records.add("newer", {"name": "newer", "telepathy": True})
    assert list(deployments.all(now=True)) == ["set", "gpt"]
    assert "'newer' cannot be used" in caplog.text


def test_a_catalog_that_cannot_be_read_leaves_the_settings(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
):
    folder = workspace.settings.workspace
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "catalog.sqlite").write_bytes(b"not a database, but long enough to be one" * 100)
    assert [model.name for model in workspace.deployments] == ["scripted", "set"]
    assert "cannot be looked up" in caplog.text


async def test_looking_makes_no_catalog(tmp_path: Path):
    one = Workspace(Settings(workspace=tmp_path / "new", threads=1))
    assert one.deployment("extractive").capabilities.language_model is False
    assert not (tmp_path / "new").exists()
    await one.close()


async def test_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    given = [{"name": "env", "base_url": "http://127.0.0.1:1/v1", "model": "tiny", "tools": False}]
    monkeypatch.setenv("SIGHTLINE_DEPLOYMENTS", json.dumps(given))
    one = Workspace(load_settings(workspace=tmp_path, threads=1))
    assert one.deployment("env").capabilities.tools is False
    await one.close()


async def test_what_a_probe_found_is_remembered_and_used(
    workspace: Workspace, server: CapableServer, tmp_path: Path
):
    server.instead = {
        "pictures": refuses("At most 1 image(s) may be provided in one prompt."),
        "stream_options": refuses("Unrecognized argument: stream_options"),
        "json_schema": refuses("unknown response_format json_schema"),
        "json_object": refuses("unknown response_format json_object"),
    }
    workspace.named_deployments.add(at(server))
    found = await probed(workspace, "gpt")
    assert (found["max_images"], found["json_output"], found["sees"]) == ("no", "no", "ok")
    server.requests.clear()

    output = OutputFormat(schema={"type": "object"})
    server.instead["picture"] = says('{"colour": "red"}')
    asked = question(noisy_picture(tmp_path), noisy_picture(tmp_path, 1), output=output)
    answer = await answered(workspace, asked)
    assert [(one.code, one.step) for one in answer.warnings] == [  # type: ignore[attr-defined]
        ("pictures_left_out", ""),
        ("field_dropped", "response_format: json_schema"),
        ("field_dropped", "response_format: json_object"),
        ("field_dropped", "stream_options"),
    ]
    [request] = server.requests  # nothing had to be refused
    assert request.raw.count(b"data:image/jpeg") == 1
    assert not {"response_format", "stream_options"} & request.body.keys()

    fresh = Deployments(workspace.settings, workspace.pool)
    assert fresh.get("gpt").model.capabilities == workspace.deployment("gpt").capabilities
    fresh.forget()


async def test_what_was_said_counts_more_than_what_was_found(
    workspace: Workspace, server: CapableServer
):
    server.instead = {"tools": refuses("no tools here"), "picture": refuses("no images")}
    workspace.named_deployments.add(at(server, tools=True, max_images=2))
    await probed(workspace, "gpt")
    able = workspace.deployment("gpt").capabilities
    assert (able.tools, able.max_images) == (True, 2)
    assert (able.sees, able.notice[:13]) == (False, "A probe found")


async def test_tools_that_a_server_refuses_are_refused_before_it_is_asked(
    workspace: Workspace, server: CapableServer
):
    workspace.named_deployments.add(at(server, tools=False))
    with pytest.raises(InvalidRequest, match="'gpt' takes none"):
        await answered(workspace, question(tools=Tools(functions=({"name": "f"},))))
    assert not server.requests


async def test_pictures_are_made_as_small_as_the_model_takes_them(
    workspace: Workspace, server: CapableServer
):
    workspace.named_deployments.add(at(server, image_side=300, image_format="png"))
    file = BytesIO()
    Image.fromarray(np.zeros((HIGH_SIDE + 2, 900, 3), np.uint8)).save(file, "PNG")
    answer = await answered(workspace, question(ImagePart(file.getvalue())))
    [adapted] = answer.warnings
    assert adapted.code == "pictures_smaller"
    assert "takes 300 pixels a side" in adapted.message
    url = server.requests[-1].body["messages"][-1]["content"]
    [sent] = [part["image_url"]["url"] for part in url if part["type"] == "image_url"]
    assert sent.startswith("data:image/png;base64,")


async def test_a_probe_of_another_model_under_the_same_name_is_not_used(
    workspace: Workspace, server: CapableServer
):
    server.instead = {"picture": refuses("no images")}
    await probed(workspace, "set")
    assert workspace.deployment("set").capabilities.sees is False
    other = workspace.settings.model_copy(
        update={"deployments": (at(server, "set", model="huge"),)}
    )
    later = Deployments(other, workspace.pool)
    assert later.get("set").model.capabilities.sees is True
    assert later.get("set").probe is None
    later.forget()


async def test_doctor_tells_what_was_probed(workspace: Workspace, server: CapableServer):
    def told() -> tuple[str, str, str]:
        found = {one.what: one for one in examine(workspace)}["deployment set"]
        return found.state, found.found, found.hint

    assert told() == ("ok", "configured, never probed", "sightline deployments probe set")
    await probed(workspace, "set")
    state, found, _ = told()
    assert state == "ok"
    assert found.startswith("probed 20")
    assert "json_output ok" in found
    server.instead = {"text": refuses("Bad key", 401)}
    await probed(workspace, "set")
    state, found, hint = told()
    assert state == "missing"
    assert "Bad key" in found
    assert hint.endswith("probe set")


async def test_what_has_no_server_cannot_be_probed(workspace: Workspace):
    with pytest.raises(Conflict, match="built in"):
        await probed(workspace, "extractive")
    with pytest.raises(UnknownDeployment):
        await probed(workspace, "none")
