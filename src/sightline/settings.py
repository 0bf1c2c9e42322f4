"""Settings: one frozen object, built at the edge from arguments, environment and a file.

Order, first wins: arguments, `SIGHTLINE_…` environment variables, `settings.toml` in the workspace,
the defaults below. The descriptions here are the documentation (`docs/settings.md`).
"""

import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from sightline.chat.box_dialects import DIALECTS, Dialect
from sightline.errors import InvalidRequest

Named = TypeVar("Named", "DeploymentSettings", "ConnectionSettings", "ServiceSettings")

DEFAULT_WORKSPACE = Path.home() / ".sightline"


class DeploymentSettings(BaseModel):
    """A chat model under a name of its own: behind an OpenAI-compatible endpoint, or local."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="What requests call it.", pattern=r"^[A-Za-z0-9][\w.:-]{0,63}$")
    base_url: str = Field(
        "", description="For example http://127.0.0.1:11434/v1 for Ollama; needs `model`."
    )
    model: str = Field("", description="The model's name at that endpoint.")
    local: str = Field(
        "",
        description="In place of both: a chat model of `sightline models list` (`smolvlm2-500m`, "
        "`qwen3-vl-2b`), run on this machine by `llama-server`.",
    )
    api_key_env: str | None = Field(
        None, description="The environment variable that holds its key; the key is stored nowhere."
    )
    azure: bool = Field(False, description="Send the key as `api-key`, as Azure OpenAI wants it.")
    sees: bool | None = Field(None, description="Whether it takes pictures; else yes.")
    max_images: int | None = Field(
        None,
        ge=0,
        description="Most pictures it takes in one request; else 5, a `local` one as many as fit.",
    )
    image_side: int | None = Field(
        None, ge=64, description="Longest side in pixels of the pictures it takes; else 1568."
    )
    image_format: Literal["jpeg", "png"] | None = Field(
        None, description="How pictures are sent: `jpeg` or `png`; else `jpeg`."
    )
    video: bool | None = Field(
        None, description="Whether it takes videos; they are sent where a request asks for it."
    )
    json_output: Literal["none", "object", "schema"] | None = Field(
        None,
        description="What of `response_format` it takes: `none`, any `object`, a `schema`; else "
        "`schema`.",
    )
    tools: bool | None = Field(None, description="Whether it may be offered tools; else yes.")
    context_tokens: int | None = Field(
        None, ge=256, description="Tokens that question and answer may have together."
    )
    stream_usage: bool | None = Field(
        None, description="Whether it can be asked to count tokens in a stream; else yes."
    )
    reasoning: bool | None = Field(
        None, description="Whether it shows how it thinks; shown to clients."
    )
    boxes: Dialect | Literal[""] = Field(
        "",
        description="The dialect in which it writes boxes around things: "
        f"{', '.join(f'`{dialect}`' for dialect in DIALECTS)}; empty when it writes none.",
    )

    @field_validator("name")
    @classmethod
    def _not_built_in(cls, name: str) -> str:
        if name == "extractive":
            raise ValueError("'extractive' is the built-in answerer; choose another name")
        return name

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.local:
            elsewhere = {"base_url", "model", "api_key_env", "azure"} & self.model_fields_set
            if elsewhere:
                raise ValueError(f"`local` stands in place of {', '.join(sorted(elsewhere))}")
        elif not (self.base_url and self.model):
            raise ValueError("expected base_url and model, or local")
        return self


class ConnectionSettings(BaseModel):
    """A way to a cloud's storage, under a name of its own; secrets stay in the environment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(
        description="What `?connection=` calls it.", pattern=r"^[A-Za-z0-9][\w.-]{0,63}$"
    )
    kind: Literal["azure", "s3", "gcs"] = Field(description="`azure`, `s3` or `gcs`.")
    account: str = Field("", description="Azure: the storage account.")
    endpoint: str = Field("", description="The service's address where it is not the cloud's own.")
    region: str = Field("", description="S3: the region.")
    connection_string_env: str = Field(
        "", description="Azure: the variable with the connection string."
    )
    key_id_env: str = Field("", description="S3: the variable with the access key id.")
    key_env: str = Field("", description="The variable with the account key or secret access key.")
    token_env: str = Field("", description="S3: the variable with the session token.")
    sas_env: str = Field("", description="Azure: the variable with the SAS token.")
    credentials_env: str = Field("", description="GCS: the variable that names the key file.")
    anonymous: bool = Field(False, description="Ask without credentials (public containers).")


class ServiceSettings(BaseModel):
    """A search or vision service elsewhere, under a name of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="What we call it.", pattern=r"^[A-Za-z0-9][\w.-]{0,63}$")
    endpoint: str = Field(
        description="Its address, for example https://acme.search.windows.net.",
        pattern=r"^https?://[^/?#@\s]+(/[^?#\s]*)?$",
    )
    api_key_env: str = Field(
        "", description="The environment variable that holds its key; the key is stored nowhere."
    )
    certificate: Path | None = Field(
        None, description="A PEM file to trust, for a service with a certificate of your own."
    )


class SpeechSettings(BaseModel):
    """Who writes down what is said in videos: an OpenAI-compatible endpoint for transcriptions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str = Field(
        description="Up to `/audio/transcriptions`, for example http://127.0.0.1:8000/v1.",
        pattern=r"^https?://[^/?#@\s]+(/[^?#\s]*)?$",
    )
    model: str = Field("whisper-1", description="The model's name there.")
    api_key_env: str = Field(
        "", description="The environment variable that holds its key; the key is stored nowhere."
    )


class VisionServiceSettings(ServiceSettings):
    """A service with `retrieval:vectorizeImage` and `vectorizeText` (Azure AI Vision)."""

    model_version: str = Field("2023-04-15", description="The model that makes the vectors.")
    dimension: int = Field(1024, ge=1, le=4096, description="How many numbers a vector has.")


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix="SIGHTLINE_", frozen=True, extra="forbid", env_nested_delimiter="__"
    )

    workspace: Path = Field(
        DEFAULT_WORKSPACE, description="The folder that holds indexes, models and settings.toml."
    )
    models: Path | None = Field(
        None, description="The folder for model files; `models` in the workspace by default."
    )
    encoder: str = Field(
        "lite0",
        description="Pictures to vectors: `lite0` or an import string package.module:Class.",
    )
    text_encoder: str = Field("minilm", description="Sentences to vectors: `minilm` or an import.")
    reader: str = Field("rapidocr", description="Text in pictures: `rapidocr` or an import string.")
    reader_runtime: str = Field(
        "auto",
        description="`auto` times the installed runtimes once and keeps the faster; "
        "`onnxruntime` or `openvino` decides it.",
    )
    detectors: Annotated[tuple[str, ...], NoDecode] = Field(
        ("embedded", "open_vocabulary", "vlm"),
        description="What finds things on pictures, comma separated, each where it is configured: "
        "`embedded`, `open_vocabulary`, `vlm` (the deployment that answers, if its `boxes` is "
        "set), or an import string package.module:Class.",
    )
    remember_findings: bool = Field(
        True,
        description="Keep what was found and read on the pictures of questions in the workspace's "
        "catalog. If false, a process remembers it until it ends, and writes nothing; what is "
        "there already stays until `sightline findings forget`.",
    )
    open_vocabulary: str = Field(
        "",
        description="Things on pictures by any words: a model of `sightline models list` "
        "(`owlv2`, `grounding-dino`) or a folder with one; off when empty.",
    )
    hub: str = Field(
        "https://huggingface.co",
        pattern=r"^https?://[^/?#@\s]+(/[^?#\s]*)?$",
        description="Where `models pull` fetches optional models from; a mirror's address works.",
    )
    threads: int = Field(
        default_factory=lambda: min(os.cpu_count() or 1, 8),
        ge=1,
        description="Threads for decoding, encoding and search.",
    )
    host: str = Field(
        "127.0.0.1",
        description="The address `serve` listens on; on any but a loopback address every request "
        "needs a key.",
    )
    port: int = Field(8477, ge=0, le=65535, description="The port `serve` listens on; 0 picks one.")
    require_key: bool = Field(
        False, description="Ask for a key (`sightline keys create`) on a loopback address, too."
    )
    tls_certificate: Path | None = Field(
        None, description="PEM file with the certificate to serve https with; needs `tls_key`."
    )
    tls_key: Path | None = Field(None, description="PEM file with the certificate's key.")
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Further names, comma separated, accepted in the Host header."
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Origins, comma separated, whose pages may use the API from a browser, "
        "for example https://studio.example.",
    )
    max_body_mb: int = Field(
        300, ge=1, description="Largest request body in MiB (ten pictures of 20 MB as base64)."
    )
    deployment: str = Field("extractive", description="The deployment `ask` uses by default.")
    caption_deployment: str = Field(
        "",
        description="The deployment that writes captions of pictures (Azure AI Vision's paths); "
        "`deployment`, if that takes pictures, when empty.",
    )
    deployments: tuple[DeploymentSettings, ...] = Field(
        (), description="Chat models (`[[deployments]]` tables in settings.toml)."
    )
    deployment_keys: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Variables that deployments added over HTTP may take their key from, each with "
        "the only address it may go to, comma separated: `OPENAI_API_KEY=https://api.openai.com`.",
    )
    local_servers: Annotated[tuple[str, ...], NoDecode] = Field(
        ("Ollama:11434", "llama.cpp:8080", "vLLM:8000", "LM Studio:1234"),
        description="Where `sightline deployments found` looks for model servers on this machine: "
        "names with ports, comma separated.",
    )
    llama_server: str = Field(
        "llama-server",
        description="The program of llama.cpp that runs `local` deployments: a name on the PATH, "
        "or a path.",
    )

    record: bool = Field(
        False,
        description="Record every turn: what a model server was sent and answered, pictures "
        "included; a request's header `x-sightline-record` decides for itself.",
    )
    record_turns: int = Field(
        500, ge=1, le=100_000, description="Most recorded turns; the oldest make room."
    )
    connections: tuple[ConnectionSettings, ...] = Field(
        (), description="Storage accounts (`[[connections]]` tables in settings.toml)."
    )
    search_services: tuple[ServiceSettings, ...] = Field(
        (), description="Search services (`[[search_services]]` tables in settings.toml)."
    )
    vision_services: tuple[VisionServiceSettings, ...] = Field(
        (), description="Vision services (`[[vision_services]]` tables in settings.toml)."
    )
    speech: SpeechSettings | None = Field(
        None, description="Who writes down what is said in videos (`[speech]` in settings.toml)."
    )
    max_file_mb: int = Field(
        200, ge=1, le=200, description="Largest file in MiB that is read from a source."
    )

    @property
    def asks_for_keys(self) -> bool:
        """Whether every request to the server needs a key."""
        return self.require_key or not is_loopback(self.host)

    @property
    def models_dir(self) -> Path:
        """Where model files are."""
        return self.models or self.workspace / "models"

    @property
    def indexes_dir(self) -> Path:
        """Where indexes are."""
        return self.workspace / "indexes"

    @property
    def turns_dir(self) -> Path:
        """Where recorded turns are."""
        return self.workspace / "turns"

    @property
    def documents_dir(self) -> Path:
        """Where indexes of documents are."""
        return self.workspace / "documents"

    @field_validator(
        "allowed_hosts",
        "allowed_origins",
        "detectors",
        "deployment_keys",
        "local_servers",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not re.fullmatch(r"https?://[^/\s*?#@]+", origin):
                raise ValueError(
                    f"expected origins such as https://studio.example:8477, got {origin!r}"
                )
        return tuple(origin.lower() for origin in value)

    @field_validator("detectors")
    @classmethod
    def _are_detectors(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in {"embedded", "open_vocabulary", "vlm"} and ":" not in name:
                raise ValueError("expected embedded, open_vocabulary, vlm or package.module:Class")
        return value

    @field_validator("deployment_keys")
    @classmethod
    def _are_bound(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for bound in value:
            if not re.fullmatch(r"\w+=https?://[^/\s?#@]+", bound):
                raise ValueError("expected VARIABLE=ORIGIN, OPENAI_API_KEY=https://api.openai.com")
        return value

    @field_validator("local_servers")
    @classmethod
    def _are_ports(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for server in value:
            if not re.fullmatch(r".+:\d{1,5}", server, re.ASCII):
                raise ValueError(f"expected names with ports such as Ollama:11434, got {server!r}")
        return value

    @field_validator("deployments", "connections", "search_services", "vision_services")
    @classmethod
    def _names_once(cls, value: tuple[Named, ...]) -> tuple[Named, ...]:
        names = [one.name for one in value]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"several with the same name: {', '.join(twice)}")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then environment, then the workspace's own file."""
        given = init_settings().get("workspace") or env_settings().get("workspace")
        workspace = Path(given) if given else DEFAULT_WORKSPACE
        file = TomlConfigSettingsSource(settings_cls, workspace.expanduser() / "settings.toml")
        return init_settings, env_settings, file


def load_settings(**given: Any) -> Settings:  # noqa: ANN401 (any setting)
    """Settings with these arguments on top; what is None is as if not given.

    Raises InvalidRequest that names the setting, what was expected and what came.
    """
    try:
        settings = Settings(**{key: value for key, value in given.items() if value is not None})
    except (ValidationError, ValueError) as error:
        raise InvalidRequest(
            f"The settings cannot be used: {_plain(error)}",
            hint="Look at the arguments, the SIGHTLINE_… variables and settings.toml.",
        ) from error
    found = {"workspace": settings.workspace.expanduser().resolve()}
    for name in ("models", "tls_certificate", "tls_key"):
        path: Path | None = getattr(settings, name)
        if path is not None:
            found[name] = path.expanduser().resolve()
    return settings.model_copy(update=found)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches that address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def deployment_settings(given: Mapping[str, Any]) -> DeploymentSettings:
    """One deployment. Raises InvalidRequest; what was given may be a key, and is not repeated."""
    try:
        return DeploymentSettings(**given)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(map(str, problem["loc"]))
        said = problem["msg"].removeprefix("Value error, ")
        raise InvalidRequest(
            f"{where or 'The deployment'}: {said}.",
            hint="Keys are not taken: name the environment variable that holds it.",
            param=where or None,
        ) from None


def _plain(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    return "; ".join(
        # What stands in a field that does not exist may be a key, and is not repeated.
        f"{'.'.join(map(str, problem['loc']))}: "
        + (
            "there is no such setting (a key belongs into an environment variable)"
            if problem["type"] == "extra_forbidden"
            else f"{problem['msg']}, got {problem['input']!r}"
        )
        for problem in error.errors()
    )
