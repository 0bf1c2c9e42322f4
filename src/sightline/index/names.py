"""What an index may be called."""

import re
from typing import Final

from sightline.errors import Conflict, IndexBusy, InvalidRequest, UnknownIndex

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def is_name(name: str) -> bool:
    """Whether an index may be called so: it becomes the name of a folder."""
    return _NAME.fullmatch(name) is not None


def check_name(name: str) -> str:
    """The same name. Raises InvalidRequest for one that no index can have."""
    if not is_name(name):
        raise InvalidRequest(
            "Expected the name of an index: 1 to 128 letters, digits, '.', '_' or '-', "
            f"the first a letter or digit; got {name!r}.",
            param="index",
        )
    return name


def unknown(name: str) -> UnknownIndex:
    """The refusal when there is no index of that name."""
    return UnknownIndex(
        f"There is no index {name!r}.",
        hint="List them with `sightline index list`, or make it with `sightline ingest`.",
    )


def taken(name: str) -> Conflict:
    """The refusal to make an index twice."""
    return Conflict(
        f"There is an index {name!r} already.",
        hint=f"Choose another name, or delete it: `sightline index delete {name}`.",
    )


def busy(name: str, process: str) -> IndexBusy:
    """The refusal to write while somebody else does."""
    return IndexBusy(
        f"The index {name!r} is being written to by somebody else (process {process}).",
        hint="Wait until it is done or stop it, then try again.",
    )
