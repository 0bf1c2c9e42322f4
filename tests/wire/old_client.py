"""What a program written for openai 1.40.0 does; run by test_openai_1_40.py with its own packages.

Prints one JSON document with what it got. Takes the address of a server, the name of a deployment
there, and the most tokens of an answer. The deployment "cut" breaks off.
"""

import json
import sys
from typing import Any

import openai
from openai import AzureOpenAI, OpenAI

ASK: Any = [{"role": "user", "content": "Which tent is red?"}]
NEW = {"data_sources": [{"type": "azure_search", "parameters": {"index_name": "tents"}}]}
OLD = {
    "dataSources": [
        {"type": "AzureCognitiveSearch", "parameters": {"key": "K", "indexName": "tents"}},
        {"type": "AzureComputerVision", "parameters": {"endpoint": "https://v", "key": "K"}},
    ]
}


def main(address: str, model: str, limit: int) -> dict[str, Any]:
    """Whole and streamed answers in each dialect, and how an error inside a stream looks."""
    deployment = f"{address}/openai/deployments/{model}"
    plain = OpenAI(base_url=f"{address}/v1", api_key="any", max_retries=0)
    azure = {"api_key": "any", "max_retries": 0}
    clients: list[tuple[str, Any, dict[str, Any]]] = [
        ("plain", plain, NEW),
        (
            "endpoint",
            AzureOpenAI(azure_endpoint=address, api_version="2024-02-15-preview", **azure),
            NEW,
        ),
        (
            "deployment",
            AzureOpenAI(base_url=deployment, api_version="2024-02-15-preview", **azure),
            NEW,
        ),
        (
            "extensions",
            AzureOpenAI(
                base_url=f"{deployment}/extensions", api_version="2023-12-01-preview", **azure
            ),
            OLD,
        ),
    ]
    return {
        "version": openai.__version__,
        "answers": {name: answers(client, model, limit, body) for name, client, body in clients},
        "error": error_in_stream(plain),
    }


def answers(client: Any, model: str, limit: int, body: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
    """One question, whole and streamed."""
    asking = {"model": model, "messages": ASK, "max_tokens": limit, "extra_body": body}
    whole = client.chat.completions.create(**asking)
    chunks = list(client.chat.completions.create(stream=True, **asking))
    return {
        "whole": whole.choices[0].message.content,
        "reason": whole.choices[0].finish_reason,
        "tokens": whole.usage.total_tokens,
        "title": whole.choices[0].message.context["citations"][0]["title"],
        "streamed": "".join(chunk.choices[0].delta.content or "" for chunk in chunks),
        "streamed_title": chunks[0].choices[0].delta.context["citations"][0]["title"],
    }


def error_in_stream(client: OpenAI) -> dict[str, Any]:
    """What was said before the model broke off, and the error that came then."""
    said = ""
    try:
        for chunk in client.chat.completions.create(model="cut", messages=ASK, stream=True):
            said += chunk.choices[0].delta.content or ""
    except openai.APIError as error:
        return {"said": said, "code": error.code}
    return {"said": said, "code": None}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], int(sys.argv[3]))))  # noqa: T201
