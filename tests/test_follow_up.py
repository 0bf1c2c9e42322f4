"""Questions that lean on the talk before them."""

import pytest

from sightline.chat.base import Capabilities
from sightline.chat.fake import ScriptedChat
from sightline.errors import UpstreamUnreachable
from sightline.events import Finished, TextDelta, Usage
from sightline.follow_up import Query, leans, written_out
from sightline.messages import ImagePart, Message, TextPart

END = Finished(reason="stop", usage=Usage(prompt_tokens=1, completion_tokens=1, estimated=True))
BLIND = Capabilities(sees=False, max_images=10, language_model=False)


def user(text: str, *pictures: bytes) -> Message:
    return Message("user", (TextPart(text), *map(ImagePart, pictures)))


HISTORY = (
    Message("system", (TextPart("Be brief."),)),
    user("Which tents hold four people?"),
    Message("assistant", (TextPart("The TrailMaster X4 and the Alpine [doc1][doc2]."),)),
)


@pytest.mark.parametrize(
    "text",
    [
        "And the second one?",
        "How much does it cost?",
        "What about waterproof ones?",
        "Which of these is lighter?",
        "Why?",
        "Und was kostet das zweite?",
        "The other one?",
    ],
)
def test_it_leans_on_the_talk(text: str):
    assert leans(user(text), HISTORY)


@pytest.mark.parametrize(
    "text",
    ["Which shoes are red and cheaper than 50 euros?", "Show hiking boots for children in winter"],
)
def test_it_stands_alone(text: str):
    assert not leans(user(text), HISTORY)


def test_there_is_nothing_to_lean_on_in_a_first_question_or_beside_a_picture():
    assert not leans(user("And the second one?"), HISTORY[:1])
    assert not leans(user("What is it?", b"picture"), HISTORY)


async def test_a_language_model_writes_the_question_out():
    model = ScriptedChat("m", [TextDelta("“price of the Alpine"), TextDelta(" tent”\n"), END])
    query = await written_out(user("And the second one?"), HISTORY, model)
    assert query == Query("price of the Alpine tent")
    (prompt,) = model.prompts
    assert prompt.sampling.temperature == 0
    assert "user: Which tents hold four people?" in prompt.question
    assert "assistant: The TrailMaster X4" in prompt.question
    assert "Be brief." not in prompt.question
    assert prompt.question.rstrip().endswith(">>>")  # the talk is data


async def test_without_one_the_words_before_are_searched_for_too():
    model = ScriptedChat("m", [], capabilities=BLIND)
    query = await written_out(user("And the second one?"), HISTORY, model)
    assert query == Query("Which tents hold four people? And the second one?")
    assert model.prompts == []


@pytest.mark.parametrize(
    ("script", "why"),
    [([END], "said nothing"), ([UpstreamUnreachable("no connection")], "no connection")],
)
async def test_a_model_that_fails_costs_only_the_rewriting(script: list[object], why: str):
    model = ScriptedChat("m", script)  # type: ignore[arg-type]
    query = await written_out(user("And the second one?"), HISTORY, model)
    assert query.words == "Which tents hold four people? And the second one?"
    assert why in query.failed
