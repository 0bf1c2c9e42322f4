"""The vision enhancements of a request and what they add to a reply."""

from sightline.events import Grounded
from sightline.evidence import Span
from sightline.geometry import Box, Point
from sightline.http.enhancements import (
    enhancements_json,
    eyes_chosen,
    grounds_words,
    notes_on,
    reads_text,
)
from sightline.http.fields import Enhancements
from sightline.messages import AS_SET, EyeChoice

BOX = Box(left=0.1, top=0.2, right=0.5, bottom=0.9)


def enhancements(**given: object) -> Enhancements:
    return Enhancements.model_validate(given)


def test_each_enhancement_is_asked_for_by_itself():
    both = enhancements(ocr={"enabled": True}, grounding={"enabled": False})
    assert (reads_text(both), grounds_words(both)) == (True, False)
    other = enhancements(grounding={"enabled": True})
    assert (reads_text(other), grounds_words(other)) == (False, True)
    assert not reads_text(enhancements(ocr={}))
    assert not grounds_words(enhancements(grounding={}))
    assert (reads_text(None), grounds_words(None)) == (False, False)
    assert list(notes_on(both)) == list(notes_on(None)) == []


def test_engines_and_language_are_chosen_beside_the_switches():
    chosen = enhancements(
        ocr={"enabled": True, "engine": "rapidocr", "language": "latin"},
        grounding={"enabled": True, "engine": "embedded"},
    )
    assert eyes_chosen(chosen) == EyeChoice(
        reader="rapidocr", language="latin", detector="embedded"
    )
    assert eyes_chosen(None) == eyes_chosen(enhancements(ocr={"enabled": True})) == AS_SET


def test_an_unknown_enhancement_is_noted():
    (note,) = notes_on(enhancements(smell={"enabled": True}))
    assert "'smell' is not known" in note


def test_spans_have_the_fields_of_the_service_and_marked_ones_of_ours():
    polygon = (*BOX.polygon, Point(0.05, 0.5))
    span = Span(
        text="A dog", offset=0, length=5, polygon=polygon, image_index=1, label="dog",
        score=0.91234, source="lite0",
    )  # fmt: skip
    shown = enhancements_json(Grounded(text="A dog.", spans=(span,), status="Success"))["grounding"]
    assert shown["status"] == "Success"
    (line,) = shown["lines"]
    assert line["text"] == "A dog."
    (found,) = line["spans"]
    ours = set(shown["sightline"]["extensions"])
    assert set(found) - ours == {"text", "offset", "length", "polygon"}
    assert {name: found[name] for name in ours} == {
        "image_index": 1, "label": "dog", "score": 0.9123, "source": "lite0"
    }  # fmt: skip
    assert found["polygon"] == [  # four corners of what has five
        {"x": 0.05, "y": 0.2}, {"x": 0.5, "y": 0.2}, {"x": 0.5, "y": 0.9}, {"x": 0.05, "y": 0.9}
    ]  # fmt: skip


def test_what_could_not_look_is_named():
    grounded = Grounded(text="", spans=(), status="Failed", failures=("The detector failed.",))
    shown = enhancements_json(grounded)["grounding"]
    assert shown["status"] == "Failed"
    assert shown["lines"] == [{"text": "", "spans": []}]
    assert list(shown["sightline"]["failures"]) == ["The detector failed."]
