"""Ends a program when the process that started it ends, in whatever way that ends.

`python leash.py PROGRAM ARGUMENT…`, with a pipe as standard input that only the starting process
holds: the system closes it when that process is gone, even when it was killed. The program is asked
to end then, and killed after `GRACE` seconds. Its exit code is the leash's own. Runs as a script,
with nothing but the standard library, so that it is small and starts at once.
"""

import os
import subprocess
import sys
import threading
import time

GRACE = 3.0


def main(command: list[str]) -> int:
    """The program's exit code; 128 and the signal's number for one that was killed."""
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 (what we were told)
    threading.Thread(target=_end_when_let_go, args=(program,), daemon=True).start()
    code = program.wait()
    return code if code >= 0 else 128 - code


def _end_when_let_go(program: subprocess.Popen[bytes]) -> None:
    while os.read(0, 1):  # not through `sys.stdin`: its lock would stop the interpreter's exit
        pass
    program.terminate()
    time.sleep(GRACE)
    program.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
