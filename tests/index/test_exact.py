"""Exact search in memory, and how much memory it takes."""

import numpy as np
import pytest

from sightline.index.base import Scored
from sightline.index.exact import Matrices, Matrix, directed


def matrix(rows: int) -> Matrix:
    vectors = np.random.default_rng(rows).standard_normal((rows, 4)).astype(np.float32)
    return Matrix(tuple(f"{number:03}" for number in range(rows)), directed(vectors))


@pytest.mark.parametrize("k", [1, 3, 50, 60])
def test_the_best_come_first_and_ties_in_order_of_their_ids(k: int):
    many = matrix(50)
    twins = Matrix(many.ids, many.rows[np.arange(50) % 5])
    wanted = many.rows[3]
    for one in (many, twins):
        scores = {key: float(row @ wanted) for key, row in zip(one.ids, one.rows, strict=True)}
        expected = sorted(scores, key=lambda key: (-round(scores[key], 6), key))[:k]
        assert [found.id for found in one.near(wanted, k)] == expected


def test_only_among_some():
    many = matrix(20)
    assert many.near(many.rows[3], 5, among=set()) == []
    assert [one.id for one in many.near(many.rows[3], 5, among={"004", "003", "x"})] == [
        "003",
        "004",
    ]


def test_a_row_without_direction_is_near_nothing():
    zeros = Matrix(("a",), directed(np.zeros((1, 4), np.float32)))
    assert zeros.near(np.ones(4, np.float32), 1) == [Scored("a", 0.0)]


def test_a_matrix_is_read_once_for_each_version():
    matrices = Matrices(rows=100, limit=1_000_000)
    small = matrix(3)
    reads: list[int] = []

    def read() -> Matrix:
        reads.append(1)
        return small

    for version in (1, 1, 2, 2, 1):
        assert matrices.get("a", version, read) is small
    assert len(reads) == 3
    assert matrices.get("b", 1, lambda: None) is None


def test_the_longest_unused_go_when_memory_is_short():
    matrices = Matrices(rows=100, limit=3 * matrix(10).rows.nbytes)
    for key in ("a", "b", "c"):
        matrices.get(key, 1, lambda: matrix(10))
    kept = matrices.get("a", 1, lambda: pytest.fail("'a' was dropped"))
    matrices.get("d", 1, lambda: matrix(10))  # drops "b", unused the longest
    assert matrices.get("a", 1, lambda: pytest.fail("'a' was dropped")) is kept
    assert matrices.get("b", 1, lambda: None) is None
    large = matrices.get("e", 1, lambda: matrix(100))
    assert matrices.get("e", 1, lambda: pytest.fail("what is in use is kept")) is large
