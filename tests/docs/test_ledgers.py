"""Each family's ledger has every operation of the original and every route of ours, truly told."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.app import FAMILIES
from gateway.families.ledgers import Entry
from gateway.families.shape import Family
from gateway.pages import documents, health

FOREIGN = [family for family in FAMILIES if family.own is not None]
ONE = "/api/sessions/{session_id}"
ORIGINALS = {
    "dsagent": f"""
        GET /health
        GET /health/ready
        POST /api/sessions
        GET /api/sessions
        GET {ONE}
        PUT {ONE}
        DELETE {ONE}
        POST {ONE}/archive
        GET {ONE}/export
        GET {ONE}/notebook
        POST {ONE}/chat
        POST {ONE}/chat/stream
        GET {ONE}/messages
        GET {ONE}/turns
        GET {ONE}/kernel
        GET {ONE}/kernel/variables
        POST {ONE}/kernel/execute
        POST {ONE}/kernel/reset
        POST {ONE}/files
        GET {ONE}/files
        GET {ONE}/files/{{filename}}
        DELETE {ONE}/files/{{filename}}
        GET {ONE}/artifacts
        GET {ONE}/artifacts/{{filename}}
        DELETE {ONE}/artifacts/{{filename}}
        GET {ONE}/hitl/status
        POST {ONE}/hitl/respond
        POST {ONE}/hitl/approve
        POST {ONE}/hitl/reject
        WebSocket /ws/chat/{{session_id}}
        GET /docs
        GET /redoc
        GET /openapi.json
    """,
}
"""What each original answers, by its own document and its released code."""


def originals(family: Family) -> list[str]:
    """Return the operations of the original, in its order."""
    return [line.strip() for line in ORIGINALS[family.name].strip().splitlines()]


def told(family: Family) -> dict[str, Entry]:
    """Return the entries of a ledger by method and path."""
    return {f"{it.method} {it.path}": it for it in family.ledger}


def answered(handlers: Any, prefix: str = "/") -> Iterator[str]:
    """Yield method and path of everything that these handlers answer."""
    for handler in handlers:
        for path in handler.paths:
            plain = re.sub(r":(str|path)}", "}", re.sub("/+", "/", f"{prefix}/{path}"))
            for method in sorted(getattr(handler, "http_methods", {"WebSocket"})):
                yield f"{getattr(method, 'value', method)} {plain}"


@pytest.mark.parametrize("family", FOREIGN, ids=lambda it: it.name)
def test_a_ledger_tells_of_every_operation_of_the_original_in_its_order(family: Family) -> None:
    kept = [name for name, entry in told(family).items() if entry.how != "added"]
    assert kept == originals(family)


@pytest.mark.parametrize("family", FOREIGN, ids=lambda it: it.name)
def test_a_ledger_tells_of_every_route_of_ours(family: Family) -> None:
    assert sorted(set(answered(family.routes, family.prefix)) - told(family).keys()) == []


@pytest.mark.parametrize("family", FOREIGN, ids=lambda it: it.name)
def test_what_is_said_to_be_kept_is_answered_and_the_rest_is_not(family: Family) -> None:
    beside = {*answered(health.ROUTES), *answered(documents.ROUTES)}
    here = {*answered(family.routes, family.prefix), *beside}
    offered = {name for name, entry in told(family).items() if entry.how != "not offered"}
    assert (offered - here, (told(family).keys() - offered) & here) == (set(), set())


@pytest.mark.parametrize("family", FOREIGN, ids=lambda it: it.name)
def test_whatever_differs_says_how_and_why(family: Family) -> None:
    silent = [name for name, it in told(family).items() if it.how != "kept" and not it.note]
    assert silent == []
