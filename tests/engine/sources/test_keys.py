"""Keys of a vault are made when they are needed, kept to oneself, and can be changed."""

from pathlib import Path

from engine.sources.keys import KeyFile
from engine.sources.vault import FileVault, new_key


def test_a_first_key_is_made_and_nobody_else_can_read_it(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "data" / "vault.key")
    (key,) = file.read()
    assert file.read() == (key,)
    assert (tmp_path / "data" / "vault.key").stat().st_mode & 0o077 == 0
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["vault.key"]


def test_a_key_changes_under_a_vault_that_is_open(tmp_path: Path) -> None:
    keys, path = KeyFile(tmp_path / "key"), tmp_path / "vault"
    vault = FileVault(path, keys.read)
    vault.put("a", "secret")
    old = keys.read()
    assert keys.rotate(path) == 1
    assert keys.read() != old
    assert len(keys.read()) == 1
    assert vault.get("a") == "secret"


def test_a_change_that_was_broken_off_is_finished_by_the_next(tmp_path: Path) -> None:
    keys, path = KeyFile(tmp_path / "key"), tmp_path / "vault"
    vault = FileVault(path, keys.read)
    vault.put("a", "secret")
    (tmp_path / "key").write_bytes(b"\n".join((new_key(), *keys.read())))
    vault.put("b", "secret")
    assert keys.rotate(path) == 2
    assert [vault.get("a"), vault.get("b")] == ["secret", "secret"]
