"""Connection profiles: how to reach databases, with their passwords in the vault."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from engine.ports import PortError, Source, SourceFailed, StoreFailed
from engine.sources.duckdb import DuckdbSource
from engine.sources.files.shelf import Shelf
from engine.sources.local import DuckdbProfile, SqliteProfile, place_of, tables_at
from engine.sources.mysql import MysqlProfile, MysqlSource
from engine.sources.postgres import PostgresProfile, PostgresSource
from engine.sources.sqlite import SqliteSource
from engine.sources.vault import FileVault
from protocol.items import ErrorInfo

AnyProfile = PostgresProfile | MysqlProfile | SqliteProfile | DuckdbProfile
Connected = PostgresSource | MysqlSource | SqliteSource | DuckdbSource
KINDS: Final[Mapping[str, type[AnyProfile]]] = {
    "postgres": PostgresProfile,
    "mysql": MysqlProfile,
    "sqlite": SqliteProfile,
    "duckdb": DuckdbProfile,
}
TEST_SECONDS: Final = 15.0
WAY: Final = ("host", "port", "user", "tls", "authority")
"""The parts that say to whom a password goes, and how safely."""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """A profile as it is kept and shown: never with its password."""

    name: str
    kind: str
    config: dict[str, Any]


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """What trying a connection gave."""

    ok: bool
    tables: int = 0
    error: ErrorInfo | None = None


class Profiles:
    """The profiles of a server, in one file."""

    def __init__(self, path: Path, vault: FileVault) -> None:
        """Keep profiles at `path`; what lies in its folder can be no source."""
        self._path = path
        self._private = path.parent
        self._vault = vault
        self._changing = asyncio.Lock()

    async def list(self) -> tuple[Profile, ...]:
        """Return all profiles, without secrets."""
        return tuple((await asyncio.to_thread(self._read)).values())

    async def add(self, name: str, kind: str, config: Mapping[str, Any]) -> Profile:
        """Keep a profile, in place of one of that name.

        Without a password the old one stays, if it goes where it went before. Raise `SourceFailed`
        `bad_profile`, saying which part is wrong.
        """
        if not name.strip() or len(name) > 60 or "/" in name or not name.isprintable():
            raise SourceFailed(
                "bad_profile", "A profile needs a name of at most 60 characters, without slashes."
            )
        chosen = parse(kind, config)
        public = {
            key: value
            for key, value in msgspec.to_builtins(chosen).items()
            if key != "password" and value is not None
        }
        profile = Profile(name=name, kind=kind, config=public)
        if isinstance(chosen, SqliteProfile | DuckdbProfile):
            await asyncio.to_thread(place_of, chosen, self._private)
        async with self._changing:
            await asyncio.to_thread(self._keep, profile, chosen)
        return profile

    async def remove(self, name: str) -> None:
        """Forget a profile and its password; no matter if it is not there."""
        async with self._changing:
            await asyncio.to_thread(self._forget, name)

    async def get(self, name: str) -> Profile:
        """Return a profile, without its secret. Raise `SourceFailed` `unknown_source`."""
        profile = (await asyncio.to_thread(self._read)).get(name)
        if profile is None:
            raise SourceFailed("unknown_source", f"There is no profile named {name!r}.")
        return profile

    async def open(self, name: str, shelf: Shelf) -> Connected:
        """Return a source for a profile. Raise `SourceFailed` `unknown_source`, `bad_profile`.

        Files are made ready to be asked on the `shelf`.
        """
        profile = await self.get(name)
        config = profile.config
        if "password" in KINDS[profile.kind].__struct_fields__:
            config = {**config, "password": await asyncio.to_thread(self._vault.get, _secret(name))}
        return await self._source(name, parse(profile.kind, config), shelf)

    async def test(
        self, kind: str, config: Mapping[str, Any], shelf: Shelf, name: str | None = None
    ) -> Tested:
        """Try a connection and say what is wrong with it. Keeps nothing.

        It may be a change of the profile `name`: without a password, the one that is kept is tried,
        if it goes where it went before.
        """
        try:
            chosen = parse(kind, config)
            if name is not None and getattr(chosen, "password", None) is None:
                chosen = await self._with_kept(name, chosen)
            return await tried(await self._source("test", chosen, shelf))
        except PortError as error:
            return Tested(ok=False, error=error.info)

    async def test_kept(self, name: str, shelf: Shelf) -> Tested:
        """Try a profile as it is kept. Raise `SourceFailed` `unknown_source`."""
        await self.get(name)
        try:
            return await tried(await self.open(name, shelf))
        except PortError as error:
            return Tested(ok=False, error=error.info)

    async def _with_kept(self, name: str, chosen: AnyProfile) -> AnyProfile:
        """Add the password that is kept under a name, unless it would go elsewhere."""
        async with self._changing:
            kept = await self.get(name)
            if not hasattr(chosen, "password") or way_of(kept) != _way(chosen):
                return chosen
            password = await asyncio.to_thread(self._vault.get, _secret(name))
        return msgspec.structs.replace(chosen, password=password)

    async def _source(self, name: str, profile: AnyProfile, shelf: Shelf) -> Connected:
        if isinstance(profile, PostgresProfile):
            return PostgresSource(name, profile)
        if isinstance(profile, MysqlProfile):
            return MysqlSource(name, profile)
        place = await asyncio.to_thread(place_of, profile, self._private)
        if isinstance(profile, SqliteProfile):
            return SqliteSource(name, place)
        return DuckdbSource(name, lambda: tables_at(place), shelf, address=str(place))

    def _read(self) -> dict[str, Profile]:
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=dict[str, Profile])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError) as error:
            raise StoreFailed("store_failed", "The connection profiles cannot be read.") from error
        return dict(sorted(kept.items()))

    def _keep(self, profile: Profile, chosen: AnyProfile) -> None:
        profiles = self._read()
        before = profiles.get(profile.name)
        password = getattr(chosen, "password", None)
        if password is not None:
            self._vault.put(_secret(profile.name), password)
        elif before is not None and way_of(before) != _way(chosen):
            # A password must not follow an address that somebody changed.
            self._vault.remove(_secret(profile.name))
        self._write({**profiles, profile.name: profile})

    def _forget(self, name: str) -> None:
        profiles = self._read()
        if profiles.pop(name, None) is not None:
            self._write(profiles)
        self._vault.remove(_secret(name))

    def _write(self, profiles: Mapping[str, Profile]) -> None:
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(msgspec.json.encode(profiles))
            os.replace(part, self._path)
        except OSError as error:
            raise StoreFailed("store_failed", "The connection profiles cannot be kept.") from error


async def tried(source: Source) -> Tested:
    """Connect, look at what is there, and close the source."""
    try:
        async with asyncio.timeout(TEST_SECONDS):
            catalogue = await source.catalogue()
    except TimeoutError:
        return Tested(ok=False, error=ErrorInfo(code="source_down", message="No answer came."))
    except PortError as error:
        return Tested(ok=False, error=error.info)
    finally:
        await source.close()
    return Tested(ok=True, tables=len(catalogue.tables))


def parse(kind: str, config: Mapping[str, Any]) -> AnyProfile:
    """Read a profile of a kind. Raise `SourceFailed` `bad_profile` that names the wrong part."""
    struct = KINDS.get(kind)
    if struct is None:
        raise SourceFailed(
            "bad_profile", f"There is no kind of source {kind!r}.", f"Use {' or '.join(KINDS)}."
        )
    unknown = sorted(set(config) - set(struct.__struct_fields__))
    if unknown:
        raise SourceFailed("bad_profile", f"A {kind} profile has no part {unknown[0]!r}.")
    try:
        return msgspec.convert(dict(config), type=struct, strict=False)
    except msgspec.ValidationError as error:
        raise SourceFailed("bad_profile", f"The {kind} profile is wrong: {error}.") from error


def config_schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a kind's config, from which a form can be made."""
    struct = KINDS[kind]
    schema = msgspec.json.schema(struct)
    found: dict[str, Any] = schema["$defs"][struct.__name__]
    if "password" in found["properties"]:
        found["properties"]["password"]["format"] = "password"
    return found


def way_of(profile: Profile) -> tuple[Any, ...]:
    """Return to whom a profile's password goes, and how safely."""
    return _way(parse(profile.kind, profile.config))


def _way(profile: AnyProfile) -> tuple[Any, ...]:
    """Return the same of a profile that was read."""
    return (type(profile), *(getattr(profile, part, None) for part in WAY))


def _secret(name: str) -> str:
    return f"source:{name}"
