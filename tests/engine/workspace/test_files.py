"""The files of a session, also when its code means harm."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.workspace.files import FileInfo, Quota, Workspaces, changed
from engine.workspace.names import WorkspaceFailed, safe_name
from engine.workspace.quota import usage
from protocol.ids import SessionId

S = SessionId("s_1")


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def whole(workspaces: Workspaces, path: str) -> bytes:
    return b"".join([chunk async for chunk in workspaces.read(S, path)])


@pytest.fixture
def workspaces(tmp_path: Path) -> Workspaces:
    return Workspaces(tmp_path / "work")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("sales.csv", "sales.csv"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/absolute/path.txt", "path.txt"),
        ("a\x00b\n.csv", "a_b_.csv"),
        (".hidden", "hidden"),
        ("con.txt", "_con.txt"),
        ("Umsätze 2024 – Übersicht.xlsx", "Umsätze 2024 – Übersicht.xlsx"),
        ("e\u0301.csv", "é.csv"),
        ("x" * 300 + ".parquet", "x" * 192 + ".parquet"),
        ("a\u202egnp.exe", "agnp.exe"),
    ],
)
def test_a_name_becomes_safe(given: str, kept: str) -> None:
    assert safe_name(given) == kept


@pytest.mark.parametrize("name", ["", "..", "/", "...", "\x00", "a/.."])
def test_a_name_without_anything_left_is_refused(name: str) -> None:
    with pytest.raises(WorkspaceFailed) as failed:
        safe_name(name)
    assert failed.value.info.code == "bad_name"


async def test_a_file_is_kept_listed_read_and_deleted(workspaces: Workspaces) -> None:
    kept = await workspaces.store(S, "../a.csv", chunks(b"x,y\n", b"1,2\n"))
    assert (kept.path, kept.size, kept.mime) == ("data/a.csv", 8, "text/csv")
    assert await workspaces.list(S) == (kept,)
    assert await whole(workspaces, "data/a.csv") == b"x,y\n1,2\n"
    assert await workspaces.preview(S, "data/a.csv", 3) == b"x,y"
    await workspaces.delete(S, "data/a.csv")
    assert await workspaces.list(S) == ()
    with pytest.raises(WorkspaceFailed) as failed:
        await workspaces.delete(S, "data/a.csv")
    assert failed.value.info.code == "file_not_found"


async def test_a_file_of_the_same_name_is_replaced(workspaces: Workspaces) -> None:
    await workspaces.store(S, "a.csv", chunks(b"old"))
    await workspaces.store(S, "a.csv", chunks(b"new"))
    assert await whole(workspaces, "data/a.csv") == b"new"


async def test_a_workspace_that_code_has_shut_is_opened_again(workspaces: Workspaces) -> None:
    folder = await workspaces.prepare(S)
    folder.chmod(0)
    assert (await workspaces.prepare(S)).stat().st_mode & 0o777 == 0o700


async def test_a_session_without_files_has_none(workspaces: Workspaces) -> None:
    assert await workspaces.list(S) == ()
    assert await workspaces.used(S) == 0


@pytest.mark.parametrize(
    ("quota", "code"),
    [
        (Quota(file_bytes=10), "file_too_large"),
        (Quota(total_bytes=20_000), "quota"),
    ],
)
async def test_too_much_is_refused_and_leaves_nothing(
    tmp_path: Path, quota: Quota, code: str
) -> None:
    workspaces = Workspaces(tmp_path, quota)
    with pytest.raises(WorkspaceFailed) as failed:
        await workspaces.store(S, "a.bin", chunks(*[b"x" * 10_000] * 5))
    assert failed.value.info.code == code
    assert os.listdir(tmp_path / S / "data") == []


async def test_an_upload_that_breaks_off_leaves_nothing(workspaces: Workspaces) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x"
        raise ConnectionResetError

    with pytest.raises(WorkspaceFailed):
        await workspaces.store(S, "a.bin", broken())
    assert os.listdir(workspaces.folder(S) / "data") == []


@pytest.mark.parametrize("path", ["../x", "data/../../x", "/etc/passwd", "", "data//x", "data/."])
async def test_no_path_leads_out(workspaces: Workspaces, path: str) -> None:
    await workspaces.prepare(S)
    with pytest.raises(WorkspaceFailed):
        await whole(workspaces, path)
    with pytest.raises(WorkspaceFailed):
        await workspaces.delete(S, path)


@pytest.mark.parametrize("session", ["../s", ".s", "", "a/b"])
def test_no_session_name_leads_out(workspaces: Workspaces, session: str) -> None:
    with pytest.raises(WorkspaceFailed):
        workspaces.folder(SessionId(session))


async def test_links_and_pipes_of_hostile_code_are_not_followed(
    workspaces: Workspaces, tmp_path: Path
) -> None:
    root = await workspaces.prepare(S)
    (tmp_path / "secret").write_text("secret")
    (root / "link").symlink_to(tmp_path / "secret")
    (root / "folder").symlink_to(tmp_path)
    os.mkfifo(root / "pipe")
    assert await workspaces.list(S) == ()
    for path in ("link", "folder/secret", "pipe", "data"):
        with pytest.raises(WorkspaceFailed):
            await whole(workspaces, path)


async def test_a_data_folder_replaced_by_a_link_takes_no_upload(
    workspaces: Workspaces, tmp_path: Path
) -> None:
    root = await workspaces.prepare(S)
    (root / "data").rmdir()
    (tmp_path / "elsewhere").mkdir()
    (root / "data").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WorkspaceFailed):
        await workspaces.store(S, "a", chunks(b"x"))
    assert os.listdir(tmp_path / "elsewhere") == []


async def test_hidden_files_and_caches_are_not_shown(workspaces: Workspaces) -> None:
    root = await workspaces.prepare(S)
    for path in (".hidden/a", "__pycache__/b", "artifacts/c.png"):
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text("x")
    (root / ".d").write_text("x")
    assert [file.path for file in await workspaces.list(S)] == ["artifacts/c.png"]


async def test_new_and_rewritten_files_are_told_apart_from_old_ones(
    workspaces: Workspaces,
) -> None:
    root = await workspaces.prepare(S)
    (root / "old").write_text("1")
    (root / "grown").write_text("1")
    before = await workspaces.list(S)
    (root / "grown").write_text("12")
    (root / "artifacts" / "new.png").write_text("p")
    found = changed(before, await workspaces.list(S))
    assert [file.path for file in found] == ["artifacts/new.png", "grown"]
    assert all(isinstance(file, FileInfo) for file in found)


def test_usage_counts_empty_files_and_stops_early(tmp_path: Path) -> None:
    for number in range(10):
        (tmp_path / str(number)).touch()
    assert usage(tmp_path) == 10 * 4_096
    assert usage(tmp_path, enough=5_000) == 2 * 4_096
    assert usage(tmp_path / "nowhere") == 0
