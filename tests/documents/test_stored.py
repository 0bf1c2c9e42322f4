"""Indexes of documents on disk: what is written, and how it is found again."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from documents.made import (
    BARE,
    CAMPING,
    DOCUMENTS,
    LAMP,
    STOVE,
    TENT,
    ids,
    upload,
    vector,
    vectorize,
)
from sightline.documents.base import Action, Documents, Query, VectorQuery
from sightline.documents.definition import Json
from sightline.documents.schema import definition_of, json_of
from sightline.documents.store import LanceDocumentIndexes
from sightline.errors import Conflict, InvalidRequest, UnknownDocument, UnknownIndex
from sightline.index.words import COMMON

NAMES = [one["name"] for one in CAMPING["fields"]]
SHOWN = [name for name in NAMES if name not in ("secret", "look", "meaning")]


@pytest.fixture
def indexes(tmp_path: Path) -> LanceDocumentIndexes:
    return LanceDocumentIndexes(tmp_path, vectorize)


@pytest.fixture
def camping(indexes: LanceDocumentIndexes) -> Documents:
    """An index without documents, to write to."""
    return indexes.create(definition_of(CAMPING))


@pytest.fixture(scope="module", params=[10_000, 0], ids=["searched exactly", "with vector indexes"])
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Documents:
    """An index of four documents to look at; half of them came after the upkeep."""
    folder = tmp_path_factory.mktemp("shown")
    indexes = LanceDocumentIndexes(folder, vectorize, exact_rows=request.param)
    made = indexes.create(definition_of(CAMPING))
    upload(made, DOCUMENTS[:2])
    made.optimize()
    upload(made, DOCUMENTS[2:])
    return made


class TestWriting:
    def test_a_document_comes_back_as_it_was_given(self, camping: Documents):
        assert upload(camping, [TENT]) == [201]
        assert camping.get("tent") == {name: TENT[name] for name in SHOWN}
        assert camping.count() == 1
        assert camping.size() > 0

    def test_what_a_document_lacks_is_null_and_a_list_is_empty(self, camping: Documents):
        upload(camping, [BARE])
        nothing = dict.fromkeys(SHOWN)
        assert camping.get("bare") == {**nothing, "id": "bare", "tags": []}

    def test_times_are_kept_in_utc_to_the_microsecond(self, camping: Documents):
        upload(camping, [STOVE, {"id": "t", "made": "2024-05-01T12:00:00.1234567z"}])
        assert camping.get("stove", ["made"]) == {"made": "2023-01-31T21:59:59.250000Z"}
        assert camping.get("t", ["made"]) == {"made": "2024-05-01T12:00:00.123456Z"}

    def test_values_of_programs_are_taken_too(self, camping: Documents):
        made = datetime(2024, 5, 1, 12, tzinfo=UTC)
        upload(camping, [{"id": "t", "made": made, "look": vector(1, 0, 0, 0), "tags": ("a",)}])
        assert camping.get("t", ["made", "tags"]) == {"made": "2024-05-01T12:00:00Z", "tags": ["a"]}
        near = VectorQuery(fields=("look",), vector=vector(1, 0, 0, 0))
        assert ids(camping, vectors=(near,)) == ["t"]

    def test_whole_numbers_may_be_written_as_fractions(self, camping: Documents):
        upload(camping, [{"id": "t", "stock": 3.0, "price": 7}])
        assert camping.get("t", ["stock", "price"]) == {"stock": 3, "price": 7.0}

    def test_uploading_again_replaces_the_whole_document(self, camping: Documents):
        upload(camping, [TENT])
        assert upload(camping, [{"id": "tent", "title": "New"}]) == [200]
        found = camping.get("tent")
        assert (found["title"], found["description"], found["tags"]) == ("New", None, [])
        assert ids(camping, words="green") == []

    def test_merging_changes_only_what_is_given(self, camping: Documents):
        upload(camping, [TENT])
        (done,) = camping.write([Action("merge", {"id": "tent", "title": "New", "price": None})])
        assert done.status == 200
        assert camping.get("tent") == {
            **{name: TENT[name] for name in SHOWN},
            "title": "New",
            "price": None,
        }
        near = VectorQuery(fields=("look",), vector=vector(1, 0, 0, 0))
        assert ids(camping, vectors=(near,)) == ["tent"]
        assert ids(camping, words="new") == ids(camping, words="green") == ["tent"]

    def test_merging_into_nothing_is_refused_unless_it_may_be_made(self, camping: Documents):
        refused, made = camping.write(
            [Action("merge", {"id": "a", "title": "A"}), Action("mergeOrUpload", {"id": "b"})]
        )
        assert (refused.key, refused.status) == ("a", 404)
        assert "'a'" in refused.message
        assert (made.key, made.status, made.message) == ("b", 201, "")
        assert ids(camping) == ["b"]

    def test_deleting_what_is_not_there_is_no_fault(self, camping: Documents):
        upload(camping, [TENT, STOVE])
        done = camping.write([Action("delete", {"id": "tent"}), Action("delete", {"id": "none"})])
        assert [one.status for one in done] == [200, 200]
        assert ids(camping) == ["stove"]
        with pytest.raises(UnknownDocument, match="'tent'"):
            camping.get("tent")

    def test_a_batch_is_done_in_order(self, camping: Documents):
        upload(camping, [TENT])
        done = camping.write(
            [
                Action("upload", {"id": "a", "title": "one", "stock": 1}),
                Action("merge", {"id": "a", "title": "two"}),
                Action("delete", {"id": "tent"}),
                Action("merge", {"id": "tent", "title": "gone"}),
                Action("upload", {"id": "tent", "title": "back"}),
                Action("upload", {"id": "b"}),
                Action("delete", {"id": "b"}),
            ]
        )
        assert [one.status for one in done] == [201, 200, 200, 404, 201, 201, 200]
        assert camping.get("a", ["title", "stock"]) == {"title": "two", "stock": 1}
        assert camping.get("tent", ["title", "price"]) == {"title": "back", "price": None}
        assert ids(camping) == ["a", "tent"]

    def test_a_batch_that_deletes_and_uploads_is_one_whole(self, camping: Documents):
        upload(camping, DOCUMENTS)
        camping.write(
            [Action("delete", {"id": "lamp"}), *(Action("upload", one) for one in (BARE, TENT))],
        )
        assert ids(camping) == ["bare", "stove", "tent"]
        assert camping.get("stove")["title"] == "CozyFire"

    def test_no_actions_are_no_fault(self, camping: Documents):
        assert camping.write([]) == []

    def test_half_a_character_is_stored_as_a_question_mark(self, camping: Documents):
        upload(camping, [{"id": "t", "title": "a\ud800b", "tags": ["\udc00"]}])
        assert camping.get("t", ["title", "tags"]) == {"title": "a?b", "tags": ["?"]}

    def test_quotes_and_names_of_columns_are_data(self, camping: Documents):
        odd = '\'; DROP TABLE x; -- "f1" \\ %'
        upload(camping, [{"id": "t", "title": odd}, {"id": "-_=", "title": "ok"}])
        assert camping.get("t", ["title"]) == {"title": odd}
        assert camping.get("-_=", ["title"]) == {"title": "ok"}
        with pytest.raises(UnknownDocument):
            camping.get("' OR 1=1 --")


BAD: dict[str, tuple[Any, str]] = {
    "an unknown property": ({"id": "x", "colour": "red"}, "'colour' does not exist on type"),
    "no key": ({"title": "x"}, "'id' of a document is missing or empty"),
    "an empty key": ({"id": ""}, "missing or empty"),
    "a null key": ({"id": None}, "missing or empty"),
    "a key that is a number": ({"id": 7}, "as a text, got 7"),
    "a long key": ({"id": "k" * 1025}, "1025 characters; 1024 are the most"),
    "a key with a blank": ({"id": "a b"}, "Invalid document key: 'a b'"),
    "a key with a slash": ({"id": "a/b"}, "Invalid document key"),
    "a key with an umlaut": ({"id": "zölt"}, "Invalid document key"),
    "a key with a newline": ({"id": "x\n"}, "Invalid document key"),
    "a number as text": ({"id": "x", "price": "7"}, "Edm.Double for 'price', got '7'"),
    "a truth value as number": ({"id": "x", "stock": True}, "Edm.Int32 for 'stock', got True"),
    "a number as truth value": ({"id": "x", "sold": 1}, "Edm.Boolean for 'sold', got 1"),
    "a text as list": ({"id": "x", "title": ["a"]}, "Edm.String for 'title'"),
    "a list as text": ({"id": "x", "tags": "a"}, "Collection(Edm.String) for 'tags', got 'a'"),
    "a list with null": ({"id": "x", "tags": ["a", None]}, "for 'tags'"),
    "an object": ({"id": "x", "title": {"a": 1}}, "for 'title'"),
    "a fraction of a whole": ({"id": "x", "stock": 1.5}, "whole number for 'stock', got 1.5"),
    "a large Int32": ({"id": "x", "stock": 2**31}, "to 2147483647; got 2147483648"),
    "a large Int64": ({"id": "x", "views": 2**63}, "Edm.Int64"),
    "a number without end": ({"id": "x", "views": math.inf}, "whole number"),
    "no number": ({"id": "x", "price": math.nan}, "finite"),
    "a huge number": ({"id": "x", "price": 10**400}, "finite"),
    "a day": ({"id": "x", "made": "2024-05-01"}, "a time with its offset"),
    "a time without zone": ({"id": "x", "made": "2024-05-01T12:00:00"}, "a time with its offset"),
    "no such day": ({"id": "x", "made": "2024-02-30T12:00:00Z"}, "a time with its offset"),
    "before the first year": ({"id": "x", "made": "0001-01-01T00:00:00+23:00"}, "a time"),
    "seconds as number": ({"id": "x", "made": 7}, "Edm.DateTimeOffset"),
    "a short vector": (
        {"id": "x", "look": [1, 2, 3]},
        "4 dimensions, the vector that was given has 3",
    ),
    "an empty vector": ({"id": "x", "look": []}, "has 0"),
    "a vector of texts": ({"id": "x", "look": ["1", "2", "3", "4"]}, "a list of numbers"),
    "a vector with a truth value": ({"id": "x", "look": [True, 0, 0, 0]}, "a list of numbers"),
    "a vector with null": ({"id": "x", "look": [None, 0, 0, 0]}, "a list of numbers"),
    "a vector that is a text": ({"id": "x", "look": "1,2,3,4"}, "a list of numbers"),
    "a vector with no number": (
        {"id": "x", "look": [math.nan, 0, 0, 0]},
        "no numbers or too large",
    ),
    "a vector too large": ({"id": "x", "look": [1e39, 0, 0, 0]}, "too large"),
    "a vector far too large": ({"id": "x", "look": [10**400, 0, 0, 0]}, "too large"),
}


@pytest.mark.parametrize("case", BAD)
def test_each_bad_document_fails_alone(case: str, camping: Documents):
    document, words = BAD[case]
    good, bad, after = camping.write([Action("upload", one) for one in (TENT, document, LAMP)])
    assert (good.status, bad.status, after.status) == (201, 400, 201)
    assert words in bad.message
    given = document.get("id")
    assert bad.key == (given if isinstance(given, str) else "")
    assert ids(camping) == ["lamp", "tent"]


def test_an_unknown_action_fails_alone(camping: Documents):
    odd, good = camping.write([Action("replace", TENT), Action("upload", LAMP)])  # type: ignore[arg-type]
    assert (odd.status, good.status) == (400, 201)
    assert "mergeOrUpload" in odd.message


class TestWords:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"words": "green"}, ["tent"]),
            ({"words": "tents"}, ["stove", "tent"]),
            ({"words": "boils four"}, ["stove", "tent"]),
            ({"words": "boils tent", "every_word": True}, ["stove"]),
            ({"words": "the boils tent", "every_word": True}, ["stove"]),
            ({"words": "trailmaster four", "every_word": True}, ["tent"]),
            ({"words": "nothing tent", "every_word": True}, []),
            ({"words": "tent", "search_fields": ("tags",)}, ["tent"]),
            ({"words": "tent", "search_fields": ("title",)}, []),
            ({"words": "tent lamp", "search_fields": ("title", "tags")}, ["lamp", "tent"]),
            (
                {
                    "words": "the trailmaster, tent!",
                    "search_fields": ("title", "tags"),
                    "every_word": True,
                },
                ["tent"],
            ),
            (
                {"words": "lamp tent", "search_fields": ("title", "tags"), "every_word": True},
                [],
            ),
            ({"words": "the"}, []),
            ({"words": "!", "every_word": True, "search_fields": ("title", "tags")}, []),
            ({"words": "margin"}, ["tent"]),
            ({"words": 'green OR -tent "lamp* {}'}, ["lamp", "stove", "tent"]),
            ({"words": "*"}, ["bare", "lamp", "stove", "tent"]),
            ({"words": "  "}, ["bare", "lamp", "stove", "tent"]),
        ],
    )
    def test_are_looked_up(self, shown: Documents, query: dict[str, Any], found: list[str]):
        assert sorted(ids(shown, **query)) == found

    def test_the_best_come_first(self, shown: Documents):
        results = shown.search(Query(words="green tent", count=True))
        assert ids(results) == ["tent", "stove"]
        assert results.total == 2
        assert results.found[0].score > results.found[1].score > 0

    def test_common_words_are_those_that_the_engine_leaves_out(self, camping: Documents):
        upload(camping, [{"id": "all", "title": " ".join(sorted(COMMON)), "description": "tent"}])
        assert [word for word in COMMON if ids(camping, words=word)] == []
        both = {"search_fields": ("title", "description"), "every_word": True}
        assert [word for word in COMMON if not ids(camping, words=f"{word} tent", **both)] == []

    def test_of_scripts_without_spaces_are_found(self, camping: Documents):
        upload(camping, [{"id": "t", "title": "緑のテント"}])
        assert ids(camping, words="テント", every_word=True) == ["t"]


class TestVectors:
    def test_the_nearest_come_first_with_the_score_of_the_service(self, shown: Documents):
        near = VectorQuery(fields=("look",), vector=vector(2, 0, 0, 0), k=3)
        results = shown.search(Query(vectors=(near,), count=True))
        assert ids(results) == ["tent", "stove", "lamp"]
        scores = [one.score for one in results.found]
        assert scores == pytest.approx([1 / (2 - cosine) for cosine in (1, 0.6, 0)], abs=0.01)
        assert results.total == 3

    @pytest.mark.parametrize("k", [1, 2, 50])
    def test_no_more_than_k_are_found(self, shown: Documents, k: int):
        near = VectorQuery(fields=("look",), vector=vector(1, 0, 0, 0), k=k)
        assert len(ids(shown, vectors=(near,))) == min(k, 3)

    def test_a_filter_comes_first(self, shown: Documents):
        near = VectorQuery(fields=("look",), vector=vector(1, 0, 0, 0), k=1)
        assert ids(shown, vectors=(near,), filter="sold") == ["stove"]
        assert ids(shown, vectors=(near,), filter="price gt 1000") == []

    def test_exhaustive_finds_the_same(self, shown: Documents):
        near = VectorQuery(fields=("look",), vector=vector(1, 1, 0, 0), exhaustive=True)
        assert ids(shown, vectors=(near,)) == ["stove", "tent", "lamp"]

    def test_texts_and_pictures_are_turned_into_vectors(self, shown: Documents):
        for asked in ({"text": "a tent"}, {"picture": b"picture of a tent"}):
            near = VectorQuery(fields=("look",), k=1, **asked)  # type: ignore[arg-type]
            assert ids(shown, vectors=(near,)) == ["tent"]
        with pytest.raises(InvalidRequest, match="3 numbers"):
            shown.search(Query(vectors=(VectorQuery(fields=("meaning",), text="a tent"),)))

    def test_a_vector_of_zeros_is_near_nothing(self, shown: Documents):
        assert ids(shown, vectors=(VectorQuery(fields=("look",), vector=np.zeros(4)),)) == []


class TestFusion:
    def test_first_in_two_rankings_scores_two_sixtieths(self, shown: Documents):
        near = VectorQuery(fields=("look",), vector=vector(1, 0, 0, 0), k=2)
        results = shown.search(Query(words="green tent", vectors=(near,), count=True))
        assert [(one.document["id"], one.score) for one in results.found] == [
            ("tent", pytest.approx(2 / 60)),
            ("stove", pytest.approx(2 / 61)),
        ]
        assert results.total == 2

    def test_each_field_of_a_vector_query_is_a_ranking(self, camping: Documents):
        square = [{"id": "a", "look": [1, 0, 0, 0]}, {"id": "b", "meaning": [1, 0, 0]}]
        upload(camping, [*square, {"id": "c", "look": [0, 1, 0, 0], "meaning": [0, 1, 0]}])
        looks = VectorQuery(fields=("look",), vector=vector(0.9, 1, 0, 0))
        means = VectorQuery(fields=("meaning",), vector=vector(0.9, 1, 0), weight=3)
        results = camping.search(Query(vectors=(looks, means)))
        assert [(one.document["id"], one.score) for one in results.found] == [
            ("c", pytest.approx(1 / 60 + 3 / 60)),
            ("b", pytest.approx(3 / 61)),
            ("a", pytest.approx(1 / 61)),
        ]

    def test_total_counts_the_union(self, shown: Documents):
        near = VectorQuery(fields=("look",), vector=vector(0, 0, 1, 0), k=1)
        results = shown.search(Query(words="tent", vectors=(near,), count=True, top=1))
        assert (len(results.found), results.total) == (1, 3)


class TestPages:
    def test_without_anything_asked_all_come_by_key(self, shown: Documents):
        results = shown.search(Query(count=True))
        assert ids(results) == ["bare", "lamp", "stove", "tent"]
        assert {one.score for one in results.found} == {1.0}
        assert results.total == 4
        assert shown.search(Query()).total is None

    def test_skip_and_top_cut_the_list(self, shown: Documents):
        pages = [ids(shown, skip=skip, top=2) for skip in (0, 2, 4)]
        assert pages == [["bare", "lamp"], ["stove", "tent"], []]
        assert ids(shown, top=0) == []
        assert shown.search(Query(top=0, count=True, filter="sold")).total == 1
        assert ids(shown, words="green tent", skip=1) == ["stove"]
        assert shown.search(Query(words="green tent", skip=1, top=1, count=True)).total == 2

    @pytest.mark.parametrize(
        ("order", "found"),
        [
            ([("price", False)], ["bare", "lamp", "stove", "tent"]),
            ([("price", True)], ["tent", "stove", "bare", "lamp"]),
            ([("sold", True), ("id", True)], ["stove", "tent", "lamp", "bare"]),
            ([("made", True)], ["tent", "stove", "bare", "lamp"]),
            ([("title", False)], ["bare", "stove", "lamp", "tent"]),
            ([("search.score()", True)], ["bare", "lamp", "stove", "tent"]),
        ],
    )
    def test_fields_order(
        self, shown: Documents, order: Sequence[tuple[str, bool]], found: list[str]
    ):
        assert ids(shown, order=tuple(order)) == found
        assert ids(shown, order=tuple(order), skip=1, top=2) == found[1:3]

    def test_what_words_and_vectors_found_can_be_ordered(self, shown: Documents):
        assert ids(shown, words="green tent", order=(("price", False),)) == ["stove", "tent"]
        assert ids(shown, words="green tent", order=(("search.score()", False),), top=1) == [
            "stove"
        ]
        near = VectorQuery(fields=("look",), vector=vector(1, 0, 0, 0), k=2)
        assert ids(shown, vectors=(near,), order=(("stock", False),)) == ["stove", "tent"]

    def test_select_says_what_is_shown(self, shown: Documents):
        (found,) = shown.search(Query(filter="id eq 'tent'", select=("stock", "title"))).found
        assert found.document == {"stock": 3, "title": "TrailMaster X4"}
        (found,) = shown.search(Query(filter="id eq 'tent'", select=("*",))).found
        assert list(found.document) == SHOWN


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ("price lt 100", ["stove"]),
        ("price lt 100 or stock ge 3", ["stove", "tent"]),
        ("not (price lt 100)", ["bare", "lamp", "tent"]),
        ("price eq null", ["bare", "lamp"]),
        ("tags/any(t: t eq 'tent')", ["tent"]),
        ("tags/any()", ["stove", "tent"]),
        ("not tags/any()", ["bare", "lamp"]),
        ("tags/any(t: search.in(t, 'stove, green'))", ["stove", "tent"]),
        ("search.in(id, 'tent,lamp', ',')", ["lamp", "tent"]),
        ("made gt 2024-01-01T00:00:00Z", ["tent"]),
        ("views gt 4000000000", ["tent"]),
        ("sold eq false", ["tent"]),
        ("title eq 'it''s'", []),
    ],
)
def test_filters_choose(shown: Documents, filter: str, found: list[str]):
    results = shown.search(Query(filter=filter, count=True, top=10))
    assert (ids(results), results.total) == (found, len(found))
    assert set(ids(shown, filter=filter, words="tent")) <= set(found)


WRONG: dict[str, tuple[dict[str, Any], str | None, str]] = {
    "an unknown field to show": ({"select": ("colour",)}, "select", "no field 'colour'"),
    "a hidden field to show": ({"select": ("secret",)}, "select", "not retrievable"),
    "an unknown field to look in": ({"search_fields": ("x",)}, "searchFields", "no field 'x'"),
    "a number to look in": ({"search_fields": ("price",)}, "searchFields", "not searchable"),
    "a vector to look in": ({"search_fields": ("look",)}, "searchFields", "is a vector"),
    "an order by a list": ({"order": (("tags", False),)}, "orderby", "not sortable"),
    "an order by nothing known": ({"order": (("x", False),)}, "orderby", "no field 'x'"),
    "a filter that ends early": ({"filter": "price lt"}, "filter", "filter"),
    "a filter on a hidden field": ({"filter": "secret eq 'a'"}, "filter", "secret"),
    "a filter of the wrong kind": ({"filter": "price eq 'a'"}, "filter", "price"),
    "a negative skip": ({"skip": -1}, "skip", "-1"),
    "a negative top": ({"top": -1}, "top", "-1"),
}
VECTORS: dict[str, tuple[dict[str, Any], str]] = {
    "no field": ({"fields": ()}, "names no field; the index has look, meaning"),
    "an unknown field": ({"fields": ("x",)}, "no field 'x'"),
    "a text field": ({"fields": ("title",)}, "is no vector"),
    "another dimension": (
        {"vector": vector(1, 2)},
        "4 dimensions, the vector that was given has 2",
    ),
    "no number": ({"vector": vector(math.nan, 0, 0, 0)}, "no numbers"),
    "nothing to compare": ({"vector": None}, "got 0"),
    "two things to compare": ({"text": "a"}, "got 2"),
    "none of the nearest": ({"k": 0}, "k from 1 on, got 0"),
    "no weight": ({"weight": 0}, "weight above 0, got 0"),
    "no number as weight": ({"weight": math.nan}, "weight above 0"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_search_that_does_not_fit_is_refused(case: str, shown: Documents):
    query, param, words = WRONG[case]
    with pytest.raises(InvalidRequest, match=words) as refusal:
        shown.search(Query(**query))
    assert refusal.value.param == param


@pytest.mark.parametrize("case", VECTORS)
def test_a_vector_query_that_does_not_fit_is_refused(case: str, shown: Documents):
    given, words = VECTORS[case]
    near = VectorQuery(**{"fields": ("look",), "vector": vector(1, 0, 0, 0), **given})
    with pytest.raises(InvalidRequest, match=words):
        shown.search(Query(vectors=(near,)))


class TestIndexes:
    def test_are_made_listed_opened_and_deleted(self, indexes: LanceDocumentIndexes):
        assert indexes.names() == []
        for name in ("b", "a"):
            indexes.create(definition_of({**CAMPING, "name": name}))
        assert indexes.names() == ["a", "b"]
        assert [one.definition.name for one in indexes] == ["a", "b"]
        assert json_of(indexes.open("a").definition) == {**CAMPING, "name": "a"}
        indexes.delete("a")
        assert indexes.names() == ["b"]
        for act in (indexes.open, indexes.delete):
            with pytest.raises(UnknownIndex, match="'a'"):
                act("a")

    def test_a_name_is_taken_once(self, indexes: LanceDocumentIndexes, camping: Documents):
        upload(camping, [TENT])
        with pytest.raises(Conflict, match="camping"):
            indexes.create(definition_of(CAMPING))
        assert camping.count() == 1

    def test_names_of_other_indexes_are_taken(self, tmp_path: Path):
        indexes = LanceDocumentIndexes(tmp_path, vectorize, elsewhere=lambda: ["camping"])
        with pytest.raises(Conflict, match="camping"):
            indexes.create(definition_of(CAMPING), replace=True)

    @pytest.mark.parametrize("name", ["a/b", "../a", ".a", "a" * 129, "ä"])
    def test_bad_names_are_refused(self, indexes: LanceDocumentIndexes, name: str):
        with pytest.raises(InvalidRequest):
            indexes.create(definition_of({**CAMPING, "name": name}))
        with pytest.raises(InvalidRequest):
            indexes.open(name)

    def test_fields_can_be_added(self, indexes: LanceDocumentIndexes, camping: Documents):
        upload(camping, [TENT])
        added: list[Json] = [
            {"name": "brand", "type": "Edm.String"},
            {"name": "colours", "type": "Collection(Edm.String)"},
            {"name": "sound", "type": "Collection(Edm.Single)", "dimensions": 2},
        ]
        wider = {**CAMPING, "fields": [*reversed(added), *CAMPING["fields"]]}
        now = indexes.create(definition_of(wider), replace=True)
        assert json_of(now.definition) == wider
        assert now.get("tent", ["brand", "colours", "title"]) == {
            "brand": None,
            "colours": [],
            "title": "TrailMaster X4",
        }
        assert ids(now, filter="not colours/any()") == ["tent"]
        assert upload(now, [{"id": "lamp", "brand": "Shine", "colours": ["red"], "sound": [1, 0]}])
        assert ids(now, words="shine", search_fields=("brand",)) == ["lamp"]
        assert ids(now, vectors=(VectorQuery(fields=("sound",), vector=vector(1, 0)),)) == ["lamp"]
        assert ids(now, words="green") == ["tent"]
        now.optimize()
        assert ids(now, filter="colours/any(c: c eq 'red')") == ["lamp"]
        assert ids(LanceDocumentIndexes.open(indexes, "camping"), words="shine") == ["lamp"]

    def test_fields_can_be_added_again_and_again(
        self, indexes: LanceDocumentIndexes, camping: Documents
    ):
        upload(camping, [TENT])
        fields = list(CAMPING["fields"])
        for number, at in enumerate((12, 10, 8, 13, 11, 9)):
            fields.insert(at, {"name": f"more{number}", "type": "Edm.String"})
            now = indexes.create(definition_of({**CAMPING, "fields": fields}), replace=True)
            now.write([Action("merge", {"id": "tent", f"more{number}": f"word{number}"})])
        names = [f"more{number}" for number in range(6)]
        assert list(now.get("tent", names).values()) == [f"word{number}" for number in range(6)]
        assert ids(now, words="word3", search_fields=("more3",)) == ["tent"]
        assert ids(now, words="word3", search_fields=("more4",)) == []

    def test_one_that_was_opened_before_writes_to_added_fields(
        self, indexes: LanceDocumentIndexes, camping: Documents
    ):
        brand = {"name": "brand", "type": "Edm.String"}
        indexes.create(
            definition_of({**CAMPING, "fields": [*CAMPING["fields"], brand]}), replace=True
        )
        assert upload(camping, [{"id": "lamp", "brand": "Shine"}]) == [201]
        assert indexes.open("camping").get("lamp", ["brand"]) == {"brand": "Shine"}

    def test_attributes_that_change_no_row_may_change(
        self, indexes: LanceDocumentIndexes, camping: Documents
    ):
        upload(camping, [TENT])
        fields = [{**one, "retrievable": True, "filterable": None} for one in CAMPING["fields"]]
        now = indexes.create(definition_of({**CAMPING, "fields": fields}), replace=True)
        assert now.get("tent", ["secret", "look"]) == {"secret": "margin", "look": [1, 0, 0, 0]}

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (None, "'price' of the index 'camping' cannot be removed"),
            ({"type": "Edm.Int32"}, "'price' of the index 'camping' cannot be changed: kind"),
            ({"name": "cost"}, "'price' of the index 'camping' cannot be removed"),
        ],
    )
    def test_fields_cannot_be_changed_or_removed(
        self,
        indexes: LanceDocumentIndexes,
        camping: Documents,
        change: dict[str, str] | None,
        words: str,
    ):
        upload(camping, [TENT])
        fields = [
            {**one, **(change or {})} if one["name"] == "price" else one
            for one in CAMPING["fields"]
            if one["name"] != "price" or change is not None
        ]
        with pytest.raises(InvalidRequest, match=words):
            indexes.create(definition_of({**CAMPING, "fields": fields}), replace=True)
        assert indexes.open("camping").get("tent", ["price"]) == {"price": 250.0}

    def test_replacing_nothing_makes_one(self, indexes: LanceDocumentIndexes):
        indexes.create(definition_of(CAMPING), replace=True)
        assert indexes.names() == ["camping"]

    def test_an_index_that_was_deleted_says_so(
        self, indexes: LanceDocumentIndexes, camping: Documents
    ):
        indexes.delete("camping")
        for act in (
            camping.count,
            lambda: camping.search(Query()),
            lambda: upload(camping, [TENT]),
        ):
            with pytest.raises(UnknownIndex):
                act()
        again = indexes.create(definition_of(CAMPING))
        assert again.count() == 0
