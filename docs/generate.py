"""Write `docs/cli.md` and `docs/settings.md` from the code; with `--check`, only compare.

The help texts in the code are the documentation; these pages show them, and a check fails when
they are out of date.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel

from sightline.cli import app
from sightline.settings import (
    ConnectionSettings,
    DeploymentSettings,
    ServiceSettings,
    Settings,
    SpeechSettings,
    VisionServiceSettings,
)

DOCS = Path(__file__).parent
NOTE = "<!-- Written by `make docs` from the code; change the help texts there. -->\n"


def main() -> None:
    """Write or check each page."""
    stale = []
    for name, text in {"cli.md": cli_page(), "settings.md": settings_page()}.items():
        page = DOCS / name
        if "--check" not in sys.argv:
            page.write_text(text, encoding="utf-8")
        elif not page.exists() or page.read_text(encoding="utf-8") != text:
            stale.append(name)
    if stale:
        sys.exit(f"out of date: {', '.join(stale)}; run `make docs`")


def cli_page() -> str:
    """One section for each command."""
    sections = [f"# Command line\n\n{NOTE}"]
    command = typer.main.get_command(app)
    for path, found in _commands("sightline", command):
        sections.append(f"## `{path}`\n\n{found.help or ''}\n")
        rows = [row for parameter in found.params if (row := _parameter(parameter))]
        if rows:
            sections.append(
                "| | meaning | default |\n| --- | --- | --- |\n" + "\n".join(rows) + "\n"
            )
    sections.append(
        "Exit codes: 0 done, 1 an error (code and message on standard error), 2 wrong usage, "
        "3 done, but some pictures could not be taken or their rows do not fit the schema.\n"
    )
    return "\n".join(sections)


def settings_page() -> str:
    """One row for each setting."""
    rows = [
        f"| `{name}` | `SIGHTLINE_{name.upper()}` | {_default(field)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(
        [
            f"# Settings\n\n{NOTE}",
            "First wins: command-line arguments, environment variables, `settings.toml` in the",
            "workspace, the defaults.\n",
            "| setting | variable | default | meaning |\n| --- | --- | --- | --- |",
            *rows,
            *(line for heading, table in TABLES.items() for line in _table(heading, *table)),
            "",
        ]
    )


TABLES = {
    "Deployments": (
        DeploymentSettings,
        "Each `[[deployments]]` table of `settings.toml` is a chat model:",
        (
            '[[deployments]]\nname = "qwen"\nbase_url = "http://127.0.0.1:11434/v1"\n'
            'model = "qwen3-vl:2b"'
        ),
    ),
    "Connections": (
        ConnectionSettings,
        "Each `[[connections]]` table is a storage account ([sources](sources.md)):",
        '[[connections]]\nname = "shop"\nkind = "azure"\nconnection_string_env = "SHOP_STORAGE"',
    ),
    "Search services": (
        ServiceSettings,
        (
            "Each `[[search_services]]` table is a service with indexes "
            "([existing indexes](existing-indexes.md)):"
        ),
        (
            '[[search_services]]\nname = "acme"\nendpoint = "https://acme.search.windows.net"\n'
            'api_key_env = "ACME_SEARCH_KEY"'
        ),
    ),
    "Speech": (
        SpeechSettings,
        "The table `[speech]` says who writes down what is said in [videos](videos.md#speech):",
        '[speech]\nbase_url = "http://127.0.0.1:8000/v1"\nmodel = "Systran/faster-whisper-small"',
    ),
    "Vision services": (
        VisionServiceSettings,
        "Each `[[vision_services]]` table makes vectors for indexes that it made them for before:",
        (
            '[[vision_services]]\nname = "eyes"\n'
            'endpoint = "https://acme.cognitiveservices.azure.com"\napi_key_env = "ACME_VISION_KEY"'
        ),
    ),
}


def _table(heading: str, model: type[BaseModel], what: str, example: str) -> list[str]:
    return [
        f"\n## {heading}\n",
        f"{what}\n",
        f"```toml\n{example}\n```\n",
        "| field | default | meaning |\n| --- | --- | --- |",
        *(
            f"| `{name}` | {_default(field)} | {field.description} |"
            for name, field in model.model_fields.items()
        ),
    ]


def _commands(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, child in sorted(getattr(command, "commands", {}).items()):
        yield from _commands(f"{path} {name}", child)


def _parameter(parameter: Any) -> str | None:
    if parameter.name in {"install_completion", "show_completion", "help"}:
        return None
    names = parameter.opts + parameter.secondary_opts
    shown = parameter.name.upper() if parameter.param_type_name == "argument" else " ".join(names)
    default = parameter.default
    plain = default is None or default is False or callable(default)
    value = "required" if parameter.required else ("" if plain else f"`{default}`")
    return f"| `{shown}` | {getattr(parameter, 'help', '') or ''} | {value} |"


def _default(field: Any) -> str:
    if field.is_required():
        return "required"
    if field.default_factory is not None:
        return "one for each processor, at most 8"
    value = str(field.default).replace(str(Path.home()), "~")
    return f"`{value}`" if value not in ("None", "()", "") else ""


if __name__ == "__main__":
    main()
