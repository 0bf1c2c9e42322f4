"""Quotes and remarks become a short answer."""

from chat.papers import RECEIPT, attached, found
from sightline.chat.extracting.composing import MOST_SENTENCES, compose
from sightline.chat.extracting.finding import Found
from sightline.chat.extracting.passages import Page
from sightline.chat.extracting.questions import part

RECEIPT_PAGE = Page(attached(RECEIPT))
TENT = Page(found(2, "Alpine Tent, $350. Sleeps eight. Light."))
PAGES = {1: RECEIPT_PAGE, 2: TENT}


def read(*words: str) -> Found:
    passages = [p for word in words for p in RECEIPT_PAGE.read if p.text == word]
    return Found(part=part("What is it"), passages=tuple(passages))


def test_quotes_of_one_picture_are_one_sentence():
    assert compose([read("TOTAL 12.79"), read("CHANGE 7.21")], PAGES) == [
        "The picture reads “TOTAL 12.79” and “CHANGE 7.21” [doc1]."
    ]


def test_nothing_is_quoted_twice():
    again = [read("TOTAL 12.79"), read("TOTAL 12.79", "TOTAL"), read("TAX 6% 0.72")]
    assert compose(again, PAGES) == ["The picture reads “TOTAL 12.79” and “TAX 6% 0.72” [doc1]."]


def test_a_sentence_from_within_a_description_says_what_it_is_of():
    whole, inner, last = TENT.described
    assert compose([Found(part=part("What is it"), passages=(inner, last))], PAGES) == [
        "The description of Alpine Tent says “Sleeps eight.” and “Light.” [doc2]."
    ]
    assert compose([Found(part=part("What is it"), passages=(whole,), matched=True)], PAGES) == [
        "The best match is “Alpine Tent, $350.” [doc2]."
    ]


def test_what_is_missing_is_told_in_the_askers_words():
    (only,) = compose([Found(part=part("Who is the “king” [doc1]"))], PAGES)
    assert (
        "answers “Who is the ‘king’ (doc1]”" in only or "answers “Who is the ‘king’ (doc1)”" in only
    )


def test_an_answer_stays_short():
    pages = {n: Page(found(n, f"Thing{n}. It is number {n}.")) for n in range(1, 12)}
    many = [Found(part=part("What is it"), passages=page.described[1:]) for page in pages.values()]
    sentences = compose([*many, Found(part=part("Who knows"))], pages)
    assert len(sentences) == MOST_SENTENCES
    assert "Who knows" in sentences[-1]


def test_long_quotes_are_cut():
    page = Page(found(1, "word " * 500))
    (sentence,) = compose([Found(part=part("What is it"), passages=page.described)], {1: page})
    assert len(sentence) < 500
    assert "(cut)" in sentence
