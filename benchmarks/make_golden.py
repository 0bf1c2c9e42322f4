"""Writes the golden vectors that the embedded encoders are checked against when they open.

    python benchmarks/make_golden.py MODELS_DIR

Run it only when weights, preprocessing or the golden inputs change on purpose, after the tests
that compare each network with an independent forward pass in NumPy are green, and count the
`version` of the encoder's identity up.
"""

import sys
from pathlib import Path

import numpy as np

from sightline.vision import golden
from sightline.vision.lite0 import Lite0
from sightline.vision.minilm import MiniLM

DATA = Path(golden.__file__).parent / "data"


def main() -> None:
    models_dir = Path(sys.argv[1])
    text_encoder = MiniLM.unproven(models_dir)
    for encoder in (text_encoder, Lite0.unproven(models_dir, text_encoder=text_encoder)):
        path = DATA / f"golden_{encoder.identity.name}.npz"
        np.savez(path, **encoder.proof())
        print(f"{path.name}: {', '.join(encoder.proof())}")


if __name__ == "__main__":
    main()
