"""What is kept back of a source: seen and stated by its owner only."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from engine.sources.privacy import OPEN, Privacy
from engine.sources.registry import Sources
from engine.sources.semantic.problems import Problem
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


class PrivacyProblems(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a text."""

    items: Sequence[Problem]


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
    """Say all that is wrong with a text of YAML; nothing is kept. For owners."""
    key, source = await sources.open(name, caller.id)
    require_owner(caller, key, DOING)
    text = await text_of(request)
    return PrivacyProblems(items=await sources.ruling.problems("privacy", text, source))


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
