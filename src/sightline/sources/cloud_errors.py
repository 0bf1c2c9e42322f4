"""What went wrong at a cloud's storage, in plain words.

The client's own messages hold addresses, headers and whole answers; only the status, the service's
short code and the kind of failure are taken from them, so no secret can come along.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from sightline.sources.address import Address

_STATUS: Final = re.compile(r"status code: (\d{3})|\bstatus: (\d{3})")
_CODE: Final = re.compile(r"<Code>(\w{1,80})</Code>")
_ADDRESS: Final = re.compile(r"https?://\S+")
_LONGEST: Final = 200
_NO_CONTAINER: Final = frozenset(
    {"ContainerNotFound", "NoSuchBucket", "ResourceNotFound", "InvalidBucketName"}
)
_SLOW_DOWN: Final = frozenset({429, 503})
_REFUSED: Final = frozenset({401, 403})
_ELSEWHERE: Final = frozenset({301, 307, 400})


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a request failed and what to do. `cut_off`: the next request would fail as well."""

    words: str
    hint: str = ""
    cut_off: bool = False


def trouble(error: Exception, address: Address) -> Trouble:
    """The plain words for an error of the storage client."""
    text = str(error)
    found = _STATUS.search(text)
    status = int(found[1] or found[2]) if found else 0
    code = match[1] if (match := _CODE.search(text)) else ""
    if status in _REFUSED or code in _NO_CONTAINER:
        return answered(status, code, address)
    if isinstance(error, FileNotFoundError):
        return Trouble("it is not there any more.", "Run it again: it is then taken out.")
    if status or (address.kind == "s3" and "BareRedirect" in text):
        return answered(status, code, address)
    return _without_answer(text, address)


def answered(status: int, code: str, address: Address) -> Trouble:
    """The plain words for a refusal: its status (0 for a redirection to nowhere) and code."""
    said = f"({status or 'redirected'}{f' {code}' if code else ''})"
    if code in _NO_CONTAINER:
        return Trouble(
            f"expected a container {address.bucket!r} at {address.place}, found none {said}.",
            "Check its name and the account.",
        )
    if status in _REFUSED:
        return Trouble(
            f"{address.place} refused the credentials {said}.",
            "Check the key or token (is it of this account, still valid, allowed to list and "
            "read?) and the clock of this machine.",
        )
    if address.kind == "s3" and (status in _ELSEWHERE or not status):
        return Trouble(
            f"{address.place} does not serve the bucket {address.bucket!r} here {said}.",
            "Check region and endpoint of the connection (AWS_REGION).",
        )
    if status in _SLOW_DOWN:
        return Trouble(
            f"{address.place} still asks to slow down after several tries {said}.",
            "Run it again later; what is done stays done.",
            cut_off=True,
        )
    return Trouble(f"{address.place} failed {said}.", "Run it again later.")


def unanswered(how: Literal["silent", "unreachable", "cut"], address: Address) -> Trouble:
    """The plain words for a request to which no whole answer came."""
    again = "Run it again when the server is back; what is done stays done."
    match how:
        case "silent":
            return Trouble(f"{address.place} did not answer in time.", again, cut_off=True)
        case "unreachable":
            return Trouble(
                f"no connection to {address.place}.",
                f"Check the address and the network. {again}",
                cut_off=True,
            )
        case "cut":
            return Trouble(f"the connection to {address.place} was cut.", again, cut_off=True)


def _without_answer(text: str, address: Address) -> Trouble:
    if "kind: Timeout" in text or "operation timed out" in text:
        return unanswered("silent", address)
    if "kind: Connect" in text or "tcp connect error" in text or "dns error" in text:
        return unanswered("unreachable", address)
    if "HTTP error" in text or "kind: Interrupted" in text or "kind: Request" in text:
        return unanswered("cut", address)
    if "redential" in text or "Access Key" in text or "ervice account" in text:
        return Trouble(
            f"the credentials for {address.place} cannot be used.",
            "Check the environment variables of the connection: is the key complete, does the "
            "file exist?",
        )
    first = _ADDRESS.sub("…", text.partition("\n")[0])[:_LONGEST]
    return Trouble(f"the storage client failed: {first}.", "Run it again.")
