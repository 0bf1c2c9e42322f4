"""The command line as a user types it, beside servers of the same test."""

import asyncio
import sys
from pathlib import Path

import pytest

from sightline.cli import main


class Shell:
    """Types `sightline …` in a thread, beside the servers; `out` and `err` are of the last one."""

    def __init__(
        self, workspace: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch
    ) -> None:
        self._workspace = workspace
        self._capsys = capsys
        self._patch = patch
        self.out = self.err = ""

    async def __call__(self, *arguments: str) -> int:
        argv = ["sightline", "--workspace", str(self._workspace), *arguments]
        self._patch.setattr(sys, "argv", argv)
        code = await asyncio.to_thread(self._run)
        self.out, self.err = self._capsys.readouterr()
        return code

    @staticmethod
    def _run() -> int:
        try:
            main()
        except SystemExit as ended:
            return int(ended.code or 0)
        return 0
