"""Requests made from the OpenAPI document, fitting it and breaking it: each answer is one the document knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
          response_headers_conformance]


@pytest.fixture(scope="module")
def described(app, document):
    """The document as a client reads it, bound to the application."""
    made = schemathesis.openapi.from_dict(document)
    made.app = app
    return made


def asked(operations: Iterable[Any], mode: GenerationMode, times: int, **headers: str) -> int:
    """Every operation, whatever its method, this many times; how many requests that were."""
    count = 0
    for operation in operations:
        @settings(max_examples=times, deadline=None, database=None, suppress_health_check=list(HealthCheck),
                  phases=[Phase.generate])
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case):
            nonlocal count
            count += 1
            case.call_and_validate(checks=CHECKS, headers=headers)
        ask()
    return count


def its_turn(operations: Iterable[Any], turn: int) -> Iterator[Any]:
    """Of the operations that every collection has, those of a class and of a zone kind, and others at each of four turns."""
    for n, operation in enumerate(operations):
        of_collection = operation.path.startswith("/collections/") and operation.path.split("/")[2] not in ("road", "district")
        if not of_collection or n % 4 == turn:
            yield operation


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fitting", "breaking"])
@pytest.mark.parametrize("signed_in", [False, True], ids=["public", "signed in"])
@pytest.mark.parametrize("times", [1, pytest.param(60, marks=pytest.mark.long)])
def test_every_answer_is_one_that_the_document_knows(described, admin, mode, signed_in, times):
    # What is compressed the checker takes for what it says.
    headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {admin}"} if signed_in else {})
    every = [found.ok() for found in described.get_all_operations()]
    turn = 2 * signed_in + (mode is GenerationMode.NEGATIVE)
    assert asked(every if times > 1 else its_turn(every, turn), mode, times, **headers) > 100


def test_an_answer_that_the_document_does_not_know_is_found(served):
    """A check that cannot fail is a defect: the same run over a service with one wrong address."""
    from api import create_app

    app = create_app()
    app.view_functions["landing.conformance"] = lambda: ("oh", 500)
    document = app.test_client().get("/api?f=json").get_json(force=True)
    made = schemathesis.openapi.from_dict(document).include(path="/conformance")
    made.app = app
    with pytest.raises(BaseException, match="Server error"):
        asked([found.ok() for found in made.get_all_operations()], GenerationMode.POSITIVE, 1)
