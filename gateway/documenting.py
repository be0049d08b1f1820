"""The parts of docs/ that are made from the code, written between marks in pages of prose.

python -m gateway.documenting --write    write them
python -m gateway.documenting --check    say which pages are out of date
"""

import argparse
import ast
import inspect
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, get_args

import msgspec

from engine import diagram
from engine.gates import PRESETS, Policy
from gateway import settings as settings_module
from gateway.app import create_app
from gateway.building import build
from gateway.cli.parsing import parser
from gateway.families import dsagent, ledgers, native
from gateway.families.shape import Family
from gateway.refusing import STATUS
from gateway.settings import PREFIX, Settings
from protocol.closes import CLOSES
from protocol.events import Subject
from protocol.refusals import ADVICE

DOCS: Final = Path(__file__).parents[1] / "docs"
BLOCK: Final = re.compile(r"(<!-- made of (\w+) -->\n).*?(<!-- end of \2 -->)", re.DOTALL)
IMPLIED: Final = {"OPTIONS", "HEAD"}
MEANINGS: Final = {
    "host": "Where to listen.",
    "port": "The port; 0 takes a free one.",
    "model": "The model of sessions that name none.",
    "heartbeat": "Seconds of silence until a socket is pinged; after 2.25 times that, it is gone.",
    "hello_seconds": "How long a socket may stay open without `hello`.",
    "send_seconds": "How long one send may take before its reader is dropped.",
    "frame_bytes": "The largest message that is read, on a socket or as a posted command.",
    "commands_per_second": "Commands of one caller each second, by any door; twice that at once.",
    "sessions_per_socket": "How many sessions one socket may follow.",
    "text_chars": "The longest question.",
    "upload_bytes": "The largest body of a request, files and all.",
    "max_rounds": "How often a run may ask the model.",
    "max_seconds": "How long a run may work without a pause. Waiting for a person does not count.",
    "max_rows": "Rows of one result; the rest is cut, and said to be.",
    "query_seconds": "How long one query may take.",
    "kernel_seconds": "How long one cell may run.",
    "kernel_memory_mb": "The memory of a kernel, and of each of its processes.",
    "kernel_output_bytes": "How much one cell may print and show; the rest is dropped, and said.",
    "warm_kernels": "How many kernels wait ready. 0: none is started, or measured, before use.",
    "isolation_minimum": "The isolation, 0 to 4, below which no Python runs.",
}
"""What settings mean that carry no docstring of their own."""
FRAMEWORK: Final = "/openapi"
HOME: Final = "`$XDG_DATA_HOME/askwire`"


def stale(folder: Path = DOCS) -> list[Path]:
    """Return the pages that do not say what the code says today."""
    pages = ((page, page.read_text("utf-8")) for page in sorted(folder.rglob("*.md")))
    return [page for page, text in pages if renewed(text) != text]


def renewed(text: str) -> str:
    """Return a page with every marked part made anew."""

    def made(found: re.Match[str]) -> str:
        return f"{found[1]}\n{PARTS[found[2]]()}\n\n{found[3]}"

    return BLOCK.sub(made, text)


def table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    """Return a table in Markdown."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def picture() -> str:
    """Return the state diagram as a block of Mermaid."""
    return f"```mermaid\n{diagram.picture()}\n```"


def modes() -> str:
    """Return a table of the modes and what each says of every gate."""
    subjects = Policy.__struct_fields__
    rows = (
        (f"`{mode}`", *(policy.rule(subject) for subject in get_args(Subject)))
        for mode, policy in PRESETS.items()
    )
    assert get_args(Subject) == subjects, "a gate for each subject"
    return table(("mode", *subjects), rows)


# --- Settings ---


def settings() -> str:
    """Return a table of every setting."""
    said = docstrings(inspect.getsource(settings_module))
    rows = (
        (f"`{PREFIX}{field.name.upper()}`", _default(field), _line(meaning(field.name, said)))
        for field in msgspec.structs.fields(Settings)
    )
    return table(("variable", "default", "meaning"), rows)


def meaning(name: str, said: dict[str, str]) -> str:
    """Return what a setting means. Raise `KeyError` for one that nobody has explained."""
    return said[name] if name in said else MEANINGS[name]


def docstrings(source: str) -> dict[str, str]:
    """Return the text that stands under each field of `Settings`."""
    (struct,) = (
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef) and node.name == Settings.__name__
    )
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in zip(struct.body, struct.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def _default(field: Any) -> str:
    if field.name == "data":
        return HOME
    default = field.default
    if default is msgspec.NODEFAULT:
        default = field.default_factory()
    if default is None or default in ({}, ()):
        return ""
    if isinstance(default, bool):
        return "`true`" if default else "`false`"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


# --- What can be called ---


def commands() -> str:
    """Return a table of the commands of the terminal."""
    # argparse keeps what it says of its commands to itself.
    (found,) = (action for action in parser()._actions if isinstance(action.choices, dict))
    helps: list[argparse.Action] = vars(found)["_choices_actions"]
    rows = ((f"`askwire {action.dest}`", _line(action.help or "")) for action in helps)
    return table(("command", "what it does"), rows)


def routes() -> str:
    """Return a table of every path that answers HTTP, and of the socket."""
    return table(("", "path", "what it gives", "who may"), iter(_routes()))


def _routes() -> list[tuple[str, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        chosen = Settings(data=Path(folder), sample=False, warm_kernels=0)
        parts = build(chosen)
        if parts.runs is not None:
            shutil.rmtree(parts.runs, ignore_errors=True)
        app = create_app(chosen, parts)
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for route in app.routes:
        one: list[Any] = [getattr(route, "route_handler", None)]
        handlers: list[Any] = getattr(route, "route_handlers", None) or one
        if f"{route.path}/".startswith(f"{FRAMEWORK}/"):
            continue  # `/openapi.json` by the framework's own names.
        for handler in handlers:
            if handler.opt.get("family", native.FAMILY.name) != native.FAMILY.name:
                continue  # Told in the ledger of its family.
            who = "anybody" if handler.opt.get("public") else "a caller"
            for method in sorted(getattr(handler, "http_methods", {"WebSocket"}) - IMPLIED):
                # What runs in a thread is wrapped.
                called = getattr(handler.fn, "func", handler.fn)
                said = _line((inspect.getdoc(called) or "").partition("\n\n")[0])
                path = re.sub(r":(str|path)}", "}", route.path)
                found[path, method] = (method, f"`{path}`", said, who)
    return [found[key] for key in sorted(found)]


def ledger(family: Family) -> str:
    """Return a table of what became of each operation of a foreign API."""
    return table(ledgers.HEADS, ledgers.rows(family.ledger))


# --- What can be said no with ---


def refusals() -> str:
    """Return a table of the refusals and their status over HTTP."""
    rows = ((f"`{code}`", advice, str(STATUS.get(code, 422))) for code, advice in ADVICE.items())
    return table(("code", "advice", "HTTP"), rows)


def closes() -> str:
    """Return a table of the close codes of sockets."""
    rows = (
        (str(it.code), it.reason, "yes" if it.reconnect else "no", it.advice)
        for it in sorted(CLOSES, key=lambda it: it.code)
    )
    return table(("code", "reason", "come back", "what to do"), rows)


PARTS: Final[dict[str, Callable[[], str]]] = {
    "picture": picture,
    "transitions": diagram.table,
    "modes": modes,
    "settings": settings,
    "commands": commands,
    "routes": routes,
    "refusals": refusals,
    "closes": closes,
    "dsagent": lambda: ledger(dsagent.FAMILY),
}


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; return 1 when something is out of date."""
    chosen = argparse.ArgumentParser(prog="python -m gateway.documenting", description=__doc__)
    what = chosen.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true")
    what.add_argument("--check", action="store_true")
    given = chosen.parse_args(arguments)
    old = stale()
    for page in old:
        if given.write:
            page.write_text(renewed(page.read_text("utf-8")), "utf-8")
        words = "wrote" if given.write else "out of date:"
        sys.stderr.write(f"{words} docs/{page.relative_to(DOCS)}\n")
    return 0 if given.write else int(bool(old))


if __name__ == "__main__":
    raise SystemExit(main())
