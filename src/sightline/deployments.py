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

    Raises InvalidInput for an address or a key that cannot be used.
    """
    from sightline.chat.extractive import Extractive

    built_in = Extractive(text_encoder=text_encoder, run=pool.run)
    connected = [_connect(each, pool) for each in settings.deployments]
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
