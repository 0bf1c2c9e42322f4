"""How texts become words."""

import pytest

from index.made import row
from sightline.assets import Tag
from sightline.index.words import asked, pieces, searchable, spaced, tag_names


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("TrailMaster-x4_tent.png", ["Trail", "Master", "x", "4", "tent"]),
        ("IMG_20240701.HEIC", ["IMG", "20240701"]),
        ("HTTPServer2.final.jpg", ["HTTP", "Server", "2", "final"]),
        ("Grüße aus Köln.jpeg", ["Grüße", "aus", "Köln"]),
        ("no ending", ["no", "ending"]),
        (".hidden", ["hidden"]),
        ("写真.png", ["写真"]),
        ("...", []),
    ],
)
def test_pieces_of_a_file_name(name: str, parts: list[str]):
    assert pieces(name) == parts


@pytest.mark.parametrize(
    ("text", "stored", "looked_up"),
    [
        ("a tent", "a tent", "a tent"),
        ("餐厅收据", "餐 厅 收 据 餐厅 厅收 收据", "餐厅 厅收 收据"),
        ("茶", "茶", "茶"),
        ("no.5茶room", "no.5 茶 room", "no.5 茶 room"),
        ("อาหาร", "อ า ห า ร อา าห หา าร", "อา าห หา าร"),
        ("ＡＢＣ ①", "ABC 1", "ABC 1"),
    ],
)
def test_scripts_without_spaces_are_cut_into_pairs(text: str, stored: str, looked_up: str):
    assert spaced(text).split() == stored.split()
    assert asked(text).split() == looked_up.split()


def test_what_is_searchable_of_an_asset():
    tags = [Tag("Beagle", 0.9, ("hound", "dog")), Tag("hound", 0.5, ("dog",))]
    asset = row("dogs/myDog_7.jpg", description="A walk", text=["EXIT", "→"], tags=tags).asset
    assert tag_names(asset) == ["beagle", "hound", "dog"]
    assert searchable(asset).split("\n") == ["A walk", "EXIT", "→", "beagle hound dog", "my Dog 7"]


def test_a_long_question_is_cut_and_each_word_is_asked_once():
    assert asked("tent TENT tent") == "tent TENT"
    assert len(asked(" ".join(f"w{n}" for n in range(1000))).split()) == 64
