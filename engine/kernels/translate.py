"""What a kernel says, as the outputs of the `Kernel` port. Pure."""

from typing import Any, Literal

import msgspec

from engine.kernels.wire import Message
from engine.ports import Asked, Cleared, KernelOutput, Printed, Raised, Returned, Shown, ShownTable
from protocol.items import Column, Display

TABLE = "application/vnd.askwire.table+json"
TRUNCATED = "application/vnd.askwire.truncated+json"

PREFERRED = (
    "application/vnd.vegalite.v6+json",
    "application/vnd.vegalite.v5+json",
    "application/vnd.plotly.v1+json",
    "image/svg+xml",
    "image/png",
    "image/jpeg",
    "image/gif",
    "text/html",
    "text/markdown",
    "text/latex",
    "application/json",
)
"""Best first; other types follow, plain text last."""


class _Table(msgspec.Struct, frozen=True, kw_only=True):
    columns: tuple[Column, ...]
    rows: list[list[Any]]
    row_count: int
    title: str | None = None


def output_of(message: Message) -> KernelOutput | None:
    """Return what the message shows, or None if it shows nothing. Garbage shows nothing."""
    content = message.content
    match message.header.msg_type:
        case "stream":
            stream: Literal["stdout", "stderr"]
            stream = "stderr" if content.get("name") == "stderr" else "stdout"
            text = content.get("text")
            return Printed(stream=stream, text=text) if isinstance(text, str) and text else None
        case "execute_result" | "display_data" | "update_display_data" as kind:
            data = content.get("data")
            if not isinstance(data, dict):
                return None
            shown, name = _shown(data, kind == "execute_result"), _display_id(content)
            if isinstance(shown, Shown) and name is not None:
                return msgspec.structs.replace(shown, id=name)
            return shown
        case "clear_output":
            return Cleared()
        case "error":
            return _raised(content)
        case "input_request":
            return Asked(
                prompt=str(content.get("prompt", "")), password=bool(content.get("password"))
            )
        case _:
            return None


def _shown(data: dict[str, Any], is_result: bool) -> KernelOutput | None:
    if TABLE in data:
        try:
            table = msgspec.convert(data[TABLE], _Table)
        except msgspec.ValidationError:
            return None
        if any(len(row) != len(table.columns) for row in table.rows):
            return None
        return ShownTable(
            columns=table.columns, rows=table.rows, row_count=table.row_count, title=table.title
        )
    known = [mime for mime in PREFERRED if mime in data]
    others = [m for m in data if m not in (*PREFERRED, TRUNCATED, "text/plain")]
    plain = data.get("text/plain")
    if not known and not others:
        if not isinstance(plain, str):
            return None
        if is_result:
            return Returned(text=plain)
    mimes = [*known, *others, *(["text/plain"] if "text/plain" in data else [])]
    return Shown(displays=tuple(Display(mime=mime, data=data[mime]) for mime in mimes))


def _display_id(content: dict[str, Any]) -> str | None:
    transient = content.get("transient")
    found = transient.get("display_id") if isinstance(transient, dict) else None
    return found[:200] if isinstance(found, str) and found else None


def _raised(content: dict[str, Any]) -> Raised:
    lines = content.get("traceback")
    text = "\n".join(map(str, lines)) if isinstance(lines, list) else ""
    return Raised(
        name=str(content.get("ename", "Error")),
        message=str(content.get("evalue", ""))[:10_000],
        traceback=text,
    )


def is_cut(message: Message) -> bool:
    """Tell whether the kernel itself had to leave something out of this message."""
    data = message.content.get("data")
    return isinstance(data, dict) and TRUNCATED in data
