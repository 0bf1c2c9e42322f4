"""The chat models of a workspace by name: the built-in answerer and those of the settings."""

import os
from collections.abc import Callable

from sightline.bridge import Pool
from sightline.chat.base import Capabilities, ChatModel
from sightline.settings import DeploymentSettings, Settings
from sightline.vision.base import TextEncoder


def open_deployments(
    settings: Settings, text_encoder: Callable[[], TextEncoder], pool: Pool
) -> dict[str, ChatModel]:
    """Every deployment, the built-in answerer first; none is connected before it is asked.

    Raises InvalidInput for an address, a key or a local model that cannot be used.
    """
    from sightline.chat.extractive import Extractive

    built_in = Extractive(text_encoder=text_encoder, run=pool.run)
    connected = [
        _local(each, settings, pool) if each.local else _connect(each, pool)
        for each in settings.deployments
    ]
    return {model.name: model for model in (built_in, *connected)}


def _connect(settings: DeploymentSettings, pool: Pool) -> ChatModel:
    from sightline.chat.openai_compatible import OpenAICompatible

    return OpenAICompatible(
        settings.name,
        base_url=settings.base_url,
        model=settings.model,
        api_key=os.environ.get(settings.api_key_env) if settings.api_key_env else None,
        azure=settings.azure,
        key_variable=settings.api_key_env or "",
        run=pool.run,
        capabilities=Capabilities(
            sees=settings.sees,
            max_images=settings.max_images,
            language_model=True,
            boxes=settings.boxes,
        ),
    )


def _local(deployment: DeploymentSettings, settings: Settings, pool: Pool) -> ChatModel:
    from sightline.chat.local import LocalChat
    from sightline.chat.local_models import local_weights
    from sightline.chat.local_server import LocalServer

    weights, said = local_weights(deployment.local), deployment.model_fields_set
    server = LocalServer(
        deployment.name,
        weights,
        program=settings.llama_server,
        models_dir=settings.models_dir,
        log=settings.workspace / f"llama-server-{deployment.name}.log",
    )
    return LocalChat(
        deployment.name,
        server,
        model=deployment.local,
        run=pool.run,
        capabilities=Capabilities(
            sees=deployment.sees,
            max_images=deployment.max_images if "max_images" in said else weights.max_images,
            language_model=True,
            boxes=deployment.boxes if "boxes" in said else weights.boxes,
            context_tokens=weights.context_tokens,
        ),
    )
