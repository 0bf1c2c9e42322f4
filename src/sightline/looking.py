"""Pictures to regions: every detector is asked, what they find is merged, who failed is named."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sightline.assets import Pixels
from sightline.bridge import Pool
from sightline.errors import SightlineError
from sightline.regions import Region, merged
from sightline.vision.base import Detector, Incomplete, PhraseUse

log = logging.getLogger("sightline.looking")

Detectors = Mapping[str, Callable[[], Detector]]
"""What opens each configured detector, by the name it has in the settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What was found on a picture, surest first.

    `looked` names the detectors that did their work, `incomplete` says what some of them did not
    find, `failed` says of the others why not.
    """

    regions: tuple[Region, ...] = ()
    looked: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    def __or__(self, other: "Sight") -> "Sight":
        """Both together."""
        return Sight(
            regions=tuple(merged((*self.regions, *other.regions))),
            looked=(*self.looked, *other.looked),
            incomplete=(*self.incomplete, *other.incomplete),
            failed=(*self.failed, *other.failed),
        )


async def look(
    detectors: Detectors,
    picture: Pixels,
    phrases: Sequence[str],
    pool: Pool,
    *,
    uses: Sequence[PhraseUse] = ("ignored", "heeded", "needed"),
) -> Sight:
    """What the detectors find on an upright RGB picture, those that use phrases in one of `uses`.

    Never raises for a detector that fails: an answer must not be lost for it.
    """
    sight = Sight()
    for name, opened in detectors.items():
        try:
            detector = await pool.run(opened)
            if detector.phrases not in uses or (detector.phrases == "needed" and not phrases):
                continue
            found = await detector.detect(picture, phrases)
        except SightlineError as error:
            sight |= Sight(failed=(f"The detector {name!r} failed: {error}",))
        except Exception:
            log.exception("the detector %r failed", name)
            sight |= Sight(failed=(f"The detector {name!r} failed; the log says why.",))
        else:
            sight |= seen(name, found)
    return sight


def seen(name: str, found: Sequence[Region] | Incomplete) -> Sight:
    """What the detector of that name found, and what it says of the rest."""
    if isinstance(found, Incomplete):
        told = f"The detector {name!r} found only a part: {found.why}"
        return Sight(regions=found.regions, looked=(name,), incomplete=(told,))
    return Sight(regions=tuple(found), looked=(name,))
