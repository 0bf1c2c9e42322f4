"""Chat models that run on this machine in `llama-server`: what it must be told about each.

Their files are those of `vision.hub_models`, from a hub and under permissive licences.
"""

from dataclasses import dataclass

from sightline.errors import InvalidRequest
from sightline.vision.hub_models import QWEN3_VL_2B, SMOLVLM2_500M, HubModel


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalWeights:
    """A chat model as two GGUF files: `weights` for words, `projector` for pictures.

    `context_tokens`: how much fits into a question and its answer, all `max_images` pictures
    included. `boxes` is the dialect of `box_dialects` in which it writes boxes, empty when it
    writes none. `options` are further arguments of `llama-server`.
    """

    files: HubModel
    weights: str
    projector: str
    context_tokens: int
    max_images: int
    boxes: str = ""
    options: tuple[str, ...] = ()


LOCAL_MODELS = {
    weights.files.name: weights
    for weights in (
        LocalWeights(
            files=SMOLVLM2_500M,
            weights=SMOLVLM2_500M.files[0].name,
            projector=SMOLVLM2_500M.files[1].name,
            context_tokens=8192,
            max_images=4,
            options=("--image-max-tokens", "256"),  # its own way is 17 tiles for each picture
        ),
        LocalWeights(
            files=QWEN3_VL_2B,
            weights=QWEN3_VL_2B.files[0].name,
            projector=QWEN3_VL_2B.files[1].name,
            context_tokens=8192,
            max_images=4,
            boxes="qwen3-vl",
            options=("--image-max-tokens", "1024"),
        ),
    )
}


def local_weights(name: str) -> LocalWeights:
    """The model of that name. Raises InvalidRequest."""
    if name not in LOCAL_MODELS:
        raise InvalidRequest(
            f"Expected one of {', '.join(LOCAL_MODELS)} as `local` of a deployment, got {name!r}.",
            hint="For any other model start a server yourself and give its base_url.",
            param="local",
        )
    return LOCAL_MODELS[name]
