"""One table for all errors, one shape on the wire."""

import inspect

import pytest

from sightline import errors
from sightline.errors import SightlineError, UpstreamRateLimited
from sightline.http.errors import TABLE, error_body, error_response, unexpected_body, verdict

FAMILY = [
    member
    for _, member in inspect.getmembers(errors, inspect.isclass)
    if issubclass(member, SightlineError)
]
LEAVES = [m for m in FAMILY if m is errors.InvalidRequest or not m.__subclasses__()]


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.__name__)
def test_every_leaf_of_the_family_has_a_row(leaf: type[SightlineError]):
    assert any(family in TABLE for family in leaf.__mro__)
    assert 400 <= verdict(leaf("x")).status < 600


def test_codes_are_of_one_leaf_each():
    codes = [leaf.code for leaf in LEAVES]
    assert len(codes) == len(set(codes))


STATUS = {
    "invalid_request": (400, "invalid_request_error", None),
    "unreadable_image": (400, "invalid_request_error", None),
    "url_not_allowed": (400, "invalid_request_error", None),
    "host_not_allowed": (403, "permission_error", None),
    "would_wipe": (409, "invalid_request_error", "false"),
    "index_not_found": (404, "invalid_request_error", None),
    "asset_not_found": (404, "invalid_request_error", None),
    "DeploymentNotFound": (404, "invalid_request_error", None),
    "original_gone": (410, "invalid_request_error", None),
    "encoder_mismatch": (409, "invalid_request_error", "false"),
    "index_busy": (409, "invalid_request_error", None),
    "missing_model": (503, "server_error", "false"),
    "broken_index": (503, "server_error", "false"),
    "upstream_unreachable": (502, "server_error", None),
    "upstream_rejected": (502, "server_error", "false"),
    "context_length_exceeded": (400, "invalid_request_error", None),
    "upstream_rate_limited": (429, "rate_limit_error", None),
    "upstream_truncated": (502, "server_error", None),
    "upstream_empty": (502, "server_error", None),
    "upstream_unreadable": (502, "server_error", None),
}


@pytest.mark.parametrize(("code", "expected"), STATUS.items(), ids=STATUS.keys())
def test_status_type_and_whether_to_ask_again(code: str, expected: tuple[int, str, str | None]):
    (leaf,) = (leaf for leaf in LEAVES if leaf.code == code)
    response = error_response(leaf("x"))
    shown = verdict(leaf("x"))
    assert (response.status_code, shown.type, response.headers.get("x-should-retry")) == expected


def test_the_shape_with_and_without_a_hint():
    plain = errors.UnknownIndex("No index 'x'.")
    assert error_body(plain) == {
        "error": {
            "message": "No index 'x'.",
            "type": "invalid_request_error",
            "code": "index_not_found",
            "param": None,
        }
    }
    hinted = errors.InvalidRequest("n: must be 1.", hint="Leave it out.", param="n")
    assert error_body(hinted)["error"]["message"] == "n: must be 1. Leave it out."
    assert error_body(hinted)["error"]["hint"] == "Leave it out."
    assert error_body(hinted)["error"]["param"] == "n"


@pytest.mark.parametrize(
    ("given", "seconds", "milliseconds"),
    [(None, None, None), (0.2, "1", "200"), (2.0, "2", "2000"), (7.1, "8", "7100")],
)
def test_a_rate_limit_says_how_long_to_wait(
    given: float | None, seconds: str | None, milliseconds: str | None
):
    response = error_response(UpstreamRateLimited("slow down", retry_after=given))
    assert response.status_code == 429
    assert response.headers.get("retry-after") == seconds
    assert response.headers.get("retry-after-ms") == milliseconds


def test_an_unexpected_error_names_the_request_and_nothing_else():
    error = unexpected_body("req_7")["error"]
    assert error["code"] == "internal_error"
    assert "req_7" in error["hint"]
