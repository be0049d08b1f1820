"""A session as a Jupyter notebook that runs from top to bottom, with what reaches its data."""

import asyncio
from collections.abc import Mapping, Sequence

from engine.engine import Engine
from engine.live_session import LiveSession
from engine.notebooks import cells_of
from engine.sources.registry import Sources
from engine.workspace.cells import NotebookCell, Reach
from protocol.ids import CallerId


async def notebook_of(
    engine: Engine, sources: Sources, caller: CallerId, live: LiveSession
) -> bytes:
    """Return the notebook file. Credentials never stand in it."""
    screen = live.viewer.show()
    cells = await cells_of(engine.world, screen)
    known = await sources.list(caller)
    reach = {info.name: await _reach(sources, info.name, caller) for info in known}
    return await asyncio.to_thread(_export, cells, reach, screen.name or "Askwire session")


async def _reach(sources: Sources, name: str, caller: CallerId) -> Reach:
    where = await sources.where(name, caller)
    return Reach(dialect=where.dialect, path=where.path, files=where.files)


def _export(cells: Sequence[NotebookCell], reach: Mapping[str, Reach], title: str) -> bytes:
    # What it is written with takes seconds to load, and most servers never write one.
    from engine.workspace.notebook import export

    return export(cells, reach, title)
