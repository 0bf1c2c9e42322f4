"""The audit log: who changed who may come in, who was refused, who deleted an index.

One JSON object a line, in `audit.jsonl` of the workspace, for its owner only. Names of keys are in
it, keys never. Nothing reads it back, and nothing shortens it; it may be moved away at any time.
"""

import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

log = logging.getLogger("sightline.audit")

AUDIT_FILE: Final = "audit.jsonl"
"""In the folder of the workspace."""

COMMAND_LINE: Final = "command line"
"""Who typed it at this machine; the name of no key, for those have no spaces."""

Event = Literal["key_created", "key_revoked", "signed_in", "refused", "index_deleted"]


class AuditLog:
    """Writes the lines. Calls from any thread and process; lines do not mix."""

    def __init__(self, workspace: Path) -> None:
        self._path = workspace / AUDIT_FILE

    def write(self, event: Event, who: str, **details: object) -> None:
        """One line: when, what, who, and the details.

        What was to be noted is done by then: where it cannot be written, the server's log says so.
        """
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"at": at, "event": event, "who": who, **details}, ensure_ascii=True)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            file = os.open(self._path, flags, 0o600)
            try:
                os.write(file, line.encode() + b"\n")
            finally:
                os.close(file)
        except OSError as error:
            log.warning("the audit log cannot be written (%s): %s", error.strerror, line)
