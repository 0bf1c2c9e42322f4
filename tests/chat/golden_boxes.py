"""What models of each dialect write, and where on the picture that is: worked out by hand."""

from dataclasses import dataclass

Share = tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Golden:
    """A text about a picture that was sent with `size` (width, height).

    `things`: label and the edges (left, top, right, bottom) or, for more than four numbers, the
    corners x, y, x, y …, all 0..1. `refused` are words out of the reasons, in order. `alike`: the
    text could as well be of another dialect.
    """

    name: str
    dialect: str
    text: str
    size: tuple[int, int] = (640, 480)
    things: tuple[tuple[str, Share], ...] = ()
    scores: tuple[float, ...] | None = None
    points: bool = False
    refused: tuple[str, ...] = ()
    cut: bool = False
    alike: bool = False


MAN = ("man", (0.1, 0.2, 0.3, 0.9))
DOG = ("dog", (0.5, 0.6, 0.75, 0.8))
TWO = (MAN, DOG)

QWEN2 = [
    Golden(
        name="marks",
        dialect="qwen2-vl",
        text="<|object_ref_start|>man<|object_ref_end|><|box_start|>(100,200),(300,900)<|box_end|>"
        "<|object_ref_start|>dog<|object_ref_end|><|box_start|>(500,600),(750,800)<|box_end|>"
        "<|im_end|>",
        things=TWO,
    ),
    Golden(
        name="marks stripped by the server",
        dialect="qwen2-vl",
        text="man(100,200),(300,900)\ndog(500,600),(750,800)",
        things=TWO,
    ),
    Golden(
        name="prose around stripped marks",
        dialect="qwen2-vl",
        text="Here are the boxes: man (100, 200), (300, 900) and dog (500, 600), (750, 800).",
        things=TWO,
    ),
    Golden(
        name="two boxes of one name",
        dialect="qwen2-vl",
        text="<|object_ref_start|>man<|object_ref_end|><|box_start|>(100,200),(300,900)<|box_end|>"
        "<|box_start|>(500,600),(750,800)<|box_end|>",
        things=(MAN, ("man", DOG[1])),
    ),
    Golden(
        name="four corners",
        dialect="qwen2-vl",
        text="<|object_ref_start|>sign<|object_ref_end|>"
        "<|quad_start|>(100,100),(300,200),(250,300),(50,200)<|quad_end|>",
        things=(("sign", (0.1, 0.1, 0.3, 0.2, 0.25, 0.3, 0.05, 0.2)),),
    ),
    Golden(
        name="broken off",
        dialect="qwen2-vl",
        text="<|object_ref_start|>man<|object_ref_end|><|box_start|>(100,200),(300,900)<|box_end|>"
        "<|object_ref_start|>dog<|object_ref_end|><|box_start|>(500,60",
        things=(MAN,),
        cut=True,
    ),
    Golden(name="none", dialect="qwen2-vl", text="There is no cat: []"),
]

# 644 × 476 are the multiples of 28 nearest to 640 × 480; 1932 × 1092 those of 1920 × 1080.
QWEN25 = [
    Golden(
        name="pixels of a picture sent at multiples of 28",
        alike=True,
        dialect="qwen2.5-vl",
        size=(560, 280),
        text='```json\n[{"bbox_2d": [56, 56, 168, 252], "label": "man"},\n'
        '{"bbox_2d": [280, 168, 420, 224], "label": "dog"}]\n```',
        things=TWO,
    ),
    Golden(
        name="pixels of the picture as the server resized it",
        alike=True,
        dialect="qwen2.5-vl",
        size=(640, 480),
        text='[{"bbox_2d": [161, 119, 322, 476], "label": "man"}]',
        things=(("man", (0.25, 0.25, 0.5, 1.0)),),
    ),
    Golden(
        name="a large picture made larger",
        alike=True,
        dialect="qwen2.5-vl",
        size=(1920, 1080),
        text='[{"bbox_2d": [483, 273, 966, 1092], "label": "man"}]',
        things=(("man", (0.25, 0.25, 0.5, 1.0)),),
    ),
    Golden(
        name="an icon made larger",
        alike=True,
        dialect="qwen2.5-vl",
        size=(20, 20),
        text='[{"bbox_2d": [14, 28, 42, 56], "label": "arrow"}]',
        things=(("arrow", (0.25, 0.5, 0.75, 1.0)),),
    ),
    Golden(
        name="text and a point",
        alike=True,
        dialect="qwen2.5-vl",
        size=(560, 280),
        text='[{"point_2d": [280, 140], "label": "man"}]',
        things=(("man", (0.48, 0.48, 0.52, 0.52)),),
        points=True,
    ),
    Golden(
        name="a box beside the picture",
        alike=True,
        dialect="qwen2.5-vl",
        size=(560, 280),
        text='[{"bbox_2d": [56, 56, 168, 252], "label": "man"},'
        ' {"bbox_2d": [500, 168, 900, 224], "label": "dog"}]',
        things=(MAN,),
        refused=("'dog': expected x in 0..560, got 900",),
    ),
]

QWEN3 = [
    Golden(
        name="fenced JSON",
        dialect="qwen3-vl",
        text='```json\n[\n\t{"bbox_2d": [100, 200, 300, 900], "label": "man"},\n'
        '\t{"bbox_2d": [500, 600, 750, 800], "label": "dog"}\n]\n```',
        things=TWO,
    ),
    Golden(
        name="the same numbers whatever the size",
        dialect="qwen3-vl",
        size=(4000, 3000),
        text='Sure! [{"bbox_2d": [100, 200, 300, 900], "label": "man"}] Anything else?',
        things=(MAN,),
    ),
    Golden(
        name="read text",
        dialect="qwen3-vl",
        text='[{"bbox_2d": [100, 200, 300, 900], "text_content": "EXIT [2]"}]',
        things=(("EXIT [2]", MAN[1]),),
    ),
    Golden(
        name="broken off inside an entry",
        dialect="qwen3-vl",
        text='```json\n[{"bbox_2d": [100, 200, 300, 900], "label": "man"}, '
        '{"label": "dog", "bbox_2d": [500, 600, 750, 800]',
        things=(MAN,),
        cut=True,
    ),
    Golden(
        name="a number that is on no picture",
        alike=True,
        dialect="qwen3-vl",
        size=(1920, 1080),
        text='[{"bbox_2d": [1200, 200, 1316, 900], "label": "man"},'
        ' {"bbox_2d": [500, 600, 750, 800], "label": "dog"}]',
        things=(DOG,),
        refused=("'man': expected x in 0..1000, got 1200",),
    ),
    Golden(
        name="a hair outside",
        dialect="qwen3-vl",
        text='[{"bbox_2d": [-5, 0, 1008, 900], "label": "man"}]',
        things=(("man", (0.0, 0.0, 1.0, 0.9)),),
    ),
    Golden(
        name="points at the edge",
        dialect="qwen3-vl",
        text='[{"point_2d": [500, 0], "label": "man"}]',
        things=(("man", (0.48, 0.0, 0.52, 0.02)),),
        points=True,
    ),
    Golden(
        name="the same thing over and over",
        dialect="qwen3-vl",
        text="[" + '{"bbox_2d": [100, 200, 300, 900], "label": "man"}, ' * 5,
        things=(MAN,),
        cut=True,
    ),
    Golden(name="none", dialect="qwen3-vl", text="```json\n[]\n```"),
]

GEMINI = [
    Golden(
        name="y before x",
        dialect="gemini",
        text='[{"box_2d": [200, 100, 900, 300], "label": "man"},'
        ' {"box_2d": [600, 500, 800, 750], "label": "dog"}]',
        things=TWO,
    ),
    Golden(
        name="fenced, in an object",
        dialect="gemini",
        size=(3000, 4000),
        text='Here:\n```json\n{"objects": [{"box_2d": [200, 100, 900, 300], "label": "man"}]}\n```',
        things=(MAN,),
    ),
    Golden(
        name="points",
        alike=True,
        dialect="gemini",
        text='[{"point": [250, 500], "label": "nose"}]',
        things=(("nose", (0.48, 0.23, 0.52, 0.27)),),
        points=True,
    ),
    Golden(
        name="several boxes of one label",
        dialect="gemini",
        text='[{"box_2d": [[200, 100, 900, 300], [600, 500, 800, 750]], "label": "man"}]',
        things=(MAN, ("man", DOG[1])),
    ),
    Golden(
        name="half a list",
        dialect="gemini",
        text='[{"box_2d": [200, 100, 900, 300], "label": "man"}, {"box_2d": [600, 500, 80',
        things=(MAN,),
        cut=True,
    ),
    Golden(
        name="wrong side out",
        dialect="gemini",
        text='[{"box_2d": [200, 100, 900, 300], "label": "man"},'
        ' {"box_2d": [800, 500, 600, 750], "label": "dog"}]',
        things=(MAN,),
        refused=("'dog': expected left < right and top < bottom",),
    ),
    Golden(name="none", dialect="gemini", text="[]"),
]

PALIGEMMA = [
    Golden(
        name="one",
        dialect="paligemma",
        text="<loc0256><loc0128><loc0768><loc0512> man",
        things=(("man", (0.125, 0.25, 0.5, 0.75)),),
    ),
    Golden(
        name="two",
        dialect="paligemma",
        size=(448, 448),
        text="<loc0256><loc0128><loc0768><loc0512> man ; <loc0000><loc0000><loc0512><loc0256> red"
        " bicycle<eos>",
        things=(("man", (0.125, 0.25, 0.5, 0.75)), ("red bicycle", (0.0, 0.0, 0.25, 0.5))),
    ),
    Golden(
        name="with a mask",
        dialect="paligemma",
        text="<loc0256><loc0128><loc0768><loc0512><seg012><seg101> man",
        things=(("man", (0.125, 0.25, 0.5, 0.75)),),
    ),
    Golden(
        name="broken off",
        dialect="paligemma",
        text="<loc0256><loc0128><loc0768><loc0512> man ; <loc0000><loc0000>",
        things=(("man", (0.125, 0.25, 0.5, 0.75)),),
        cut=True,
    ),
    Golden(
        name="a token that is none of the 1024",
        dialect="paligemma",
        text="<loc0256><loc0128><loc0768><loc0512> man ; <loc0000><loc0000><loc0512><loc2000> dog",
        things=(("man", (0.125, 0.25, 0.5, 0.75)),),
        refused=("'dog': expected x in 0..1024, got 2000",),
    ),
]

FLORENCE = [
    Golden(
        name="objects",
        dialect="florence-2",
        text="</s><s>man<loc_100><loc_200><loc_300><loc_900>"
        "dog<loc_500><loc_600><loc_750><loc_800></s>",
        things=TWO,
    ),
    Golden(
        name="two boxes of one name",
        dialect="florence-2",
        text="man<loc_100><loc_200><loc_300><loc_900><loc_500><loc_600><loc_750><loc_800>",
        things=(MAN, ("man", DOG[1])),
    ),
    Golden(
        name="a line of text with four corners",
        dialect="florence-2",
        size=(768, 768),
        text="EXIT<loc_100><loc_100><loc_300><loc_120><loc_298><loc_180><loc_98><loc_160>",
        things=(("EXIT", (0.1, 0.1, 0.3, 0.12, 0.298, 0.18, 0.098, 0.16)),),
    ),
    Golden(
        name="upright corners",
        dialect="florence-2",
        text="EXIT<loc_100><loc_100><loc_300><loc_100><loc_300><loc_180><loc_100><loc_180>",
        things=(("EXIT", (0.1, 0.1, 0.3, 0.1, 0.3, 0.18, 0.1, 0.18)),),
    ),
    Golden(
        name="a polygon",
        dialect="florence-2",
        text="<poly><loc_100><loc_100><loc_300><loc_50><loc_500><loc_300><loc_300><loc_600>"
        "<loc_50><loc_300></poly>",
        things=(("", (0.1, 0.1, 0.3, 0.05, 0.5, 0.3, 0.3, 0.6, 0.05, 0.3)),),
    ),
    Golden(
        name="broken off",
        dialect="florence-2",
        text="man<loc_100><loc_200><loc_300><loc_900>dog<loc_500><loc_600>",
        things=(MAN,),
        cut=True,
    ),
]

INTERNVL = [
    Golden(
        name="marks",
        dialect="internvl",
        text="<ref>man</ref><box>[[100, 200, 300, 900]]</box>\n"
        "<ref>dog</ref><box>[[500, 600, 750, 800]]</box>",
        things=TWO,
    ),
    Golden(
        name="two boxes of one name",
        dialect="internvl",
        size=(2000, 500),
        text="<ref>man</ref><box>[[100, 200, 300, 900], [500, 600, 750, 800]]</box>",
        things=(MAN, ("man", DOG[1])),
    ),
    Golden(
        name="marks stripped by the server",
        dialect="internvl",
        text="man[[100, 200, 300, 900]]\ndog[[500, 600, 750, 800]]",
        things=TWO,
    ),
    Golden(
        name="in a sentence",
        dialect="internvl",
        text="The <ref>man</ref><box>[[100,200,300,900]]</box> walks his "
        "<ref>dog</ref><box>[[500,600,750,800]]</box>.",
        things=TWO,
    ),
    Golden(
        name="broken off",
        dialect="internvl",
        text="<ref>man</ref><box>[[100, 200, 300, 900], [500, 600",
        things=(MAN,),
        cut=True,
    ),
    Golden(name="none", dialect="internvl", text="<ref>cat</ref><box>[]</box>"),
]

MOLMO = [
    Golden(
        name="a point",
        dialect="molmo",
        text=' <point x="20.0" y="55.0" alt="man">man</point>',
        things=(("man", (0.18, 0.53, 0.22, 0.57)),),
        points=True,
    ),
    Golden(
        name="several",
        dialect="molmo",
        size=(1000, 200),
        text='<points x1="20.0" y1="55.0" x2="60.5" y2="40" alt="men">men</points>',
        things=(("men", (0.18, 0.53, 0.22, 0.57)), ("men", (0.585, 0.38, 0.625, 0.42))),
        points=True,
    ),
    Golden(
        name="at the edge",
        dialect="molmo",
        text='Counting the <points x1="0" y1="100" alt="men">men</points> shows a total of 1.',
        things=(("men", (0.0, 0.98, 0.02, 1.0)),),
        points=True,
    ),
    Golden(
        name="on a scale that it does not have",
        dialect="molmo",
        text='<points x1="20.0" y1="55.0" x2="605" y2="40" alt="men">men</points>',
        things=(("men", (0.18, 0.53, 0.22, 0.57)),),
        points=True,
        refused=("'men': expected x in 0..100, got 605",),
    ),
    Golden(
        name="broken off",
        dialect="molmo",
        text='<point x="20.0" y="55.0" alt="man">man</point> <point x="30.0"',
        things=(("man", (0.18, 0.53, 0.22, 0.57)),),
        points=True,
        cut=True,
    ),
]

MOONDREAM = [
    Golden(
        name="objects",
        dialect="moondream",
        text='{"objects": [{"x_min": 0.1, "y_min": 0.2, "x_max": 0.3, "y_max": 0.9},'
        ' {"x_min": 0.5, "y_min": 0.6, "x_max": 0.75, "y_max": 0.8}]}',
        things=(("", MAN[1]), ("", DOG[1])),
    ),
    Golden(
        name="with labels",
        dialect="moondream",
        size=(378, 1000),
        text='{"objects": [{"label": "man", "x_min": 0.1, "y_min": 0.2, "x_max": 0.3,'
        ' "y_max": 0.9}]}',
        things=(MAN,),
    ),
    Golden(
        name="points",
        dialect="moondream",
        text='{"points": [{"x": 0.5, "y": 0.25}]}',
        things=(("", (0.48, 0.23, 0.52, 0.27)),),
        points=True,
    ),
    Golden(
        name="broken off",
        dialect="moondream",
        text='{"objects": [{"x_min": 0.1, "y_min": 0.2, "x_max": 0.3, "y_max": 0.9}, {"x_min": 0.5',
        things=(("", MAN[1]),),
        cut=True,
    ),
    Golden(name="none", dialect="moondream", text='{"objects": []}'),
]

JSON = [
    Golden(
        name="shares with scores",
        dialect="json",
        text='{"detections": [{"name": "man", "bbox": [0.1, 0.2, 0.3, 0.9], "score": 0.75},'
        ' {"name": "dog", "bbox": [0.5, 0.6, 0.75, 0.8], "confidence": 0.5}]}',
        things=TWO,
        scores=(0.75, 0.5),
    ),
    Golden(
        name="thousandths",
        dialect="json",
        text='[{"label": "man", "box": [100, 200, 300, 900]}]',
        things=(MAN,),
    ),
    Golden(
        name="pixels",
        dialect="json",
        size=(2000, 1000),
        text='[{"label": "man", "bounding_box": {"xmin": 200, "ymin": 200, "xmax": 600, "ymax":'
        ' 900}}, {"label": "dog", "bounding_box": [1000, 600, 1500, 800]}]',
        things=TWO,
    ),
    Golden(
        name="left, top, width, height",
        dialect="json",
        text='[{"label": "man", "box": {"x": 0.1, "y": 0.2, "width": 0.2, "height": 0.7}}]',
        things=(MAN,),
    ),
    Golden(
        name="a polygon in pairs, one of objects, a flat one and a triangle",
        dialect="json",
        text='[{"label": "a", "polygon": [[0.1, 0.1], [0.3, 0.2], [0.2, 0.4], [0.1, 0.3]]},'
        ' {"label": "b", "polygon": [{"x": 0.1, "y": 0.1}, {"x": 0.3, "y": 0.2},'
        ' {"x": 0.2, "y": 0.4}, {"x": 0.1, "y": 0.3}]},'
        ' {"label": "c", "polygon": [0.1, 0.1, 0.3, 0.2, 0.2, 0.4, 0.1, 0.3]},'
        ' {"label": "d", "polygon": [[0.1, 0.1], [0.3, 0.2], [0.2, 0.4]]}]',
        things=(
            ("a", (0.1, 0.1, 0.3, 0.2, 0.2, 0.4, 0.1, 0.3)),
            ("b", (0.1, 0.1, 0.3, 0.2, 0.2, 0.4, 0.1, 0.3)),
            ("c", (0.1, 0.1, 0.3, 0.2, 0.2, 0.4, 0.1, 0.3)),
            ("d", (0.1, 0.1, 0.3, 0.2, 0.2, 0.4, 0.1, 0.1)),
        ),
    ),
    Golden(
        name="a bare list",
        dialect="json",
        text="The boxes [1] are: [[100, 200, 300, 900], [500, 600, 750, 800],]",
        things=(("", MAN[1]), ("", DOG[1])),
    ),
    Golden(
        name="one entry that is wrong",
        dialect="json",
        text='[{"label": "man", "box": [100, 200, 300, 900]}, {"label": "cat", "box": [1, 2, 3]},'
        ' {"label" "cow"}, {"label": "hen", "box": null}, {"label": "fox", "size": 3},]',
        things=(MAN,),
        refused=(
            "'cat': expected 4 numbers or a polygon, got [1.0, 2.0, 3.0]",
            "'hen': expected 4 numbers or a polygon, got None",
            'expected JSON, got {"label" "cow"}',
            "'fox': expected a box",
        ),
    ),
    Golden(
        name="a score in percent",
        dialect="json",
        text='[{"label": "man", "box": [100, 200, 300, 900], "score": 95}]',
        things=(MAN,),
        refused=("the score of 'man': expected 0..1, got 95",),
    ),
    Golden(
        name="one box of another scale than the others",
        dialect="json",
        text='[{"label": "man", "box": [0.1, 0.2, 0.3, 0.9]},'
        ' {"label": "dog", "box": [0, 1, 7, 9]}]',
        things=(MAN,),
        refused=("'dog': expected x in 0..1, got 7",),
    ),
]

AUTO = [
    Golden(
        name="bbox_2d in pixels above 1000",
        dialect="auto",
        size=(1932, 1092),
        text='[{"bbox_2d": [483, 273, 1449, 1092], "label": "man"}]',
        things=(("man", (0.25, 0.25, 0.75, 1.0)),),
    ),
    Golden(
        name="bbox_2d in shares",
        dialect="auto",
        text='[{"bbox_2d": [0.1, 0.2, 0.3, 0.9], "label": "man"}]',
        things=(MAN,),
    ),
    Golden(
        name="bbox_2d above 1000 and not on the picture",
        dialect="auto",
        text='[{"bbox_2d": [100, 200, 300, 900], "label": "man"}, {"bbox_2d": [0, 0, 1316, 900]}]',
        things=(MAN,),
        refused=("a box without a label: expected x in 0..1000, got 1316",),
    ),
    Golden(name="an empty list", dialect="auto", text='```json\n{"detections": []}\n```'),
]

BY_DIALECT = [*QWEN2, *QWEN25, *QWEN3, *GEMINI, *PALIGEMMA, *FLORENCE, *INTERNVL, *MOLMO]
BY_DIALECT += [*MOONDREAM, *JSON]
ALL = [*BY_DIALECT, *AUTO]
