"""The embedded store: one SQLite file, one writer that commits for everybody who waits."""

from engine.stores.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
