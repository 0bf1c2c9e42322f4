"""Real storage servers on loopback: Azurite (Azure Blob) and moto (S3), a process each."""

import base64
import hashlib
import hmac
import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from sightline.sources.connections import EMULATOR_ACCOUNT, EMULATOR_KEY

BESIDE = Path(__file__).parents[2] / ".venv" / "azurite"
"""Where `npm install --prefix` put it; `SIGHTLINE_AZURITE` names another place."""


class Azurite:
    """The emulator of Azure Blob; what it stores survives a stop."""

    def __init__(self, folder: Path) -> None:
        place = Path(os.environ.get("SIGHTLINE_AZURITE", BESIDE)) / "node_modules" / "azurite"
        self._script = place / "dist" / "src" / "blob" / "main.js"
        node = shutil.which("node")
        if node is None:
            pytest.skip("no node: Azurite cannot run")
        if not self._script.is_file():
            pytest.skip(f"no Azurite in {BESIDE}: npm install --prefix {BESIDE} azurite")
        self._node = node
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    def start(self) -> "Azurite":
        command = [self._node, str(self._script), "--blobHost", "127.0.0.1"]
        command += ["--blobPort", str(self.port), "--location", str(self._folder)]
        command += ["--silent", "--skipApiVersionCheck", "--disableTelemetry"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "successfully listens" in line:
                self.port = int(line.rsplit(":", 1)[1])
                return self
        pytest.fail("Azurite did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()  # it writes down what it holds
            self._process.wait(30)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/{EMULATOR_ACCOUNT}"

    @property
    def connection_string(self) -> str:
        return (
            f"DefaultEndpointsProtocol=http;AccountName={EMULATOR_ACCOUNT};"
            f"AccountKey={EMULATOR_KEY};BlobEndpoint={self.endpoint};"
        )

    @property
    def environment(self) -> dict[str, str]:
        return {"AZURE_STORAGE_CONNECTION_STRING": self.connection_string}

    def sas(self, *, until: str = "2099-01-01T00:00:00Z", may: str = "rwdlac") -> str:
        """A token for the whole account, signed as the service's documentation says."""
        version = "2021-08-06"
        fields = [EMULATOR_ACCOUNT, may, "b", "sco", "", until, "", "", version, "", ""]
        key = base64.b64decode(EMULATOR_KEY)
        signed = hmac.new(key, "\n".join(fields).encode(), hashlib.sha256).digest()
        token = {"sv": version, "ss": "b", "srt": "sco", "sp": may, "se": until}
        return urlencode({**token, "sig": base64.b64encode(signed).decode()})

    def container(self, name: str, files: Mapping[str, bytes] | None = None) -> None:
        self._ask("PUT", name, "restype=container&")
        for key, content in (files or {}).items():
            self.put(name, key, content)

    def put(self, container: str, key: str, content: bytes) -> None:
        self._ask("PUT", f"{container}/{quote(key)}", "", content)

    def delete(self, container: str, key: str) -> None:
        self._ask("DELETE", f"{container}/{quote(key)}", "")

    def _ask(self, method: str, path: str, query: str, body: bytes = b"") -> None:
        url = f"/{EMULATOR_ACCOUNT}/{path}?{query}{self.sas()}"
        status = request(self.port, method, url, body, {"x-ms-blob-type": "BlockBlob"})
        assert status in {201, 202}, f"{method} {path[:80]}: {status}"


class S3Server:
    """An S3 server that takes any key, unless it is told to check them."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def start(self) -> "S3Server":
        pytest.importorskip("moto")
        self.port = free_port()
        command = [sys.executable, "-W", "ignore", "-m", "moto.server"]
        command += ["-H", "127.0.0.1", "-p", str(self.port)]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(command, stdout=quiet, stderr=quiet)
        for _ in range(200):
            try:
                request(self.port, "GET", "/moto-api/data.json")
            except OSError:
                time.sleep(0.1)
            else:
                return self
        pytest.fail("moto did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": "someone",
            "AWS_SECRET_ACCESS_KEY": "a secret that nobody reads",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_REGION": "us-east-1",
        }

    def check_keys(self, wanted: bool) -> None:
        """Whether keys must be known from now on; none is."""
        body = b"0" if wanted else b"inf"
        assert request(self.port, "POST", "/moto-api/reset-auth", body) == 200

    def bucket(self, name: str, files: Mapping[str, bytes] | None = None) -> None:
        assert request(self.port, "PUT", f"/{name}") == 200
        for key, content in (files or {}).items():
            self.put(name, key, content)

    def put(self, bucket: str, key: str, content: bytes, *, public: bool = False) -> None:
        headers = AS_OWNER | ({"x-amz-acl": "public-read"} if public else {})
        assert request(self.port, "PUT", f"/{bucket}/{quote(key)}", content, headers) == 200

    def delete(self, bucket: str, key: str) -> None:
        assert request(self.port, "DELETE", f"/{bucket}/{quote(key)}", b"", AS_OWNER) == 204


AS_OWNER = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=someone/20260101/us-east-1/s3/aws4_request"
}


def request(
    port: int, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> int:
    """The status of a plain request: the raw name is sent as it is, however odd."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, url, body, dict(headers or {}))
        return connection.getresponse().status
    finally:
        connection.close()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
