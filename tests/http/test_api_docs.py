"""docs/api.md says what the code does: its paths, its fields, its errors."""

import inspect
import json
import re
from pathlib import Path

import pytest
from fastapi import FastAPI

from sightline import errors
from sightline.errors import SightlineError
from sightline.http import fields
from sightline.http.app import create_app
from sightline.http.data_sources import SearchParameters, WhereBody
from sightline.http.errors import verdict
from sightline.http.image_analysis_wire import INNER_CODES
from sightline.http.routes.indexes import SearchBody
from sightline.image_analysis import FEATURES
from sightline.workspace import Workspace

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ")]
LEAVES = [
    leaf
    for _, leaf in inspect.getmembers(errors, inspect.isclass)
    if issubclass(leaf, SightlineError)
    and (leaf is errors.InvalidRequest or not leaf.__subclasses__())
]


@pytest.fixture
def app(workspace: Workspace) -> FastAPI:
    """The application whose paths are listed."""
    return create_app(workspace)


def test_every_path_and_method_is_on_the_page(app: FastAPI):
    for path, methods in app.openapi()["paths"].items():
        for method in methods:
            assert re.search(rf"`{method.upper()} {re.escape(path)}[`?]", PAGE), (method, path)


NAMES = [
    *fields.ChatBody.model_fields,
    *fields.REFUSED,
    *fields.SILENT,
    *fields.Enhancements.model_fields,
    *(set(SearchParameters.model_fields) - {"endpoint"}),
    *WhereBody.model_fields,
    *SearchBody.model_fields,
]


@pytest.mark.parametrize("name", sorted(set(NAMES)))
def test_every_field_is_on_the_page(name: str):
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("path", ["imageanalysis:analyze", "retrieval:vectorizeImage"])
def test_every_parameter_and_code_of_image_analysis_is_on_the_page(app: FastAPI, path: str):
    described = app.openapi()["paths"][f"/computervision/{path}"]["post"]["parameters"]
    for name in (*(one["name"] for one in described), *FEATURES, *INNER_CODES):
        assert f"`{name}`" in PAGE


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.__name__)
def test_every_error_is_in_the_row_of_its_status(leaf: type[SightlineError]):
    row = verdict(leaf("x"))
    line = next(line for line in ROWS if f"`{leaf.code}`" in line)
    assert line.startswith(f"| {row.status} | `{row.type}` |")


def test_the_examples_of_requests_are_json():
    examples = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    whole = [example for example in examples if "[…]" not in example and ", …" not in example]
    assert len(whole) >= 3
    for example in whole:
        json.loads(example)
