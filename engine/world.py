"""Everything outside that the engine works with, handed to it once."""

import secrets
from collections.abc import Callable
from typing import Protocol

import msgspec

from engine.clock import Clock
from engine.gates import Ceiling
from engine.ports import (
    EventLog,
    KernelLimits,
    Kernels,
    Model,
    NoTools,
    QueryLimits,
    Records,
    Results,
    Source,
    Tools,
)
from engine.workspace.files import Workspaces
from protocol.choices import DataPolicy
from protocol.ids import CallerId


def new_id(prefix: str) -> str:
    """Return an id that nobody can guess and no clock can repeat."""
    return f"{prefix}_{secrets.token_hex(8)}"


class Store(EventLog, Records, Protocol):
    """Log and documents in one place, so that a page and its document are kept together."""


class SourceShelf(Protocol):
    """The sources that a caller may ask."""

    async def get(self, name: str, caller: CallerId) -> Source:
        """Return the source, or raise `PortError` with code `unknown_source`."""
        ...


class ModelShelf(Protocol):
    """The models that can be chosen."""

    async def get(self, name: str) -> Model:
        """Return the model, or raise `PortError` with code `unknown_model`, naming what is near."""
        ...


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """How much one run may take. Seconds count work, not waiting for a person."""

    max_rounds: int = 12
    max_tokens: int | None = None
    """How many tokens a run may take, read and written; None: any number."""
    max_seconds: float = 600.0
    max_text: int = 20_000
    max_queue: int = 20
    preview_rows: int = 200
    model_rows: int = 200
    query: QueryLimits = QueryLimits()
    kernel: KernelLimits = KernelLimits()
    unasked: Ceiling = Ceiling()
    """What a query may be expected to take before a person is asked, whatever the mode."""
    data: DataPolicy = "schema"
    """What a model outside may be told where nobody says; and the most that anybody may say."""
    data_most: DataPolicy = "results"
    approval_seconds: float | None = None
    """How long an approval waits; None is for ever. A session's gates may say otherwise."""


class World(msgspec.Struct, frozen=True, kw_only=True):
    """Stores, models, sources, kernels, results, and where sessions keep their files."""

    store: Store
    models: ModelShelf
    sources: SourceShelf
    kernels: Kernels
    results: Results
    files: Workspaces
    tools: Tools = msgspec.field(default_factory=NoTools)
    default_model: str = "builtin"
    default_source: str | None = None
    bounds: Bounds = Bounds()
    clock: Clock = msgspec.field(default_factory=Clock)
    new_id: Callable[[str], str] = new_id
