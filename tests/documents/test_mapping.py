"""Which field holds what: guessed from names and kinds, overridden by name."""

import pytest

from sightline.documents.azure_search import definition_elsewhere
from sightline.documents.definition import Definition
from sightline.documents.mapping import guess, profile_of
from sightline.errors import EncoderMismatch, InvalidRequest
from sightline.vision.base import Identity

LITE = Identity(name="lite0", version="1", dimension=1280)
WORDS = Identity(name="minilm", version="1", dimension=384)
VISION = Identity(name="azure-vision", version="2023-04-15", dimension=1024)


def index(*fields: tuple[str, object]) -> Definition:
    """Fields by name and kind; a number is the dimension of a vector."""
    given = [{"name": "id", "type": "Edm.String", "key": True}]
    for name, kind in fields:
        if isinstance(kind, int):
            given.append({"name": name, "type": "Collection(Edm.Single)", "dimensions": kind})
        else:
            given.append({"name": name, "type": str(kind)})
    return definition_elsewhere({"name": "tents", "fields": given})


SAMPLE = index(("description", "Edm.String"), ("image_vector", 1024))
"""The image index of the official samples."""

SIBLING = index(("imageUrl", "Edm.String"), ("title", "Edm.String"), ("imageVector", 1024))
STUDIO = index(
    ("content", "Edm.String"),
    ("metadata_storage_path", "Edm.String"),
    ("metadata_storage_name", "Edm.String"),
    ("text_vector", 1536),
    ("imageEmbedding", 1024),
    ("location", "Edm.GeographyPoint"),
)


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (SAMPLE, {"content": ("description",), "image_vector": "image_vector"}),
        (
            SIBLING,
            {
                "content": ("title",),
                "title": "title",
                "url": "imageUrl",
                "image_vector": "imageVector",
            },
        ),
        (
            STUDIO,
            {
                "content": ("content",),
                "filepath": "metadata_storage_name",
                "url": "metadata_storage_path",
                "image_vector": "imageEmbedding",
            },
        ),
    ],
    ids=["sample", "sibling", "studio"],
)
def test_usual_indexes_are_understood_without_help(
    definition: Definition, expected: dict[str, object]
):
    found = guess(definition, {}, VISION, VISION)
    assert found.key == "id"
    assert {name: getattr(found, name) for name in expected} == expected
    assert found.concept_vector == found.image_vector  # words and pictures share one space


def test_a_request_says_which_field_is_which():
    definition = index(("caption", "Edm.String"), ("note", "Edm.String"), ("a", 1024), ("b", 1024))
    said = {
        "content_fields": ["note", "caption"],
        "title_field": ["caption"],
        "image_vector_fields": ["b"],
    }
    found = guess(definition, said, VISION, VISION)
    assert (found.content, found.title, found.image_vector) == (("note", "caption"), "caption", "b")


def test_the_words_of_another_sightline_are_found_by_their_profile():
    vectors = {
        "image_vector": (1280, LITE),
        "concept_vector": (384, WORDS),
        "description_vector": (384, WORDS),
    }
    fields = [{"name": "id", "type": "Edm.String", "key": True}] + [
        {
            "name": name,
            "type": "Collection(Edm.Single)",
            "dimensions": dimension,
            "vectorSearchProfile": profile_of(made_by),
        }
        for name, (dimension, made_by) in vectors.items()
    ]
    definition = definition_elsewhere({"name": "tents", "fields": fields})
    found = guess(definition, {}, LITE, WORDS)
    assert (found.image_vector, found.concept_vector) == ("image_vector", "concept_vector")
    assert found.description_vector == "description_vector"
    newer = Identity(name="lite0", version="2", dimension=1280)
    with pytest.raises(EncoderMismatch, match="made by lite0-1-1280"):
        guess(definition, {}, newer, WORDS)


def test_a_vector_field_of_the_same_size_is_not_taken_for_ours_by_its_name_alone():
    definition = index(("image_vector", 1280), ("concept_vector", 384))
    assert guess(definition, {}, LITE, WORDS).concept_vector == ""
    said = {"concept_vector": ["concept_vector"]}
    assert guess(definition, said, LITE, WORDS).concept_vector == "concept_vector"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"image_vector_fields": ["description"]}, "a vector field"),
        ({"title_field": ["image_vector"]}, "no vector field"),
        ({"title_field": ["no"]}, "has no field 'no'"),
        ({"colour": ["description"]}, "got 'colour'"),
        ({"url_field": ["description", "id"]}, "one field for 'url'"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(said: dict[str, list[str]], message: str):
    with pytest.raises(InvalidRequest, match=message):
        guess(SAMPLE, said, VISION, VISION)


def test_vectors_of_another_size_are_refused_with_the_sizes():
    with pytest.raises(EncoderMismatch, match=r"image_vector \(1024 numbers\)"):
        guess(SAMPLE, {}, LITE, WORDS)


def test_two_fields_that_fit_must_be_told_apart():
    with pytest.raises(InvalidRequest, match="got a, b"):
        guess(index(("a", 1024), ("b", 1024)), {}, VISION, VISION)


def test_an_index_without_vectors_is_one_of_words():
    assert guess(index(("description", "Edm.String")), {}, LITE, WORDS).image_vector == ""


@pytest.mark.parametrize("metric", ["euclidean", "dotProduct"])
def test_vectors_that_are_not_compared_by_cosine_are_refused(metric: str):
    vector = {"type": "Collection(Edm.Single)", "dimensions": 1024, "vectorSearchProfile": "p"}
    fields = [{"name": "id", "type": "Edm.String", "key": True}, {"name": "v", **vector}]
    algorithm = {"name": "a", "kind": "hnsw", "hnswParameters": {"metric": metric}}
    search = {"profiles": [{"name": "p", "algorithm": "a"}], "algorithms": [algorithm]}
    definition = definition_elsewhere({"name": "t", "fields": fields, "vectorSearch": search})
    with pytest.raises(EncoderMismatch, match=f"by cosine in 'v', got {metric}"):
        guess(definition, {}, VISION, VISION)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"key": ["description"]}, InvalidRequest),
        ({"tags": ["description"]}, InvalidRequest),
        ({"concept_vector": ["image_vector"]}, EncoderMismatch),
    ],
)
def test_a_field_of_another_kind_is_not_taken(said: dict[str, list[str]], error: type[Exception]):
    definition = index(("description", "Edm.String"), ("image_vector", 1280))
    with pytest.raises(error):
        guess(definition, said, LITE, WORDS)
