"""Stopping is real: what an answer needs is free within a second of its end, on every back end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from chat.asking import asking
from chat.back_ends import BACK_ENDS, BackEnd, Opened, question
from chat.papers import found
from sightline.events import ModelEvent, Progress, TextDelta

SECOND = 1.0

ASKED = asking(question(), evidence=(found(1, "A red tent on a mountain."),))


@pytest.fixture(params=BACK_ENDS, ids=lambda made: made.__name__)
def opened(request: pytest.FixtureRequest) -> Opened:
    made: Opened = request.param
    return made


@pytest.fixture
async def talking(opened: Opened, tmp_path: Path) -> AsyncIterator[BackEnd]:
    """One that talks without end."""
    with opened(tmp_path, silent=False) as back_end:
        yield back_end
        await back_end.model.close()


@pytest.fixture
async def silent(opened: Opened, tmp_path: Path) -> AsyncIterator[BackEnd]:
    """One that works at its first word."""
    with opened(tmp_path, silent=True) as back_end:
        yield back_end
        await back_end.model.close()


async def until_at_work(back_end: BackEnd) -> None:
    async with asyncio.timeout(20):  # a local model starts with its first question
        while not back_end.at_work():  # noqa: ASYNC110 (it may be another process)
            await asyncio.sleep(0.01)


async def nothing_is_left(back_end: BackEnd, before: set["asyncio.Task[object]"]) -> None:
    async with asyncio.timeout(SECOND):
        while back_end.at_work() or back_end.held() or asyncio.all_tasks() > before:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    # Whoever does not know that it was left begins the next piece of work now.
    await asyncio.sleep(0.1)
    assert not back_end.at_work()


async def two_events(back_end: BackEnd) -> list[ModelEvent]:
    """The first two that are not about starting, and then no more."""
    heard: list[ModelEvent] = []
    async with aclosing(back_end.model.stream(ASKED)) as events:
        async for event in events:
            heard += [] if isinstance(event, Progress) else [event]
            if len(heard) == 2:
                return heard
    pytest.fail(f"it said no more than {heard}")


async def test_closing_after_two_events(talking: BackEnd):
    before = asyncio.all_tasks()
    heard = await two_events(talking)
    assert isinstance(heard[-1], TextDelta)
    await nothing_is_left(talking, before)


async def test_the_next_question_finds_everything_free(talking: BackEnd):
    first = await two_events(talking)
    for _ in range(3):
        assert await two_events(talking) == first


async def test_closing_before_the_first_event_was_asked_for(talking: BackEnd):
    before = asyncio.all_tasks()
    await talking.model.stream(ASKED).aclose()
    await nothing_is_left(talking, before)


async def test_leaving_while_the_first_word_is_made(silent: BackEnd):
    before = asyncio.all_tasks()
    waiting = asyncio.ensure_future(two_events(silent))
    await until_at_work(silent)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await nothing_is_left(silent, before)


async def test_one_of_several_that_leaves_takes_nobody_along(talking: BackEnd):
    staying = talking.model.stream(ASKED)
    async with aclosing(staying):
        first = await anext(staying)
        assert await two_events(talking)
        assert await anext(staying) or first
    await nothing_is_left(talking, asyncio.all_tasks())
