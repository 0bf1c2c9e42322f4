"""What a client learns of a server before it asks, and that the server keeps to it."""

import base64
from pathlib import Path

import httpx2

from sightline import __version__
from sightline.chat.base import Capabilities
from sightline.chat.fake import ScriptedChat
from sightline.http.app import create_app
from wire.standin import picture_file, standin


async def test_the_limits_are_those_that_hold(client: httpx2.AsyncClient, tmp_path: Path):
    told = (await client.get("/api/server")).json()
    assert (told["version"], told["deployment"], told["recording"]) == (
        __version__,
        "extractive",
        False,
    )
    assert {"image/jpeg", "image/heic"} <= set(told["pictures"]["media_types"])
    assert {".jpg", ".heif"} <= set(told["pictures"]["endings"])
    assert {"video/mp4", "video/webm"} <= set(told["videos"]["media_types"])
    assert {".mp4", ".webm"} <= set(told["videos"]["endings"])
    assert told["videos"]["upload_file_bytes"] == 4096 * 2**20

    limits = told["limits"]
    picture = base64.b64encode(picture_file(tmp_path / "a.png", "red")).decode()
    parts = [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{picture}"}}]
    for more, status in ((0, 200), (1, 400)):
        content = [{"type": "text", "text": "?"}, *parts * (limits["pictures_per_request"] + more)]
        asked = {"model": "scripted", "messages": [{"role": "user", "content": content}]}
        assert (await client.post("/v1/chat/completions", json=asked)).status_code == status
        top = limits["hits"] + more
        search = {"text": "tent", "top": top}
        reply = await client.post("/api/indexes/tents/search", json=search)
        assert reply.status_code == status
        page = await client.get(
            f"/api/indexes/tents/assets?limit={limits['assets_per_page'] + more}"
        )
        assert page.status_code == status


async def test_every_field_is_in_the_documentation(client: httpx2.AsyncClient):
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    told = (await client.get("/api/server")).json()
    inner = (told[name] for name in ("limits", "pictures", "videos", "engines"))
    assert [name for names in (told, *inner) for name in names if f"`{name}`" not in page] == []


async def test_the_engines_are_told_by_the_names_of_the_settings(tmp_path: Path):
    boxes = Capabilities(sees=True, max_images=4, language_model=True, boxes="qwen3")
    workspace = standin(
        tmp_path,
        [ScriptedChat("seeing", [], capabilities=boxes)],
        detectors=("embedded", "open_vocabulary", "vlm"),
        record=True,
        max_body_mb=7,
    )
    transport = httpx2.ASGITransport(create_app(workspace))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8477") as client:
        told = (await client.get("/api/server")).json()
    await workspace.close()
    assert told["engines"] == {
        "encoder": "lite0",
        "text_encoder": "minilm",
        "reader": "rapidocr",
        "readers": [{"name": "rapidocr", "languages": ["latin", "chinese", "japanese"]}],
        "detectors": ["embedded", "vlm:seeing"],
    }
    assert (told["recording"], told["limits"]["body_bytes"]) == (True, 7 * 2**20)
