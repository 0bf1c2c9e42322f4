"""Data sources in every spelling."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sightline.assets import Where
from sightline.errors import InvalidRequest
from sightline.http.data_sources import (
    QUERY_TYPES,
    Connected,
    Reachable,
    connected,
)
from sightline.messages import Distant, Grounds
from sightline.odata.parsing import parse

HERE = "127.0.0.1:8477"
AROUND = Reachable(here=HERE)


def source(kind: str = "azure_search", **parameters: object) -> dict[str, Any]:
    return {"type": kind, "parameters": {"index_name": "tents", **parameters}}


SPELLINGS = {
    "2024": source(
        "azure_search",
        endpoint=f"http://{HERE}",
        authentication={"type": "api_key", "key": "K"},
        in_scope=False,
        top_n_documents=3,
        strictness=5,
        role_information="Be brief.",
        query_type="vector_semantic_hybrid",
    ),
    "2023": {
        "type": "AzureCognitiveSearch",
        "parameters": {
            "endpoint": f"http://{HERE}/",
            "key": "K",
            "indexName": "tents",
            "inScope": False,
            "topNDocuments": 3,
            "strictness": 5,
            "roleInformation": "Be brief.",
            "queryType": "vectorSemanticHybrid",
        },
    },
    "mixed": {
        "type": "azureCognitiveSearch",
        "parameters": {
            "IndexName": "tents",
            "in_scope": False,
            "topNDocuments": 3,
            "strictness": 5,
            "role_information": "Be brief.",
        },
    },
    "our own": source(
        "sightline", in_scope=False, top_n_documents=3, strictness=5, role_information="Be brief."
    ),
}


@pytest.mark.parametrize("given", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_every_spelling_means_the_same(given: dict[str, Any]):
    assert connected([given], AROUND) == Connected(
        grounds=Grounds(indexes=("tents",), top=3, strictness=5, in_scope=False),
        role_information="Be brief.",
        given=True,
    )


def test_defaults_are_those_of_the_service():
    assert connected([source()], AROUND).grounds == Grounds(
        indexes=("tents",), top=5, strictness=3, in_scope=True
    )


def test_a_vision_source_beside_the_search_has_nothing_to_say():
    vision = {"type": "AzureComputerVision", "parameters": {"endpoint": "https://v", "key": "K"}}
    assert connected([source(), vision], AROUND) == connected([source()], AROUND)
    assert connected([vision], AROUND) == Connected()


def test_several_indexes_are_searched_together():
    grounds = connected(
        [source(top_n_documents=7), source(index_name="shoes"), source(top_n_documents=7)], HERE
    ).grounds
    assert grounds == Grounds(indexes=("tents", "shoes"), top=7)


def test_a_filter_of_our_own():
    where = {
        "described": True,
        "tag": "tent",
        "keyPrefix": "2024/",
        "taken_from": "2024-01-02T03:04:05Z",
    }
    assert connected([source("sightline", where=where)], AROUND).grounds.where == Where(
        tag="tent",
        described=True,
        key_prefix="2024/",
        taken_from=datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC),
    )


@pytest.mark.parametrize("query_type", QUERY_TYPES)
def test_every_query_type_is_accepted(query_type: str):
    head, *tail = query_type.split("_")
    camel = head + "".join(word.title() for word in tail)
    assert connected([source(query_type=query_type)], AROUND).notes == ()
    assert connected([source(query_type=camel)], AROUND).notes == ()


REFUSED: dict[str, tuple[list[dict[str, Any]], str, str]] = {
    "no type": ([{"parameters": {}}], "data_sources[0].type", "got null"),
    "unknown type": ([source("pinecone")], "data_sources[0].type", "got 'pinecone'"),
    "two video indexes": (
        [
            source("AzureComputerVisionVideoIndex", index_name="a"),
            source("AzureComputerVisionVideoIndex", index_name="b"),
        ],
        "data_sources",
        "expected one video index, got 'a', 'b'",
    ),
    "no parameters": ([{"type": "sightline"}], "data_sources[0].parameters.index_name", "nothing"),
    "parameters of another kind": (
        [{"type": "sightline", "parameters": ["tents"]}],
        "data_sources[0].parameters",
        "got an array of 1",
    ),
    "no index": (
        [source(index_name="")],
        "data_sources[0].parameters.index_name",
        "at least 1 character",
    ),
    "too many": ([source(top_n_documents=51)], "data_sources[0].parameters.top_n_documents", "51"),
    "too few": ([source(top_n_documents=0)], "data_sources[0].parameters.top_n_documents", "got 0"),
    "too strict": ([source(strictness=6)], "data_sources[0].parameters.strictness", "got 6"),
    "not strict at all": ([source(strictness=0)], "data_sources[0].parameters.strictness", "got 0"),
    "unknown query type": (
        [source(query_type="psychic")],
        "data_sources[0].parameters.query_type",
        "expected one of simple, semantic",
    ),
    "an OData filter": (
        [source(filter="color = 'red'")],
        "data_sources[0].parameters.filter",
        "at character 7",
    ),
    "sources whose OData filters disagree": (
        [source(filter="width gt 1"), source(filter="width gt 2")],
        "data_sources[1].parameters.filter",
        "must agree on it",
    ),
    "a filter with an unknown field": (
        [source(where={"colour": "red"})],
        "data_sources[0].parameters.where.colour",
        "not permitted",
    ),
    "sources that disagree": (
        [source(strictness=2), source(index_name="shoes"), source(strictness=4)],
        "data_sources[2].parameters.strictness",
        "must agree on it, got 2 and 4",
    ),
}


@pytest.mark.parametrize(("sources", "param", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_says_where(sources: list[dict[str, Any]], param: str, words: str):
    with pytest.raises(InvalidRequest) as raised:
        connected(sources, AROUND)
    assert raised.value.param == param
    assert words in raised.value.message


NOTED: dict[str, tuple[dict[str, Any], str]] = {
    "another endpoint": (source(endpoint="https://s.search.example"), "endpoint is not asked"),
    "its own fields": (
        source(fields_mapping={"title_field": "t"}, semanticConfiguration="default"),
        "fields_mapping, semanticConfiguration accepted without effect",
    ),
    "its own vectors": (
        source(embedding_dependency={"type": "deployment_name", "deployment_name": "ada"}),
        "embedding_dependency accepted without effect",
    ),
    "a parameter of tomorrow": (source(colour="red"), "parameters.colour is not known here"),
}


@pytest.mark.parametrize(("given", "words"), NOTED.values(), ids=NOTED.keys())
def test_what_has_no_effect_is_noted_without_keys(given: dict[str, Any], words: str):
    given["parameters"]["key"] = "secret"
    (note,) = connected([given], AROUND).notes
    assert words in note
    assert "secret" not in note


def test_a_filter_and_a_where_must_both_hold():
    given = source(filter="width gt 800", where={"tag": "tent"})
    where = connected([given], AROUND).grounds.where
    assert where == Where(tag="tent", filter=parse("width gt 800"))


ELSEWHERE = Reachable(
    here=HERE,
    search={"https://acme.search.windows.net": "acme"},
    vision={"https://eyes.cognitiveservices.azure.com": "eyes"},
)


def test_a_configured_endpoint_is_asked_with_the_fields_of_the_request():
    found = connected(
        [
            {
                "type": "AzureCognitiveSearch",
                "parameters": {
                    "endpoint": "https://ACME.search.windows.net/",
                    "indexName": "tents-v",
                    "key": "K",
                    "fieldsMapping": {
                        "contentFields": ["description"],
                        "imageVectorFields": ["v"],
                        "titleField": None,
                    },
                },
            },
            {
                "type": "AzureComputerVision",
                "parameters": {"endpoint": "https://eyes.cognitiveservices.azure.com/", "key": "K"},
            },
        ],
        ELSEWHERE,
    )
    (distant,) = found.grounds.indexes
    assert distant == Distant(
        service="acme",
        index="tents-v",
        fields=(("content_fields", ("description",)), ("image_vector_fields", ("v",))),
        encoder="eyes",
    )
    assert str(distant) == "acme:tents-v"
    assert found.notes == ()
