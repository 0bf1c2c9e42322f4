"""Search by picture, by words and by both, over rows that the shipped fakes made."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from skimage import data as samples

from sightline.assets import Asset, Hit, Pixels, Reason, Row, Where, Whole
from sightline.errors import UnknownAsset
from sightline.index.base import Index, IndexInfo
from sightline.index.memory import MemoryIndexes
from sightline.media.images import thumbnail
from sightline.retrieve import (
    CANDIDATES,
    Asked,
    Searched,
    neighbours,
    picture_score,
    score,
    search,
    share_of_words,
    words_score,
)
from sightline.vision.fake import COLOURS, FakePictureEncoder, FakeReader, FakeTextEncoder

TEXT = FakeTextEncoder()
PICTURES = FakePictureEncoder(text_encoder=TEXT)


def plain(colour: str) -> Pixels:
    return np.full((60, 80, 3), COLOURS[colour], dtype=np.uint8)


def row(key: str, pixels: Pixels, description: str = "", text: str = "") -> Row:
    (encoded,) = PICTURES.encode([pixels])
    return Row(
        asset=Asset(
            id=f"id-{key}",
            key=key,
            source="file:///pictures",
            location=f"/pictures/{key}",
            place=Whole(),
            sha256=key,
            size=1,
            etag="1",
            media_type="image/png",
            width=pixels.shape[1],
            height=pixels.shape[0],
            description=description,
            reading=FakeReader([text] if text else []).read(pixels),
            tags=encoded.tags,
        ),
        vector=encoded.vector,
        concept=encoded.concept,
        description_vector=TEXT.encode([description])[0] if description else None,
        thumbnail=thumbnail(pixels),
        pipeline="test",
    )


def index_of(rows: Iterable[Row], name: str = "pictures") -> Index:
    index = MemoryIndexes().create(
        IndexInfo(
            name=name,
            encoder=PICTURES.identity,
            text_encoder=TEXT.identity,
            created_at=datetime(2024, 1, 2, tzinfo=UTC),
        )
    )
    index.add(list(rows))
    return index


def found(*indexes: Index, **asked: object) -> list[Hit]:
    opened = [Searched(index=index, encoder=PICTURES, text_encoder=TEXT) for index in indexes]
    return search(opened, **asked)  # type: ignore[arg-type]


def keys(hits: Iterable[Hit]) -> list[str]:
    return [hit.asset.key for hit in hits]


@pytest.fixture
def camping() -> Index:
    return index_of(
        [
            row("tent.png", plain("red"), "A tent for four people"),
            row("shoes.png", plain("blue"), "Running shoes with spikes"),
            row("meadow.png", plain("green")),
            row("sign.png", plain("grey"), text="CAMPING CLOSED"),
        ]
    )


@pytest.mark.parametrize(
    ("words", "first", "why"),
    [
        pytest.param("a tent for people", "tent.png", "description", id="by its description"),
        pytest.param("something green", "meadow.png", "concept", id="by what it shows"),
        pytest.param("is the camping closed", "sign.png", "words", id="by the text on it"),
    ],
)
def test_words_find_a_picture_and_say_why(camping: Index, words: str, first: str, why: Reason):
    hit, *_ = found(camping, text=words)
    assert hit.asset.key == first
    assert why in hit.reasons
    assert list(hit.reasons.values()) == sorted(hit.reasons.values(), reverse=True)


def test_a_picture_finds_pictures_that_look_like_it(camping: Index):
    hit, *others = found(camping, picture=plain("blue"))
    assert (hit.asset.key, hit.index) == ("shoes.png", "pictures")
    assert hit.reasons == {"picture": pytest.approx(1)}
    assert all(other.score < hit.score for other in others)


def test_details_find_the_very_thing_among_its_likes():
    coffee = samples.coffee()
    pixels = coffee.reshape(-1, 3)
    shuffled = np.random.default_rng(5).permutation(pixels).reshape(coffee.shape)
    index = index_of([row("colours.png", shuffled), row("coffee.png", coffee)])
    # Part of the picture, as a photograph of the same cup would be.
    first, second = found(index, picture=np.ascontiguousarray(coffee[40:360, 60:540]))
    assert (first.asset.key, second.asset.key) == ("coffee.png", "colours.png")
    assert first.reasons["detail"] > 0.5
    assert "detail" not in second.reasons
    assert first.score > second.score


def test_neighbours_of_a_stored_picture_are_what_a_search_by_it_finds_without_itself():
    coffee = samples.coffee()
    cup = np.ascontiguousarray(coffee[40:360, 60:540])
    index = index_of([row("coffee.png", coffee), row("cup.png", cup), row("red.png", plain("red"))])
    encoded = len(PICTURES.calls)
    near = neighbours(index, "id-coffee.png")
    assert len(PICTURES.calls) == encoded
    assert keys(near) == ["cup.png", "red.png"]
    assert near[0].reasons["detail"] > 0.5
    assert near[0].reasons["picture"] > near[1].reasons["picture"]
    assert neighbours(index, "id-coffee.png", top=1) == near[:1]
    with pytest.raises(UnknownAsset):
        neighbours(index, "id-tea.png")


def test_picture_and_words_together_choose_among_pictures_like_it():
    index = index_of(
        [
            row("a.png", plain("red"), "A tent for two people"),
            row("b.png", plain("red"), "A kite for children"),
            row("c.png", plain("blue"), "A kite for adults"),
        ]
    )
    assert keys(found(index, picture=plain("red"), text="kite")) == ["b.png", "a.png", "c.png"]
    hit = found(index, picture=plain("red"), text="kite")[0]
    assert {"picture", "description", "words"} <= hit.reasons.keys()


def test_a_question_that_fits_nothing_leaves_the_order_to_the_picture(camping: Index):
    asked = found(camping, picture=plain("blue"), text="how much is it")
    assert keys(asked)[0] == "shoes.png"


def test_several_indexes_give_one_list_in_which_scores_compare(camping: Index):
    other = index_of([row("second.png", plain("red"), "A tent for four people")], "other")
    first, second, third = found(camping, other, text="a tent for four people", top=3)
    assert {first.index, second.index} == {"pictures", "other"}
    assert {first.asset.key, second.asset.key} == {"tent.png", "second.png"}
    assert first.score == pytest.approx(second.score, rel=0.02)
    assert third.score < 0.7 * second.score


def test_only_what_passes_the_filter_is_found(camping: Index):
    hits = found(camping, text="a tent", where=Where(key_prefix="sh"))
    assert keys(hits) == ["shoes.png"]


@pytest.mark.parametrize("text", [None, "", "  \n"])
def test_nothing_asked_finds_nothing(camping: Index, text: str | None):
    assert found(camping, text=text) == []


def test_an_empty_index_finds_nothing():
    assert found(index_of([]), picture=plain("red"), text="tent") == []


def test_top_limits_the_list_and_may_be_more_than_there_is(camping: Index):
    assert len(found(camping, text="tent", top=2)) == 2
    assert len(found(camping, text="tent", top=50)) == 4


def scattered(count: int) -> list[Row]:
    """Rows with vectors in all directions; every other one is described."""
    random = np.random.default_rng(6)
    words = ["tent", "shoe", "kite", "lamp", "stove", "rope", "boat", "bag"]
    rows = []
    for number in range(count):
        described = " ".join(random.choice(words, 3)) if number % 2 else ""
        made = row(f"{number:04}.png", plain("red"), described)
        concept = made.concept + random.normal(0, 0.1, made.concept.shape).astype(np.float32)
        vector = random.random(made.vector.shape).astype(np.float32)
        rows.append(
            replace(
                made,
                vector=vector / np.linalg.norm(vector),
                concept=concept / np.linalg.norm(concept),
            )
        )
    return rows


@pytest.mark.parametrize(
    "asked",
    [{"text": "red tent and kite"}, {"picture": plain("red"), "text": "a boat and a lamp"}],
    ids=["words", "picture and words"],
)
def test_candidates_of_one_channel_are_judged_by_all(asked: dict[str, object]):
    rows = scattered(2 * CANDIDATES + 50)
    index = index_of(rows)
    limited = found(index, top=10, **asked)
    everything = found(index, top=len(rows), **asked)
    assert len(everything) == len(rows)
    scores = {hit.asset.key: hit.score for hit in everything}
    for hit in limited:
        assert hit.score == pytest.approx(scores[hit.asset.key], abs=1e-6)
    assert keys(limited) == keys(everything)[:10]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"description": 0.6}, {"description": 0.5}),
        ({"description": 0.6, "concept": 0.3}, {"description": 0.6, "concept": 0.1}),
        ({"description": 0.6, "concept": 0.1}, {"description": 0.5, "concept": 0.3}),
        ({"concept": 0.4}, {"concept": 0.3}),
        ({"concept": 0.4}, {"description": 0.1, "concept": 0.4}),
        ({"description": 0.7, "concept": 0.4}, {"concept": 0.4}),
        ({"concept": 0.2, "words": 0.6}, {"concept": 0.4}),
        ({"concept": 0.2}, {"words": 0.1}),
        ({"words": 0.1}, {}),
    ],
)
def test_the_words_score_weighs_what_the_channels_say(
    better: dict[Reason, float], worse: dict[Reason, float]
):
    assert 0 <= words_score(worse) < words_score(better) <= 1


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"picture": 0.7}, {"picture": 0.6}),
        ({"picture": 0.6, "detail": 0.5}, {"picture": 0.75}),
        ({"picture": 0.6, "detail": 0.8}, {"picture": 0.6, "detail": 0.5}),
        ({"picture": 0.1}, {"picture": -0.5}),
    ],
)
def test_the_picture_score_takes_details_for_a_second_witness(
    better: dict[Reason, float], worse: dict[Reason, float]
):
    assert 0 <= picture_score(worse) < picture_score(better) <= 1


def test_with_both_the_picture_weighs_more():
    vector = np.ones(1, np.float32)
    both = Asked(picture=vector, meaning=vector, words="red")
    looks_right = score({"picture": 0.9, "description": 0.2}, both)
    sounds_right = score({"picture": 0.5, "description": 0.6}, both)
    assert looks_right > sounds_right
    assert 0 <= sounds_right <= 1


@pytest.mark.parametrize(
    ("bm25", "words", "rows", "share"),
    [
        pytest.param(4.477, "tent", 130, 0.75, id="the one row with the one word"),
        pytest.param(4.477, "red tent", 130, 0.6, id="the one row with one of two words"),
        pytest.param(8.954, "red tent", 130, 0.75, id="the one row with both words"),
        pytest.param(11.107, "tent", 100_000, 0.75, id="the one row in a large index"),
        pytest.param(0.2877, "tent", 1, 0.75, id="the only row"),
        pytest.param(1.0, "?!", 130, 0.401, id="no word at all"),
    ],
)
def test_the_share_of_words_depends_neither_on_the_question_nor_on_the_index(
    bm25: float, words: str, rows: int, share: float
):
    assert share_of_words(bm25, words, rows) == pytest.approx(share, abs=1e-3)
