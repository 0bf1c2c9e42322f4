"""Definitions of indexes as the protocol writes them."""

import copy
import json
from typing import Any

import pytest

from documents.made import CAMPING
from sightline.documents.definition import Definition, Field
from sightline.documents.schema import definition_of, is_exhaustive, json_of, notes
from sightline.errors import InvalidRequest

KEY = {"name": "id", "type": "Edm.String", "key": True}


def index(*fields: object, **more: object) -> dict[str, Any]:
    return {"name": "shop", "fields": [KEY, *fields], **more}


def field(kind: str, **more: object) -> Field:
    given = {"name": "it", "type": kind, **more}
    return definition_of(index(given)).fields[1]


def vectors(metric: str | None = "cosine", kind: str = "hnsw", **profile: str) -> dict[str, Any]:
    parameters = {"metric": metric} if metric else {}
    return {
        "algorithms": [{"name": "a", "kind": kind, f"{kind}Parameters": parameters}],
        "profiles": [{"name": "p", "algorithm": "a", **profile}],
    }


class TestDefaults:
    """What the service takes when an attribute is left out."""

    def test_of_a_text(self):
        assert field("Edm.String") == Field(
            name="it",
            kind="Edm.String",
            searchable=True,
            filterable=True,
            sortable=True,
            facetable=True,
        )

    @pytest.mark.parametrize(
        "kind", ["Edm.Int32", "Edm.Int64", "Edm.Double", "Edm.Boolean", "Edm.DateTimeOffset"]
    )
    def test_of_a_number_or_a_time(self, kind: str):
        made = field(kind)
        assert (made.searchable, made.filterable, made.sortable) == (False, True, True)

    def test_of_several_texts(self):
        made = field("Collection(Edm.String)")
        assert (made.searchable, made.filterable, made.sortable) == (True, True, False)

    def test_of_a_vector(self):
        made = field("Collection(Edm.Single)", dimensions=1280)
        assert (made.searchable, made.retrievable, made.filterable) == (True, False, False)
        assert made.dimensions == 1280

    def test_null_is_as_if_left_out(self):
        given = dict.fromkeys(("key", "searchable", "sortable", "dimensions", "analyzer"))
        assert field("Edm.String", **given) == field("Edm.String")

    def test_what_is_said_holds(self):
        made = field("Edm.String", searchable=False, filterable=False, retrievable=False)
        assert (made.searchable, made.filterable, made.retrievable) == (False, False, False)


BAD: dict[str, tuple[Any, str | None]] = {
    "not an object": ([], None),
    "no name": ({"fields": [KEY]}, "name"),
    "no fields": ({"name": "shop"}, "fields"),
    "an empty list of fields": ({"name": "shop", "fields": []}, "fields"),
    "fields that are a text": ({"name": "shop", "fields": "id"}, "fields"),
    "a field that is no object": (index("id"), "fields[1]"),
    "a field without a name": (index({"type": "Edm.String"}), "fields[1].name"),
    "a name with a blank": (index({"name": "a b", "type": "Edm.String"}), "fields[1].name"),
    "a name with a digit first": (index({"name": "1", "type": "Edm.String"}), "fields[1].name"),
    "a reserved name": (index({"name": "azureSearchX", "type": "Edm.String"}), "fields[1].name"),
    "a name twice": (index({"name": "id", "type": "Edm.String"}), "fields[1].name"),
    "no type": (index({"name": "it"}), "fields[1].type"),
    "a place": (index({"name": "it", "type": "Edm.GeographyPoint"}), "fields[1].type"),
    "fields of a field": (index({"name": "it", "type": "Edm.ComplexType"}), "fields[1].type"),
    "half vectors": (index({"name": "it", "type": "Collection(Edm.Half)"}), "fields[1].type"),
    "no key": ({"name": "shop", "fields": [{"name": "it", "type": "Edm.String"}]}, "fields"),
    "two keys": (index({"name": "it", "type": "Edm.String", "key": True}), "fields"),
    "a key that is a number": (
        {"name": "shop", "fields": [{"name": "id", "type": "Edm.Int32", "key": True}]},
        "fields[0].key",
    ),
    "a key that is not shown": (
        {"name": "shop", "fields": [{**KEY, "retrievable": False}]},
        "fields[0].retrievable",
    ),
    "a truth value as text": (
        index({"name": "it", "type": "Edm.String", "filterable": "yes"}),
        "fields[1].filterable",
    ),
    "a searchable number": (
        index({"name": "it", "type": "Edm.Int32", "searchable": True}),
        "fields[1].searchable",
    ),
    "a sortable list": (
        index({"name": "it", "type": "Collection(Edm.String)", "sortable": True}),
        "fields[1].sortable",
    ),
    "a filterable vector": (
        index(
            {"name": "it", "type": "Collection(Edm.Single)", "dimensions": 3, "filterable": True}
        ),
        "fields[1].filterable",
    ),
    **{
        f"dimensions {value!r}": (
            index({"name": "it", "type": "Collection(Edm.Single)", "dimensions": value}),
            "fields[1].dimensions",
        )
        for value in (None, 0, -1, 4097, 1.5, "512", True)
    },
    "dimensions of a text": (
        index({"name": "it", "type": "Edm.String", "dimensions": 3}),
        "fields[1].dimensions",
    ),
    "an unknown profile": (
        index(
            {
                "name": "it",
                "type": "Collection(Edm.Single)",
                "dimensions": 3,
                "vectorSearchProfile": "q",
            },
            vectorSearch=vectors(),
        ),
        "fields[1].vectorSearchProfile",
    ),
    **{
        f"the metric {metric}": (
            index(vectorSearch=vectors(metric)),
            "vectorSearch.algorithms[0].hnswParameters.metric",
        )
        for metric in ("euclidean", "dotProduct", "hamming")
    },
    "an unknown algorithm": (
        index(vectorSearch=vectors(algorithm="b")),
        "vectorSearch.profiles[0].algorithm",
    ),
    "an unknown kind of algorithm": (
        index(vectorSearch=vectors(kind="tree")),
        "vectorSearch.algorithms[0].kind",
    ),
    "profiles that are a text": (
        index(vectorSearch={"profiles": "p"}),
        "vectorSearch.profiles",
    ),
    "vectorSearch that is a list": (index(vectorSearch=[]), "vectorSearch"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_definitions_are_refused_by_the_name_of_the_field(case: str):
    given, place = BAD[case]
    with pytest.raises(InvalidRequest) as refusal:
        definition_of(given)
    assert refusal.value.param == place


def test_the_definition_comes_back_as_it_was_given():
    given = {**CAMPING, "semantic": {"configurations": []}, "scoringProfiles": []}
    assert json_of(definition_of(given)) == given
    assert json.loads(json.dumps(json_of(definition_of(given)))) == given


def test_a_definition_made_here_can_be_read_again():
    made = definition_of(CAMPING)
    bare = Definition(name=made.name, fields=tuple(f for f in made.fields if not f.profile))
    assert definition_of(json_of(bare)) == bare


def test_the_secrets_of_vectorizers_are_not_kept():
    vectorizers = [
        {
            "name": "m",
            "kind": "aiServicesVision",
            "aiServicesVisionParameters": {"resourceUri": "https://a", "apiKey": "hush"},
        },
        {
            "name": "w",
            "kind": "customWebApi",
            "customWebApiParameters": {"uri": "https://b", "httpHeaders": {"x-key": "hush"}},
        },
    ]
    given = index(vectorSearch={**vectors(), "vectorizers": vectorizers})
    before = copy.deepcopy(given)
    assert "hush" not in json.dumps(json_of(definition_of(given)))
    assert "https://a" in json.dumps(json_of(definition_of(given)))
    assert given == before


def test_what_has_no_effect_is_told():
    text = {"name": "it", "type": "Edm.String", "analyzer": "en.microsoft", "synonymMaps": []}
    search = {**vectors(), "vectorizers": [{"name": "m", "kind": "aml"}], "compressions": []}
    told = notes(definition_of(index(text, semantic={}, suggesters=[], vectorSearch=search)))
    assert [note.split()[0] for note in told] == [
        "semantic",
        "suggesters",
        "analyzer",
        "vectorizers",
        "hnsw",
    ]
    assert notes(definition_of(index())) == []


def test_a_profile_may_ask_for_exact_search():
    vector = {"name": "v", "type": "Collection(Edm.Single)", "dimensions": 3}
    given = index({**vector, "vectorSearchProfile": "p"}, {**vector, "name": "w"})
    exact = definition_of({**given, "vectorSearch": vectors(kind="exhaustiveKnn")})
    assert [is_exhaustive(exact, one) for one in exact.vectors] == [True, False]
    graph = definition_of({**given, "vectorSearch": vectors()})
    assert not is_exhaustive(graph, graph.vectors[0])
