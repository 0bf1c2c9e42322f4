"""A raw reply of a model server, read again as it was read when it came."""

from dataclasses import dataclass

from sightline.chat.upstream.completion import Completion
from sightline.chat.upstream.server_events import AnswerBody, EventTooLarge
from sightline.chat.upstream.upstream_errors import Upstream
from sightline.errors import UpstreamError
from sightline.events import Finished, ModelEvent, TextDelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """The words of a reply, and its end; None when it broke off."""

    text: str
    finished: Finished | None


def reread(raw: bytes, deployment: str, address: str) -> Reread:
    """What a raw body says; of one that breaks off or reports an error, the words until then."""
    completion = Completion(Upstream(deployment=deployment, address=address))
    body = AnswerBody()
    events: list[ModelEvent] = []
    try:
        for data in body.feed(raw):
            events.extend(completion.feed(data))
        if rest := body.rest():
            feed = completion.feed_unfinished if body.is_stream else completion.feed
            events.extend(feed(rest))
        events.extend(completion.verdict(prompt_tokens=0))
    except (UpstreamError, EventTooLarge):
        pass
    return Reread(
        text="".join(event.text for event in events if isinstance(event, TextDelta)),
        finished=next((event for event in events if isinstance(event, Finished)), None),
    )
