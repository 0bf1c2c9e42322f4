from pathlib import Path

import pytest

from sightline.errors import InvalidRequest
from sightline.settings import load_settings
from sightline.workspace import Workspace

DEPLOYMENT = """
deployment = "qwen"
[[deployments]]
name = "qwen"
base_url = "http://127.0.0.1:11434/v1"
model = "qwen3-vl:2b"
"""


@pytest.fixture(autouse=True)
def no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIGHTLINE_MODELS", raising=False)


def test_arguments_come_before_the_environment_and_the_environment_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "settings.toml").write_text("port = 1\nthreads = 1\nmax_body_mb = 1\n")
    monkeypatch.setenv("SIGHTLINE_PORT", "2")
    monkeypatch.setenv("SIGHTLINE_THREADS", "2")
    settings = load_settings(workspace=tmp_path, port=3, host=None)
    assert (settings.port, settings.threads, settings.max_body_mb) == (3, 2, 1)
    assert settings.host == "127.0.0.1"


def test_models_lie_in_the_workspace_unless_said_otherwise(tmp_path: Path):
    assert load_settings(workspace=tmp_path).models_dir == tmp_path / "models"
    assert load_settings(workspace=tmp_path, models=Path("/m")).models_dir == Path("/m")


async def test_a_deployment_says_how_it_writes_boxes(tmp_path: Path):
    file = tmp_path / "settings.toml"
    file.write_text(f'{DEPLOYMENT}boxes = "qwen3-vl"')
    workspace = Workspace(load_settings(workspace=tmp_path))
    assert workspace.deployment("qwen").capabilities.boxes == "qwen3-vl"
    assert not workspace.deployment("extractive").capabilities.boxes
    await workspace.close()
    file.write_text(DEPLOYMENT)
    assert not load_settings(workspace=tmp_path).deployments[0].boxes
    file.write_text(f'{DEPLOYMENT}boxes = "qwen9"')
    with pytest.raises(InvalidRequest, match="'qwen3-vl'"):
        load_settings(workspace=tmp_path)


def test_deployments_come_from_the_file(tmp_path: Path):
    (tmp_path / "settings.toml").write_text(DEPLOYMENT)
    settings = load_settings(workspace=tmp_path)
    assert settings.deployment == "qwen"
    assert settings.deployments[0].base_url == "http://127.0.0.1:11434/v1"


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("port = 99999", "port"),
        ("threads = 'many'", "'many'"),
        ("colour = 'red'", "colour"),
        (DEPLOYMENT + "key = 'secret'", "key"),
        (DEPLOYMENT.replace('"qwen"\nbase', '"extractive"\nbase'), "built-in answerer"),
        (DEPLOYMENT + DEPLOYMENT.replace('deployment = "qwen"', ""), "same name"),
        ("port = ", "settings.toml"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, file: str, words: str):
    (tmp_path / "settings.toml").write_text(file)
    with pytest.raises(InvalidRequest, match="cannot be used") as error:
        load_settings(workspace=tmp_path)
    assert words in str(error.value)


def test_hosts_are_separated_by_commas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SIGHTLINE_ALLOWED_HOSTS", "photos.local, box")
    assert load_settings(workspace=tmp_path).allowed_hosts == ("photos.local", "box")


def test_a_key_written_into_the_file_is_not_repeated(tmp_path: Path):
    (tmp_path / "settings.toml").write_text(DEPLOYMENT + 'api_key = "sk-secret"')
    with pytest.raises(InvalidRequest) as error:
        load_settings(workspace=tmp_path)
    assert "api_key" in str(error.value)
    assert "sk-secret" not in str(error.value)


def test_a_certificate_may_lie_below_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = load_settings(workspace=tmp_path, tls_certificate="~/a.pem", tls_key="~/b.pem")
    assert (settings.tls_certificate, settings.tls_key) == (tmp_path / "a.pem", tmp_path / "b.pem")
