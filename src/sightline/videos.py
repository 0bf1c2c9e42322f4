"""The videos of a workspace: where names of them lead, those that pass by, and what looks through.

A part of the composition root, apart from it because most questions have no video.
"""

import os
from functools import cached_property
from typing import TYPE_CHECKING

from sightline.bridge import Pool
from sightline.passing_videos import PassingVideos
from sightline.sources.opening import open_original

if TYPE_CHECKING:
    from sightline.settings import SpeechSettings
    from sightline.speech.base import Transcriber
    from sightline.video_names import VideoNames
    from sightline.watching import Watching
    from sightline.workspace import Workspace


def transcriber(settings: "SpeechSettings | None") -> "Transcriber | None":
    """Who writes down what is said, when somebody is configured."""
    if settings is None:
        return None
    from sightline.speech.openai_transcriptions import OpenAITranscriptions

    key = os.environ.get(settings.api_key_env, "") if settings.api_key_env else ""
    return OpenAITranscriptions(settings.base_url, settings.model, key=key)


class Videos:
    """Opens what a workspace needs for its videos, each part when it is first needed.

    Videos are taken in by the one thread of `pool`, so that no question about anything else waits.
    """

    def __init__(self, workspace: "Workspace") -> None:
        self._workspace = workspace
        self.pool = Pool(1)

    def close(self) -> None:
        """Give up what is being taken in."""
        self.passing.stop()
        self.pool.close()

    @cached_property
    def watching(self) -> "Watching":
        """What looks through videos."""
        from sightline.watching import Watching

        connections = self._workspace.connections
        return Watching(
            self._workspace.open_index,
            lambda asset: open_original(asset, connections),
            self.passing,
            self.pool,
        )

    @cached_property
    def names(self) -> "VideoNames":
        """What looks up the videos that questions name."""
        from sightline.known_videos import find_video
        from sightline.video_names import VideoNames

        workspace = self._workspace
        return VideoNames(
            lambda: (workspace.jobs.uploads, workspace.jobs.blobs),
            workspace.look_at,
            lambda index, name: find_video(workspace.jobs, workspace.indexes, index, name),
        )

    @cached_property
    def passing(self) -> PassingVideos:
        """The videos that came with questions."""
        settings = self._workspace.settings
        return PassingVideos(
            settings.workspace / "videos",
            lambda: self._workspace.engines(read_text=True),
            threads=settings.threads,
        )
