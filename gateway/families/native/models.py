"""Which models can be chosen."""

from collections.abc import Sequence

import msgspec
from litestar import get
from litestar.di import NamedDependency

from engine.engine import Engine


class ModelSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A model, and whether it is taken where none is named."""

    name: str
    title: str
    default: bool = False


class ModelsSeen(msgspec.Struct, frozen=True, kw_only=True):
    """All models of this server."""

    items: Sequence[ModelSeen]


@get("/models", operation_id="native.models.list")
async def get_models(engine: NamedDependency[Engine]) -> ModelsSeen:
    """List the models."""
    world = engine.world
    titles = {"builtin": "Built-in analyst (no key)"}
    return ModelsSeen(
        items=[
            ModelSeen(name=name, title=titles.get(name, name), default=name == world.default_model)
            for name in world.models
        ]
    )


ROUTES = (get_models,)
