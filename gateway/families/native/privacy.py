"""What is kept back of a source: seen and stated by its owner only."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from engine.ports import TableInfo
from engine.sources.guard.policy import Policy
from engine.sources.privacy import OPEN, Privacy, policy_of
from engine.sources.registry import Sources
from engine.sources.semantic.naming import full_name
from engine.sources.semantic.problems import BadText, Problem
from engine.sources.semantic.reading import read
from engine.sources.semantic.writing import write
from gateway.families.native.stating import expected_in, require_owner, tag_of, text_of, yaml_file
from protocol.replies import Caller

DOING = "see or change what is kept back"


class PrivacySeen(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of a source. `version` names the text (also as ETag; empty if there is none)."""

    source: str
    version: str
    privacy: Privacy
    problems: Sequence[Problem] = ()
    """What does not fit the data any more."""


class KeptBack(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that nobody who asks sees as it is: a table, a column, its values, some rows."""

    what: Literal["table", "column", "mask", "rows", "values"]
    """`values` may be read, but stand in no catalogue, where models and people would see them."""
    table: str
    column: str = ""
    instead: str = ""
    """What stands in a masked column's place, or the condition that rows meet to be seen."""


class PrivacyProblems(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a text, and what it would keep back of the data as it is now."""

    items: Sequence[Problem]
    kept_back: Sequence[KeptBack] = ()
    samples: bool = True
    """Whether any values would stand in the catalogue."""
    tables: int = 0
    """How many tables there are, hidden ones too."""


def kept_back(policy: Policy, tables: Sequence[TableInfo]) -> Iterator[KeptBack]:
    """Say what a policy keeps back, table by table, in the order of the catalogue."""
    for table in tables:
        name = full_name(table)
        if policy.hides(name):
            yield KeptBack(what="table", table=name)
            continue
        if (condition := policy.row_filter(name)) is not None:
            yield KeptBack(what="rows", table=name, instead=condition)
        for column in table.columns:
            mask = policy.mask(name, column.name)
            if policy.drops(name, column.name):
                yield KeptBack(what="column", table=name, column=column.name)
            elif mask is not None:
                yield KeptBack(what="mask", table=name, column=column.name, instead=mask)
            elif policy.samples and policy.is_sensitive(column.name):
                yield KeptBack(what="values", table=name, column=column.name)


def foreseen(
    text: str, tables: Sequence[TableInfo], problems: Sequence[Problem]
) -> PrivacyProblems:
    """Say what a text would do; of one that cannot be read, only what is wrong with it."""
    try:
        policy = policy_of(read(text, Privacy, "rules").value, tables)
    except BadText:
        return PrivacyProblems(items=problems, tables=len(tables))
    return PrivacyProblems(
        items=problems,
        kept_back=tuple(kept_back(policy, tables)),
        samples=policy.samples,
        tables=len(tables),
    )


async def seen(sources: Sources, name: str, caller: Caller) -> Response[PrivacySeen]:
    """Return a source's rules as they are now."""
    key, source = await sources.open(name, caller.id)
    stated = await sources.ruling.privacy(key)
    problems = await sources.ruling.problems("privacy", stated.text, source)
    body = PrivacySeen(source=name, version=stated.version, privacy=stated.value, problems=problems)
    return Response(body, headers=tag_of(stated.version))


@get("/sources/{name:str}/privacy", operation_id="native.privacy.get")
async def get_privacy(
    name: FromPath[str], caller: NamedDependency[Caller], sources: NamedDependency[Sources]
) -> Response[PrivacySeen]:
    """Return hidden tables and columns, masks, row filters and samples. For owners."""
    key, _ = await sources.open(name, caller.id)
    require_owner(caller, key, DOING)
    return await seen(sources, name, caller)


@put("/sources/{name:str}/privacy", operation_id="native.privacy.put")
async def put_privacy(
    name: FromPath[str],
    data: JSONBody[Privacy],
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    sources: NamedDependency[Sources],
) -> Response[PrivacySeen]:
    """State rules, in force at once; with `If-Match`, only in place of that version. For owners."""
    key, source = await sources.open(name, caller.id)
    require_owner(caller, key, DOING)
    await sources.ruling.state("privacy", key, source, write(data), expected_in(request))
    return await seen(sources, name, caller)


@get("/sources/{name:str}/privacy.yaml", operation_id="native.privacy.file")
async def get_file(
    name: FromPath[str], caller: NamedDependency[Caller], sources: NamedDependency[Sources]
) -> Response[str]:
    """Return the rules as they were stated, or those that hold without any. For owners."""
    key, _ = await sources.open(name, caller.id)
    require_owner(caller, key, DOING)
    stated = await sources.ruling.privacy(key)
    text = stated.text or write(OPEN, whole=True)
    return yaml_file(f"{name}.privacy.yaml", text, stated.version)


@put("/sources/{name:str}/privacy.yaml", operation_id="native.privacy.put_file")
async def put_file(
    name: FromPath[str],
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    sources: NamedDependency[Sources],
) -> Response[PrivacySeen]:
    """State rules as YAML, in force at once; the text is kept as it is. For owners."""
    key, source = await sources.open(name, caller.id)
    require_owner(caller, key, DOING)
    text = await text_of(request)
    await sources.ruling.state("privacy", key, source, text, expected_in(request))
    return await seen(sources, name, caller)


@post("/sources/{name:str}/privacy/check", operation_id="native.privacy.check", status_code=200)
async def check_file(
    name: FromPath[str],
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    sources: NamedDependency[Sources],
) -> PrivacyProblems:
    """Say what is wrong with a text of YAML, and what it would do; nothing is kept. For owners."""
    key, source = await sources.open(name, caller.id)
    require_owner(caller, key, DOING)
    text = await text_of(request)
    problems = await sources.ruling.problems("privacy", text, source)
    return await asyncio.to_thread(foreseen, text, source.known.tables, problems)


@delete("/sources/{name:str}/privacy", operation_id="native.privacy.delete", status_code=204)
async def delete_privacy(
    name: FromPath[str],
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    sources: NamedDependency[Sources],
) -> None:
    """Keep nothing back any more. For owners."""
    key, source = await sources.open(name, caller.id)
    require_owner(caller, key, DOING)
    await sources.ruling.withdraw("privacy", key, source, expected_in(request))


ROUTES = (get_privacy, put_privacy, get_file, put_file, check_file, delete_privacy)
