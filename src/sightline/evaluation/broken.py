"""Scores of broken and odd files: each must be taken or refused clearly, whatever is in it.

Files are decoded in a process of their own by the code that every request and every ingest goes
through, so that a crash, a hang or a file that fills memory is seen and counted, and the next
file still has its turn.
"""

import multiprocessing
import os
import resource
import sys
from contextlib import closing
from io import BytesIO
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from sightline.answer import LOOKING_SIDE
from sightline.errors import InvalidInput
from sightline.evaluation.scratch import Progress
from sightline.evaluation.truth import Verdict, odd_files
from sightline.media.sampling import step_for
from sightline.media.signatures import HEAD, video_type
from sightline.media.stills import stills
from sightline.media.videos import Video

SECONDS = 10.0
"""Longest that one file may take."""

MEGABYTES = 2000
"""Most memory that one file may take; a picture of the largest size allowed takes half of it."""


Outcome = Literal["accept", "reject", "error", "crash", "hang", "memory"]


def score_odd_files(dataset: Path, progress: Progress) -> dict[str, Any]:
    """How many files got the right verdict, and the name, verdict and outcome of the others."""
    files = odd_files(dataset)
    failures: list[dict[str, str]] = []
    with closing(Decoder()) as decode:
        for number, odd in enumerate(files, start=1):
            outcome, note = decode(odd.file)
            if not verdict_holds(odd.expected, outcome):
                failures.append(
                    {
                        "file": odd.file.name,
                        "expected": odd.expected,
                        "outcome": outcome,
                        "note": note,
                    }
                )
            progress("opening odd files", number, len(files))
    return {"ok": len(files) - len(failures), "n": len(files), "failures": failures}


def verdict_holds(expected: Verdict, outcome: Outcome) -> bool:
    """Whether an outcome is what was expected; `either` stands for both verdicts."""
    return outcome in ({"accept", "reject"} if expected == "either" else {expected})


class Decoder:
    """A process that decodes files one after another, and is replaced when one has ended it."""

    def __init__(self, *, seconds: float = SECONDS, megabytes: float = MEGABYTES) -> None:
        self._seconds = seconds
        self._megabytes = megabytes
        # Not a fork: this process has threads, and engines that do not survive one.
        self._context = multiprocessing.get_context("spawn")
        self._start()

    def __call__(self, file: Path) -> tuple[Outcome, str]:
        """What became of a file, and what was said about it."""
        self._pipe.send(file)
        if not self._pipe.poll(self._seconds):
            self._restart()
            return "hang", f"no answer in {self._seconds:g} s"
        try:
            outcome, note, megabytes = self._pipe.recv()
        except EOFError:
            self._process.join()
            code = self._process.exitcode
            self._restart()
            return "crash", f"the process ended with code {code}"
        if megabytes > self._megabytes:
            return "memory", f"{megabytes:.0f} MB"
        return outcome, note

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def _start(self) -> None:
        self._pipe, theirs = self._context.Pipe()
        self._process = self._context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self._pipe.recv()  # it is ready: what it takes to start is not the file's time

    def _restart(self) -> None:
        self.close()
        self._start()


def _serve(pipe: Connection) -> None:
    """The other process: says that it is ready, then answers each path with what became of it."""
    # Decoders in C remark on broken files; that is no message to whoever evaluates.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    pipe.send("ready")
    while True:
        file = pipe.recv()
        before = _peak_megabytes()
        outcome, note = _decode(file)
        pipe.send((outcome, note, _peak_megabytes() - before))


def _decode(file: Path) -> tuple[Outcome, str]:
    try:
        data = file.read_bytes()
        if video_type(data[:HEAD]):
            return "accept", _watched(data)
        return "accept", stills(data, max_side=LOOKING_SIDE).left_out
    except InvalidInput as error:
        return "reject", error.message
    except MemoryError:
        return "memory", "out of memory"
    except Exception as error:  # noqa: BLE001  whatever else comes out would be a server error
        return "error", f"{type(error).__name__}: {error}"


def _watched(data: bytes) -> str:
    """Look at a video as an ingest does; what was not taken of it."""
    with Video(BytesIO(data)) as video:
        for _ in video.stills(step_for(video.about.duration), max_side=LOOKING_SIDE):
            pass
        return video.cut_short


def _peak_megabytes() -> float:
    """The most memory that this process has held."""
    try:
        # Linux counts the parent's memory in ru_maxrss of a child, and not here.
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) / (1 << 10)
    except (OSError, IndexError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)
