"""Sources by name, and what callers upload."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.ports import SourceFailed
from engine.sources.files.uploads import UploadLimits
from engine.sources.registry import Sources, Uploaded, Where
from protocol.ids import CallerId
from tests.contracts.shop import ask

ANN, BOB = CallerId("ann"), CallerId("bob")


@pytest.fixture
async def sources(tmp_path: Path) -> AsyncIterator[Sources]:
    made = Sources(configured(tmp_path), tmp_path / "state")
    yield made
    await made.close()


def configured(folder: Path) -> dict[str, Path]:
    path = folder / "shop.db"
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE IF NOT EXISTS t (a INT); INSERT INTO t VALUES (1)")
    connection.close()
    data = folder / "data"
    data.mkdir(exist_ok=True)
    (data / "cities.csv").write_text("id,name\n1,Rome\n2,Oslo\n")
    return {"shop": path, "data": data, "one": data / "cities.csv"}


def sent(folder: Path, content: str | bytes, name: str = "sent.tmp") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


async def test_files_and_folders_are_sources(sources: Sources) -> None:
    names = [(info.name, info.dialect) for info in await sources.list(ANN)]
    assert names == [("shop", "sqlite"), ("data", "duckdb"), ("one", "duckdb")]
    for name, sql in (("shop", "SELECT a FROM t"), ("data", "SELECT id FROM cities LIMIT 1")):
        assert (await ask(await sources.get(name, ANN), sql))[1] == [[1]]
    assert (await (await sources.get("one", ANN)).catalogue()).tables[0].name == "cities"


async def test_an_unknown_source_names_the_near_ones(sources: Sources) -> None:
    with pytest.raises(SourceFailed) as failed:
        await sources.get("shp", ANN)
    assert failed.value.info.code == "unknown_source"
    assert failed.value.info.hint == "Did you mean shop?"


async def test_uploads_become_tables_that_join(sources: Sources, tmp_path: Path) -> None:
    people = sent(tmp_path, "id,name\n1,Ann\n2,Bob\n")
    assert await sources.add_upload(ANN, "People 2024.csv", people) == Uploaded(
        source="uploads", tables=("people_2024",)
    )
    assert not people.exists()
    visits = sent(tmp_path, '[{"person": 1, "n": 5}, {"person": 1, "n": 6}]')
    await sources.add_upload(ANN, "visits.json", visits)
    source = await sources.get("uploads", ANN)
    sql = "SELECT name, sum(n) FROM people_2024 p JOIN visits v ON v.person = p.id GROUP BY name"
    assert (await ask(source, sql))[1] == [["Ann", 11]]


async def test_uploads_are_their_owners_alone(sources: Sources, tmp_path: Path) -> None:
    await sources.add_upload(ANN, "secret.csv", sent(tmp_path, "a\n1\n"))
    assert "uploads" not in [info.name for info in await sources.list(BOB)]
    with pytest.raises(SourceFailed):
        await sources.get("uploads", BOB)
    await sources.add_upload(BOB, "mine.csv", sent(tmp_path, "a\n2\n"))
    tables = (await (await sources.get("uploads", BOB)).catalogue()).tables
    assert [table.name for table in tables] == ["mine"]


async def test_an_uploaded_database_is_a_source_of_its_own(
    sources: Sources, tmp_path: Path
) -> None:
    path = tmp_path / "x.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        "PRAGMA journal_mode=WAL; CREATE TABLE t (a); INSERT INTO t VALUES (7)"
    )
    connection.close()
    uploaded = await sources.add_upload(ANN, "shop.sqlite", path)
    assert uploaded == Uploaded(source="shop_2", tables=("t",))
    assert (await ask(await sources.get("shop_2", ANN), "SELECT a FROM t"))[1] == [[7]]
    assert (await ask(await sources.get("shop", ANN), "SELECT a FROM t"))[1] == [[1]]


async def test_an_uploaded_database_of_a_taken_name_survives_a_restart(tmp_path: Path) -> None:
    configured = tmp_path / "shop.sqlite"
    uploaded = tmp_path / "x.db"
    for path, value in ((configured, 1), (uploaded, 7)):
        connection = sqlite3.connect(path)
        connection.executescript(f"CREATE TABLE t (a); INSERT INTO t VALUES ({value})")
        connection.close()
    first = Sources({"shop": configured}, tmp_path / "state")
    assert (await first.add_upload(ANN, "shop.sqlite", uploaded)).source == "shop_2"
    await first.close()
    second = Sources({"shop": configured}, tmp_path / "state")
    assert (await ask(await second.get("shop_2", ANN), "SELECT a FROM t"))[1] == [[7]]
    await second.remove_upload(ANN, "shop_2")
    assert [info.name for info in await second.list(ANN)] == ["shop"]
    await second.close()


async def test_uploads_survive_a_restart(tmp_path: Path) -> None:
    first = Sources({}, tmp_path / "state")
    await first.add_upload(ANN, "a.csv", sent(tmp_path, "x\n1\n"))
    await first.close()
    second = Sources({}, tmp_path / "state")
    assert (await ask(await second.get("uploads", ANN), "SELECT x FROM a"))[1] == [[1]]
    await second.close()


async def test_a_file_of_the_same_name_replaces_the_old_one(
    sources: Sources, tmp_path: Path
) -> None:
    await sources.add_upload(ANN, "a.csv", sent(tmp_path, "x\n1\n"))
    source = await sources.get("uploads", ANN)
    assert (await ask(source, "SELECT x FROM a"))[1] == [[1]]
    await sources.add_upload(ANN, "A.json", sent(tmp_path, '[{"x": 2}]'))
    assert (await ask(source, "SELECT x FROM a"))[1] == [[2]]


async def test_a_removed_upload_is_gone(sources: Sources, tmp_path: Path) -> None:
    await sources.add_upload(ANN, "a.csv", sent(tmp_path, "x\n1\n"))
    await sources.add_upload(ANN, "b.csv", sent(tmp_path, "x\n2\n"))
    source = await sources.get("uploads", ANN)
    await sources.remove_upload(ANN, "a")
    assert [table.name for table in (await source.catalogue()).tables] == ["b"]


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("../../etc/passwd.csv", "passwd"),
        ("..\\..\\evil.csv", "evil"),
        ("/abs/olute.csv", "olute"),
        ("2024 Übersicht (neu).csv", "t_2024_übersicht_neu"),
        ("....csv", "table"),
        ('x"; DROP TABLE y; --.csv', "x_drop_table_y"),
    ],
)
async def test_names_are_made_safe(sources: Sources, tmp_path: Path, name: str, table: str) -> None:
    uploaded = await sources.add_upload(ANN, name, sent(tmp_path, "x\n1\n"))
    assert uploaded.tables == (table,)
    (file,) = (tmp_path / "state" / "uploads").rglob("*.csv")
    assert file.parent.parent == tmp_path / "state" / "uploads"
    source = await sources.get("uploads", ANN)
    assert (await ask(source, f"SELECT x FROM {table}"))[1] == [[1]]


@pytest.mark.parametrize(
    ("name", "content", "code", "words"),
    [
        ("a.exe", "x", "bad_upload", "cannot be read"),
        ("noending", "x", "bad_upload", "without ending"),
        ("a.db", "not a database", "bad_upload", "not a SQLite database"),
        ("a.parquet", "not parquet", "bad_upload", "not a Parquet file"),
        ("a.csv", "", "source_down", "empty"),
        ("a.csv", b"\x00\x01\x02", "source_down", "not a text file"),
        ("a.json", '{"a": ', "source_down", "cannot be read"),
    ],
)
async def test_bad_files_are_refused_with_words_and_not_kept(
    sources: Sources, tmp_path: Path, name: str, content: str | bytes, code: str, words: str
) -> None:
    with pytest.raises(SourceFailed, match=words) as failed:
        await sources.add_upload(ANN, name, sent(tmp_path, content))
    assert failed.value.info.code == code
    assert not [path for path in (tmp_path / "state").rglob("*") if path.is_file()]


async def test_there_is_only_so_much_room(tmp_path: Path) -> None:
    limits = UploadLimits(file_bytes=100, total_bytes=150, files=2)
    sources = Sources({}, tmp_path / "state", limits=limits)
    with pytest.raises(SourceFailed) as failed:
        await sources.add_upload(ANN, "big.csv", sent(tmp_path, "x\n" + "1\n" * 100))
    assert failed.value.info.code == "upload_too_large"
    await sources.add_upload(ANN, "a.csv", sent(tmp_path, "x\n" + "1\n" * 40))
    with pytest.raises(SourceFailed):
        await sources.add_upload(ANN, "b.csv", sent(tmp_path, "x\n" + "1\n" * 40))
    await sources.add_upload(ANN, "a.csv", sent(tmp_path, "x\n" + "1\n" * 41))
    await sources.close()


async def test_a_changed_file_is_seen(sources: Sources, tmp_path: Path) -> None:
    source = await sources.get("data", ANN)
    assert (await ask(source, "SELECT count(*) FROM cities"))[1] == [[2]]
    await asyncio.to_thread((tmp_path / "data" / "cities.csv").write_text, "id,name\n1,Rome\n")
    await source.look_again()  # type: ignore[attr-defined]
    assert (await ask(source, "SELECT count(*) FROM cities"))[1] == [[1]]


async def test_where_files_are_is_not_told_of_a_source_with_rules(sources: Sources) -> None:
    assert (await sources.where("shop", ANN)).path is not None
    assert (await sources.where("data", ANN)).files != {}
    for name, table in (("shop", "t"), ("data", "cities")):
        key, source = await sources.open(name, ANN)
        await sources.ruling.state("privacy", key, source, f"only: [{table}]")
        assert await sources.where(name, ANN) == Where(dialect=source.dialect)


async def test_rules_hold_again_after_a_restart(sources: Sources, tmp_path: Path) -> None:
    key, source = await sources.open("shop", ANN)
    await sources.ruling.state("privacy", key, source, "tables: [{name: t, hidden: true}]")
    await sources.ruling.state("meaning", key, source, "tables: [{name: t, title: Secret}]")
    again = Sources(configured(tmp_path), tmp_path / "state")
    source = await again.get("shop", BOB)  # Nobody has looked at it yet, and it is closed already.
    assert source.check("SELECT a FROM t").findings[0].code == "table_not_allowed"
    catalogue = await source.catalogue()
    assert (catalogue.tables, catalogue.meaning.tables) == ((), ())
    await again.close()


async def test_what_is_said_of_an_upload_goes_with_it(sources: Sources, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "mine.db")
    connection.executescript("CREATE TABLE mine (a INT)")
    connection.close()
    for _ in range(2):
        sent_again = sent(tmp_path, (tmp_path / "mine.db").read_bytes())
        await sources.add_upload(ANN, "mine.db", sent_again)
        key, source = await sources.open("mine", ANN)
        assert (await sources.ruling.meaning(key)).text == ""
        await sources.ruling.state("meaning", key, source, "tables: [{name: mine, title: My own}]")
        assert (await source.catalogue()).meaning.tables[0].title == "My own"
        await sources.remove_upload(ANN, "mine")
