"""What the engine raises, as our errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sightline.errors import BrokenIndex, UnknownIndex
from sightline.index.names import unknown


@contextmanager
def engine_faults(name: str, path: Path, verb: str) -> Iterator[None]:
    """Around work of the engine on a table: what fails there is told as what it means.

    Raises UnknownIndex when the table went away, BrokenIndex for all else that is wrong with it.
    """
    try:
        yield
    except Exception as error:
        if not _of_engine(error):
            raise
        raise _meaning(name, path, verb, error) from error


def _of_engine(error: Exception) -> bool:
    # Damaged bytes can make the engine panic, which arrives as a class that cannot be imported.
    panic = type(error).__name__ == "RustPanic"
    return panic or isinstance(error, (RuntimeError, OSError, ValueError))


def _meaning(name: str, path: Path, verb: str, error: Exception) -> BrokenIndex | UnknownIndex:
    if not path.exists():
        return unknown(name)
    return BrokenIndex(
        f"Could not {verb} the index {name!r} in {str(path)!r}: {error}",
        hint="Check that the disk has room and that the folder may be read and written. If the "
        f"index is damaged, delete it (`sightline index delete {name}`) and ingest its source "
        "again.",
    )
