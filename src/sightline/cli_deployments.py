"""The commands about deployments: chat models by name."""

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sightline.errors import SightlineError
from sightline.terminal import Json, Yes, opened_workspace, print_json, say

if TYPE_CHECKING:
    from sightline.storage.records import Probe
    from sightline.workspace import Workspace

deployments_app = typer.Typer(
    help="Chat models: add them, find them, see what they can do.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the deployment.")]


@deployments_app.command("add")
def deployments_add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What requests will call it.")],
    base_url: Annotated[
        str, typer.Option(help="For example http://127.0.0.1:11434/v1 for Ollama.")
    ],
    model: Annotated[str, typer.Option(help="The model's name at that endpoint.")],
    key_env: Annotated[
        str | None,
        typer.Option(
            metavar="VAR", help="The environment variable that holds its key; never the key."
        ),
    ] = None,
    azure: Annotated[
        bool | None,
        typer.Option("--azure", help="Send the key as `api-key`, as Azure OpenAI wants it."),
    ] = None,
    sees: Annotated[
        bool | None, typer.Option("--sees/--blind", help="Whether it takes pictures.")
    ] = None,
    max_images: Annotated[
        int | None, typer.Option(help="Most pictures that it takes in one request.")
    ] = None,
    image_side: Annotated[
        int | None, typer.Option(help="Longest side in pixels of the pictures it takes.")
    ] = None,
    image_format: Annotated[
        str | None, typer.Option(help="How pictures are sent: jpeg or png.")
    ] = None,
    video: Annotated[bool | None, typer.Option(help="Whether it takes videos.")] = None,
    json_output: Annotated[
        str | None, typer.Option(help="What of response_format it takes: none, object or schema.")
    ] = None,
    tools: Annotated[bool | None, typer.Option(help="Whether it may be offered tools.")] = None,
    context_tokens: Annotated[
        int | None, typer.Option(help="Tokens that question and answer may have together.")
    ] = None,
    reasoning: Annotated[bool | None, typer.Option(help="Whether it shows how it thinks.")] = None,
    stream_usage: Annotated[
        bool | None, typer.Option(help="Whether it can be asked to count tokens in a stream.")
    ] = None,
    boxes: Annotated[
        str | None, typer.Option(metavar="DIALECT", help="In which it writes boxes around things.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Remember a deployment; running servers have it at once. It is not asked anything yet.

    What it can do is as a probe finds it where no option says so.
    """
    from sightline.deployment_views import deployment_json
    from sightline.settings import deployment_settings

    given: dict[str, Any] = {
        "name": name,
        "base_url": base_url,
        "model": model,
        "api_key_env": key_env,
        "azure": azure,
        "sees": sees,
        "max_images": max_images,
        "image_side": image_side,
        "image_format": image_format,
        "video": video,
        "json_output": json_output,
        "tools": tools,
        "context_tokens": context_tokens,
        "reasoning": reasoning,
        "stream_usage": stream_usage,
        "boxes": boxes,
    }
    settings = deployment_settings({key: said for key, said in given.items() if said is not None})
    with opened_workspace() as workspace:
        added = workspace.named_deployments.add(settings)
        shown = deployment_json(added.model, added)
    if as_json:
        print_json(shown)
        return
    typer.echo(f"Added {name}.")
    if shown["api_key_set"] is False:
        say(f"{key_env} is not set here; it must be where the server runs.")
    say(f"See what it can do: sightline deployments probe {name}")


@deployments_app.command("list")
def deployments_list(as_json: Json = False) -> None:
    """All deployments: where each comes from and what it can do."""
    from sightline.console import deployment_table
    from sightline.deployment_views import deployment_json

    with opened_workspace() as workspace:
        named = workspace.named_deployments.all()
        found = [deployment_json(one, named.get(one.name)) for one in workspace.deployments]
    if as_json:
        print_json(found)
    else:
        deployment_table(found)


@deployments_app.command("show")
def deployments_show(name: Name, as_json: Json = False) -> None:
    """One deployment, and what the last probe found."""
    from sightline.console import deployment_page
    from sightline.deployment_views import deployment_json

    with opened_workspace() as workspace:
        model = workspace.deployment(name)
        shown = deployment_json(model, workspace.named_deployments.all().get(name))
    if as_json:
        print_json(shown)
        return
    deployment_page(shown)
    if shown.get("base_url") and not shown["probe"]:
        say(f"Not probed yet: sightline deployments probe {name}")


@deployments_app.command("remove")
def deployments_remove(name: Name, yes: Yes = False, as_json: Json = False) -> None:
    """Forget a deployment that was added. Those of settings.toml are taken out there."""
    with opened_workspace() as workspace:
        workspace.named_deployments.check_removable(name)
        if not yes:
            typer.confirm(f"Forget the deployment {name!r}?", abort=True, err=True)
        workspace.named_deployments.remove(name)
    if as_json:
        print_json({"removed": name})
    else:
        typer.echo(f"Removed {name}.")


@deployments_app.command("probe")
def deployments_probe(name: Name, as_json: Json = False) -> None:
    """Ask a deployment what it can do: a few short questions, some of them with pictures.

    What is found is remembered, and used where neither settings nor options said otherwise.
    """
    from sightline.console import probe_table
    from sightline.deployment_views import probe_json

    with opened_workspace() as workspace:
        found = asyncio.run(_probed(workspace, name, quiet=as_json))
    if as_json:
        print_json({"name": name} | probe_json(found))
    else:
        probe_table(probe_json(found))
    if any(one.capability == "answers" and one.state == "failed" for one in found.findings):
        raise typer.Exit(1)


@deployments_app.command("found")
def deployments_found(as_json: Json = False) -> None:
    """Look for model servers on the usual ports of this machine. None is used by being found."""
    from sightline.console import server_table
    from sightline.deployment_views import found_json
    from sightline.local_servers import local_servers

    with opened_workspace() as workspace:
        places = workspace.settings.local_servers
        found = [found_json(one) for one in asyncio.run(local_servers(places))]
    if as_json:
        print_json({"servers": found, "looked_at": list(places)})
    elif found:
        server_table(found)
        say("Use one: sightline deployments add NAME --base-url ADDRESS --model MODEL")
    else:
        say(f"No model server answers on this machine ({', '.join(places)}).")


async def _probed(workspace: "Workspace", name: str, *, quiet: bool) -> "Probe":
    from sightline.console import printable
    from sightline.probing import Asking, Found, Probed

    async with aclosing(workspace.named_deployments.probe(name)) as events:
        async for event in events:
            match event:
                case Probed():
                    return event.probe
                case Asking() if not quiet:
                    say(f"{event.number}/{event.total} {event.what} …")
                case Found() if not quiet:
                    found = event.finding
                    say(f"    {found.capability}: {found.state}. {printable(found.found)}")
                case _:
                    pass
    raise SightlineError("The probe ended without a result.")
