"""Indexes that lie elsewhere, attached under a name of ours: one small file for each.

The file says where the index is and how to read it, never a key. An attached index is searched
like any other and never written to.
"""

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from sightline.documents.mapping import Mapping
from sightline.errors import BrokenIndex
from sightline.index.names import check_name, is_name, taken, unknown
from sightline.vision.base import Identity

_ENDING: Final = ".json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """An index at a search service. `service` and `encoder` are names of configured services.

    `encoder` is empty when our own encoders made its vectors. `mapping` and the identities are
    those that were checked when it was attached.
    """

    name: str
    service: str
    index: str
    encoder: str
    picture: Identity
    words: Identity
    mapping: Mapping
    attached_at: datetime


class Attachments:
    """The attached indexes of a workspace, in a folder that is made with the first one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """Sorted."""
        files = self._folder.glob(f"*{_ENDING}") if self._folder.is_dir() else ()
        return sorted(file.stem for file in files if is_name(file.stem))

    def has(self, name: str) -> bool:
        """Whether an index of that name is attached."""
        return is_name(name) and self._path(name).exists()

    def get(self, name: str) -> Attachment:
        """Raises UnknownIndex, and BrokenIndex for a file that does not say what it should."""
        try:
            text = self._path(name).read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise unknown(name) from error
        try:
            said = json.loads(text)
            return Attachment(
                **said
                | {
                    "picture": Identity(**said["picture"]),
                    "words": Identity(**said["words"]),
                    "mapping": Mapping(
                        **said["mapping"] | {"content": tuple(said["mapping"]["content"])}
                    ),
                    "attached_at": datetime.fromisoformat(said["attached_at"]),
                }
            )
        except (ValueError, KeyError, TypeError) as error:
            raise BrokenIndex(
                f"The file {str(self._path(name))!r} does not say where the attached index "
                f"{name!r} is: {error}.",
                hint=f"Detach it (`sightline index delete {name}`) and attach it again.",
            ) from error

    def add(self, attachment: Attachment) -> None:
        """Take one down. Raises Conflict when the name is taken."""
        path = self._path(attachment.name)
        self._folder.mkdir(parents=True, exist_ok=True)
        said = asdict(attachment) | {"attached_at": attachment.attached_at.isoformat()}
        aside = self._folder / f".{uuid4().hex}"
        aside.write_text(json.dumps(said, indent=2, ensure_ascii=False), encoding="utf-8")
        try:
            os.link(aside, path)  # unlike a rename, this never takes the place of another
        except FileExistsError as error:
            raise taken(attachment.name) from error
        finally:
            aside.unlink()

    def remove(self, name: str) -> None:
        """Forget one; the index itself stays where it is. Raises UnknownIndex."""
        try:
            self._path(name).unlink()
        except FileNotFoundError as error:
            raise unknown(name) from error

    def _path(self, name: str) -> Path:
        return self._folder / f"{check_name(name)}{_ENDING}"
