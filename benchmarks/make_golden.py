"""Writes the golden vectors that the embedded encoders are checked against when they open.

    python benchmarks/make_golden.py MODELS_DIR

Run it only when weights, preprocessing or the golden inputs change on purpose, after the tests
that compare each network with an independent forward pass in NumPy are green, and count the
`version` of the encoder's identity up.
"""

import sys
from pathlib import Path
from unittest.mock import patch

import numpy as np

from sightline.vision import lite0, minilm

DATA = Path(lite0.__file__).parent / "data"


def write(encoder: str, found: dict[str, np.ndarray], *, damaged: str) -> None:
    """Stands in for the check: what is found becomes golden."""
    np.savez(DATA / f"golden_{encoder}.npz", **found)
    print(f"{encoder}: {', '.join(found)} written (checked against {damaged})")


def main() -> None:
    models_dir = Path(sys.argv[1])
    with patch.object(lite0, "check_golden", write), patch.object(minilm, "check_golden", write):
        lite0.Lite0.open(models_dir, text_encoder=minilm.MiniLM.open(models_dir))


if __name__ == "__main__":
    main()
