"""Looking into a session's kernel: what it holds, and how code could go on."""

from engine.live_session import LiveSession
from engine.ports import Inspection
from engine.world import World
from protocol.results import FrameSeen, KernelCompleted, KernelSeen, VariableSeen


async def seen(world: World, live: LiveSession) -> KernelSeen:
    """Say what the kernel holds; or held, when it was ended for idleness."""
    kernel, cells = world.kernels.current(live.session), len(live.kept_cells)
    if kernel is not None:
        return _told(await kernel.inspect(), cells)
    held = world.kernels.held(live.session)
    if held is None:
        return KernelSeen(state="none", cells=cells)
    gone = _told(held, cells)
    return KernelSeen(
        state="none",
        cells=cells,
        variables=gone.variables,
        dataframes=gone.dataframes,
        imports=gone.imports,
    )


def _told(inspection: Inspection, cells: int) -> KernelSeen:
    return KernelSeen(
        state=inspection.state,
        isolation=inspection.isolation,
        environment=inspection.environment,
        variables=tuple(
            VariableSeen(name=var.name, type=var.type, preview=var.preview, size=var.size)
            for var in inspection.variables
        ),
        dataframes=tuple(
            FrameSeen(name=frame.name, rows=frame.rows, columns=frame.columns)
            for frame in inspection.dataframes
        ),
        imports=inspection.imports,
        cells=cells,
    )


async def completed(world: World, live: LiveSession, code: str, cursor: int) -> KernelCompleted:
    """Say how code could go on at a place: nothing while the kernel is busy, or is not there."""
    kernel = world.kernels.current(live.session)
    if kernel is None:
        return KernelCompleted(start=cursor, end=cursor)
    found = await kernel.complete(code, cursor)
    return KernelCompleted(matches=found.matches, start=found.start, end=found.end)
