"""The command line as a user types it, in this process."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from sightline.cli import main


class Shell:
    """Types `sightline …`; `out` and `err` are of the last command, whose code is returned."""

    def __init__(
        self, workspace: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch
    ) -> None:
        self.workspace = workspace
        self._capsys = capsys
        self._patch = patch
        self.out = self.err = ""

    def __call__(self, *arguments: str | Path) -> int:
        self._type(*arguments)
        return self._heard(_run())

    def json(self, *arguments: str) -> object:
        assert self(*arguments, "--json") == 0, self.err
        return json.loads(self.out)

    async def beside(self, *arguments: str | Path) -> int:
        """The same in a thread, beside servers of the test's own loop."""
        self._type(*arguments)
        return self._heard(await asyncio.to_thread(_run))

    def _type(self, *arguments: str | Path) -> None:
        argv = ["sightline", "--workspace", str(self.workspace), *map(str, arguments)]
        self._patch.setattr(sys, "argv", argv)

    def _heard(self, code: int) -> int:
        self.out, self.err = self._capsys.readouterr()
        return code


def _run() -> int:
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0
