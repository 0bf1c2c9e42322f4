"""How a ranking is scored against the right answers."""

import pytest

from sightline.evaluation.ranking import Ranking, summary


@pytest.mark.parametrize(
    ("ranked", "relevant", "hits", "precision", "reciprocal"),
    [
        pytest.param("abcdef", "a", (True, True), 1.0, 1.0, id="first"),
        pytest.param("abcdef", "c", (False, True), 1 / 3, 1 / 3, id="third"),
        pytest.param("abcdef", "f", (False, False), 1 / 6, 1 / 6, id="sixth"),
        pytest.param("abcdef", "ac", (True, True), (1 + 2 / 3) / 2, 1.0, id="first and third"),
        pytest.param("abcdef", "ax", (True, True), 1 / 2, 1.0, id="one of two not found"),
        pytest.param("abcdef", "x", (False, False), 0.0, 0.0, id="not found"),
        pytest.param("", "a", (False, False), 0.0, 0.0, id="nothing came"),
    ],
)
def test_a_ranking(
    ranked: str, relevant: str, hits: tuple[bool, bool], precision: float, reciprocal: float
):
    ranking = Ranking(ranked=list(ranked), relevant=set(relevant))
    assert (ranking.hit(1), ranking.hit(5)) == hits
    assert ranking.average_precision() == pytest.approx(precision)
    assert ranking.reciprocal_rank() == pytest.approx(reciprocal)


def test_the_summary_is_the_mean_over_the_queries():
    rankings = [Ranking(ranked=list("abc"), relevant={right}) for right in ("a", "b", "x", "x")]
    assert summary(rankings) == {
        "n": 4,
        "recall@1": 0.25,
        "recall@5": 0.5,
        "recall@10": 0.5,
        "map": 0.375,
        "mrr": 0.375,
    }


def test_the_reciprocal_rank_is_left_out_where_several_answers_are_right():
    rankings = [Ranking(ranked=["a"], relevant={"a"}), Ranking(ranked=["a"], relevant={"a", "b"})]
    assert "mrr" not in summary(rankings)
