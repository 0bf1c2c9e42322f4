"""Speech by an OpenAI-compatible endpoint: `POST {base_url}/audio/transcriptions`.

Many servers speak it: OpenAI's own, speaches and faster-whisper-server, LocalAI, whisper.cpp. Asked
for `verbose_json` with times of segments; a server that gives words without times is taken, too.
"""

import math
from http import HTTPStatus
from typing import Any, Final

import httpx2

from sightline.errors import ServiceFailed
from sightline.speech.base import Spoken

_TIMEOUT: Final = httpx2.Timeout(600.0, connect=5.0)
_LONGEST: Final = 200


class OpenAITranscriptions:
    """A model behind such an endpoint. `base_url` ends where `/audio/…` begins."""

    def __init__(self, base_url: str, model: str, *, key: str = "") -> None:
        self._address = f"{base_url.rstrip('/')}/audio/transcriptions"
        self._model = model
        self._headers = {"authorization": f"Bearer {key}"} if key else {}

    @property
    def name(self) -> str:
        """By its model: two servers with one model write the same."""
        return f"transcriptions {self._model}"

    def transcribe(self, sound: bytes) -> list[Spoken]:
        """What is said in a WAV file. Raises ServiceFailed."""
        form = {
            "model": self._model,
            "response_format": "verbose_json",
            "timestamp_granularities[]": "segment",
        }
        try:
            reply = httpx2.post(
                self._address,
                data=form,
                files={"file": ("sound.wav", sound, "audio/wav")},
                headers=self._headers,
                timeout=_TIMEOUT,
            )
        except httpx2.HTTPError as error:
            raise ServiceFailed(
                f"The speech service cannot be reached ({type(error).__name__}).",
                hint="Check `speech.base_url` in settings.toml, and that it runs.",
            ) from None  # the client's own text holds addresses
        if reply.status_code != HTTPStatus.OK:
            said = " ".join(reply.text.split())[:_LONGEST]
            raise ServiceFailed(f"The speech service answered {reply.status_code}: {said}")
        try:
            return list(_segments(reply.json()))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ServiceFailed(
                "Expected a transcript with segments from the speech service, got something else."
            ) from error


def _segments(told: dict[str, Any]) -> list[Spoken]:
    segments = told.get("segments")
    if segments is None:
        text = told["text"].strip()
        return [Spoken(0.0, float(told.get("duration") or math.inf), text)] if text else []
    return [
        Spoken(float(one["start"]), float(one["end"]), text)
        for one in segments
        if (text := one["text"].strip())
    ]
