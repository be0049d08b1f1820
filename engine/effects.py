"""What a decision asks the shell to do in the world. Effects are data; the engine performs them."""

import msgspec

from protocol.ids import InputId, ItemId, RunId


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do once the events of the decision are kept."""


class Work(Effect, frozen=True, kw_only=True):
    """Go on with the run from where its log stands."""

    run: RunId


class Halt(Effect, frozen=True, kw_only=True):
    """Stop whatever is being done for the run, in models, sources and kernels."""

    run: RunId


class RunQuery(Effect, frozen=True, kw_only=True):
    """Run a person's own SQL and show it in the item."""

    item: ItemId
    source: str
    sql: str
    max_rows: int | None = None


class RunCode(Effect, frozen=True, kw_only=True):
    """Run a person's own Python and show it in the item."""

    item: ItemId
    code: str


class StopItem(Effect, frozen=True, kw_only=True):
    """Stop a run-less query or cell."""

    item: ItemId


class Feed(Effect, frozen=True, kw_only=True):
    """Give Python the line that it waits for. Never kept anywhere."""

    input: InputId
    text: str


class InterruptKernel(Effect, frozen=True, kw_only=True):
    """Stop what the kernel is doing."""


class ResetKernel(Effect, frozen=True, kw_only=True):
    """Forget the kernel's variables."""


class EndKernel(Effect, frozen=True, kw_only=True):
    """End the kernel; the next code starts another."""


class RemoveFiles(Effect, frozen=True, kw_only=True):
    """End the kernel, and once nothing of the session works any more, remove its files."""


KernelEffect = InterruptKernel | ResetKernel | EndKernel
AnyEffect = Work | Halt | RunQuery | RunCode | StopItem | Feed | KernelEffect | RemoveFiles
