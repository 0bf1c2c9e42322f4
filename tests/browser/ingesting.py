"""A server whose ingestions run in a real worker, on stand-in engines; and a shaky line."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from sightline.settings import Settings
from sightline.workspace import Workspace
from standin_engines import ENGINES
from wire.serving import Served, serving

TESTS = Path(__file__).parents[1]
TENTS = {
    "red-tent.png": ("#c4342b", "The X300, a red family tent for six people"),
    "green-tent.png": ("#2f8a4a", "The X200, a green tent for two people"),
    "blue-tent.png": ("#2a4fb0", "The X100, a blue tent for one person"),
}


@contextmanager
def ingesting(folder: Path, *, seconds: float = 0, **settings: object) -> Iterator[Served]:
    """Serve an empty workspace; a picture takes its worker so many `seconds`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(TESTS), prepend=os.pathsep)
        patch.setenv("STANDIN_SECONDS", str(seconds))
        opened = Workspace(
            Settings(workspace=folder / "workspace", threads=2, **ENGINES, **settings)
        )
        with serving(opened) as running:
            yield running


def draw_tents(folder: Path) -> list[Path]:
    """A picture of each tent, with the sky above it and the meadow below."""
    return [draw_tent(folder / name, colour) for name, (colour, _) in TENTS.items()]


def draw_tent(path: Path, colour: str) -> Path:
    """A tent with its entrance, written to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.new("RGB", (240, 180), "#cfe3f2")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 130, 240, 180), fill="#7aa35a")
    pen.polygon([(120, 40), (215, 150), (25, 150)], fill=colour)
    pen.polygon([(120, 70), (145, 150), (95, 150)], fill="#33291f")
    picture.save(path)
    return path


class Line:
    """What lies between a browser and a server: bytes are passed on, until it is cut."""

    def __init__(self, server: str) -> None:
        host, port = server.removeprefix("http://").split(":")
        self._server = host, int(port)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._left: float = float("inf")
        self._is_cut = False
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Everything breaks off, and nobody comes through any more."""
        self._is_cut = True
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def cut_after(self, count: int) -> None:
        """It is cut when the browser has sent so many bytes more."""
        self._left = count

    def mend(self) -> None:
        """It works again."""
        self._left = float("inf")
        self._is_cut = False

    def close(self) -> None:
        """No more connections."""
        self.cut()
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                browser, _ = self._socket.accept()
            except OSError:
                return
            if self._is_cut:
                browser.close()
                continue
            server = socket.create_connection(self._server)
            self._open += [browser, server]
            for source, sink in ((browser, server), (server, browser)):
                threading.Thread(
                    target=self._pass, args=(source, sink, source is browser), daemon=True
                ).start()

    def _pass(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if counted:
                    self._left -= len(data)
                    if self._left < 0:
                        self.cut()
                        return
                sink.sendall(data)
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
