"""Connection profiles keep their passwords in the vault, and nowhere else."""

import sqlite3
from pathlib import Path

import pytest

from engine.ports import SourceFailed, StoreFailed
from engine.sources.files.shelf import Shelf
from engine.sources.postgres import PostgresSource
from engine.sources.profiles import AnyProfile, Connected, Profile, Profiles, config_schema
from engine.sources.registry import Sources
from engine.sources.vault import FileVault, new_key
from protocol.ids import CallerId
from tests.contracts.servers import free_port
from tests.contracts.shop import ask

SECRET = "hunter2-very-secret"
CONFIG = {"host": "127.0.0.1", "port": "5433", "database": "shop", "user": "reader"}


@pytest.fixture
def vault(tmp_path: Path) -> FileVault:
    return FileVault(tmp_path / "vault.json", [new_key()])


@pytest.fixture
def profiles(tmp_path: Path, vault: FileVault) -> Profiles:
    return Profiles(tmp_path / "profiles.json", vault)


def test_a_secret_comes_back_and_is_not_on_the_disk(tmp_path: Path, vault: FileVault) -> None:
    vault.put("a", SECRET)
    assert (vault.get("a"), vault.get("b")) == (SECRET, None)
    file = tmp_path / "vault.json"
    assert SECRET.encode() not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    vault.remove("a")
    vault.remove("a")
    assert vault.get("a") is None


def test_rotation_moves_all_secrets_to_the_newest_key(tmp_path: Path) -> None:
    old, new = new_key(), new_key()
    path = tmp_path / "vault.json"
    FileVault(path, [old]).put("a", SECRET)
    assert FileVault(path, [new, old]).rotate() == 1
    assert FileVault(path, [new]).get("a") == SECRET
    with pytest.raises(StoreFailed, match="No key") as failed:
        FileVault(path, [old]).get("a")
    assert SECRET not in str(failed.value.info)


@pytest.mark.parametrize("keys", [[], [b"short"]])
def test_a_vault_needs_a_proper_key(tmp_path: Path, keys: list[bytes]) -> None:
    with pytest.raises(StoreFailed) as failed:
        FileVault(tmp_path / "v", keys)
    assert failed.value.info.code == "vault_closed"


async def test_a_profile_is_kept_without_its_password(profiles: Profiles, tmp_path: Path) -> None:
    added = await profiles.add("shop", "postgres", {**CONFIG, "password": SECRET})
    expected = Profile(
        name="shop",
        kind="postgres",
        config={
            "host": "127.0.0.1",
            "port": 5433,
            "database": "shop",
            "user": "reader",
            "tls": "prefer",
        },
    )
    assert (added, await profiles.list()) == (expected, (expected,))
    assert SECRET.encode() not in everything(tmp_path)
    source = await profiles.open("shop", Shelf(tmp_path / "shelf"))
    assert isinstance(source, PostgresSource)
    assert source._profile.password == SECRET


def everything(folder: Path) -> bytes:
    """Read all files of a folder."""
    return b"".join(file.read_bytes() for file in folder.iterdir())


ELSEWHERE = [
    ("postgres", {"host": "db"}),
    ("postgres", {"port": 5434}),
    ("postgres", {"user": "auditor"}),
    ("postgres", {"tls": "disable"}),
    ("postgres", {"authority": "PEM"}),
    ("mysql", {}),
]
"""Changes after which a password would go to somebody else, or in another way."""


async def test_changing_a_profile_without_a_password_keeps_the_old_one(
    profiles: Profiles, vault: FileVault
) -> None:
    await profiles.add("shop", "postgres", {**CONFIG, "password": SECRET})
    await profiles.add("shop", "postgres", {**CONFIG, "database": "other"})
    assert vault.get("source:shop") == SECRET
    await profiles.remove("shop")
    await profiles.remove("shop")
    assert (await profiles.list(), vault.get("source:shop")) == ((), None)


@pytest.mark.parametrize(("kind", "change"), ELSEWHERE)
async def test_a_password_does_not_follow_a_changed_address(
    profiles: Profiles, vault: FileVault, kind: str, change: dict[str, object]
) -> None:
    await profiles.add("shop", "postgres", {**CONFIG, "password": SECRET})
    await profiles.add("shop", kind, {**CONFIG, **change})
    assert vault.get("source:shop") is None


class Trying(Profiles):
    """Profiles that note what would be sent, in place of sending it."""

    sent: object = None

    async def _source(self, name: str, profile: AnyProfile, shelf: Shelf) -> Connected:
        self.sent = getattr(profile, "password", None)
        raise SourceFailed("source_down", "Nobody is there.")


async def test_a_change_is_tried_with_the_password_that_is_kept(
    tmp_path: Path, vault: FileVault
) -> None:
    profiles, shelf = Trying(tmp_path / "profiles.json", vault), Shelf(tmp_path / "shelf")
    await profiles.add("shop", "postgres", {**CONFIG, "password": SECRET})
    await profiles.test("postgres", {**CONFIG, "database": "other"}, shelf, "shop")
    assert profiles.sent == SECRET
    await profiles.test("postgres", {**CONFIG, "password": "new"}, shelf, "shop")
    assert profiles.sent == "new"
    await profiles.test("postgres", CONFIG, shelf)
    assert profiles.sent is None
    tested = await profiles.test("postgres", CONFIG, shelf, "gone")
    assert tested.error is not None
    assert tested.error.code == "unknown_source"


@pytest.mark.parametrize(("kind", "change"), ELSEWHERE)
async def test_a_kept_password_is_never_tried_elsewhere(
    tmp_path: Path, vault: FileVault, kind: str, change: dict[str, object]
) -> None:
    profiles, shelf = Trying(tmp_path / "profiles.json", vault), Shelf(tmp_path / "shelf")
    await profiles.add("shop", "postgres", {**CONFIG, "password": SECRET})
    await profiles.test(kind, {**CONFIG, **change}, shelf, "shop")
    assert profiles.sent is None


@pytest.mark.parametrize(
    ("kind", "config", "words"),
    [
        ("oracle", {}, "no kind of source"),
        ("postgres", {"database": "x"}, "user"),
        ("postgres", {**CONFIG, "port": "many"}, "port"),
        ("postgres", {**CONFIG, "pasword": SECRET}, "pasword"),
        ("mysql", {**CONFIG, "tls": 5}, "tls"),
    ],
)
async def test_a_wrong_profile_names_the_wrong_part(
    profiles: Profiles, kind: str, config: dict[str, object], words: str
) -> None:
    with pytest.raises(SourceFailed, match=words) as failed:
        await profiles.add("x", kind, config)
    assert failed.value.info.code == "bad_profile"
    assert SECRET not in str(failed.value.info)


async def test_trying_a_connection_says_what_is_wrong(profiles: Profiles, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    for kind in ("postgres", "mysql"):
        config = {**CONFIG, "port": free_port(), "password": SECRET}
        tested = await profiles.test(kind, config, shelf)
        assert not tested.ok
        assert tested.error is not None
        assert tested.error.message == "Nothing answers at this host and port."
        assert SECRET not in str(tested)


def test_a_form_can_be_made_of_the_schema() -> None:
    schema = config_schema("postgres")
    assert schema["required"] == ["database", "user"]
    assert schema["properties"]["port"] == {"type": "integer", "default": 5432}
    assert schema["properties"]["password"]["format"] == "password"


async def test_profiles_are_sources_by_name(profiles: Profiles, tmp_path: Path) -> None:
    await profiles.add("shop", "postgres", CONFIG)
    sources = Sources({}, tmp_path / "state", profiles=profiles)
    ann = CallerId("ann")
    (info,) = await sources.list(ann)
    assert (info.name, info.dialect, info.kind) == ("shop", "postgres", "connection")
    first = await sources.get("shop", ann)
    assert await sources.get("shop", ann) is first
    await sources.connect("shop", "postgres", CONFIG)
    assert await sources.get("shop", ann) is not first
    await sources.close()


@pytest.fixture
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of somebody's data, beside the server's own."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "people.csv").write_text("id,name\n1,Ann\n")
    with sqlite3.connect(folder / "shop.db") as database:
        database.execute("CREATE TABLE things AS SELECT 1 AS id")
    database.close()
    return folder


@pytest.mark.parametrize(
    ("kind", "name", "table"),
    [
        ("sqlite", "shop.db", "things"),
        ("duckdb", "people.csv", "people"),
        ("duckdb", "", "people"),
    ],
)
async def test_files_of_the_server_are_connected_by_their_path(
    profiles: Profiles, tmp_path: Path, outside: Path, kind: str, name: str, table: str
) -> None:
    sources = Sources({}, tmp_path / "state", profiles=profiles)
    config = {"path": str(outside / name)}
    tried = await sources.try_connection(kind, config)
    assert (tried.error, tried.tables) == (None, 1)
    await sources.connect("mine", kind, config)
    tried = await sources.try_kept("mine")
    assert (tried.error, tried.tables) == (None, 1)
    source = await sources.get("mine", CallerId("ann"))
    assert (await ask(source, f"SELECT id FROM {table}"))[1] == [[1]]
    await sources.close()


@pytest.mark.parametrize(
    ("kind", "path", "words"),
    [
        ("sqlite", "shop.db", "must be whole"),
        ("sqlite", "{outside}/nothing.db", "nothing at"),
        ("sqlite", "{outside}", "one file"),
        ("duckdb", "{outside}/shop.db", "cannot be read"),
        ("sqlite", "{own}/askwire.db", "own data"),
        ("sqlite", "{outside}/link", "own data"),
        ("duckdb", "{own}", "own data"),
        ("duckdb", "/", "own data"),
    ],
)
async def test_a_path_that_may_not_be_asked_is_refused(
    profiles: Profiles, tmp_path: Path, outside: Path, kind: str, path: str, words: str
) -> None:
    (tmp_path / "askwire.db").write_bytes(b"SQLite format 3\x00")
    (outside / "link").symlink_to(tmp_path / "askwire.db")
    with pytest.raises(SourceFailed, match=words) as failed:
        await profiles.add("x", kind, {"path": path.format(outside=outside, own=tmp_path)})
    assert failed.value.info.code == "bad_profile"
    assert await profiles.list() == ()
