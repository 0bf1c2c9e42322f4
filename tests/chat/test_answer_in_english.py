"""The built-in answerer with the text encoder that it ships with: meaning counts, too.

The table holds what went wrong with earlier answerers of this kind, and what must stay right.
"""

from pathlib import Path

import pytest

from chat.papers import ORDER, attached, found
from sightline.chat.base import Prompt
from sightline.chat.extracting.names import personal
from sightline.chat.extractive import Extractive
from sightline.errors import MissingModel
from sightline.events import fold
from sightline.evidence import Evidence
from sightline.vision.minilm import MiniLM

GROCERIES = (
    found(1, "Oat Drink. Enriched with calcium and vitamin D. Protein 1.0 g per 100 ml."),
    found(
        2,
        "Lactose Free Milk. Suitable for people with lactose intolerance. Ingredients: milk, "
        "enzyme (S. thermophilus) and vitamins. Contains protein ca 3.6 gram per 100 ml.",
    ),
    found(3, "Banana. Store in room temperature. Bananas ripen beside apples."),
    found(4, "Vanilla Yoghurt. Sugar 8.5 g. It has 30 percent less added sugar than others."),
    found(5, "Strawberry Yoghurt. Sugar 11 g. Lovely and creamy, rich in fruit."),
)


@pytest.fixture(scope="module")
def minilm(models_dir: Path) -> MiniLM:
    try:
        return MiniLM.open(models_dir)
    except MissingModel as error:
        pytest.skip(str(error))


async def answer(minilm: MiniLM, question: str, *evidence: Evidence) -> str:
    model = Extractive(text_encoder=minilm)
    prompt = Prompt(history=(), question=question, images=(), evidence=evidence)
    return fold([event async for event in model.stream(prompt)]).text


@pytest.mark.parametrize(
    ("question", "quoted", "left_out"),
    [
        ("Where should bananas be stored?", "“Store in room temperature.” [doc3]", "apples"),
        ("Which drinks are enriched with calcium?", "“Enriched with calcium and", "[doc5]"),
        ("Which milk is for people who do not tolerate lactose?", "lactose intolerance", "[doc3]"),
        ("How much protein is in the lactose free milk?", "ca 3.6 gram per 100 ml", "1.0 g"),
        ("What are the ingredients of the milk?", "(S. thermophilus) and vitamins", "[doc1]"),
        ("Is there sugar in the vanilla yoghurt?", "30 percent less added sugar", "[doc3]"),
        ("Which one has the least sugar?", "“Sugar 8.5 g.”", "[doc3]"),
        ("What is the capital of France?", "I found nothing", "[doc"),
        ("How many dogs are in the picture?", "I cannot count", "[doc3]"),
    ],
)
async def test_groceries(minilm: MiniLM, question: str, quoted: str, left_out: str):
    text = await answer(minilm, question, *GROCERIES)
    assert quoted in text, text
    assert left_out not in text, text


async def test_meaning_finds_what_no_word_does(minilm: MiniLM):
    tent = found(
        1, "Alpine Tent. It is crafted from durable polyester. Two doors allow easy access."
    )
    assert "crafted from durable polyester" in await answer(
        minilm, "What is the tent made of?", tent
    )


async def test_a_signature_is_a_name_at_the_foot(minilm: MiniLM):
    text = await answer(minilm, "Who signed the order?", attached(ORDER))
    assert "“Robert Smith" in text
    assert "Feather Bookmark" not in text


def test_names_of_people_are_told_from_names_of_things(minilm: MiniLM):
    people = ["Roberto Tamburello", "Fatima Zahra", "JANE AUSTEN", "Albert Einstein"]
    things = ["Feather Bookmark", "Shipped From", "Nutrition Facts", "Adventure Works Cycles"]
    assert min(personal(people, minilm.encode)) > max(personal(things, minilm.encode))
    assert personal([], minilm.encode) == []
