"""Which engines a question may choose to have its pictures looked at."""

from sightline.errors import InvalidRequest, MissingPackage
from sightline.looking import Detectors
from sightline.messages import EyeChoice
from sightline.registry import READERS, load
from sightline.settings import Settings
from sightline.vision.base import Reader, languages_of

ALL = "auto"
"""All languages of a reader at once, as when none is chosen."""


def readers(settings: Settings) -> dict[str, tuple[str, ...]]:
    """The readers that this installation has, that of the settings first, and their languages.

    None is opened. One whose package is missing is not among them.
    """
    found = {}
    for name in dict.fromkeys((settings.reader, *READERS)):
        try:
            found[name] = languages_of(load(name, READERS, "reader"))
        except (InvalidRequest, MissingPackage):
            continue
    return found


def open_reader(name: str, settings: Settings) -> Reader:
    """A reader by its name or import string, as the settings want its kind to run."""
    engine = load(name, READERS, "reader")
    opened: Reader = engine.open(
        settings.models_dir, threads=settings.threads, runtime=settings.reader_runtime
    )
    return opened


def reader_chosen(choice: EyeChoice, settings: Settings) -> tuple[str, str | None]:
    """The name of the reader and its language, None for all. Raises InvalidRequest."""
    name = choice.reader or settings.reader
    language = None if choice.language == ALL else choice.language
    if choice.reader is None and language is None:
        return name, None
    known = readers(settings)
    if name not in known:
        raise InvalidRequest(
            f"enhancements.ocr.engine: expected one of {', '.join(known) or 'none'}, got {name!r}.",
            hint="GET /api/server lists the readers; the server's setting 'reader' adds one.",
            param="enhancements.ocr.engine",
        )
    if language is not None and language not in known[name]:
        raise InvalidRequest(
            f"enhancements.ocr.language: {name} knows {', '.join((ALL, *known[name]))},"
            f" got {language!r}.",
            hint="Leave it out to read all its languages at once.",
            param="enhancements.ocr.language",
        )
    return name, language


def detectors_chosen(choice: EyeChoice, usable: Detectors) -> Detectors:
    """All usable detectors, or the one that is chosen. Raises InvalidRequest.

    `vlm` is the one that belongs to the deployment that answers, whatever its name.
    """
    if choice.detector is None or choice.detector == ALL:
        return usable
    for name, opened in usable.items():
        if choice.detector == name or (choice.detector == "vlm" and name.startswith("vlm:")):
            return {name: opened}
    raise InvalidRequest(
        f"enhancements.grounding.engine: expected one of {', '.join((ALL, *usable))},"
        f" got {choice.detector!r}.",
        hint="Which detectors can look depends on the server's settings and on who answers;"
        " GET /api/server lists them.",
        param="enhancements.grounding.engine",
    )
