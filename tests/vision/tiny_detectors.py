"""Real ONNX models of both families that know four colours, and the folders they come in.

They have the inputs and outputs of the exports. Each place is a colour of the palette: its box
lies around all pixels of that colour, and it scores high for the colour's word if there are any.
"""

import json
from pathlib import Path

import numpy as np
from onnx import TensorProto, ValueInfoProto, helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from sightline.vision.fake import COLOURS
from sightline.vision.onnx_graph import Graph, floats
from sightline.vision.picture_input import (
    CLIP_MEAN,
    CLIP_STD,
    IMAGENET_MEAN,
    IMAGENET_STD,
    Channels,
)

PALETTE = ("red", "green", "blue", "yellow")
SIDE = 192
_WORDS = ("<pad>", "<start>", "<end>", "<unknown>", ".", "a", "the", "small", *PALETTE)


def plain(height: int, width: int, **rectangles: tuple[float, float, float, float]) -> np.ndarray:
    """A grey picture with rectangles (left, top, right, bottom in 0..1) of the named colours."""
    picture = np.full((height, width, 3), COLOURS["grey"], np.uint8)
    for colour, (left, top, right, bottom) in rectangles.items():
        rows = slice(round(top * height), round(bottom * height))
        picture[rows, round(left * width) : round(right * width)] = COLOURS[colour]
    return picture


def tokenizer() -> Tokenizer:
    """Words to numbers; the marks of start and end around them."""
    words = Tokenizer(
        models.WordLevel({word: at for at, word in enumerate(_WORDS)}, unk_token="<unknown>")
    )
    words.normalizer = normalizers.Lowercase()
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing(
        single="<start> $A <end>", special_tokens=[("<start>", 1), ("<end>", 2)]
    )
    # Files from a hub may say that texts are cut and padded: nobody may rely on it.
    words.enable_truncation(5)
    words.enable_padding(length=5)
    return words


def owlv2_folder(path: Path, **changes: object) -> Path:
    """An export of OWLv2; `changes` go into preprocessor_config.json."""
    pictures = {"size": {"height": SIDE, "width": SIDE}, "do_pad": True, **changes}
    return _folder(path, "owlv2", owlv2_model(), pictures, {})


def grounding_dino_folder(path: Path, *, longest: int = 16, **changes: object) -> Path:
    """An export of Grounding DINO whose texts have at most `longest` tokens."""
    pictures = {"size": {"shortest_edge": SIDE, "longest_edge": 2 * SIDE}, **changes}
    model = grounding_dino_model(longest)
    return _folder(path, "grounding-dino", model, pictures, {"max_text_len": longest})


def owlv2_model() -> bytes:
    """Queries (words of a colour) against places (colours on the picture)."""
    graph = Graph()
    there = _places(graph, CLIP_MEAN, CLIP_STD)
    colours = graph.node("Gather", graph.constant(_colour_of_word()), "input_ids")
    mask = graph.node("Cast", "attention_mask", to=TensorProto.FLOAT)
    masked = graph.node("Mul", colours, graph.node("Unsqueeze", mask, _axes(graph, 2)))
    queries = graph.node("ReduceSum", masked, _axes(graph, 1), keepdims=0)
    scores = graph.node("Mul", there, graph.node("Transpose", queries, perm=[1, 0]))
    graph.node("Unsqueeze", _logits(graph, scores), _axes(graph, 0), name="logits")
    graph.node("Identity", there, name="objectness_logits")
    return graph.model(
        "tiny-owlv2",
        [
            _integers("input_ids", "queries", 16),
            _integers("attention_mask", "queries", 16),
            floats("pixel_values", 1, 3, SIDE, SIDE),
        ],
        [
            floats("logits", 1, len(PALETTE), "queries"),
            floats("pred_boxes", 1, len(PALETTE), 4),
            floats("objectness_logits", len(PALETTE), 1),
        ],
    )


def grounding_dino_model(longest: int) -> bytes:
    """Tokens of a text against places; columns after the text are at minus infinity."""
    graph = Graph()
    there = _places(graph, IMAGENET_MEAN, IMAGENET_STD, pixel_mask="pixel_mask")
    tokens = graph.node(
        "Gather",
        graph.constant(_colour_of_word()),
        graph.node("Squeeze", graph.node("Add", "input_ids", "token_type_ids"), _axes(graph, 0)),
    )
    scores = graph.node("Mul", there, graph.node("Transpose", tokens, perm=[1, 0]))
    seen = graph.node("Cast", "attention_mask", to=TensorProto.BOOL)
    logits = graph.node("Where", seen, _logits(graph, scores), graph.constant(np.float32(-np.inf)))
    length = graph.node("Slice", graph.node("Shape", "input_ids"), *_range(graph, 1, 2))
    missing = graph.node("Sub", graph.constant(np.array([longest])), length)
    pads = graph.node("Concat", graph.constant(np.array([0, 0, 0])), missing, axis=0)
    filled = graph.node("Pad", logits, pads, graph.constant(np.float32(-np.inf)))
    graph.node("Unsqueeze", filled, _axes(graph, 0), name="logits")
    return graph.model(
        "tiny-grounding-dino",
        [
            floats("pixel_values", 1, 3, "height", "width"),
            _integers("pixel_mask", 1, "height", "width"),
            *(
                _integers(name, 1, "tokens")
                for name in ("input_ids", "token_type_ids", "attention_mask")
            ),
        ],
        [
            floats("logits", 1, len(PALETTE), longest),
            floats("pred_boxes", 1, len(PALETTE), 4),
        ],
    )


def _folder(
    path: Path, kind: str, model: bytes, pictures: dict[str, object], config: dict[str, object]
) -> Path:
    (path / "onnx").mkdir(parents=True)
    (path / "onnx" / "model.onnx").write_bytes(model)
    (path / "config.json").write_text(json.dumps({"model_type": kind, **config}))
    (path / "preprocessor_config.json").write_text(json.dumps(pictures))
    tokenizer().save(str(path / "tokenizer.json"))
    return path


def _places(graph: Graph, mean: Channels, std: Channels, pixel_mask: str | None = None) -> str:
    """Adds `pred_boxes`; returns (places, 1): 1 where the place's colour is on the picture."""
    rgb = np.array([COLOURS[name] for name in PALETTE], np.float32) / 255
    palette = ((rgb - np.array(mean)) / np.array(std)).astype(np.float32)[:, :, None, None]
    apart = graph.node("Sub", "pixel_values", graph.constant(palette))
    squared = graph.node("ReduceSum", graph.node("Mul", apart, apart), _axes(graph, 1), keepdims=0)
    same = graph.node("Less", squared, graph.constant(np.float32(1.0)))
    if pixel_mask is not None:
        same = graph.node("And", same, graph.node("Cast", pixel_mask, to=TensorProto.BOOL))
    counted = graph.node("Cast", same, to=TensorProto.FLOAT)
    edges = [_edges(graph, counted, axis) for axis in (1, 2)]
    (top, bottom), (left, right) = edges
    half = graph.constant(np.float32(0.5))
    middle_and_size = [
        graph.node("Mul", graph.node("Add", left, right), half),
        graph.node("Mul", graph.node("Add", top, bottom), half),
        graph.node("Sub", right, left),
        graph.node("Sub", bottom, top),
    ]
    boxes = graph.node("Concat", *middle_and_size, axis=1)
    graph.node("Unsqueeze", boxes, _axes(graph, 0), name="pred_boxes")
    return graph.node("ReduceMax", graph.node("Flatten", counted, axis=1), axes=[1])


def _edges(graph: Graph, counted: str, axis: int) -> tuple[str, str]:
    """(places, 1) each: first and last edge of what is counted along an axis, in 0..1."""
    line = graph.node("ReduceMax", counted, axes=[3 - axis], keepdims=0)
    length = graph.node("Slice", graph.node("Shape", line), *_range(graph, 1, 2))
    whole = graph.node("Cast", length, to=TensorProto.FLOAT)
    zero, one = graph.constant(np.int64(0)), graph.constant(np.int64(1))
    steps = graph.node("Range", zero, graph.node("Squeeze", length, _axes(graph, 0)), one)
    before = graph.node("Div", graph.node("Cast", steps, to=TensorProto.FLOAT), whole)
    after = graph.node("Add", before, graph.node("Div", graph.constant(np.float32(1)), whole))
    here = graph.node("Cast", line, to=TensorProto.BOOL)
    none, all_of_it = graph.constant(np.float32(0)), graph.constant(np.float32(1))
    first = graph.node("ReduceMin", graph.node("Where", here, before, all_of_it), axes=[1])
    last = graph.node("ReduceMax", graph.node("Where", here, after, none), axes=[1])
    return first, last


def _logits(graph: Graph, scores: str) -> str:
    """1 to a sure yes, 0 to a sure no."""
    scaled = graph.node("Mul", scores, graph.constant(np.float32(8)))
    return graph.node("Sub", scaled, graph.constant(np.float32(5)))


def _colour_of_word() -> np.ndarray:
    """(words, places): which place a word means."""
    table = np.zeros((len(_WORDS), len(PALETTE)), np.float32)
    for place, name in enumerate(PALETTE):
        table[_WORDS.index(name), place] = 1
    return table


def _axes(graph: Graph, *axes: int) -> str:
    return graph.constant(np.array(axes))


def _range(graph: Graph, start: int, end: int) -> tuple[str, str]:
    return graph.constant(np.array([start])), graph.constant(np.array([end]))


def _integers(name: str, *shape: int | str) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.INT64, shape)
