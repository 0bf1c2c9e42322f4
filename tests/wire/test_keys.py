"""Official clients at a server that wants a key: they send it by themselves, and know a refusal."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.search.documents.indexes import SearchIndexClient
from openai import AzureOpenAI, OpenAI

from wire.serving import Served, serving
from wire.standin import standin

ASK: Any = [{"role": "user", "content": "What is red?"}]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("keys")
    with serving(standin(folder, require_key=True)) as running:
        yield running


def made(served: Served, *scopes: str) -> str:
    access = served.workspace.access
    return access.create(f"key{len(access.all())}", scopes, by="test")[1]


def clients(served: Served, key: str) -> Iterator[OpenAI]:
    """Both clients of OpenAI; that of Azure sends `api-key`."""
    yield OpenAI(base_url=f"{served.address}/v1", api_key=key, max_retries=0)
    yield AzureOpenAI(
        azure_endpoint=served.address, api_key=key, api_version="2024-02-01", max_retries=0
    )


def test_openai_with_a_key_gets_its_answer(served: Served):
    for client in clients(served, made(served, "chat")):
        with client:
            answer = client.chat.completions.create(model="scripted", messages=ASK)
        assert answer.choices[0].message.content


def test_openai_without_a_right_one_knows_why(served: Served):
    for client in clients(served, "sl_wrong"):
        with client, pytest.raises(openai.AuthenticationError, match="wrong, revoked or expired"):
            client.chat.completions.create(model="scripted", messages=ASK)
    for client in clients(served, made(served, "read")):
        with client, pytest.raises(openai.PermissionDeniedError, match="the scope chat"):
            client.chat.completions.create(model="scripted", messages=ASK, stream=True)


def test_azure_search_in_the_same_way(served: Served):
    def names(key: str) -> list[str]:
        with SearchIndexClient(served.address, AzureKeyCredential(key)) as client:
            return list(client.list_index_names())

    assert names(made(served, "read")) == ["tents"]
    with pytest.raises(ClientAuthenticationError, match="wrong, revoked or expired"):
        names("sl_wrong")
    with pytest.raises(HttpResponseError, match="the scope read"):
        names(made(served, "chat"))
