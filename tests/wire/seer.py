"""A deployment that sees: asked for boxes it draws one around a person, else it tells a caption."""

from collections.abc import AsyncGenerator

from sightline.chat.base import Capabilities, Prompt
from sightline.chat.fake import ScriptedChat
from sightline.events import Finished, ModelEvent, TextDelta, Usage

_END = Finished(reason="stop", usage=Usage(prompt_tokens=9, completion_tokens=4, estimated=False))
PERSON = '[{"label": "person", "box": [250, 100, 500, 900]}]'


class Seer(ScriptedChat):
    """`prompts` holds what it was asked for captions."""

    def __init__(
        self, name: str, caption: str = "A person beside a tent.", boxes: str = PERSON
    ) -> None:
        seeing = Capabilities(sees=True, max_images=5, language_model=True, boxes="json")
        super().__init__(name, [TextDelta(caption), _END], capabilities=seeing)
        self._drawing = ScriptedChat(name, [TextDelta(boxes), _END])

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelEvent]:
        """Boxes as JSON, or the caption."""
        answer = self._drawing if "JSON" in prompt.question else super()
        async for event in answer.stream(prompt):
            yield event
