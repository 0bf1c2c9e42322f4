"""Events of one answer, to see what the dialects make of them."""

from datetime import UTC, datetime

from sightline.assets import Asset, Hit, Line, Page, Reading
from sightline.events import (
    AnswerEvent,
    Cited,
    Finished,
    Gathered,
    Progress,
    ReasoningDelta,
    TextDelta,
    Usage,
    Warned,
)
from sightline.evidence import Attached, Citation, Evidence, Retrieved
from sightline.geometry import Box
from sightline.http.links import Links
from sightline.http.openai_wire import Asked, Reply
from sightline.messages import ChatRequest, Message, TextPart

LINKS = Links("http://127.0.0.1:8477/")

ASSET = Asset(
    id="a1",
    key="tents/x 200.tif",
    source="file:///pictures",
    location="/pictures/tents/x 200.tif",
    place=Page(2, 3),
    sha256="ab" * 32,
    size=1234,
    etag="e",
    media_type="image/tiff",
    width=800,
    height=600,
    description="X200 two-person tent",
    indexed_at=datetime(2024, 1, 2, tzinfo=UTC),
)

LINE = Line("SALE 49 €", Box(left=0.1, top=0.2, right=0.5, bottom=0.25).polygon, 0.98)

TENT = Evidence(
    number=1,
    origin=Retrieved(Hit(asset=ASSET, index="tents", score=0.875, reasons={"picture": 0.9})),
    title="x 200.tif",
    description="X200 two-person tent",
    reading=Reading((LINE,)),
    tags=("mountain tent",),
)

PHOTO = Evidence(number=2, origin=Attached(1, None), title="picture 1 of the question")

USAGE = Usage(prompt_tokens=12, completion_tokens=5, estimated=True)

EVENTS: tuple[AnswerEvent, ...] = (
    Warned("accepted_without_effect", "A field has no effect."),
    Progress("searching tents"),
    Gathered((TENT, PHOTO), "Which tent?"),
    ReasoningDelta("Hm."),
    TextDelta("It is "),
    TextDelta("the X200 [doc1]. 🏕"),
    Cited(Citation(evidence=TENT, content="SALE 49 €", regions=(LINE.polygon,))),
    Warned("pictures_left_out", "A picture was left out."),
    Finished(reason="stop", usage=USAGE),
)

WITHOUT_GROUNDS: tuple[AnswerEvent, ...] = (
    Gathered((), "Hello"),
    TextDelta("Hi."),
    Finished(reason="length", usage=USAGE),
)


def reply(*, grounded: bool = True, usage_chunk: bool = False) -> Reply:
    """A fresh encoder with an id and a time that do not change."""
    question = ChatRequest(deployment="gpt-4", messages=(Message("user", (TextPart("Which?"),)),))
    wanted = Asked(request=question, stream=True, usage_chunk=usage_chunk, grounded=grounded)
    return Reply(asked=wanted, links=LINKS, id="chatcmpl-x", created=1710000000)
