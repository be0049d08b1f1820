"""What code of people calls: data of the session, without any credential in the kernel.

    import askwire
    orders = askwire.query("SELECT * FROM orders LIMIT 10")

The server checks and limits each call like one that came from the chat.
"""

import json
import socket
from typing import Any

PLACE = {"socket": "", "token": ""}  # where the server listens; set before the first cell


class Refused(Exception):
    """The server did not do it. The message says why and what to do."""


def query(sql: str, source: str | None = None) -> Any:
    """Run SQL on a source of this session and return a data frame."""
    return _frame(_call("query", sql=sql, source=source))


def table(result: str) -> Any:
    """Return a table that was shown in this session as a data frame."""
    return _frame(_call("table", result=str(result)))


def ask(question: str, choices: list[str] | None = None) -> Any:
    """Ask the person something and return the answer."""
    return _call("ask", question=question, choices=choices or []).get("value")


def save(value: Any, name: str) -> Any:
    """Keep a data frame or text under artifacts/ in the workspace and return its path."""
    import os

    path = os.path.join("artifacts", os.path.basename(name))
    os.makedirs("artifacts", exist_ok=True)
    if path.endswith(".parquet"):
        value.to_parquet(path)
    elif hasattr(value, "to_csv"):
        value.to_csv(path, index=False)
    elif isinstance(value, bytes):
        with open(path, "wb") as file:
            file.write(value)
    else:
        with open(path, "w", encoding="utf-8") as text:
            text.write(str(value))
    return path


def _call(action: str, **arguments: Any) -> dict[str, Any]:
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.connect(PLACE["socket"])
            with server.makefile("rwb") as file:
                words = {"action": action, "arguments": arguments, "token": PLACE["token"]}
                file.write(json.dumps(words).encode() + b"\n")
                file.flush()
                answer = json.loads(file.readline() or b"{}")
    except (OSError, ValueError) as error:
        raise Refused(f"The server cannot be reached from here: {error}") from None
    if not isinstance(answer, dict) or answer.get("error"):
        told = answer.get("error") if isinstance(answer, dict) else None
        told = told if isinstance(told, dict) else {"message": "The server did not answer."}
        raise Refused(" ".join(filter(None, (told.get("message"), told.get("hint")))))
    return answer


def _frame(answer: dict[str, Any]) -> Any:
    columns, rows = answer.get("columns") or [], answer.get("rows") or []
    names = [column["name"] for column in columns]
    try:
        import pandas
    except ImportError:
        return [dict(zip(names, row, strict=True)) for row in rows]
    made = {
        place: _converted(pandas, [row[place] for row in rows], column.get("type"))
        for place, column in enumerate(columns)
    }
    frame = pandas.DataFrame(made)  # by place first: two columns may have one name
    frame.columns = names
    if answer.get("truncated"):
        frame.attrs["truncated"] = True
    return frame


def _converted(pandas: Any, cells: list[Any], kind: str | None) -> Any:
    """Return a column as pandas knows its type; as it came if that fails."""
    values = pandas.Series(cells, dtype=object)
    try:
        match kind:
            case "integer" | "int64":
                whole = [None if value is None else int(value) for value in cells]
                return pandas.Series(whole, dtype="Int64" if None in whole else "int64")
            case "float":
                return values.astype("float64")
            case "decimal":
                import decimal

                return values.map(decimal.Decimal, na_action="ignore")
            case "date" | "timestamp":
                return pandas.to_datetime(values, format="ISO8601")
            case "timestamptz":
                return pandas.to_datetime(values, format="ISO8601", utc=True)
            case "interval":
                return pandas.to_timedelta(values)
            case _:
                return pandas.Series(cells)
    except (ValueError, TypeError, OverflowError):
        return values
