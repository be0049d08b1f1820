"""What can be asked: the sources, what they hold, and questions to begin with."""

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from engine.models.builtin.analyst import examples
from engine.ports import Abilities, Catalogue, PortError
from engine.sources.registry import SourceInfo, Sources
from protocol.refusals import Refused
from protocol.replies import Caller

SHOWN_SAMPLES: Final = 60


class SourceSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A source in a list. `problem` says in words why it cannot be asked now."""

    name: str
    title: str
    dialect: str
    kind: str
    tables: Sequence[str] = ()
    abilities: Abilities | None = None
    problem: str | None = None
    own: bool = False
    """Whether the caller brought it."""


class SourcesSeen(msgspec.Struct, frozen=True, kw_only=True):
    """The sources of a caller."""

    items: Sequence[SourceSeen]


class Examples(msgspec.Struct, frozen=True, kw_only=True):
    """Questions that can be asked of a source as they stand."""

    items: Sequence[str]


async def seen(sources: Sources, info: SourceInfo, caller: Caller) -> SourceSeen:
    """Return a source as a list shows it."""
    tables: Sequence[str] = ()
    abilities: Abilities | None = None
    problem: str | None = None
    try:
        source = await sources.get(info.name, caller.id)
        abilities = source.abilities
        tables = [table.name for table in (await source.catalogue()).tables]
    except PortError as failure:
        problem = failure.info.message
    return SourceSeen(
        name=info.name,
        title=info.name.replace("_", " ").capitalize(),
        dialect=info.dialect,
        kind=info.kind,
        tables=tables,
        abilities=abilities,
        problem=problem,
        own=info.owner is not None,
    )


async def catalogue_of(
    sources: Sources, name: str, caller: Caller, refresh: bool = False
) -> Catalogue:
    """Return what a source of the caller's holds."""
    try:
        source = await sources.get(name, caller.id)
    except PortError as failure:
        raise Refused("unknown_source", failure.info.message) from None
    return await source.catalogue(refresh)


def shown(catalogue: Catalogue) -> Catalogue:
    """Leave out values that no page could show: models look at more of them than people do."""
    tables = tuple(
        msgspec.structs.replace(
            table,
            columns=tuple(
                msgspec.structs.replace(column, samples=column.samples[:SHOWN_SAMPLES])
                for column in table.columns
            ),
        )
        for table in catalogue.tables
    )
    return msgspec.structs.replace(catalogue, tables=tables)


@get("/sources", operation_id="native.sources.list")
async def get_sources(
    caller: NamedDependency[Caller], sources: NamedDependency[Sources]
) -> SourcesSeen:
    """List what the caller may ask, with the tables of each."""
    infos = await sources.list(caller.id)
    return SourcesSeen(items=await asyncio.gather(*(seen(sources, i, caller) for i in infos)))


@get("/sources/{name:str}/catalogue", operation_id="native.sources.catalogue")
async def get_catalogue(
    name: FromPath[str],
    caller: NamedDependency[Caller],
    sources: NamedDependency[Sources],
    refresh: FromQuery[bool] = False,
) -> Catalogue:
    """Return the tables, columns, types and keys of a source, and what changed of late."""
    return shown(await catalogue_of(sources, name, caller, refresh))


@get("/sources/{name:str}/examples", operation_id="native.sources.examples")
async def get_examples(
    name: FromPath[str],
    caller: NamedDependency[Caller],
    sources: NamedDependency[Sources],
) -> Examples:
    """Return three real questions about a source, for a session that is still empty."""
    return Examples(items=examples(await catalogue_of(sources, name, caller)))


ROUTES = (get_sources, get_catalogue, get_examples)
