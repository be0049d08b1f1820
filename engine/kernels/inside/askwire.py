"""What code of people calls: data of the session, without any credential in the kernel.

    import askwire
    orders = askwire.query("SELECT * FROM orders LIMIT 10")

The server checks and limits each call like one that came from the chat; where the session's gates
ask a person, the call waits for the answer.
"""

import json
import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, BinaryIO, Literal

from engine.kernels.inside import received

PLACE = {"socket": "", "token": ""}  # where the server listens; set before the first cell

Library = Literal["pandas", "polars"]


class Refused(Exception):
    """The server did not do it. The message says why and what to do; `code` names the reason."""

    def __init__(self, message: str, code: str = "refused") -> None:
        super().__init__(message)
        self.code = code


def query(
    sql: str, source: str | None = None, *, frame: Library = "pandas", anyway: bool = False
) -> Any:
    """Run SQL on a source of this session and return a data frame.

    It passes the guard, the masks, the limits and the gates of the session, and stands in its log.
    In your own cell `anyway` runs what the source finds too expensive to run unasked.
    Raise `Refused` for what is not allowed, was rejected or failed.
    """
    return _table("query", frame, sql=sql, source=source, anyway=anyway)


def table(result: str | None = None, *, frame: Library = "pandas") -> Any:
    """Return a table that was shown in this session, by its id; by default the last one."""
    return _table("table", frame, result=result)


def ask(question: str) -> str:
    """Ask the session's model about its data and return what it answers.

    What it runs for that is SQL, and passes the same gates. Its last table is `table()`.
    """
    with _called("ask", question=question) as (answer, _):
        return str(answer.get("value"))


def save(value: Any, name: str) -> str:
    """Keep a frame, a figure, bytes or text under artifacts/ in the workspace; return its path.

    Frames become what the name ends in: .csv, .parquet, .json or .xlsx.
    """
    os.makedirs("artifacts", exist_ok=True)
    path = os.path.join("artifacts", os.path.basename(str(name)) or "unnamed")
    if isinstance(value, bytes | bytearray | memoryview):
        with open(path, "wb") as file:
            file.write(value)
    elif not (_frame(value, path) or _figure(value, path)):
        with open(path, "w", encoding="utf-8") as text:
            text.write(str(value))
    return path


def _frame(value: Any, path: str) -> bool:
    package = type(value).__module__.split(".")[0]
    if package not in ("pandas", "polars") or not hasattr(value, "shape"):
        return False
    if type(value).__name__ == "Series":
        value = value.to_frame()
    kind = path.rsplit(".", 1)[-1].lower()
    if package == "polars":
        ways = {"parquet": "write_parquet", "json": "write_json", "xlsx": "write_excel"}
        getattr(value, ways.get(kind, "write_csv"))(path)
    elif kind == "json":
        value.to_json(path, orient="records", date_format="iso")
    elif kind == "parquet":
        value.to_parquet(path)
    else:
        plain = type(value.index).__name__ == "RangeIndex"
        (value.to_excel if kind == "xlsx" else value.to_csv)(path, index=not plain)
    return True


def _figure(value: Any, path: str) -> bool:
    if hasattr(value, "savefig"):
        value.savefig(path)
    elif hasattr(value, "write_html"):
        value.write_html(path, include_plotlyjs=True)
    else:
        return False
    return True


@contextmanager
def _called(
    action: str, **arguments: Any
) -> Generator[tuple[dict[str, Any], BinaryIO], None, None]:
    """Say what is wanted; give the first line of the answer, and where the others come from."""
    words = {"action": action, "arguments": arguments, "token": PLACE["token"]}
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.connect(PLACE["socket"])
            with server.makefile("rwb") as file:
                file.write(json.dumps(words).encode() + b"\n")
                file.flush()
                yield _line(file), file  # type: ignore[misc]  # a file that reads and writes
    except (OSError, ValueError) as error:
        raise Refused(f"The server cannot be reached from here: {error}", "no_server") from None


def _line(file: Any) -> Any:
    said = json.loads(file.readline() or b"null")
    if isinstance(said, list):
        return said
    if not isinstance(said, dict) or said.get("error"):
        told = said.get("error") if isinstance(said, dict) else None
        told = told if isinstance(told, dict) else {"message": "The server did not answer."}
        words = " ".join(filter(None, (told.get("message"), told.get("hint"))))
        raise Refused(words, str(told.get("code", "refused")))
    return said


def _table(action: str, library: str, **arguments: Any) -> Any:
    rows: list[list[Any]] = []
    with _called(action, **arguments) as (answer, file):
        while answer.get("more") and isinstance(page := _line(file), list):
            rows += page
    truncated = bool(answer.get("truncated"))
    return received.frame_of(answer.get("columns") or [], rows, truncated, library)
