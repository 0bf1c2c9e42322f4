"""What is said in a video is written down by a service, and found with the frames shown then."""

import io
import json
import wave
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import numpy as np
import pytest

from filming import scene
from loopback import running
from sightline.chat.extractive import Extractive
from sightline.errors import ServiceFailed
from sightline.events import fold
from sightline.ingest import ingest
from sightline.ingestion import Added
from sightline.media.sounds import sounds
from sightline.messages import ChatRequest, Message, TextPart, VideoFile, VideoPart
from sightline.settings import SpeechSettings
from sightline.sources.one_file import OneFile
from sightline.speech.openai_transcriptions import OpenAITranscriptions
from sightline.vision.fake import FakeTextEncoder
from sightline.workspace import Workspace
from wire.standin import standin

SEGMENTS = [
    {"start": 0.2, "end": 1.5, "text": " Welcome to the harbour."},
    {"start": 4.1, "end": 5.5, "text": " Here the lighthouse was built."},
]


class Service(ThreadingHTTPServer):
    """Writes down the same words whatever it hears; keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.reply: object = {"text": "", "segments": SEGMENTS}
        self.status = 200
        self.received: list[tuple[str, str | None, bytes]] = []

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Answering(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.received.append((self.path, self.headers["authorization"], body))
        data = json.dumps(self.server.reply).encode()
        self.send_response(self.server.status)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def service() -> Iterator[Service]:
    with running(Service()) as server:
        yield server


@pytest.fixture
async def workspace(tmp_path: Path, service: Service) -> AsyncIterator[Workspace]:
    speech = SpeechSettings(base_url=service.base_url, model="tiny")
    models = [Extractive(text_encoder=FakeTextEncoder())]
    opened = standin(tmp_path, models, speech=speech)
    yield opened
    await opened.close()


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Three seconds of red and three of blue, with a tone."""
    path = tmp_path / "talk.mp4"
    with av.open(str(path), "w") as out:
        video = out.add_stream("mpeg4", rate=10)
        video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        audio = out.add_stream("aac", rate=44_100)
        for number in range(60):
            picture = scene("red" if number < 30 else "blue")
            out.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        for number in range(6 * 44_100 // 1024):
            wave_form = np.sin(np.arange(1024) / 20) * 0.2
            tone = np.stack([wave_form, wave_form]).astype(np.float32)
            heard = av.AudioFrame.from_ndarray(tone, format="fltp", layout="stereo")
            heard.sample_rate, heard.pts = 44_100, number * 1024
            out.mux(audio.encode(heard))
        out.mux(video.encode())
        out.mux(audio.encode())
    return path


def test_the_sound_of_a_video_is_wav_at_sixteen_kilohertz(talk: Path):
    with talk.open("rb") as file:
        (sound,) = sounds(file)

    with wave.open(io.BytesIO(sound.wav)) as heard:
        assert (heard.getframerate(), heard.getnchannels(), heard.getsampwidth()) == (16_000, 1, 2)
        assert heard.getnframes() / 16_000 == pytest.approx(6.0, abs=0.1)
    assert sound.begins == pytest.approx(0.0, abs=0.05)
    assert sound.seconds == pytest.approx(6.0, abs=0.1)


def test_what_is_said_is_put_to_the_frames_shown_meanwhile(
    workspace: Workspace, service: Service, talk: Path
):
    source = OneFile(talk, key="talk.mp4", uri="file:///talk.mp4")
    with workspace.writing("talks") as index:
        events = list(ingest(source, index, workspace.engines(read_text=False)))

    (added,) = [event for event in events if isinstance(event, Added)]
    assert added.note == "every 0.5 s, 12 frames, 0 bad, 2 passages of speech"
    frames = [a for a in workspace.indexes.open("talks").browse(0, 10) if a.film]
    assert [frame.film.spoken for frame in frames if frame.film] == [
        "Welcome to the harbour.",
        "Here the lighthouse was built.",
    ]
    (hit,) = workspace.search(["talks"], text="lighthouse", top=1)
    assert hit.asset.seconds == 3.0
    ((path, _, body),) = service.received
    assert path == "/v1/audio/transcriptions"
    assert b"verbose_json" in body
    assert b"RIFF" in body


def test_words_over_a_still_scene_keep_their_times(
    workspace: Workspace, service: Service, tmp_path: Path
):
    path = tmp_path / "slide.mp4"
    with av.open(str(path), "w") as out:
        video = out.add_stream("mpeg4", rate=1)
        video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        audio = out.add_stream("aac", rate=16_000)
        for _ in range(40):
            out.mux(video.encode(av.VideoFrame.from_ndarray(scene("red"), format="rgb24")))
        for number in range(40 * 16_000 // 1024):
            silence = np.zeros((1, 1024), np.float32)
            heard = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
            heard.sample_rate, heard.pts = 16_000, number * 1024
            out.mux(audio.encode(heard))
        out.mux(video.encode())
        out.mux(audio.encode())
    service.reply = {"segments": [{"start": 32.0, "end": 34.0, "text": "At last."}]}
    source = OneFile(path, key="slide.mp4", uri="file:///slide.mp4")

    with workspace.writing("slides") as index:
        list(ingest(source, index, workspace.engines(read_text=False)))

    frames = workspace.indexes.open("slides").browse(0, 10)
    assert [a.seconds for a in frames if a.film and a.film.spoken] == [30.0]


async def test_a_question_is_answered_by_what_is_said(workspace: Workspace, talk: Path):
    parts = (VideoPart(VideoFile("talk.mp4", talk)), TextPart("When is the lighthouse mentioned?"))
    request = ChatRequest(deployment="extractive", messages=(Message("user", parts),))

    answer = fold([event async for event in workspace.answer(request)])

    assert "fits best at 0:03" in answer.text
    assert "somebody says “Here the lighthouse was built.”" in answer.text


def test_a_service_that_fails_costs_the_words_and_not_the_video(
    workspace: Workspace, service: Service, talk: Path
):
    service.status, service.reply = 500, {"error": "out of memory"}
    source = OneFile(talk, key="talk.mp4", uri="file:///talk.mp4")
    with workspace.writing("talks") as index:
        events = list(ingest(source, index, workspace.engines(read_text=False)))

    (added,) = [event for event in events if isinstance(event, Added)]
    assert added.stills == 2
    assert "speech not written down: The speech service answered 500" in added.note
    service.status, service.reply = 200, {"segments": SEGMENTS}
    with workspace.writing("talks") as index:
        list(ingest(source, index, workspace.engines(read_text=False)))
    frames = workspace.indexes.open("talks").browse(0, 10)
    assert next(a.film.spoken for a in frames if a.film) == "Welcome to the harbour."


def test_words_without_times_are_said_all_the_while(service: Service):
    service.reply = {"text": " Just words. ", "duration": 6.0}
    (said,) = OpenAITranscriptions(service.base_url, "tiny", key="K").transcribe(b"RIFF")
    assert (said.start, said.end, said.text) == (0.0, 6.0, "Just words.")
    assert service.received[0][1] == "Bearer K"


@pytest.mark.parametrize("reply", [[], {"segments": [{"start": "x"}]}, {"nothing": 1}])
def test_something_else_than_a_transcript_is_refused(service: Service, reply: object):
    service.reply = reply
    with pytest.raises(ServiceFailed, match="Expected a transcript"):
        OpenAITranscriptions(service.base_url, "tiny").transcribe(b"RIFF")


def test_a_service_that_is_not_there_is_said():
    with pytest.raises(ServiceFailed, match="cannot be reached"):
        OpenAITranscriptions("http://127.0.0.1:9/v1", "tiny").transcribe(b"RIFF")
