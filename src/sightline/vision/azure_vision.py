"""Pictures and words to vectors of one space, made by a vision service.

Azure AI Vision's multimodal embeddings, or what speaks `retrieval:vectorizeImage` and
`retrieval:vectorizeText`. One request for each picture or text; the service takes no batches.
Facts of the wire: Azure AI Vision, Image Retrieval, api-version 2024-02-01.
"""

from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import httpx2
import numpy as np
from numpy import float32
from numpy.typing import NDArray

from sightline.assets import Pixels, Vector
from sightline.errors import EncoderMismatch, ServiceFailed
from sightline.media.images import jpeg
from sightline.vision.base import Encoded, Identity

API_VERSION: Final = "2024-02-01"
SIDE: Final = 1024
"""Longer side in pixels of what is sent: the service's model looks at far less."""

MOST_WORDS: Final = 70
_TIMEOUT: Final = httpx2.Timeout(30.0, connect=5.0)
_LONGEST: Final = 200


class AzureVision:
    """A vision service by the name we gave it: a `PictureEncoder`, and as `words` a `TextEncoder`.

    Their vectors compare with each other.
    """

    def __init__(
        self,
        name: str,
        endpoint: str,
        *,
        key: str = "",
        model_version: str = "2023-04-15",
        dimension: int = 1024,
        certificate: Path | None = None,
    ) -> None:
        self.identity = Identity(name="azure-vision", version=model_version, dimension=dimension)
        self.words = VisionWords(self)
        self.endpoint = endpoint
        self._name = name
        self._client = httpx2.Client(
            base_url=endpoint.rstrip("/").removesuffix("/computervision"),
            params={"api-version": API_VERSION, "model-version": model_version},
            headers={"Ocp-Apim-Subscription-Key": key} if key else {},
            timeout=_TIMEOUT,
            verify=True if certificate is None else str(certificate),
        )

    def encode(self, pictures: Sequence[Pixels]) -> list[Encoded]:
        """One `Encoded` for each picture; it is its own concept. Raises ServiceFailed."""
        vectors = [
            self.ask(
                "vectorizeImage",
                content=jpeg(picture, quality=95, max_side=SIDE),
                headers={"content-type": "application/octet-stream"},
            )
            for picture in pictures
        ]
        return [Encoded(vector=vector, concept=vector, tags=()) for vector in vectors]

    def ask(self, operation: str, **body: Any) -> Vector:  # noqa: ANN401 (arguments of the client)
        """One vector, scaled to length one. Raises ServiceFailed, EncoderMismatch."""
        try:
            reply = self._client.post(f"/computervision/retrieval:{operation}", **body)
        except httpx2.HTTPError as error:
            raise ServiceFailed(
                f"The vision service {self._name!r} cannot be reached ({type(error).__name__}).",
                hint="Check its endpoint in settings.toml, and that it runs.",
            ) from None  # the client's own text holds addresses
        if reply.status_code != HTTPStatus.OK:
            raise ServiceFailed(
                f"The vision service {self._name!r} answered {reply.status_code} to {operation}: "
                f"{_said(reply)}"
            )
        return self._vector(reply)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _vector(self, reply: httpx2.Response) -> Vector:
        try:
            vector = np.asarray(reply.json()["vector"], np.float32)
            length = float(np.linalg.norm(vector))
        except (ValueError, KeyError, TypeError) as error:
            raise ServiceFailed(
                f"Expected a vector from the vision service {self._name!r}, got something else."
            ) from error
        if vector.shape != (self.identity.dimension,) or not np.isfinite(length) or not length:
            raise EncoderMismatch(
                f"Expected {self.identity.dimension} numbers from the vision service "
                f"{self._name!r}, got {vector.shape}.",
                hint="Set `dimension` of the service in settings.toml.",
            )
        return vector / np.float32(length)


class VisionWords:
    """The words of an `AzureVision`: texts to vectors of its pictures' space."""

    def __init__(self, vision: AzureVision) -> None:
        self._vision = vision

    @property
    def identity(self) -> Identity:
        """That of the pictures: they compare."""
        return self._vision.identity

    def encode(self, texts: Sequence[str]) -> NDArray[float32]:
        """(len(texts), dimension); a text is cut after 70 words, the service's limit."""
        shape = (len(texts), self.identity.dimension)
        rows = [
            self._vision.ask("vectorizeText", json={"text": " ".join(text.split()[:MOST_WORDS])})
            for text in texts
        ]
        return np.array(rows, np.float32).reshape(shape)


def _said(reply: httpx2.Response) -> str:
    """The service's own words, in any of the two shapes it uses."""
    try:
        error = reply.json()["error"]
        return " ".join(f"{error.get('code', '')} {error.get('message', '')}".split())[:_LONGEST]
    except (ValueError, KeyError, TypeError, AttributeError):
        return reply.reason_phrase
