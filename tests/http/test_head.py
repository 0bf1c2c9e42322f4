import httpx2
import pytest


@pytest.mark.parametrize("path", ["/", "/health", "/v1/models", "/api/indexes/tents"])
async def test_head_says_what_get_says_without_the_body(client: httpx2.AsyncClient, path: str):
    got, head = await client.get(path), await client.head(path)
    assert head.status_code == got.status_code == 200
    assert head.headers["content-length"] == got.headers["content-length"]
    assert head.content == b""


async def test_head_of_what_is_not_there(client: httpx2.AsyncClient):
    assert (await client.head("/api/indexes/nothing")).status_code == 404
    assert (await client.head("/v1/chat/completions")).status_code == 405
    assert (await client.head("/api/ingestions/x/events")).status_code == 405
