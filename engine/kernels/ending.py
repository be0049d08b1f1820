"""Why kernels are ended from outside, in words for the people whose variables are gone."""

from typing import Final

from engine.kernels.conversation import Conversation
from engine.kernels.inside.guard import MEMORY_LIMIT
from engine.kernels.process import death_of
from engine.ports import KernelLimits
from protocol.items import ErrorInfo

IDLE: Final = ErrorInfo(
    code="idle",
    message="The kernel was idle for long, and was ended to save memory.",
    hint="Its variables are gone; its cells can be run again.",
)
OVER_MEMORY: Final = death_of(MEMORY_LIMIT, None)


def over_disk(most: int) -> ErrorInfo:
    """Return why a kernel ends whose workspace holds more than `most` bytes."""
    return ErrorInfo(
        code="disk_limit",
        message=f"The workspace grew over {most // 1_000_000} MB; the code was ended.",
        hint="Delete files that are not needed. The variables are gone.",
    )


async def stop_burning(kernel: Conversation, limits: KernelLimits) -> None:
    """Interrupt a cell that computed too long; end a kernel that does so without one."""
    why = ErrorInfo(
        code="cpu_limit",
        message=f"The code used more than {limits.cpu_seconds:g} seconds of processor time.",
        hint="Work on less data, or raise the limit. Threads that go on after a cell count too.",
    )
    if kernel.busy:
        kernel.stop(why)
    else:
        await kernel.fail(why)
