"""Question to answer: the second of the three flows.

request → stills of the question's pictures → reading (before the model) → retrieval → prompt →
chat model, streaming → citing → grounding (after the model) → events. A whole answer is a fold
over the same events (`sightline.events.fold`). Everything slow and plain goes through the pool;
nothing here blocks.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TypeVar

from sightline.assets import Hit, Pixels, Reading
from sightline.bridge import Pool
from sightline.chat.base import Capabilities, ChatModel, Prompt
from sightline.chat.structured import answered_in_json
from sightline.citing import Citing
from sightline.errors import (
    InvalidRequest,
    NotFound,
    OriginalGone,
    UnreadableImage,
    UnreadableSource,
)
from sightline.events import AnswerEvent, Finished, Gathered, Progress, TextDelta, Warned
from sightline.evidence import Attached, Evidence, Retrieved, Watched
from sightline.follow_up import leans, written_out
from sightline.media.stills import stills
from sightline.messages import ChatRequest, Grounds, ImagePart, Message, Part, Video
from sightline.tying import Eyes, Tying
from sightline.video_evidence import Looking, Shots, frames_of, room_for_frames
from sightline.vision.base import PictureEncoder
from sightline.watching import Watching

T = TypeVar("T")

MAX_IMAGES = 10
"""Pictures in one request, as in the retired service."""

LOOKING_SIDE = 2048
"""Longer side in pixels at which a question's picture is decoded, for reader and encoder."""

EVIDENCE_SIDE = 512
"""Longer side in pixels of a retrieved picture as a model that sees gets it."""

Search = Callable[..., list[Hit]]
"""`search(names, picture=…, text=…, top=…, where=…)`, see `Workspace.search`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collaborators:
    """What answering needs: search and originals of the workspace, the engines, the pool.

    `videos` is None where there can be no videos.
    """

    search: Search
    original: Callable[[str, str], tuple[bytes, str]]
    thumbnail: Callable[[str, str], bytes]
    encoder: Callable[[], PictureEncoder]
    eyes: Eyes
    pool: Pool
    videos: Watching | None = None


async def answer(
    request: ChatRequest, model: ChatModel, work: Collaborators
) -> AsyncGenerator[AnswerEvent]:
    """The events of one answer: `Gathered` before the first word, `Finished` last.

    Raises InvalidRequest, UnreadableImage or what retrieval raises before `Gathered`, and an
    UpstreamError whenever the model fails; what was yielded until then stands.
    """
    _check_that_it_can(model, request)
    shown = _Shown()
    async for step in _look_and_read(request, model.capabilities, work):
        if isinstance(step, _Shown):
            shown = step
        else:
            yield step
    tying = Tying(shown.pixels, shown.readings, work.eyes) if request.ground else None
    try:
        gathered = Gathered((), "")
        async for gathering in _gather(request, shown, tying, model, work):
            if isinstance(gathering, Gathered):
                gathered = gathering
            yield gathering
        async with aclosing(_spoken(request, model, gathered, shown.history, work)) as spoken:
            async for event in _tied(spoken, tying) if tying else spoken:
                yield event
    finally:
        if tying:
            await tying.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """The question's pictures, decoded, and the text on them where it was read.

    `history` is the talk before; pictures there that the model may not be shown have been read.
    """

    pictures: tuple[ImagePart, ...] = ()
    pixels: tuple[Pixels, ...] = ()
    readings: tuple[Reading | None, ...] = ()
    history: tuple[Message, ...] = ()


async def _look_and_read(
    request: ChatRequest, able: Capabilities, work: Collaborators
) -> AsyncGenerator[Progress | Warned | _Shown]:
    """Everything that is done with the question's pictures before anything else."""
    for note in request.notes:
        yield Warned("accepted_without_effect", note)
    pictures = _pictures(request)
    pixels, warnings = await work.pool.run(_look_at, pictures, request)
    for warning in warnings:
        yield warning
    readings: list[Reading | None] = [None] * len(pictures)
    if request.read_text or not able.sees:
        for n, picture in enumerate(pixels):
            yield Progress(f"reading picture {n + 1} of {len(pixels)}")
            readings[n] = await work.pool.run(work.eyes.read, picture)
    history = _history(request)
    if able.language_model and _count(request.messages) > (able.max_images if able.sees else 0):
        yield Progress("reading the pictures of earlier messages")
        history = await work.pool.run(_read_earlier, history, pictures, work.eyes.read)
    yield _Shown(pictures=pictures, pixels=tuple(pixels), readings=tuple(readings), history=history)


async def _tied(spoken: AsyncGenerator[AnswerEvent], tying: Tying) -> AsyncGenerator[AnswerEvent]:
    """What the model says and, before its end, where on the pictures that is."""
    said: list[str] = []
    async for event in spoken:
        if isinstance(event, TextDelta):
            said.append(event.text)
        if isinstance(event, Finished):
            yield Progress("tying the answer to its pictures")
            yield await tying.grounded("".join(said))
        yield event


async def _spoken(
    request: ChatRequest,
    model: ChatModel,
    gathered: Gathered,
    history: tuple[Message, ...],
    work: Collaborators,
) -> AsyncGenerator[AnswerEvent]:
    """What the model says, with its marks checked and turned into citations."""
    prompt = Prompt(
        history=history,
        question=request.question.text,
        images=request.question.images,
        parts=request.question.parts,
        evidence=gathered.evidence,
        watched=gathered.watched,
        searched=bool(request.grounds.indexes),
        in_scope=request.grounds.in_scope,
        strictness=request.grounds.strictness,
        sampling=request.sampling,
        output=request.output,
        tools=request.tools,
        after=_after_the_question(request),
    )
    # Marks have no place in JSON, so there is nothing to cite in it.
    citing = Citing(gathered.evidence) if gathered.evidence and not request.output else None
    said = (
        answered_in_json(model, prompt, work.pool.run) if request.output else model.stream(prompt)
    )
    async with aclosing(said) as stream:
        async for event in stream:
            match event:
                case TextDelta() if citing:
                    for cited in citing.feed(event.text):
                        yield cited
                case Finished() if citing:
                    for cited in citing.close():
                        yield cited
                    yield event
                case _:
                    yield event


async def _gather(
    request: ChatRequest, shown: _Shown, tying: Tying | None, model: ChatModel, work: Collaborators
) -> AsyncGenerator[Progress | Warned | Gathered]:
    """Everything the answer may rest on, numbered: what is found first, then what was attached."""
    sees = model.capabilities.sees
    words = request.question.text
    tags: list[tuple[str, ...]] = [()] * len(shown.pixels)
    if shown.pixels and not sees:
        if tying:
            yield Progress("looking for things on the pictures")
        tags = await _names(shown.pixels, tying, work)
    found: list[Evidence] = []
    async for retrieved in _retrieve(request, shown, model, work):
        if isinstance(retrieved, _Retrieval):
            found, words = retrieved.evidence, retrieved.words
        else:
            yield retrieved
    watched: list[Watched] = []
    videos = _last_with(request, lambda message: message.videos)
    async for step in _frames(request, videos, shown, model, work, before=len(found)):
        if isinstance(step, Shots):
            found += step.evidence
            watched.append(step.watched)
        else:
            yield step
    attached = _attached(len(found), shown, tags)
    yield Gathered((*found, *attached), words, tuple(watched))


async def _frames(
    request: ChatRequest,
    videos: Sequence[Video],
    shown: _Shown,
    model: ChatModel,
    work: Collaborators,
    before: int,
) -> AsyncGenerator[Progress | Warned | Shots]:
    """The frames that the question needs, of each of its videos."""
    if not videos or work.videos is None:
        return
    room = room_for_frames(request, len(shown.pixels), model.capabilities)
    looking = Looking(
        question=request.question.text,
        picture=shown.pixels[0] if shown.pixels else None,
        each=max(room // len(videos), 1),
        sees=model.capabilities.sees,
        whole=request.whole_videos,
        able=model.capabilities.video,
    )
    async for step in frames_of(videos, looking, work.videos, work.pool, before):
        yield step


@dataclass(frozen=True, slots=True, kw_only=True)
class _Retrieval:
    """What a search of the indexes found, and the words that were searched with."""

    evidence: list[Evidence]
    words: str


async def _retrieve(
    request: ChatRequest, shown: _Shown, model: ChatModel, work: Collaborators
) -> AsyncGenerator[Progress | Warned | _Retrieval]:
    """What the indexes of the request have for the question."""
    if not request.grounds.indexes:
        return
    words = request.question.text
    found: list[Evidence] = []
    if leans(request.question, shown.history):
        yield Progress("finding out what the question is about")
        query = await written_out(request.question, shown.history, model)
        words = query.words
        if query.failed:
            message = (
                "The question leans on the talk before it and could not be written out "
                f"({query.failed}); its own words and those before it were searched for."
            )
            yield Warned("not_written_out", message)
    yield Progress(f"searching {', '.join(map(str, request.grounds.indexes))}")
    for hit in await work.pool.run(_search, work.search, request.grounds, words, shown.pixels):
        look, remark = await work.pool.run(_look_up, work, hit, model.capabilities.sees)
        if remark:
            yield remark
        found.append(_retrieved(len(found) + 1, hit, look))
    if not found:
        yield Warned("nothing_found", "The search found nothing in the chosen indexes.")
    yield _Retrieval(evidence=found, words=words)


async def _names(
    pixels: Sequence[Pixels], tying: Tying | None, work: Collaborators
) -> list[tuple[str, ...]]:
    """What is on each picture, for a model that sees none: things found there, then tags."""
    tags = await work.pool.run(_tags, work.encoder, pixels)
    if tying is None:
        return tags
    return [
        tuple(dict.fromkeys((*(region.label for region in sight.regions), *names)))
        for sight, names in zip(await tying.seen(), tags, strict=True)
    ]


def _attached(before: int, shown: _Shown, tags: Sequence[tuple[str, ...]]) -> list[Evidence]:
    """The question's pictures as evidence, numbered after what was found."""
    return [
        Evidence(
            number=before + n,
            origin=Attached(n, picture.name),
            title=picture.name or f"picture {n} of the question",
            reading=reading,
            tags=names,
        )
        for n, (picture, reading, names) in enumerate(
            zip(shown.pictures, shown.readings, tags, strict=True), start=1
        )
    ]


def _pictures(request: ChatRequest) -> tuple[ImagePart, ...]:
    """The question's pictures, or, for a follow-up, those of the latest message that had any."""
    count = _count(request.messages)
    if count > MAX_IMAGES:
        raise InvalidRequest(
            f"Expected at most {MAX_IMAGES} pictures in a request, got {count}.",
            hint="Send fewer, or put them into an index and ask about that.",
            param="messages",
        )
    return _last_with(request, lambda message: message.images)


def _last_with(request: ChatRequest, things: Callable[[Message], tuple[T, ...]]) -> tuple[T, ...]:
    """Those of the question or, for a follow-up, of the latest message that had any."""
    asked = (things(m) for m in reversed(request.messages) if m.role == "user")
    return next(filter(None, asked), ())


def _check_that_it_can(model: ChatModel, request: ChatRequest) -> None:
    able = model.capabilities
    if request.tools is not None and able.language_model and not able.tools:
        raise InvalidRequest(
            f"tools: {model.name!r} takes none, as its settings or a probe say.",
            hint="Ask without them, or name another deployment.",
            param="tools",
        )
    if able.language_model:
        return
    for field, wanted in (("response_format", request.output), ("tools", request.tools)):
        if wanted is not None:
            raise InvalidRequest(
                f"{field}: {model.name!r} quotes what it finds and cannot do this.",
                hint="It has no language model: name a deployment that has one.",
                param=field,
            )


def _after_the_question(request: ChatRequest) -> tuple[Message, ...]:
    """Calls of tools and their results, which come after the question they are made for."""
    last = max(n for n, message in enumerate(request.messages) if message.role == "user")
    after = request.messages[last + 1 :]
    return after if any(message.calls for message in after) else ()


def _count(messages: Sequence[Message]) -> int:
    return sum(len(message.images) for message in messages)


def _read_earlier(
    history: Sequence[Message], now: Sequence[ImagePart], read: Callable[[Pixels], Reading]
) -> tuple[Message, ...]:
    """The talk with the text on its pictures; one that cannot be decoded stays as it is."""

    def told(part: Part) -> Part:
        if not isinstance(part, ImagePart) or any(part is shown for shown in now):
            return part
        try:
            pixels = stills(part.data, max_side=LOOKING_SIDE).stills[0].pixels
        except UnreadableImage:
            return part  # it is refused where it is shown, and here it is not
        return replace(part, reading=read(pixels))

    return tuple(replace(turn, parts=tuple(map(told, turn.parts))) for turn in history)


def _history(request: ChatRequest) -> tuple[Message, ...]:
    last = max(n for n, message in enumerate(request.messages) if message.role == "user")
    return request.messages[:last]


def _look_at(
    pictures: Sequence[ImagePart], request: ChatRequest
) -> tuple[list[Pixels], list[Warned]]:
    """The first page or frame of each picture, and what was not looked at."""
    pixels, warnings = [], []
    for number, picture in enumerate(pictures, start=1):
        try:
            pages = stills(picture.data, max_side=LOOKING_SIDE).stills
        except UnreadableImage as error:
            message = f"Picture {number} of the question: {error.message}"
            raise UnreadableImage(message, hint=error.hint, param="messages") from error
        pixels.append(pages[0].pixels)
        if len(pages) > 1:
            message = f"Of picture {number} of the question only the first page was looked at."
            warnings.append(Warned("first_page_only", message))
    if request.grounds.indexes and len(pixels) > 1:
        message = "Only the first picture of the question was searched with."
        warnings.append(Warned("first_picture_searched", message))
    if not pixels and (request.ground or request.read_text):
        message = "The question has no picture, so there is nothing to read or to tie words to."
        warnings.append(Warned("no_picture", message))
    return pixels, warnings


def _tags(
    encoder: Callable[[], PictureEncoder], pictures: Sequence[Pixels]
) -> list[tuple[str, ...]]:
    return [tuple(tag.name for tag in one.tags) for one in encoder().encode(pictures)]


def _search(search: Search, grounds: Grounds, words: str, pictures: Sequence[Pixels]) -> list[Hit]:
    return search(
        grounds.indexes,
        picture=pictures[0] if pictures else None,
        text=words or None,
        top=grounds.top,
        where=grounds.where,
    )


def _look_up(work: Collaborators, hit: Hit, sees: bool) -> tuple[Pixels | None, Warned | None]:
    """A retrieved picture for a model that sees: the original, else its thumbnail, said so."""
    if not sees:
        return None, None
    warning = None
    try:
        try:
            data, _ = work.original(hit.index, hit.asset.id)
        except (OriginalGone, UnreadableSource) as error:
            data = work.thumbnail(hit.index, hit.asset.id)
            warning = Warned(error.code, f"{error} The model was shown its thumbnail.")
        pages = stills(data, max_side=EVIDENCE_SIDE).stills
    except (NotFound, UnreadableImage) as error:  # removed by an ingest after it was found
        return None, Warned(error.code, f"{error} The model was shown its words only.")
    same_place = [page for page in pages if page.place == hit.asset.place]
    return (same_place or pages)[0].pixels, warning


def _retrieved(number: int, hit: Hit, pixels: Pixels | None) -> Evidence:
    return Evidence(
        number=number,
        origin=Retrieved(hit),
        title=hit.asset.name,
        description=hit.asset.description,
        reading=hit.asset.reading,
        tags=tuple(tag.name for tag in hit.asset.tags),
        pixels=pixels,
    )
