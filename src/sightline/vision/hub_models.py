"""Models of a hub that nobody needs and anybody may add: what they are and under which licence.

Only permissive licences are listed; none of these weights is under the GPL or the AGPL. The
revision is a commit of the repository at the hub, so that everybody gets the same files.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFile:
    """A file of a repository, by its path there.

    `sha256` is None where nobody we know has checked one: then the first copy that comes is
    trusted, and every later one must be the same.
    """

    name: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HubModel:
    """A model in the `repository` of a hub. `size`: of all files together in bytes, roughly.

    `folder_setting`: the setting that takes a folder with such files in its place, if there is one.
    """

    name: str
    purpose: str
    licence: str
    size: int
    repository: str
    revision: str
    files: tuple[HubFile, ...]
    folder_setting: str = ""


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
    folder_setting="open_vocabulary",
)

GROUNDING_DINO = HubModel(
    name="grounding-dino",
    purpose="things on pictures by any words (Grounding DINO tiny)",
    licence="Apache-2.0",
    size=720_000_000,
    repository="onnx-community/grounding-dino-tiny-ONNX",
    revision="ff690b0a8050566c290287545bd059350f3e9096",
    files=_EXPORT,
    folder_setting="open_vocabulary",
)

SMOLVLM2_500M = HubModel(
    name="smolvlm2-500m",
    purpose="chat about pictures in llama-server, English (SmolVLM2 500M, 8 bits)",
    licence="Apache-2.0",
    size=545_593_888,
    repository="ggml-org/SmolVLM2-500M-Video-Instruct-GGUF",
    revision="ccd7aae53bcb1997355c2f094959e72b3642ce17",
    files=(
        HubFile(
            name="SmolVLM2-500M-Video-Instruct-Q8_0.gguf",
            sha256="6f67b8036b2469fcd71728702720c6b51aebd759b78137a8120733b4d66438bc",
        ),
        HubFile(
            name="mmproj-SmolVLM2-500M-Video-Instruct-Q8_0.gguf",
            sha256="921dc7e259f308e5b027111fa185efcbf33db13f6e35749ddf7f5cdb60ef520b",
        ),
    ),
)

QWEN3_VL_2B = HubModel(
    name="qwen3-vl-2b",
    purpose="chat about pictures in llama-server, with boxes (Qwen3-VL 2B, 4 bits)",
    licence="Apache-2.0",
    size=1_552_463_168,
    repository="Qwen/Qwen3-VL-2B-Instruct-GGUF",
    revision="52d6c8ffea26cc873ac5ad116f8631268d7eb503",
    files=(
        HubFile(
            name="Qwen3VL-2B-Instruct-Q4_K_M.gguf",
            sha256="089d75c52f4b7ffc56ba998ffc50aae89fcafc755f9e7208aacca281dca6c2ae",
        ),
        HubFile(
            name="mmproj-Qwen3VL-2B-Instruct-Q8_0.gguf",
            sha256="f9a68fabba69c3b81e153367b2c7521030b0fa8bb0de400c9599c8e6725f9c82",
        ),
    ),
)

DETECTOR_MODELS = {model.name: model for model in (OWLV2, GROUNDING_DINO)}
"""Those that the setting `open_vocabulary` takes, by name."""

CHAT_MODELS = {model.name: model for model in (SMOLVLM2_500M, QWEN3_VL_2B)}
"""Those that `local` of a deployment takes, by name."""

HUB_MODELS = {**DETECTOR_MODELS, **CHAT_MODELS}
"""Every model of a hub by name."""
