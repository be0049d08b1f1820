"""Which models can be chosen, and the providers they come from. Keys go in, and never out."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from engine.engine import Engine
from engine.models.profiles import TITLES, ModelProfile, config_schema
from engine.models.shelf import Models, ModelTested, available_at, test_at
from gateway.identity import require_admin
from protocol.choices import DataPolicy
from protocol.replies import Caller


class ModelSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A model, and whether it is taken where none is named.

    What a model `outside` is told follows a policy; `data` is what holds where nobody chooses.
    """

    name: str
    title: str
    default: bool = False
    profile: str | None = None
    outside: bool = False
    data: DataPolicy | None = None


class ModelsSeen(msgspec.Struct, frozen=True, kw_only=True):
    """All models that are known by name, and the most of the data that one outside may be told."""

    items: Sequence[ModelSeen]
    data_most: DataPolicy = "results"


class ModelKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of API, and the JSON Schema of what must be known to speak with it."""

    kind: str
    title: str
    config: dict[str, Any]


class ModelKinds(msgspec.Struct, frozen=True, kw_only=True):
    """The kinds of APIs."""

    items: Sequence[ModelKind]


class ProfilesSeen(msgspec.Struct, frozen=True, kw_only=True):
    """The providers, without their keys."""

    items: Sequence[ModelProfile]


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """The models of a provider, by their names there."""

    items: Sequence[str]


class Provide(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A provider to keep. Without a key, one that was kept under this name stays."""

    name: str
    kind: str
    config: dict[str, Any]


class TryModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A provider to try. As a change of `name`, without a key, the kept one is tried.

    It is not where it would go to another address.
    """

    kind: str
    config: dict[str, Any]
    name: str | None = None


@get("/models", operation_id="native.models.list")
async def get_models(
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    models: NamedDependency[Models],
) -> ModelsSeen:
    """List the models. Providers may have more: any `profile/model` can be chosen."""
    world = engine.world
    items = [
        ModelSeen(
            name=info.name,
            title=info.title,
            default=info.name == world.default_model,
            profile=info.profile,
            outside=info.outside,
            data=(info.data or world.bounds.data) if info.outside else None,
        )
        for info in await models.list()
    ]
    return ModelsSeen(items=items, data_most=world.bounds.data_most)


@get("/models/kinds", operation_id="native.models.kinds")
async def get_model_kinds(caller: NamedDependency[Caller]) -> ModelKinds:
    """List the kinds of APIs that models are reached by, with a form for each."""
    return ModelKinds(
        items=[
            ModelKind(kind=kind, title=title, config=config_schema())
            for kind, title in TITLES.items()
        ]
    )


@get("/models/profiles", operation_id="native.models.profiles")
async def get_profiles(
    caller: NamedDependency[Caller], models: NamedDependency[Models]
) -> ProfilesSeen:
    """List the providers: those that are kept, and those of the environment. For admins."""
    require_admin(caller, "see providers of models")
    return ProfilesSeen(items=await models.profiles.list())


@post("/models/profiles", operation_id="native.models.add", status_code=201)
async def add_profile(
    data: JSONBody[Provide], caller: NamedDependency[Caller], models: NamedDependency[Models]
) -> ModelProfile:
    """Keep a provider, in place of one of that name; its models can be asked at once. For admins.

    A key that was kept stays only where kind and address stay.
    """
    require_admin(caller, "add providers of models")
    return await models.connect(data.name, data.kind, data.config)


@post("/models/test", operation_id="native.models.try", status_code=200)
async def try_model(
    data: JSONBody[TryModel], caller: NamedDependency[Caller], models: NamedDependency[Models]
) -> ModelTested:
    """Try a provider, with a word from its model if one is named; nothing is kept. For admins."""
    require_admin(caller, "try providers of models")
    if data.name is None:
        return await test_at(data.kind, data.config)
    return await models.test_change(data.name, data.kind, data.config)


@post("/models/available", operation_id="native.models.look", status_code=200)
async def look_at_models(data: JSONBody[TryModel], caller: NamedDependency[Caller]) -> Names:
    """Ask a provider which models it has; nothing is kept. For admins."""
    require_admin(caller, "try providers of models")
    return Names(items=await available_at(data.kind, data.config))


@post("/models/profiles/{name:str}/test", operation_id="native.models.test", status_code=200)
async def test_profile(
    name: FromPath[str], caller: NamedDependency[Caller], models: NamedDependency[Models]
) -> ModelTested:
    """Try a provider as it is kept, with its key. For admins."""
    require_admin(caller, "try providers of models")
    return await models.test(name)


@get("/models/profiles/{name:str}/available", operation_id="native.models.available")
async def get_available(
    name: FromPath[str], caller: NamedDependency[Caller], models: NamedDependency[Models]
) -> Names:
    """Ask a provider that is kept which models it has. For admins."""
    require_admin(caller, "see providers of models")
    return Names(items=await models.available(name))


@delete("/models/profiles/{name:str}", operation_id="native.models.remove", status_code=204)
async def remove_profile(
    name: FromPath[str], caller: NamedDependency[Caller], models: NamedDependency[Models]
) -> None:
    """Forget a provider and its key. For admins."""
    require_admin(caller, "remove providers of models")
    await models.disconnect(name)


ROUTES = (
    get_models,
    get_model_kinds,
    get_profiles,
    add_profile,
    try_model,
    look_at_models,
    test_profile,
    get_available,
    remove_profile,
)
