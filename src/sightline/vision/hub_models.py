"""Models of a hub that nobody needs and anybody may add: what they are and under which licence.

Only permissive licences are listed; none of these weights is under the GPL or the AGPL. The
revision is a commit of the repository at the hub, so that everybody gets the same files.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFile:
    """A file of a repository, by its path there.

    `sha256` is None where we never held the file: then the first copy that comes is trusted, and
    every later one must be the same.
    """

    name: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HubModel:
    """A model in the `repository` of a hub. `size`: of all files together in bytes, roughly."""

    name: str
    purpose: str
    licence: str
    size: int
    repository: str
    revision: str
    files: tuple[HubFile, ...]


_EXPORT = tuple(
    HubFile(name=name)
    for name in ("config.json", "preprocessor_config.json", "tokenizer.json", "onnx/model.onnx")
)

OWLV2 = HubModel(
    name="owlv2",
    purpose="things on pictures by any words (OWLv2 base, patch 16, ensemble)",
    licence="Apache-2.0",
    size=618_000_000,
    repository="onnx-community/owlv2-base-patch16-ensemble-ONNX",
    revision="180d6ef7599bd69bb48db5c72bd49ad03ddfab80",
    files=_EXPORT,
)

GROUNDING_DINO = HubModel(
    name="grounding-dino",
    purpose="things on pictures by any words (Grounding DINO tiny)",
    licence="Apache-2.0",
    size=720_000_000,
    repository="onnx-community/grounding-dino-tiny-ONNX",
    revision="ff690b0a8050566c290287545bd059350f3e9096",
    files=_EXPORT,
)

HUB_MODELS = {model.name: model for model in (OWLV2, GROUNDING_DINO)}
