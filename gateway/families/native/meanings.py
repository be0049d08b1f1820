"""What the data of a source means: read by everybody, stated by its owner as YAML or JSON."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from engine.ports import Meaning
from engine.sources.registry import Sources
from engine.sources.semantic.problems import Problem
from engine.sources.semantic.writing import skeleton, write
from gateway.families.native.stating import expected_in, require_owner, tag_of, text_of, yaml_file
from protocol.replies import Caller


class MeaningSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a source, as far as the caller may know it.

    `version` names the text (also as ETag; empty if there is none). `kept` is false for what came
    with the source. `problems` are told to its owner: what does not fit the data any more.
    """

    source: str
    version: str
    kept: bool
    meaning: Meaning
    problems: Sequence[Problem] = ()


class Problems(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a text."""

    items: Sequence[Problem]


async def seen(sources: Sources, name: str, caller: Caller) -> Response[MeaningSeen]:
    """Return a source's meaning as it is now."""
    key, source = await sources.open(name, caller.id)
    stated = await sources.ruling.meaning(key)
    catalogue = await source.catalogue()
    owner = "admin" in caller.roles or key.owner == caller.id
    problems = await sources.ruling.problems("meaning", stated.text, source) if owner else ()
    body = MeaningSeen(
        source=name,
        version=stated.version,
        kept=stated.kept,
        meaning=catalogue.meaning,
        problems=problems,
    )
    return Response(body, headers=tag_of(stated.version))


@get("/sources/{name:str}/meaning", operation_id="native.meanings.get")
async def get_meaning(
    name: FromPath[str], caller: NamedDependency[Caller], sources: NamedDependency[Sources]
) -> Response[MeaningSeen]:
    """Return names, values, joins, metrics and segments of a source, as they may be known."""
    return await seen(sources, name, caller)


@put("/sources/{name:str}/meaning", operation_id="native.meanings.put")
async def put_meaning(
    name: FromPath[str],
    data: JSONBody[Meaning],
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    sources: NamedDependency[Sources],
) -> Response[MeaningSeen]:
    """State a meaning, in place of what was stated; with `If-Match`, only of that version."""
    key, source = await sources.open(name, caller.id)
    require_owner(caller, key, "say what data means")
    await sources.ruling.state("meaning", key, source, write(data), expected_in(request))
    return await seen(sources, name, caller)


@get("/sources/{name:str}/meaning.yaml", operation_id="native.meanings.file")
async def get_file(
    name: FromPath[str], caller: NamedDependency[Caller], sources: NamedDependency[Sources]
) -> Response[str]:
    """Return the text as it was stated, or tables and columns to begin with. For owners."""
    key, source = await sources.open(name, caller.id)
    require_owner(caller, key, "see how it was stated")
    stated = await sources.ruling.meaning(key)
    text = stated.text or skeleton((await source.catalogue()).tables)
    return yaml_file(f"{name}.meaning.yaml", text, stated.version)


@put("/sources/{name:str}/meaning.yaml", operation_id="native.meanings.put_file")
async def put_file(
    name: FromPath[str],
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    sources: NamedDependency[Sources],
) -> Response[MeaningSeen]:
    """State a meaning as YAML; the text is kept as it is, with its comments. For owners."""
    key, source = await sources.open(name, caller.id)
    require_owner(caller, key, "say what data means")
    text = await text_of(request)
    await sources.ruling.state("meaning", key, source, text, expected_in(request))
    return await seen(sources, name, caller)


@post("/sources/{name:str}/meaning/check", operation_id="native.meanings.check", status_code=200)
async def check_file(
    name: FromPath[str],
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    sources: NamedDependency[Sources],
) -> Problems:
    """Say all that is wrong with a text of YAML; nothing is kept. For owners."""
    key, source = await sources.open(name, caller.id)
    require_owner(caller, key, "check what data means")
    text = await text_of(request)
    return Problems(items=await sources.ruling.problems("meaning", text, source))


@delete("/sources/{name:str}/meaning", operation_id="native.meanings.delete", status_code=204)
async def delete_meaning(
    name: FromPath[str],
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    sources: NamedDependency[Sources],
) -> None:
    """Forget what was stated; a source that came with a meaning has that again. For owners."""
    key, source = await sources.open(name, caller.id)
    require_owner(caller, key, "say what data means")
    await sources.ruling.withdraw("meaning", key, source, expected_in(request))


ROUTES = (get_meaning, put_meaning, get_file, put_file, check_file, delete_meaning)
