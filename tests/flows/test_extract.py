"""Pictures to a table, on fakes: rows, what fails alone, what ends a run, what is kept."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from flows.desk import END, jpeg
from sightline.asking_fields import Gallery, ModelAsker
from sightline.assets import Where
from sightline.bridge import Pool
from sightline.chat.base import Capabilities, Prompt
from sightline.chat.fake import SEEING, ScriptedChat
from sightline.errors import InvalidRequest, OriginalGone, UpstreamRejected, UpstreamUnreachable
from sightline.events import ModelEvent, TextDelta
from sightline.extraction import MOST_UNREACHABLE, FieldReader, RowMaker, extract, ids_of
from sightline.field_rows import Chosen, Extracted, ExtractionEvent, Failed, Gone, Kept, Tally
from sightline.index.base import IndexInfo
from sightline.index.memory import MemoryIndexes
from sightline.ingest import ingest
from sightline.odata.parsing import parse
from sightline.row_desk import Engines
from sightline.row_journal import Journal
from sightline.row_schema import RowSchema, row_schema
from sightline.sources.folder import Folder
from sightline.vision.fake import FakePictureEncoder, FakeReader, FakeTextEncoder

COLOURS = ("black", "blue", "green", "red", "white", "yellow")
SCHEMA = row_schema(
    {
        "type": "object",
        "properties": {
            "name": {"type": ["string", "null"]},
            "total": {"type": "number"},
            "pieces": {"type": ["integer", "null"]},
        },
        "required": ["name", "total"],
    }
)
BLIND = Capabilities(sees=False, max_images=0, language_model=True)
Said = str | Exception


class Teller(ScriptedChat):
    """Says of each picture, by its name, what it was told to; "" stands for all others."""

    def __init__(self, said: Mapping[str, Said], capabilities: Capabilities = SEEING) -> None:
        super().__init__("teller", [], capabilities=capabilities)
        self.said = dict(said)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelEvent]:
        self.prompts.append(prompt)
        told = self.said.get(prompt.images[0].name or "", self.said.get("", "{}"))
        await asyncio.sleep(0)
        if isinstance(told, Exception):
            raise told
        yield TextDelta(told)
        yield END

    @property
    def asked(self) -> list[str | None]:
        return [prompt.images[0].name for prompt in self.prompts]


class Shop:
    """An index of six pictures; on each a total was read, one is described."""

    def __init__(self, folder: Path, *, read: bool = True) -> None:
        self.folder = folder / "shop"
        self.folder.mkdir()
        for colour in COLOURS:
            (self.folder / f"{colour}.jpg").write_bytes(jpeg(colour))
        self.describe("The red tent costs 199 euros.")
        text_encoder = FakeTextEncoder()
        reader = FakeReader(["Total 39.90", "Pieces 2"]) if read else None
        encoder = FakePictureEncoder(text_encoder=text_encoder)
        self.engines = Engines(encoder=encoder, text_encoder=text_encoder, reader=reader)
        self.index = MemoryIndexes().create(
            IndexInfo(
                name="shop",
                encoder=encoder.identity,
                text_encoder=text_encoder.identity,
                created_at=datetime.now(UTC),
            )
        )
        self.ingest()
        self.table = folder / "rows.csv"
        self.gone: set[str] = set()

    def describe(self, description: str) -> None:
        entries = [{"image_blob_path": "red.jpg", "description": description}]
        (self.folder / "metadata.json").write_text(json.dumps(entries))

    def ingest(self) -> None:
        list(ingest(Folder(self.folder), self.index, self.engines))

    def original(self, asset: str) -> tuple[bytes, str]:
        found = self.index.assets([asset])[asset]
        if found.key in self.gone:
            raise OriginalGone("The picture was moved.")
        return Path(found.location).read_bytes(), found.media_type

    async def run(
        self,
        model: Teller | None = None,
        *,
        schema: RowSchema = SCHEMA,
        parallel: int = 1,
        question: str | None = None,
    ) -> list[ExtractionEvent]:
        """All events of one run, with a model or with the reader of fields."""
        pool = Pool(2)
        gallery = Gallery(original=self.original, thumbnail=self.index.thumbnail)
        maker: RowMaker = FieldReader(schema, pool)
        if model is not None:
            maker = ModelAsker(model, schema, gallery, pool, question=question)
        self.events: list[ExtractionEvent] = []
        ids = ids_of(self.index)
        try:
            with Journal(self.table, {"index": "shop"}) as journal:
                self.journal = journal
                events = extract(self.index, ids, maker, journal, pool, parallel=parallel)
                async for event in events:
                    self.events.append(event)
        finally:
            pool.close()
        return self.events


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


async def test_without_a_model_rows_are_read_from_what_the_index_knows(shop: Shop):
    chosen, *made = await shop.run()
    assert chosen == Chosen(6)
    rows = [event.row for event in made if isinstance(event, Extracted)]
    assert [row.key for row in rows] == [f"{colour}.jpg" for colour in COLOURS]
    assert {row.status for row in rows} == {"partial"}
    assert [row.values for row in rows] == [{"total": 39.9, "pieces": 2}] * 6


async def test_pictures_whose_text_was_never_read_say_so(tmp_path: Path):
    _, first, *_ = await Shop(tmp_path, read=False).run()
    assert isinstance(first, Extracted)
    assert (first.row.status, first.row.error) == ("incomplete", "required, and not found: total")
    assert first.row.warnings == ("the text on the picture was not read when it was indexed",)


ANSWERS: dict[str, tuple[str, str, dict[str, object], str]] = {
    "as asked": (
        '{"name": "tent", "total": 5, "pieces": 2}',
        "complete",
        {"name": "tent", "total": 5, "pieces": 2},
        "",
    ),
    "in a fence, with words around": (
        'Here it is:\n```json\n{"name": "tent", "total": 5.5, "pieces": null}\n```\nEnjoy!',
        "partial",
        {"name": "tent", "total": 5.5},
        "",
    ),
    "text for a number": (
        '{"name": "tent", "total": 5, "pieces": "2"}',
        "invalid",
        {"name": "tent", "total": 5},
        'pieces: expected integer or null, got "2"',
    ),
    "a field is missing": ('{"name": "tent"}', "incomplete", {"name": "tent"}, "not found: total"),
    "no JSON": ("I cannot see it.", "failed", {}, "[upstream_unreadable] Expected a JSON object"),
    "a list": ("[1, 2]", "failed", {}, "Expected a JSON object, got '[1, 2]'"),
    "half a character": ('{"name": "\\ud83d", "total": 5}', "failed", {}, "a JSON object"),
    "a number that is none": ('{"name": "a", "total": NaN}', "failed", {}, "a JSON object"),
}


@pytest.mark.parametrize(
    ("said", "status", "values", "error"), ANSWERS.values(), ids=ANSWERS.keys()
)
async def test_what_a_model_says_becomes_a_row_or_an_error_and_never_another_value(
    shop: Shop, said: str, status: str, values: dict[str, object], error: str
):
    _, *made = await shop.run(Teller({"": said}))
    rows = [event.row for event in made if isinstance(event, Extracted | Failed)]
    assert {row.status for row in rows} == {status}
    assert rows[0].values == values
    assert error in rows[0].error
    assert bool(error) == bool(rows[0].error)


async def test_fields_that_nobody_asked_for_are_left_out_and_named(shop: Shop):
    _, first, *_ = await shop.run(Teller({"": '{"name": "a", "total": 1, "size": 4}'}))
    assert isinstance(first, Extracted)
    assert first.row.values == {"name": "a", "total": 1}
    assert first.row.warnings == ("left out, because the schema has no such field: size",)


async def test_the_model_gets_the_original_and_what_the_index_knows(shop: Shop):
    model = Teller({"": '{"name": null, "total": 1}'})
    reader = shop.engines.reader
    assert isinstance(reader, FakeReader)
    reader.calls.clear()
    await shop.run(model)
    red = next(prompt for prompt in model.prompts if prompt.images[0].name == "red.jpg")
    assert red.images[0].data == jpeg("red")
    assert "The red tent costs 199 euros." in red.question
    (evidence,) = red.evidence
    assert evidence.reading is not None
    assert evidence.reading.text == "Total 39.90\nPieces 2"
    assert red.output is not None
    assert red.output.schema == SCHEMA.schema
    assert reader.calls == []  # nothing was read twice


async def test_a_model_that_sees_nothing_is_told_the_words_and_tags(shop: Shop):
    shop.gone = {f"{colour}.jpg" for colour in COLOURS}  # it needs no file
    model = Teller({"": '{"name": null, "total": 1}'}, BLIND)
    _, first, *_ = await shop.run(model)
    assert isinstance(first, Extracted)
    assert first.row.warnings == ()
    (evidence,) = model.prompts[0].evidence
    assert evidence.tags == ("black",)


async def test_the_question_of_the_user_takes_the_place_of_ours(shop: Shop):
    model = Teller({"": '{"name": null, "total": 1}'})
    await shop.run(model, question="What is in the fridge?")
    assert model.prompts[0].question.startswith("What is in the fridge?")
    assert "Never guess" not in model.prompts[0].question


async def test_a_picture_that_is_gone_is_shown_as_its_thumbnail_and_the_row_says_so(shop: Shop):
    shop.gone = {"blue.jpg"}
    await shop.run(Teller({"": '{"name": null, "total": 1}'}))
    warned = {row.key: row.warnings for row in shop.journal.rows.values() if row.warnings}
    assert warned == {"blue.jpg": ("The picture was moved. The model saw its thumbnail.",)}


async def test_a_page_of_a_document_is_shown_by_itself(tmp_path: Path):
    shop = Shop(tmp_path)
    pages = [Image.new("RGB", (64, 48), colour) for colour in ("red", "blue")]
    pages[0].save(shop.folder / "bill.tiff", save_all=True, append_images=pages[1:])
    shop.ingest()
    model = Teller({"": '{"name": null, "total": 1}'})
    await shop.run(model)
    sent = [p.images[0].data for p in model.prompts if p.images[0].name == "bill.tiff"]
    assert len(sent) == len(set(sent)) == 2
    assert all(data.startswith(b"\xff\xd8") for data in sent)


async def test_one_that_fails_stops_no_other_and_is_tried_again(shop: Shop):
    good = '{"name": "a", "total": 1}'
    model = Teller({"": good, "green.jpg": UpstreamRejected("too large", hint="Send less.")})
    await shop.run(model)
    tally = Tally()
    for event in shop.events:
        tally.count(event)
    assert tally.rows == {"partial": 5, "failed": 1}
    (failed,) = tally.troubled
    assert (failed.key, failed.error) == ("green.jpg", "[upstream_rejected] too large Send less.")

    model.said["green.jpg"] = good
    model.prompts.clear()
    _, *again = await shop.run(model)
    assert model.asked == ["green.jpg"]
    assert [type(event) for event in again].count(Kept) == 5
    assert {row.status for row in shop.journal.rows.values()} == {"partial"}


async def test_a_server_that_is_away_ends_the_run_and_the_next_goes_on(shop: Shop):
    away = UpstreamUnreachable("connection refused", hint="Start it.")
    good = '{"name": "a", "total": 1}'
    model = Teller({"": away, "black.jpg": good})
    with pytest.raises(UpstreamUnreachable, match="5 pictures in a row") as ended:
        await shop.run(model)
    assert "Start it. Then run the same command again" in str(ended.value)
    assert len(model.asked) == 1 + MOST_UNREACHABLE
    assert [row.status for row in shop.journal.rows.values()] == ["partial"] + ["failed"] * 5

    model.said[""] = good
    model.prompts.clear()
    await shop.run(model)
    assert model.asked == [f"{colour}.jpg" for colour in COLOURS[1:]]


async def test_answers_in_between_keep_the_run_going(shop: Shop):
    away = UpstreamUnreachable("connection refused")
    model = Teller({"": away, "red.jpg": '{"name": "a", "total": 1}'})
    await shop.run(model)  # four, an answer, two
    assert len(shop.journal.rows) == 6


async def test_several_at_once(shop: Shop):
    class Slow(Teller):
        running = most = 0

        async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelEvent]:
            self.running += 1
            self.most = max(self.most, self.running)
            await asyncio.sleep(0.01)
            async for event in super().stream(prompt):
                yield event
            self.running -= 1

    model = Slow({"": '{"name": "a", "total": 1}'})
    await shop.run(model, parallel=3)
    assert model.most == 3
    assert len(shop.journal.rows) == 6


async def test_what_changed_is_made_again_and_nothing_else(shop: Shop):
    await shop.run()
    shop.describe("The red tent costs 99 euros.")
    shop.ingest()
    _, *again = await shop.run()
    assert [e.row.key for e in again if isinstance(e, Extracted)] == ["red.jpg"]
    assert [type(event) for event in again].count(Kept) == 5


async def test_a_picture_that_left_the_index_is_told(shop: Shop):
    pool = Pool(1)
    ids = [*ids_of(shop.index)[:1], "gone"]
    with Journal(shop.table, {"index": "shop"}) as journal:
        events = extract(shop.index, ids, FieldReader(SCHEMA, pool), journal, pool)
        assert Gone("gone") in [event async for event in events]
    pool.close()


def test_pictures_are_chosen_by_filter_and_number(shop: Shop):
    def keys(where: Where | None = None, limit: int | None = None) -> list[str]:
        ids = ids_of(shop.index, where, limit)
        assets = shop.index.assets(ids)
        return [assets[id_].key for id_ in ids]

    assert keys() == [f"{colour}.jpg" for colour in COLOURS]
    assert keys(limit=2) == ["black.jpg", "blue.jpg"]
    assert keys(Where(filter=parse("key gt 'green.jpg'"))) == ["red.jpg", "white.jpg", "yellow.jpg"]


def test_of_an_index_elsewhere_all_are_taken_and_none_filtered(shop: Shop):
    class Elsewhere:
        info = shop.index.info
        browse = shop.index.browse

    assert ids_of(Elsewhere(), limit=4) == ids_of(shop.index)[:4]  # type: ignore[arg-type]
    with pytest.raises(InvalidRequest, match="Expected no filter for 'shop'"):
        ids_of(Elsewhere(), Where(filter=parse("key gt 'green.jpg'")))  # type: ignore[arg-type]
