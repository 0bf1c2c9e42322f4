"""Question to answer, on fakes: what is gathered, in which order, and what a failure looks like."""

import io
from pathlib import Path

import pytest
from PIL import Image

from flows.desk import BLIND, END, Desk, asking, jpeg
from sightline.chat.base import Capabilities
from sightline.chat.fake import ScriptedChat
from sightline.errors import InvalidRequest, UnreadableImage, UpstreamTruncated
from sightline.events import Cited, Finished, Gathered, TextDelta, Warned
from sightline.evidence import Attached, Retrieved
from sightline.messages import ChatRequest, Grounds, ImagePart, Message, TextPart


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


SHOP = Grounds(indexes=("shop",), top=2)


async def test_a_picture_finds_its_like_and_the_answer_cites_it(desk: Desk):
    model = ScriptedChat("model", [TextDelta("It costs 199 euros [doc1]."), END])

    told = await desk.ask(asking("What does it cost?", "red", grounds=SHOP), model)

    assert told.text == "It costs 199 euros [doc1]."
    (citation,) = told.citations
    assert isinstance(citation.evidence.origin, Retrieved)
    assert citation.evidence.origin.hit.asset.key == "red.jpg"
    assert citation.content == "The red tent costs 199 euros."


async def test_a_model_that_sees_gets_the_pictures_and_no_reading(desk: Desk):
    model = ScriptedChat("model", [TextDelta("A tent."), END])

    await desk.ask(asking("What is it?", "red", grounds=SHOP), model)

    (prompt,) = model.prompts
    assert [type(e.origin) for e in prompt.evidence] == [Retrieved, Retrieved, Attached]
    assert [e.number for e in prompt.evidence] == [1, 2, 3]
    assert all(e.pixels is not None for e in prompt.evidence[:2])
    assert prompt.evidence[2].reading is None
    assert [image.name for image in prompt.images] == ["red.jpg"]
    assert not desk.reader.calls


@pytest.mark.parametrize(
    ("capabilities", "read_text"), [(BLIND, False), (ScriptedChat("m", []).capabilities, True)]
)
async def test_text_is_read_for_a_model_that_cannot_see_and_when_it_is_asked_for(
    desk: Desk, capabilities: Capabilities, read_text: bool
):
    model = ScriptedChat("model", [TextDelta("39.90"), END], capabilities=capabilities)

    await desk.ask(asking("What is the total?", "red", read_text=read_text), model)

    (attached,) = model.prompts[0].evidence
    assert attached.reading is not None
    assert attached.reading.text == "TOTAL 39.90"


async def test_a_follow_up_without_a_picture_still_speaks_of_the_last_one(desk: Desk):
    first = asking("What is it?", "red").messages[0]
    messages = (
        first,
        Message("assistant", (TextPart("A tent."),)),
        Message("user", (TextPart("And its total?"),)),
    )
    model = ScriptedChat("model", [TextDelta("39.90"), END], capabilities=BLIND)

    await desk.ask(ChatRequest(deployment="model", messages=messages), model)

    (prompt,) = model.prompts
    assert prompt.question == "And its total?"
    assert prompt.history == messages[:2]
    assert isinstance(prompt.evidence[0].origin, Attached)
    assert prompt.images == ()


async def test_a_broken_picture_is_refused_before_the_model_is_asked(desk: Desk):
    message = Message("user", (TextPart("?"), ImagePart(jpeg("red")), ImagePart(b"broken")))
    model = ScriptedChat("model", [END])

    with pytest.raises(UnreadableImage, match="Picture 2 of the question"):
        await desk.ask(ChatRequest(deployment="model", messages=(message,)), model)
    assert not model.prompts


async def test_eleven_pictures_are_refused(desk: Desk):
    with pytest.raises(InvalidRequest, match="at most 10 pictures in a request, got 11"):
        await desk.ask(asking("?", *["red"] * 11), ScriptedChat("model", [END]))


async def test_an_original_that_is_gone_is_replaced_by_its_thumbnail_and_said_so(desk: Desk):
    desk.originals_gone = True
    model = ScriptedChat("model", [TextDelta("A tent."), END])

    told = await desk.ask(asking("red tent", grounds=SHOP), model)

    assert "original_gone" in [warning.code for warning in told.warnings]
    assert model.prompts[0].evidence[0].pixels is not None


async def test_what_had_no_effect_is_repeated_in_the_answer(desk: Desk):
    model = ScriptedChat("model", [TextDelta("Yes."), END])
    told = await desk.ask(asking("?", notes=("user: it is not used.",)), model)
    assert told.warnings == (Warned("accepted_without_effect", "user: it is not used."),)


async def test_a_model_that_breaks_off_leaves_what_it_said_and_raises(desk: Desk):
    model = ScriptedChat("model", [TextDelta("It co")])
    with pytest.raises(UpstreamTruncated):
        await desk.ask(asking("What does it cost?"), model)
    assert [e.text for e in desk.events if isinstance(e, TextDelta)] == ["It co"]


async def test_the_order_of_events(desk: Desk):
    model = ScriptedChat("model", [TextDelta("It costs [do"), TextDelta("c1]."), END])
    await desk.ask(asking("red tent", grounds=SHOP), model)
    kinds = [type(event) for event in desk.events]
    assert kinds.index(Gathered) < kinds.index(TextDelta) < kinds.index(Cited)
    assert kinds[-1] is Finished


async def test_further_pages_of_a_picture_are_not_dropped_silently(desk: Desk):
    pages = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    tiff = io.BytesIO()
    pages[0].save(tiff, "TIFF", save_all=True, append_images=pages[1:])
    message = Message("user", (TextPart("?"), ImagePart(tiff.getvalue())))
    request = ChatRequest(deployment="model", messages=(message,))
    told = await desk.ask(request, ScriptedChat("model", [TextDelta("Red."), END]))
    assert [warning.code for warning in told.warnings] == ["first_page_only"]


async def test_a_follow_up_is_searched_with_the_words_of_the_talk(desk: Desk):
    """The model is asked twice: for the words to search with, and for the answer."""
    model = ScriptedChat("model", [TextDelta("the red tent"), END])
    talk = (
        Message("user", (TextPart("Which tents are there?"),)),
        Message("assistant", (TextPart("A red one and a blue one."),)),
        Message("user", (TextPart("And the first one?"),)),
    )
    request = ChatRequest(deployment="model", messages=talk, grounds=Grounds(indexes=("shop",)))
    answer = await desk.ask(request, model)
    assert answer.intent == "the red tent"
    rewriting, answering = model.prompts
    assert "And the first one?" in rewriting.question
    assert answering.question == "And the first one?"
    assert answer.evidence[0].title == "red.jpg"
