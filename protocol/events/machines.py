"""What models and kernels do."""

from protocol.choices import DataPolicy, KernelHome
from protocol.events.fact import Event
from protocol.ids import CallerId, ItemId, ResultId


class ModelAsked(Event, frozen=True, kw_only=True, tag="model.asked"):
    """Something is about to leave this server, `to` a host: what of the data goes with it.

    Recorded once for each request. `tables` were described, `samples` counts values of columns,
    `rows` those of the `results` named; `size` is the request's, in bytes.
    """

    model: str
    to: str
    data: DataPolicy
    tables: tuple[str, ...] = ()
    samples: int = 0
    rows: int = 0
    results: tuple[ResultId, ...] = ()
    size: int = 0


class UsageCounted(Event, frozen=True, kw_only=True, tag="usage.counted"):
    """One call of a model was paid for.

    `cached_tokens` are those of the input that were cheaper because the model had them already.
    `estimated` says that we counted, since the model did not tell.
    """

    model: str
    input_tokens: int
    output_tokens: int
    cost: float | None = None
    cached_tokens: int = 0
    estimated: bool = False


class KernelStarted(Event, frozen=True, kw_only=True, tag="kernel.started"):
    """A fresh kernel serves the session, in this isolation, with this Python."""

    isolation: str = ""
    environment: str = ""


class KernelBusy(Event, frozen=True, kw_only=True, tag="kernel.busy"):
    """The kernel has been given the item's code: from here on it may have had effects."""

    item: ItemId | None = None


class KernelIdle(Event, frozen=True, kw_only=True, tag="kernel.idle"):
    """The kernel is done with the item."""

    item: ItemId | None = None


class KernelDied(Event, frozen=True, kw_only=True, tag="kernel.died"):
    """The kernel is gone, and with it its variables. `code` names why, such as `idle`."""

    reason: str = ""
    code: str | None = None


class KernelRestarted(Event, frozen=True, kw_only=True, tag="kernel.restarted"):
    """A person reset the kernel: its variables are gone."""

    by: CallerId | None = None
    reason: str = ""
    isolation: str = ""


class KernelMoved(Event, frozen=True, kw_only=True, tag="kernel.moved"):
    """From its next cell on the session's Python runs in a home of its own; without one, with all.

    Somebody has chosen it for this session. What runs goes on until then.
    """

    home: KernelHome | None = None
    by: CallerId | None = None
