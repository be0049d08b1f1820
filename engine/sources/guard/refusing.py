"""How the guard says no."""

from sqlglot import exp

from protocol.items import Finding


class Refusal(Exception):
    """The text cannot be judged further; `finding` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.finding = Finding(code=code, message=message)


def shorten(text: str, length: int = 60) -> str:
    """Cut a piece of SQL so that it fits into a sentence."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"


def place(node: exp.Expr) -> str:
    """Say where in the text a node stands, ` (line 2, column 8)`, or nothing if it is not known."""
    for part in node.walk(bfs=False):
        line, column = part.meta.get("line"), part.meta.get("col")
        if line is not None and column is not None:
            return f" (line {line}, column {column})"
    return ""
