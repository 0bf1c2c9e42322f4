"""Engines by name: each name stands for an import string, loaded only when it is chosen.

A user's own `package.module:Class` is accepted wherever a name is.
"""

import importlib
from typing import Any

from sightline.errors import InvalidRequest, MissingPackage

PICTURE_ENCODERS = {"lite0": "sightline.vision.lite0:Lite0"}
TEXT_ENCODERS = {"minilm": "sightline.vision.minilm:MiniLM"}
READERS = {"rapidocr": "sightline.vision.rapid_reader:RapidReader"}


def load(name: str, table: dict[str, str], kind: str) -> Any:  # noqa: ANN401 (any class)
    """The class behind a name or an import string; `kind` is the word for the message.

    Raises InvalidRequest for an unknown name, MissingPackage when its package is not installed.
    """
    target = table.get(name, name)
    module_name, _, attribute = target.partition(":")
    if not attribute:
        known = ", ".join(sorted(table))
        raise InvalidRequest(
            f"Expected a {kind} ({known}) or an import string 'package.module:Class', got {name!r}."
        )
    try:
        return getattr(importlib.import_module(module_name), attribute)
    except ModuleNotFoundError as error:
        raise MissingPackage(
            f"The {kind} {name!r} needs the package {error.name!r}, which is not installed.",
            hint=f"Install it beside sightline, or choose another {kind}.",
        ) from error
    except AttributeError as error:
        raise InvalidRequest(f"The module {module_name!r} has no {attribute!r}.") from error
