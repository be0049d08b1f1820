"""The models that can be chosen: those that are built in, and those of providers."""

import asyncio
import difflib
import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final

import msgspec

from engine.models.counting import Counter
from engine.models.profiles import (
    Kind,
    ModelConfig,
    ModelProfile,
    ModelProfiles,
    parse,
    unknown_profile,
)
from engine.models.prompting.composing import Budget
from engine.models.speaking import Manner, Speaking
from engine.models.wires import Request, Said, Wire, WireFailed
from engine.models.wires.chat import Chat
from engine.models.wires.claude import Claude
from engine.models.wires.clients import Place
from engine.models.wires.responses import Responses
from engine.ports import Model, ModelFailed, PortError
from protocol.choices import DataPolicy
from protocol.items import ErrorInfo

_WIRES: Final[Mapping[str, type[Chat] | type[Responses] | type[Claude]]] = {
    "openai": Chat,
    "responses": Responses,
    "anthropic": Claude,
}
_LIST_SECONDS: Final = 15.0
_TEST_SECONDS: Final = 60.0
_FRESH_SECONDS: Final = 600.0
"""How long a list of models that a provider gave is believed."""


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A model as a list shows it. `outside` says that a policy holds for what it is told."""

    name: str
    title: str
    profile: str | None = None
    outside: bool = False
    data: DataPolicy | None = None


class ModelTested(msgspec.Struct, frozen=True, kw_only=True):
    """What trying a provider gave. `answered_ms` is until the first word, where one was asked."""

    ok: bool
    models: int = 0
    model: str | None = None
    answered_ms: int | None = None
    error: ErrorInfo | None = None


class Models:
    """All models of one server."""

    def __init__(self, fixed: Mapping[str, Model], profiles: ModelProfiles | None = None) -> None:
        self._fixed = dict(fixed)
        self._profiles = profiles
        self._counter = Counter()
        self._wires: dict[str, tuple[ModelConfig, Wire]] = {}
        self._open: dict[str, Speaking] = {}
        self._seen: dict[str, tuple[float, tuple[str, ...]]] = {}

    @property
    def profiles(self) -> ModelProfiles:
        """The profiles. Raise `ModelFailed` `bad_profile` if there is no place for them."""
        if self._profiles is None:
            raise ModelFailed("bad_profile", "This server keeps no profiles of models.")
        return self._profiles

    async def list(self) -> Sequence[ModelInfo]:
        """Name the models: the built-in ones, then what is known of each provider's."""
        found = [_info_of(name, model) for name, model in self._fixed.items()]
        for profile in await self._profiles.list() if self._profiles else ():
            config = parse(profile.kind, profile.config)
            names = [config.model, *config.models, *self._seen.get(profile.name, (0, ()))[1]]
            data: DataPolicy | None = config.data or ("results" if config.near else None)
            found += [
                ModelInfo(
                    name=f"{profile.name}/{name}",
                    title=f"{name} ({profile.name})",
                    profile=profile.name,
                    outside=True,
                    data=data,
                )
                for name in dict.fromkeys(filter(None, names))
            ]
        return found

    async def get(self, name: str) -> Model:
        """Return a model, by name: `builtin`, `profile/model`, or `profile` for its default.

        Raise `ModelFailed` `unknown_model`, naming those that are near.
        """
        if name in self._fixed:
            return self._fixed[name]
        profile, _, model = name.partition("/")
        found = await self._profiles.config(profile) if self._profiles else None
        if found is None:
            raise await self._unknown(name)
        kind, config = found
        model = model or config.model or await self._only(profile)
        seen = self._seen.get(profile)
        if seen is not None and time.monotonic() - seen[0] < _FRESH_SECONDS:
            _must_be_among(model, profile, (*seen[1], config.model, *config.models))
        return self._speaking(profile, model, kind, config)

    async def available(self, profile: str) -> tuple[str, ...]:
        """Ask a provider which models it has. Raise `ModelFailed`."""
        kind, config = await self._config(profile)
        names = await _listed(self._wire(profile, kind, config))
        self._seen[profile] = (time.monotonic(), names)
        return names

    async def test(self, profile: str) -> ModelTested:
        """Try a provider as it is kept. Raise `ModelFailed` `unknown_model` if there is none."""
        kind, config = await self._config(profile)
        return await _tried(kind, config)

    async def test_change(self, profile: str, kind: str, config: Mapping[str, Any]) -> ModelTested:
        """Try a change of a provider, and say what is wrong with it. Keeps nothing."""
        try:
            return await _tried(kind, await self.profiles.changed(profile, kind, config))
        except PortError as failure:
            return ModelTested(ok=False, error=failure.info)

    async def connect(self, name: str, kind: str, config: Mapping[str, Any]) -> ModelProfile:
        """Keep a profile, and ask by it from now on. Raise `ModelFailed` `bad_profile`."""
        kept = await self.profiles.add(name, kind, config)
        await self._drop(name)
        return kept

    async def disconnect(self, name: str) -> None:
        """Forget a profile and its key. Raise `ModelFailed` `unknown_model`."""
        await self.profiles.remove(name)
        await self._drop(name)

    async def close(self) -> None:
        """Let go of all connections."""
        for name in list(self._wires):
            await self._drop(name)

    async def _drop(self, name: str) -> None:
        self._seen.pop(name, None)
        self._open = {
            full: model for full, model in self._open.items() if not full.startswith(f"{name}/")
        }
        gone = self._wires.pop(name, None)
        if gone is not None:
            await gone[1].close()

    async def _config(self, profile: str) -> tuple[Kind, ModelConfig]:
        found = await self.profiles.config(profile)
        if found is None:
            names = tuple(each.name for each in await self.profiles.list())
            raise unknown_profile(profile, names)
        return found

    async def _only(self, profile: str) -> str:
        """Return the one model of a provider that has no more: a server of one's own often does."""
        names = await self.available(profile)
        if len(names) == 1:
            return names[0]
        some = ", ".join(f"{profile}/{name}" for name in names[:5])
        raise ModelFailed(
            "unknown_model", f"Say which model of {profile}, such as {some or 'profile/model'}."
        )

    def _wire(self, profile: str, kind: Kind, config: ModelConfig) -> Wire:
        known = self._wires.get(profile)
        if known is None or known[0] != config:
            self._wires[profile] = known = (config, wire_of(kind, config))
        return known[1]

    def _speaking(self, profile: str, model: str, kind: Kind, config: ModelConfig) -> Speaking:
        name = f"{profile}/{model}"
        if name not in self._open:
            wire = self._wire(profile, kind, config)
            self._open[name] = Speaking(name, wire, manner_of(model, config), self._counter)
        return self._open[name]

    async def _unknown(self, name: str) -> ModelFailed:
        known = [info.name for info in await self.list()]
        profiles = await self._profiles.list() if self._profiles else ()
        known += [f"{profile.name}/…" for profile in profiles]
        return _no_model(name, known)


def wire_of(kind: str, config: ModelConfig) -> Wire:
    """Return a way to a provider; nothing is connected yet."""
    place = Place(
        base_url=config.base_url,
        key=config.api_key,
        connect_seconds=config.connect_seconds,
        silence_seconds=config.silence_seconds,
    )
    return _WIRES[kind](place)


def manner_of(model: str, config: ModelConfig) -> Manner:
    """Return how to speak with a model of a provider."""
    answer = config.answer_tokens or min(4_000, config.context_tokens // 4)
    return Manner(
        model=model,
        tools=config.tools,
        budget=Budget(context=config.context_tokens, answer=answer, tables=config.catalogue_tokens),
        answer_tokens=config.answer_tokens,
        temperature=config.temperature,
        retries=config.retries,
        price=config.prices.get(model, config.prices.get("*")),
        data=config.data or ("results" if config.near else None),
    )


async def available_at(kind: str, config: Mapping[str, Any]) -> tuple[str, ...]:
    """Ask a provider that is not kept which models it has. Raise `ModelFailed`."""
    wire = wire_of(kind, parse(kind, config))
    try:
        return await _listed(wire)
    finally:
        await wire.close()


async def test_at(kind: str, config: Mapping[str, Any]) -> ModelTested:
    """Try a provider that is not kept, and say what is wrong with it."""
    try:
        return await _tried(kind, parse(kind, config))
    except PortError as failure:
        return ModelTested(ok=False, error=failure.info)


async def _listed(wire: Wire) -> tuple[str, ...]:
    try:
        async with asyncio.timeout(_LIST_SECONDS):
            return tuple(sorted(await wire.models()))
    except TimeoutError:
        raise ModelFailed("model_timeout", "The provider did not answer in time.") from None


async def _tried(kind: str, config: ModelConfig) -> ModelTested:
    """List the models, and ask one a word if it is known which."""
    wire = wire_of(kind, config)
    names: tuple[str, ...] = ()
    try:
        try:
            names = await _listed(wire)
        except ModelFailed as failure:
            # Some servers list nothing; that the model answers says more.
            if not config.model or failure.info.code in ("model_unauthorized", "model_down"):
                raise
        model = config.model or (names[0] if len(names) == 1 else "")
        took = await _first_word(wire, model) if model else None
        return ModelTested(ok=True, models=len(names), model=model or None, answered_ms=took)
    except PortError as failure:
        return ModelTested(ok=False, models=len(names), error=failure.info)
    finally:
        await wire.close()


async def _first_word(wire: Wire, model: str) -> int:
    began = time.monotonic()
    asked = Said(role="user", text="Say: ready")
    request = Request(model=model, system="Be brief.", messages=(asked,))
    try:
        async with asyncio.timeout(_TEST_SECONDS), aclosing(wire.listen(request)) as stream:  # type: ignore[type-var]  # an async generator
            async for _ in stream:
                break
    except TimeoutError:
        raise WireFailed("model_timeout", "The model did not answer in time.") from None
    return int((time.monotonic() - began) * 1000)


def _info_of(name: str, model: Model) -> ModelInfo:
    title = "Built-in analyst (no key)" if name == "builtin" else name
    return ModelInfo(name=name, title=title, outside=model.outside, data=model.data)


def _must_be_among(model: str, profile: str, names: Sequence[str]) -> None:
    if not any(_means(model, name) for name in names if name):
        known = [f"{profile}/{name}" for name in names if name]
        raise _no_model(f"{profile}/{model}", known)


def _means(model: str, listed: str) -> bool:
    """Whether a name is one that is listed, or short for it: `llama` for `llama:latest`."""
    plain = model.removesuffix("latest").rstrip("-:")
    return listed == model or listed.startswith((f"{plain}:", f"{plain}-"))


def _no_model(name: str, known: Sequence[str]) -> ModelFailed:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    there = f"did you mean {' or '.join(near)}?" if near else f"there is: {', '.join(known[:8])}"
    return ModelFailed("unknown_model", f"there is no model {name!r}; {there}")
