"""What a filter finds in a table is what it finds among values."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sightline.errors import InvalidRequest
from sightline.index.engine import Table, connect
from sightline.index.filter_sql import sql
from sightline.odata.parsing import parse
from sightline.odata.tree import Both, Comparison, Elements, IsTrue, Not, OneOf, Tree, holds

TEXTS = ["", "a", "b", "it's", "Zelt 山", 'say "x"', "%", "\\"]
NUMBERS = [-1, 0, 1, 7]
TIMES = [datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 6, 1, 12, 30, 0, 250_000, UTC)]
DOCUMENTS: list[dict[str, Any]] = [
    {
        "id": number,
        "text": [*TEXTS, None][number % 9],
        "number": [*NUMBERS, None][number % 5],
        "flag": [True, False, None][number % 3],
        "time": [*TIMES, None][number % 3],
        "tags": [[], ["a"], ["a", "it's"], ["b", "Zelt 山"], None][number % 5],
    }
    for number in range(90)
]
COLUMNS = {name: name for name in DOCUMENTS[0]}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    schema = pa.schema(
        [
            ("id", pa.int32()),
            ("text", pa.string()),
            ("number", pa.int32()),
            ("flag", pa.bool_()),
            ("time", pa.timestamp("us", "UTC")),
            ("tags", pa.list_(pa.string())),
        ]
    )
    folder: Path = tmp_path_factory.mktemp("filters")
    return connect(folder).create_table("made", pa.Table.from_pylist(DOCUMENTS, schema))


def comparison(field: str, values: list[Any]) -> st.SearchStrategy[Tree]:
    ordered = st.builds(
        Comparison,
        st.just(field),
        st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]),
        st.sampled_from(values),
    )
    null = st.builds(Comparison, st.just(field), st.sampled_from(["eq", "ne"]), st.none())
    return ordered | null


LEAVES: st.SearchStrategy[Tree] = (
    comparison("text", TEXTS)
    | comparison("number", NUMBERS)
    | comparison("time", TIMES)
    | st.just(IsTrue("flag"))
    | st.builds(OneOf, st.just("text"), st.frozensets(st.sampled_from(TEXTS)))
    | st.sampled_from(
        [
            parse(text).tree
            for text in (
                "tags/any()",
                "tags/any(t: t eq 'a')",
                "tags/any(t: t eq 'it''s' or search.in(t, 'b,c'))",
                "tags/all(t: t ne 'a')",
                "tags/all(t: not search.in(t, 'a,b') and t ne 'it''s')",
                "tags/any(t: not (t ne 'b'))",
            )
        ]
    )
)
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(Both, st.booleans(), st.lists(inner, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=6,
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(tree=TREES)
def test_a_table_agrees_with_values(table: Table, tree: Tree):
    found = table.search().where(sql(tree, COLUMNS)).select(["id"]).limit(None).to_arrow()
    assert sorted(found["id"].to_pylist()) == [
        document["id"] for document in DOCUMENTS if holds(tree, document)
    ]


@pytest.mark.parametrize("text", ["tags/any(t: t ne 'a')", "tags/all(t: t eq 'a')"])
def test_what_the_engine_cannot_say_is_refused(text: str):
    tree = parse(text).tree
    assert isinstance(tree, Elements)
    with pytest.raises(InvalidRequest, match="inside tags/a"):
        sql(tree, COLUMNS)


def test_negations_within_each_other_cost_nothing(table: Table):
    text = "flag"
    for _ in range(45):
        text = f"not ({text})"
    condition = sql(parse(text).tree, COLUMNS)
    assert condition.count("NOT") == 1
    assert table.search().where(condition).select(["id"]).limit(None).to_arrow().num_rows


def test_conditions_that_are_too_deep_for_the_engine_are_refused(table: Table):
    text, depth = "flag", 0
    while depth < 19:
        depth += 1
        text = f"(number eq 1 {'and' if depth % 2 else 'or'} {text})"
    condition = sql(parse(text).tree, COLUMNS)
    table.search().where(condition).select(["id"]).limit(None).to_arrow()
    for word in ("and", "or", "and", "or"):
        text = f"(number eq 1 {word} {text})"
    with pytest.raises(InvalidRequest, match="at most 20 changes"):
        sql(parse(text).tree, COLUMNS)
