"""What a filter finds in a table is what it finds among values."""

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sightline.errors import InvalidRequest
from sightline.index.engine import Table, connect
from sightline.index.filter_sql import DEEPEST, sql
from sightline.odata.parsing import MOST, parse
from sightline.odata.tree import Both, Comparison, Elements, IsTrue, Not, OneOf, Tree, holds

TEXTS = ["", "a", "b", "it's", "Zelt 山", 'say "x"', "%", "\\"]
NUMBERS = [-1, 0, 1, 7]
CONSTANTS = [*NUMBERS, 0.5, 1e30, -(2**63), math.inf, -math.inf, math.nan]
TIMES = [datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 6, 1, 12, 30, 0, 250_000, UTC)]
DOCUMENTS: list[dict[str, Any]] = [
    {
        "id": number,
        "text": [*TEXTS, None][number % 9],
        "number": [*NUMBERS, None][number % 5],
        "weight": [-1.0, 0.0, 0.5, None][number % 4],
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
            ("weight", pa.float64()),
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
    | comparison("number", CONSTANTS)
    | comparison("weight", CONSTANTS)
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


def nested(levels: int) -> str:
    """`and` inside `or` inside `and` …, each level negated, so that nothing can be flattened."""
    text = "not search.in(text, 'a,b')"
    for level in range(levels):
        text = f"not (number eq {level} {'and' if level % 4 < 2 else 'or'} {text})"
    return text


def test_the_deepest_filter_and_the_longest(table: Table):
    deep = parse(nested(DEEPEST)).tree
    parentheses = parse("(" * 50 + "flag" + ")" * 50).tree
    chained = parse("(" * 49 + "flag" + " or number eq 7)" * 49).tree
    long = parse(" or ".join(f"number eq {number}" for number in range(MOST))).tree
    listed = parse(f"search.in(text, 'a,{','.join(str(n) for n in range(10_000))}')").tree
    for tree in (deep, parentheses, chained, long, listed, Not(long)):
        condition = sql(tree, COLUMNS)
        found = table.search().where(condition).select(["id"]).limit(None).to_arrow()
        assert sorted(found["id"].to_pylist()) == [
            document["id"] for document in DOCUMENTS if holds(tree, document)
        ]


def test_a_filter_too_deep_for_the_engine_is_refused():
    with pytest.raises(InvalidRequest, match=f"at most {DEEPEST}") as raised:
        sql(parse(nested(2 * DEEPEST + 2)).tree, COLUMNS)
    assert raised.value.param == "filter"


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
