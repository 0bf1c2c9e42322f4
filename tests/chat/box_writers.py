"""Boxes written down as models of each dialect do: the other direction of `box_dialects`."""

import json
from collections.abc import Callable

from sightline.chat.box_dialects import resized_by_qwen

Edges = tuple[float, float, float, float]
"""Left, top, right, bottom, 0..1."""

Thing = tuple[str, Edges]


def scaled(edges: Edges, width: float = 1000, height: float = 1000) -> list[int]:
    return [
        round(edge * side) for edge, side in zip(edges, (width, height, width, height), strict=True)
    ]


def centre(edges: Edges) -> tuple[float, float]:
    left, top, right, bottom = edges
    return (left + right) / 2, (top + bottom) / 2


def qwen2_vl(things: list[Thing], _: tuple[int, int]) -> str:
    return "".join(
        f"<|object_ref_start|>{label}<|object_ref_end|>"
        "<|box_start|>({},{}),({},{})<|box_end|>".format(*scaled(edges))
        for label, edges in things
    )


def qwen2_vl_stripped(things: list[Thing], _: tuple[int, int]) -> str:
    return "\n".join(f"{label}({{}},{{}}),({{}},{{}})".format(*scaled(e)) for label, e in things)


def qwen25_vl(things: list[Thing], size: tuple[int, int]) -> str:
    entries = [
        {"bbox_2d": scaled(edges, *resized_by_qwen(*size)), "label": label}
        for label, edges in things
    ]
    return f"```json\n{json.dumps(entries)}\n```"


def qwen3_vl(things: list[Thing], _: tuple[int, int]) -> str:
    return json.dumps([{"bbox_2d": scaled(edges), "label": label} for label, edges in things])


def gemini(things: list[Thing], _: tuple[int, int]) -> str:
    entries = []
    for label, edges in things:
        left, top, right, bottom = scaled(edges)
        entries.append({"box_2d": [top, left, bottom, right], "label": label})
    return f"Here they are:\n```json\n{json.dumps(entries, indent=2)}\n```"


def paligemma(things: list[Thing], _: tuple[int, int]) -> str:
    written = []
    for label, edges in things:
        left, top, right, bottom = (min(step, 1023) for step in scaled(edges, 1024, 1024))
        written.append(f"<loc{top:04}><loc{left:04}><loc{bottom:04}><loc{right:04}> {label}")
    return " ; ".join(written) or "[]"


def florence_2(things: list[Thing], _: tuple[int, int]) -> str:
    written = [
        label + "".join(f"<loc_{min(step, 999)}>" for step in scaled(edges))
        for label, edges in things
    ]
    return "".join(written) or "[]"


def internvl(things: list[Thing], _: tuple[int, int]) -> str:
    return "\n".join(f"<ref>{label}</ref><box>[{scaled(edges)}]</box>" for label, edges in things)


def molmo(things: list[Thing], _: tuple[int, int]) -> str:
    written = []
    for label, edges in things:
        x, y = centre(edges)
        written.append(f'<point x="{x:.1%}" y="{y:.1%}" alt="{label}">{label}</point>')
    return " ".join(written).replace("%", "")


def moondream(things: list[Thing], _: tuple[int, int]) -> str:
    names = ("x_min", "y_min", "x_max", "y_max")
    objects = [{"label": label, **dict(zip(names, edges, strict=True))} for label, edges in things]
    return json.dumps({"objects": objects})


def plain_json(things: list[Thing], _: tuple[int, int]) -> str:
    return json.dumps([{"label": label, "box": scaled(edges)} for label, edges in things])


WRITERS: dict[str, Callable[[list[Thing], tuple[int, int]], str]] = {
    "qwen2-vl": qwen2_vl,
    "qwen2.5-vl": qwen25_vl,
    "qwen3-vl": qwen3_vl,
    "gemini": gemini,
    "paligemma": paligemma,
    "florence-2": florence_2,
    "internvl": internvl,
    "molmo": molmo,
    "moondream": moondream,
    "json": plain_json,
    "auto": qwen2_vl_stripped,
}
