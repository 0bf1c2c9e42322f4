"""What a program does with azure-search-documents, whichever version it is.

Run by itself (`search_client.py ADDRESS CA_FILE`) it prints what came as JSON: that is how an old
version is tried, in a process with packages of its own.
"""

import base64
import json
import sys
from typing import Any

import azure.search.documents
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.search.documents import SearchClient, SearchIndexingBufferedSender
from azure.search.documents.indexes import SearchIndexClient
from azure.search.documents.indexes.models import (
    HnswAlgorithmConfiguration,
    SearchableField,
    SearchField,
    SearchFieldDataType,
    SearchIndex,
    SimpleField,
    VectorSearch,
    VectorSearchProfile,
)
from azure.search.documents.models import VectorizedQuery

KEY = AzureKeyCredential("any")
FIELDS = [
    SimpleField(
        name="id", type=SearchFieldDataType.String, key=True, filterable=True, sortable=True
    ),
    SearchableField(name="description", type=SearchFieldDataType.String),
    SimpleField(name="price", type=SearchFieldDataType.Int32, filterable=True, sortable=True),
    SimpleField(
        name="group_ids",
        type=SearchFieldDataType.Collection(SearchFieldDataType.String),
        filterable=True,
    ),
    SearchField(
        name="image_vector",
        type=SearchFieldDataType.Collection(SearchFieldDataType.Single),
        searchable=True,
        hidden=False,
        vector_search_dimensions=4,
        vector_search_profile_name="p",
    ),
]
VECTORS = VectorSearch(
    profiles=[VectorSearchProfile(name="p", algorithm_configuration_name="h")],
    algorithms=[HnswAlgorithmConfiguration(name="h")],
)
WORDS = ["red tent", "blue shoe", "green lamp"]
COUNT = 2_500


def tent(number: int) -> dict[str, Any]:
    """A document; every third is a red tent."""
    return {
        "id": f"doc-{number:04}",
        "description": f"a {WORDS[number % 3]} number {number}",
        "price": number,
        "group_ids": [f"g{number % 2}", "all"],
        "image_vector": [1.0, number / COUNT, 0.0, float(number % 3)],
    }


def main(address: str, name: str, **trust: Any) -> dict[str, Any]:  # noqa: ANN401
    """Everything that the client uses of the protocol for image indexes."""
    told: dict[str, Any] = {"version": azure.search.documents.__version__}
    with SearchIndexClient(address, KEY, **trust) as indexes:
        index = SearchIndex(name=name, fields=FIELDS, vector_search=VECTORS)
        made = indexes.create_index(index)
        told["made"] = [field.name for field in made.fields]
        told["listed"] = name in list(indexes.list_index_names())
        with SearchClient(address, name, KEY, **trust) as client:
            told |= written(address, name, client, trust) | searched(client) | refused(client)
            statistics: Any = indexes.get_index_statistics(name)
            told["statistics"] = (
                statistics["document_count"]
                if isinstance(statistics, dict)
                else statistics.document_count
            )
        told["service"] = bool(indexes.get_service_statistics())
        changed = indexes.get_index(name)
        changed.fields.append(SearchableField(name="note", type=SearchFieldDataType.String))
        told["changed"] = indexes.create_or_update_index(changed).fields[-1].name
        indexes.delete_index(name)
        indexes.delete_index(name)  # 404 is as good as 204
        try:
            indexes.get_index(name)
        except ResourceNotFoundError as error:
            told["gone"] = error.message
    return told


def written(address: str, name: str, client: SearchClient, trust: dict[str, Any]) -> dict[str, Any]:
    """Uploads, one by one, in batches and too many at once; merges; deletes."""
    with SearchIndexingBufferedSender(address, name, KEY, **trust) as sender:
        sender.upload_documents([tent(number) for number in range(1_000)])
    uploaded = client.upload_documents([tent(number) for number in range(1_000, COUNT + 1)])
    merged = client.merge_documents([{"id": "doc-0003", "price": -5}, {"id": "nobody", "price": 1}])
    deleted = client.delete_documents([{"id": f"doc-{COUNT:04}"}])
    return {
        "uploaded": len(uploaded),
        "merged": [(one.succeeded, one.status_code) for one in merged],
        "deleted": deleted[0].succeeded,
        "count": client.get_document_count(),
        "price": client.get_document("doc-0003", selected_fields=["id", "price"])["price"],
    }


def searched(client: SearchClient) -> dict[str, Any]:
    """By words, by a vector, by both, with filters, in an order, page after page."""
    red = VectorizedQuery(vector=[1.0, 0.0, 0.0, 0.0], k_nearest_neighbors=3, fields="image_vector")
    hybrid = client.search("blue shoe", vector_queries=[red], top=5, select=["id"])
    nearest = list(client.search(None, vector_queries=[red], select=["id"]))
    allowed = client.search(
        "*", filter="group_ids/any(g:search.in(g, 'g1, g7'))", include_total_count=True, top=2
    )
    cheap = client.search("*", filter="price lt 3", order_by=["price desc"], select=["id", "price"])
    pages = client.search("*", select=["id"]).by_page()
    sizes = [len(list(page)) for page in pages]
    return {
        "nearest": [one["id"] for one in nearest],
        "nearest_score": nearest[0]["@search.score"],
        "hybrid": len(list(hybrid)),
        "words": next(iter(client.search("shoe", top=1)))["description"].split(" number")[0],
        "allowed": allowed.get_count(),
        "cheap": [one["price"] for one in cheap],
        "pages": (len(sizes), sum(sizes)),
        "many": len(list(client.search("*", top=1_500, select=["id"]))),
    }


def refused(client: SearchClient) -> dict[str, Any]:
    """Errors as the client raises them."""
    told: dict[str, Any] = {}
    mistakes: dict[str, dict[str, Any]] = {
        "field": {"select": ["colour"]},
        "filter": {"filter": "price eq 'cheap'"},
        "vector": {
            "vector_queries": [
                VectorizedQuery(vector=[1.0], k_nearest_neighbors=3, fields="image_vector")
            ]
        },
        "facets": {"facets": ["price"]},
    }
    for what, mistake in mistakes.items():
        try:
            list(client.search("tent", **mistake))
        except HttpResponseError as error:
            told[what] = (error.status_code, error.message)
    try:
        client.get_document("nobody")
    except ResourceNotFoundError:
        told["document"] = 404
    return told


def by_picture(address: str, name: str, picture: bytes) -> list[str]:
    """Keys of an index of pictures, the most alike first; only the newest client can ask so."""
    from azure.search.documents.models import VectorizableImageBinaryQuery  # noqa: PLC0415

    query = VectorizableImageBinaryQuery(
        base64_image=base64.b64encode(picture).decode(),
        k_nearest_neighbors=3,
        fields="image_vector",
    )
    with SearchClient(address, name, KEY) as client:
        return [one["key"] for one in client.search(None, vector_queries=[query])]


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], "tents-v", connection_verify=sys.argv[2])))  # noqa: T201
