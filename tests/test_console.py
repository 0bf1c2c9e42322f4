"""What the command line shows of an analysis."""

import pytest

from sightline.console import analysis_list
from sightline.geometry import Box
from sightline.image_analysis import Analysis, Caption

WHOLE = Caption("A dog on a sofa", Box(left=0.0, top=0.0, right=1.0, bottom=1.0))
PART = Caption("A dog", Box(left=0.1, top=0.2, right=0.5, bottom=0.9))


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (Analysis(width=8, height=6, caption=WHOLE), ["A dog on a sofa"]),
        (Analysis(width=8, height=6, dense=(WHOLE, PART)), ["A dog on a sofa", "A dog"]),
        (
            Analysis(width=8, height=6, caption=WHOLE, dense=(WHOLE, PART)),
            ["A dog on a sofa", "A dog"],
        ),
    ],
)
def test_every_caption_is_shown_once(
    found: Analysis, shown: list[str], capsys: pytest.CaptureFixture[str]
):
    analysis_list(found)
    assert capsys.readouterr().out.splitlines() == shown
