"""Profiles of model providers: how to reach them, with their keys in the vault."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Protocol

import msgspec

from engine.models.speaking import Price
from engine.models.wires.clients import is_near
from engine.ports import ModelFailed, StoreFailed
from protocol.choices import DataPolicy

Kind = Literal["openai", "responses", "anthropic"]
TITLES: Final[Mapping[str, str]] = {
    "openai": "OpenAI-compatible (OpenAI, Groq, Ollama, vLLM, llama.cpp, …)",
    "responses": "OpenAI Responses",
    "anthropic": "Anthropic",
}
OFFICIAL: Final[Mapping[str, str]] = {
    "openai": "https://api.openai.com/v1",
    "responses": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
}
"""Where the makers of each API offer it themselves."""

Positive = Annotated[int, msgspec.Meta(gt=0)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=3600)]


class ModelConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to reach a provider, and how to speak with its models."""

    base_url: str = ""
    """Where the API is; by default where its maker offers it."""
    api_key: str | None = None
    model: str = ""
    """The model that is meant where only the profile is named."""
    models: tuple[str, ...] = ()
    """More models to offer."""
    data: DataPolicy | None = None
    """What of the data it may be told, where neither session nor run says."""
    tools: Literal["auto", "calls", "tags"] = "auto"
    """Whether it knows tools; `tags` for models that do not."""
    context_tokens: Annotated[int, msgspec.Meta(ge=1000)] = 32_000
    answer_tokens: Positive | None = None
    catalogue_tokens: Positive = 6_000
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    connect_seconds: Seconds = 10.0
    silence_seconds: Seconds = 120.0
    retries: Annotated[int, msgspec.Meta(ge=0, le=10)] = 4
    prices: dict[str, Price] = {}
    """US dollars for a million tokens, by model; `*` for all others."""

    @property
    def near(self) -> bool:
        """Whether it is on this machine."""
        return is_near(self.base_url)


class ModelProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A profile as it is kept and shown: never with its key."""

    name: str
    kind: Kind
    config: dict[str, Any]
    has_key: bool = False
    found: bool = False
    """Whether it is of the environment: then it can be neither changed nor removed here."""


class Secrets(Protocol):
    """Where keys are kept: a vault. All methods block for a moment; call them in a thread."""

    def put(self, name: str, secret: str) -> None:
        """Keep a secret, in place of one of that name."""

    def get(self, name: str) -> str | None:
        """Return a secret, or None."""
        ...

    def remove(self, name: str) -> None:
        """Forget a secret; no matter if it is not there."""


class ModelProfiles:
    """The profiles of a server: those that were found in its environment, and those in a file."""

    def __init__(
        self,
        path: Path,
        vault: Secrets,
        found: Mapping[str, tuple[Kind, ModelConfig]] | None = None,
    ) -> None:
        self._path = path
        self._vault = vault
        self._found = dict(found or {})
        self._changing = asyncio.Lock()

    async def list(self) -> tuple[ModelProfile, ...]:
        """Return all profiles, without secrets; a kept one goes before a found one."""
        kept = await asyncio.to_thread(self._read)
        found = {
            name: ModelProfile(
                name=name,
                kind=kind,
                config=_public(config),
                has_key=config.api_key is not None,
                found=True,
            )
            for name, (kind, config) in self._found.items()
        }
        return tuple({**found, **kept}.values())

    async def get(self, name: str) -> ModelProfile | None:
        """Return a profile, or None."""
        return next((each for each in await self.list() if each.name == name), None)

    async def add(self, name: str, kind: str, config: Mapping[str, Any]) -> ModelProfile:
        """Keep a profile, in place of one of that name; without a key, the old one stays.

        Raise `ModelFailed` `bad_profile`, saying which part is wrong.
        """
        bad = not name.strip() or len(name) > 60 or not name.isprintable() or name == "builtin"
        if bad or set(name) & set("/, ="):
            words = "A profile needs a name of at most 60 characters, without spaces, / , or =."
            raise ModelFailed("bad_profile", words, "'builtin' is taken.")
        if name in self._found:
            words = f"The environment has a provider named {name!r} already."
            raise ModelFailed("bad_profile", words, "Choose another name.")
        chosen = parse(kind, config)
        async with self._changing:
            return await asyncio.to_thread(self._keep, name, kind, chosen)

    async def changed(self, name: str, kind: str, config: Mapping[str, Any]) -> ModelConfig:
        """Read a change of a profile; without a key, with the one kept for its kind and address.

        Raise `ModelFailed` `bad_profile`.
        """
        chosen = parse(kind, config)
        async with self._changing:
            before = (await asyncio.to_thread(self._read)).get(name)
            if chosen.api_key is not None or before is None:
                return chosen
            if _where(before) != _where_of(kind, chosen):
                return chosen
            key = await asyncio.to_thread(self._vault.get, _secret(name))
        return msgspec.structs.replace(chosen, api_key=key)

    async def remove(self, name: str) -> None:
        """Forget a profile and its key. Raise `ModelFailed` `unknown_model` if there is none."""
        if name in self._found:
            words = f"The provider {name!r} is of the environment."
            raise ModelFailed("bad_profile", words, "Take its variable away there.")
        async with self._changing:
            if not await asyncio.to_thread(self._forget, name):
                raise unknown_profile(name, tuple(each.name for each in await self.list()))

    async def config(self, name: str) -> tuple[Kind, ModelConfig] | None:
        """Return how to reach a provider, with its key; for nobody's eyes."""
        kept = (await asyncio.to_thread(self._read)).get(name)
        if kept is None:
            return self._found.get(name)
        key = await asyncio.to_thread(self._vault.get, _secret(name))
        return kept.kind, parse(kept.kind, {**kept.config, "api_key": key})

    def _read(self) -> dict[str, ModelProfile]:
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=dict[str, ModelProfile])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError) as error:
            raise StoreFailed("store_failed", "The model profiles cannot be read.") from error
        return dict(sorted(kept.items()))

    def _keep(self, name: str, kind: str, config: ModelConfig) -> ModelProfile:
        profiles = self._read()
        before = profiles.get(name)
        if config.api_key is not None:
            self._vault.put(_secret(name), config.api_key)
        elif before is not None and _where(before) != _where_of(kind, config):
            # A key must not follow an address that somebody changed.
            self._vault.remove(_secret(name))
            before = None
        has_key = config.api_key is not None or (before is not None and before.has_key)
        made = ModelProfile(name=name, kind=kind, config=_public(config), has_key=has_key)  # type: ignore[arg-type]  # parsed
        self._write({**profiles, name: made})
        return made

    def _forget(self, name: str) -> bool:
        profiles = self._read()
        found = profiles.pop(name, None)
        if found is not None:
            self._write(profiles)
        self._vault.remove(_secret(name))
        return found is not None

    def _write(self, profiles: Mapping[str, ModelProfile]) -> None:
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(msgspec.json.encode(profiles))
            os.replace(part, self._path)
        except OSError as error:
            raise StoreFailed("store_failed", "The model profiles cannot be kept.") from error


def parse(kind: str, config: Mapping[str, Any]) -> ModelConfig:
    """Read how to reach a provider. Raise `ModelFailed` `bad_profile` that names the wrong part."""
    if kind not in TITLES:
        raise ModelFailed(
            "bad_profile", f"There is no kind of model {kind!r}.", f"Use {', '.join(TITLES)}."
        )
    unknown = sorted(set(config) - set(ModelConfig.__struct_fields__))
    if unknown:
        raise ModelFailed("bad_profile", f"A model profile has no part {unknown[0]!r}.")
    try:
        found = msgspec.convert(dict(config), ModelConfig, strict=False)
    except msgspec.ValidationError as error:
        raise ModelFailed("bad_profile", f"The model profile is wrong: {error}.") from None
    base_url = (found.base_url or OFFICIAL[kind]).rstrip("/")
    if not base_url.startswith(("http://", "https://")):
        raise ModelFailed(
            "bad_profile", "base_url is no address.", "Write it like http://localhost:11434/v1."
        )
    return msgspec.structs.replace(found, base_url=base_url, api_key=found.api_key or None)


def config_schema() -> dict[str, Any]:
    """Return the JSON Schema of a config, from which a form can be made."""
    schema = msgspec.json.schema(ModelConfig)
    definitions = schema.pop("$defs")
    found: dict[str, Any] = definitions.pop("ModelConfig")
    found["properties"]["api_key"]["format"] = "password"
    found["properties"]["base_url"]["format"] = "uri"
    price = definitions["Price"]
    found["properties"]["prices"]["additionalProperties"] = price
    return found


def unknown_profile(name: str, known: tuple[str, ...]) -> ModelFailed:
    """Say that there is no such profile, and which there are."""
    there = ", ".join(known) or "none"
    return ModelFailed("unknown_model", f"There is no provider {name!r}; there is: {there}.")


def _public(config: ModelConfig) -> dict[str, Any]:
    public: dict[str, Any] = msgspec.to_builtins(config)
    return {
        part: value for part, value in public.items() if part != "api_key" and value is not None
    }


def _where(profile: ModelProfile) -> tuple[str, str]:
    return profile.kind, str(profile.config.get("base_url", ""))


def _where_of(kind: str, config: ModelConfig) -> tuple[str, str]:
    return kind, config.base_url


def _secret(name: str) -> str:
    return f"model:{name}"
