"""The table of classes that ships with Sightline."""

import pytest

from sightline.vision.imagenet import image_classes, kinds


@pytest.mark.parametrize(
    ("number", "name", "broader"),
    [
        (0, "tench", "fish"),
        (281, "tabby", "cat"),
        (504, "coffee mug", "container"),
        (817, "sports car", "vehicle"),
        (963, "pizza", "food"),
        (967, "espresso", "beverage"),
        (985, "daisy", "flower"),
        (999, "toilet tissue", None),
    ],
)
def test_classes_stand_in_the_order_of_a_network_s_outputs(
    number: int, name: str, broader: str | None
):
    shown = image_classes()[number]
    assert shown.name == name
    assert broader is None or broader in shown.broader


def test_every_class_has_a_name_of_its_own_and_a_meaning():
    classes = image_classes()
    assert len(classes) == 1000
    assert len({shown.name.casefold() for shown in classes}) == 1000
    assert all(shown.meaning and shown.words for shown in classes)
    assert {"crane (wading bird)", "crane (lifting device)"} <= {shown.name for shown in classes}


def test_names_that_say_nothing_are_left_out():
    said = {name for shown in image_classes() for name in shown.broader}
    assert not said & {"entity", "physical entity", "object", "whole", "artifact", "organism"}
    assert {"animal", "clothing", "food", "vehicle", "furniture", "building"} <= said


def test_kinds_know_what_is_below_and_above_them():
    by_name = {kind.name: kind for kind in kinds()}
    assert len(by_name["dog"].members) == 118
    assert "hunting dog" not in by_name["dog"].broader
    assert {"carnivore", "mammal", "animal"} <= set(by_name["cat"].broader)
    for kind in kinds():
        for above in kind.broader:
            assert set(kind.members) <= set(by_name[above].members)
            assert kind.name not in by_name[above].broader
