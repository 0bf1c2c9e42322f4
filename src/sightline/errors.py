"""The error family: what a caller may catch, each leaf with a stable `code`.

SightlineError
├── InvalidInput        what was given cannot be used as it is           (the caller can fix it)
│   ├── InvalidRequest      a field of a request is missing, of the wrong kind or out of range
│   │   └── UnknownField        a field that the index has not
│   ├── UnreadableImage     bytes that are not a picture we can decode
│   ├── UnreadableVideo     bytes that are not a video we can decode
│   ├── UnreadableMetadata  a metadata file that breaks the rules
│   └── UnreadableSource    a source that cannot be listed or holds nothing
├── Refused             understood, and not done on purpose
│   ├── UrlNotAllowed       an address to fetch, while fetching is off
│   ├── HostNotAllowed      a Host header that is not ours
│   └── WouldWipe           a sync that would remove everything an index holds
├── NotFound            the named thing does not exist
│   ├── UnknownIndex
│   ├── UnknownAsset
│   ├── UnknownDocument
│   ├── UnknownDeployment
│   ├── UnknownTurn
│   └── OriginalGone        the picture behind an asset was moved, changed or deleted
├── Conflict            the state of the workspace forbids it
│   ├── AlreadyExists       something of that name is there
│   ├── EncoderMismatch     the index was made with another encoder
│   └── IndexBusy           another process is writing to the index
├── Unavailable         something that should work does not
│   ├── MissingPackage      an optional package is not installed
│   ├── MissingModel        the weights of a model are not here
│   ├── BrokenModel         an encoder whose golden vectors do not agree
│   ├── BrokenIndex         a table that cannot be read
│   └── ServiceFailed       a search or vision service elsewhere did not do what was asked
└── UpstreamError       the chat model behind a deployment failed
    ├── UpstreamUnreachable     no connection, or it was cut before the answer began
    ├── UpstreamRejected        the model server refused the request
    ├── PromptTooLong           the question and what goes with it do not fit the model
    ├── UpstreamRateLimited     the model server asks to wait
    ├── UpstreamTruncated       the answer ended without saying that it was complete
    ├── UpstreamEmpty           the model server answered with nothing
    └── UpstreamUnreadable      the model wrote what cannot be understood

Nothing outside `sightline.http` knows status codes; the table is `sightline/http/errors.py`.
A message says what was expected and what came; a hint says what to do.
"""

from typing import ClassVar


class SightlineError(Exception):
    """Base of every error Sightline raises on purpose."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str | None = None, param: str | None = None) -> None:
        """`message`: expected and got. `hint`: what to do. `param`: the field it is about."""
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.param = param

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message} {self.hint}"


class InvalidInput(SightlineError):
    """What was given cannot be used as it is."""

    code = "invalid_input"


class InvalidRequest(InvalidInput):
    """A field of a request is missing, of the wrong kind or out of range."""

    code = "invalid_request"


class UnknownField(InvalidRequest):
    """A field of documents that their index has not."""

    code = "unknown_field"


class UnreadableImage(InvalidInput):
    """Bytes that are not a picture we can decode."""

    code = "unreadable_image"


class UnreadableVideo(InvalidInput):
    """Bytes that are not a video we can decode."""

    code = "unreadable_video"


class UnreadableMetadata(InvalidInput):
    """A metadata file that breaks the rules; the message names file, row and field."""

    code = "unreadable_metadata"


class UnreadableSource(InvalidInput):
    """A source that cannot be listed or holds nothing to index."""

    code = "unreadable_source"


class Refused(SightlineError):
    """Understood, and not done on purpose."""

    code = "refused"


class UrlNotAllowed(Refused):
    """An address to fetch, while fetching is off or the address is not allowed."""

    code = "url_not_allowed"


class HostNotAllowed(Refused):
    """A Host header that does not name this server."""

    code = "host_not_allowed"


class WouldWipe(Refused):
    """A sync that would remove everything the index holds from a source."""

    code = "would_wipe"


class NotFound(SightlineError):
    """The named thing does not exist."""

    code = "not_found"


class UnknownIndex(NotFound):
    """No index of that name in this workspace."""

    code = "index_not_found"


class UnknownAsset(NotFound):
    """No asset of that id in the index."""

    code = "asset_not_found"


class UnknownDocument(NotFound):
    """No document of that key in an index of documents."""

    code = "document_not_found"


class UnknownDeployment(NotFound):
    """No chat model deployment of that name."""

    code = "DeploymentNotFound"


class UnknownTurn(NotFound):
    """No recorded turn of that id."""

    code = "turn_not_found"


class OriginalGone(NotFound):
    """The picture behind an asset was moved, changed or deleted since it was indexed."""

    code = "original_gone"


class Conflict(SightlineError):
    """The state of the workspace forbids it."""

    code = "conflict"


class AlreadyExists(Conflict):
    """Something of that name is there already, and is not to be replaced."""

    code = "already_exists"


class EncoderMismatch(Conflict):
    """The index was made with another encoder than the one that is configured."""

    code = "encoder_mismatch"


class IndexBusy(Conflict):
    """Another process is writing to the index."""

    code = "index_busy"


class Unavailable(SightlineError):
    """Something that should work on this machine does not."""

    code = "unavailable"


class MissingPackage(Unavailable):
    """An optional package is not installed; the hint names the extra."""

    code = "missing_package"


class MissingModel(Unavailable):
    """The weights of a model are not on this machine; the hint names the command."""

    code = "missing_model"


class BrokenModel(Unavailable):
    """An encoder whose golden vectors do not agree: it would give wrong answers silently."""

    code = "broken_model"


class BrokenIndex(Unavailable):
    """A table that cannot be read."""

    code = "broken_index"


class ServiceFailed(Unavailable):
    """A search or vision service elsewhere could not be reached, or refused."""

    code = "service_failed"


class UpstreamError(SightlineError):
    """The chat model behind a deployment failed; the message carries its own words."""

    code = "upstream_error"


class UpstreamUnreachable(UpstreamError):
    """No connection to the model server, or it was cut before the answer began."""

    code = "upstream_unreachable"


class UpstreamRejected(UpstreamError):
    """The model server refused the request (its status and words are in the message)."""

    code = "upstream_rejected"


class PromptTooLong(UpstreamError):
    """The question and what goes with it do not fit the model; the code is that of OpenAI."""

    code = "context_length_exceeded"


class UpstreamRateLimited(UpstreamError):
    """The model server asks to wait; `retry_after` is in seconds when it said so."""

    code = "upstream_rate_limited"

    def __init__(
        self, message: str, *, hint: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class UpstreamTruncated(UpstreamError):
    """The answer ended without saying that it was complete."""

    code = "upstream_truncated"


class UpstreamEmpty(UpstreamError):
    """The model server answered successfully and said nothing at all."""

    code = "upstream_empty"


class UpstreamUnreadable(UpstreamError):
    """The model answered, and not in the form that it was asked for."""

    code = "upstream_unreadable"
