"""Giving a session's kernel another home, for as long as the session lives."""

from engine.kernels.choice import Choice, ChosenKernels, home_of
from engine.live_session import LiveSession
from protocol.events import KernelMoved
from protocol.ids import CallerId


async def move(
    kernels: ChosenKernels, live: LiveSession, choice: Choice | None, by: CallerId
) -> None:
    """Let the session's next cell run in a home of its own, or with None where all do.

    Kept first. Raise `KernelFailed` for a choice without sense.
    """
    if choice is not None:
        choice.require_sense()
    home = home_of(choice) if choice is not None else None
    if home != live.state.home:
        await live.until_kept(live.record(KernelMoved(home=home, by=by)))
    kernels.choose_for(live.session, choice)
