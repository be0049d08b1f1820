"""What can be said on the command line. Imports nothing heavy: `--help` must be quick."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

MODES: Final = (
    "none",
    "plan_only",
    "on_error",
    "plan_and_answer",
    "full",
    "auto_execute",
    "review_first",
    "generate_only",
)
POLICIES: Final = ("none", "schema", "samples", "results")
EXITS: Final = """\
exit codes:
  0  answered        2  the command makes no sense as given
  1  failed          3  rejected by a person, or because nobody could be asked
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    root = argparse.ArgumentParser(
        prog="askwire",
        description="Talk with your data over one wire.",
        epilog="askwire COMMAND --help says more about each.",
    )
    root.add_argument("--version", action="store_true", help="print the version")
    commands = root.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(
        name: str,
        module: str,
        help: str,
        build: Callable[[argparse.ArgumentParser], None],
        **more: Any,
    ) -> None:
        added = commands.add_parser(
            name,
            help=help,
            description=help[0].upper() + help[1:] + ".",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **more,
        )
        added.set_defaults(module=module)
        build(added)

    command("serve", "serving", "start a server, with the web chat on it", _serve)
    command("ask", "asking", "ask one question and print the answer", _ask, epilog=EXITS)
    command("chat", "chatting", "talk in the terminal", _chat)
    command("sessions", "keeping", "list, archive or delete sessions", _sessions)
    command("audit", "auditing", "say who decided what, and when", _audit)
    command("grants", "granting", "list or take back what is allowed for always", _grants)
    command("sources", "connecting", "list, show, add, test or remove what can be asked", _sources)
    command("meaning", "stating", "say what the data of a source means", _stated)
    command("privacy", "stating", "say what of a source nobody may see", _stated)
    command("models", "providing", "list, add, test or remove models to ask", _models)
    command("eval", "evaluating", "ask a model a file of questions and count the right ones", _eval)
    command("vault", "connecting", "encrypt kept passwords by a new key", _vault)
    command("replay", "replaying", "play a session's log again", _replay)
    command("export", "keeping", "save a session as a file", _export)
    command("import", "importing", "take in sessions of another system", _import)
    command("schema", "describing", "print the protocol in a machine's words", _schema)
    command("doctor", "checking", "look whether everything is in order, with advice", _doctor)
    command("equip", "equipping", "install what Python in sessions may use", lambda _: None)
    command("version", "telling", "print the version", lambda _: None)
    # `guard` parses its own arguments; it stands here to be found.
    commands.add_parser("guard", help="say whether SQL only reads, and what would run")
    return root


def _where(added: argparse.ArgumentParser, *, db: bool = True) -> None:
    """Where sessions live: on a server, or in a folder of this machine."""
    group = added.add_argument_group("where")
    group.add_argument("--url", type=_server, help="a server, such as http://127.0.0.1:8000")
    group.add_argument("--token", help="who you are there, where the server asks")
    group.add_argument(
        "--patience", type=float, default=15.0, metavar="S", help="seconds to wait for it (15)"
    )
    group.add_argument("--data", type=Path, metavar="DIR", help="a data folder, without a server")
    if db:
        group.add_argument(
            "--db", type=Path, metavar="FILE", help="a SQLite, CSV, Parquet or JSON file to ask"
        )


def _serve(added: argparse.ArgumentParser) -> None:
    added.add_argument("--host", help="where to listen (default: 127.0.0.1, this machine only)")
    added.add_argument("--port", type=_port, help="default: 8000; 0 takes a free one")
    added.add_argument(
        "--data", type=Path, metavar="DIR", help="where sessions are kept (default: the user's)"
    )
    added.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="NAME=PATH",
        help="a SQLite file, or a file or folder of CSV, Parquet or JSON; may be given again",
    )
    added.add_argument("--token", help="who knows it may come in; needed to listen elsewhere")
    added.add_argument("--no-sample", action="store_true", help="do not offer the sample data")
    added.add_argument("--open", action="store_true", help="open the page in a browser")


def _ask(added: argparse.ArgumentParser) -> None:
    added.add_argument("question", help="the question; - reads it from the standard input")
    added.add_argument("--source", help="the name of the source to ask, on the server")
    added.add_argument("--mode", choices=MODES, metavar="MODE", help="which steps wait for you")
    added.add_argument("--model", help="which model answers: builtin, or profile/model")
    added.add_argument("--tell", choices=POLICIES, help="what of the data it may be told")
    added.add_argument("--session", help="go on in this session instead of a new one")
    added.add_argument(
        "--change",
        action="append",
        default=[],
        metavar="CHIP=CHOICE",
        help="then change a chip of how it was read, or leave it out (CHIP=); may be given again",
    )
    added.add_argument("--rows", type=_rows, default=50, metavar="N", help="rows to print (50)")
    added.add_argument("--json", action="store_true", help="print the records as they come")
    added.add_argument("--yes", action="store_true", help="approve every step that waits")
    _where(added)


def _chat(added: argparse.ArgumentParser) -> None:
    added.add_argument("question", nargs="?", help="a first question")
    added.add_argument("--source", help="the name of the source to ask")
    added.add_argument(
        "--mode", choices=MODES, metavar="MODE", default="full", help="which steps wait (full)"
    )
    added.add_argument("--model", help="which model answers: builtin, or profile/model")
    added.add_argument("--tell", choices=POLICIES, help="what of the data it may be told")
    added.add_argument("--session", help="go on in this session")
    _where(added)


def _sessions(added: argparse.ArgumentParser) -> None:
    added.add_argument("action", nargs="?", choices=("list", "archive", "delete"), default="list")
    added.add_argument("session", nargs="*", help="the sessions to archive or delete")
    added.add_argument("--archived", action="store_true", help="list those that were put away")
    added.add_argument("--json", action="store_true", help="one line of JSON for each")
    _where(added, db=False)


def _audit(added: argparse.ArgumentParser) -> None:
    added.add_argument("session", nargs="?", help="one session; without, all that you may see")
    added.add_argument("--json", action="store_true", help="one line of JSON for each decision")
    _where(added, db=False)


def _grants(added: argparse.ArgumentParser) -> None:
    added.add_argument("action", nargs="?", choices=("list", "revoke"), default="list")
    added.add_argument("grant", nargs="*", help="the grants to take back")
    added.add_argument("--json", action="store_true", help="one line of JSON for each")
    _where(added, db=False)


def _sources(added: argparse.ArgumentParser) -> None:
    actions = ("list", "show", "add", "test", "remove")
    added.add_argument("action", nargs="?", choices=actions, default="list")
    added.add_argument("name", nargs="?", help="the source")
    added.add_argument("--refresh", action="store_true", help="with show: look at it anew")
    kinds = ("postgres", "mysql", "sqlite", "duckdb")
    added.add_argument("--kind", choices=kinds, default="postgres")
    added.add_argument("--path", type=Path, help="of a SQLite file; a folder or file for duckdb")
    added.add_argument("--host", help="where the database listens (localhost)")
    added.add_argument("--port", type=_port, help="default: that of the kind")
    added.add_argument("--database", help="its name there")
    added.add_argument("--user", help="a role that can read, and nothing else")
    added.add_argument("--tls", metavar="HOW", help="as the kind has it, such as require")
    added.add_argument("--password-env", metavar="VARIABLE", help="where the password stands")
    added.add_argument("--password-stdin", action="store_true", help="read it from a pipe")
    added.add_argument(
        "--privacy", type=Path, metavar="FILE", help="YAML of what nobody may see there"
    )
    added.add_argument("--no-test", dest="test", action="store_false", help="keep it untried")
    added.add_argument("--json", action="store_true", help="one line of JSON for each")
    _where(added, db=False)


def _stated(added: argparse.ArgumentParser) -> None:
    added.add_argument("action", choices=("show", "import", "export", "check", "forget"))
    added.add_argument("source", help="the source")
    added.add_argument("file", nargs="?", type=Path, metavar="FILE", help="YAML; - is a pipe")
    _where(added, db=False)


def _models(added: argparse.ArgumentParser) -> None:
    actions = ("list", "add", "test", "remove")
    added.add_argument("action", nargs="?", choices=actions, default="list")
    added.add_argument("name", nargs="?", help="the provider; with list, ask it what it has")
    added.add_argument(
        "--kind",
        choices=("openai", "responses", "anthropic"),
        default="openai",
        help="its API (openai: whatever speaks chat completions)",
    )
    added.add_argument("--at", metavar="URL", help="where, such as http://localhost:11434/v1")
    added.add_argument("--model", help="the model that is meant where only NAME is said")
    added.add_argument("--tell", choices=POLICIES, help="what of the data it may be told")
    added.add_argument("--tools", choices=("auto", "calls", "tags"), help="how it calls tools")
    added.add_argument("--context", type=int, metavar="N", help="tokens it can read (32000)")
    added.add_argument("--price", metavar="IN:OUT", help="US dollars for a million tokens")
    added.add_argument("--key-env", metavar="VARIABLE", help="where the key stands")
    added.add_argument("--key-stdin", action="store_true", help="read it from a pipe")
    added.add_argument("--no-test", dest="test", action="store_false", help="keep it untried")
    added.add_argument("--json", action="store_true", help="one line of JSON for each")
    _where(added, db=False)


def _eval(added: argparse.ArgumentParser) -> None:
    added.add_argument("file", type=Path, help="JSON lines: question, sql, and path or source")
    added.add_argument("--model", default="builtin", help="builtin (default) or profile/model")
    added.add_argument("--tell", choices=POLICIES, help="what of the data it may be told")
    added.add_argument("--limit", type=int, metavar="N", help="ask the first N only")
    added.add_argument(
        "--least", type=float, metavar="PERCENT", help="exit with 1 if fewer are right"
    )
    added.add_argument("--data", type=Path, metavar="DIR", help="whose providers (the user's)")
    added.add_argument("--json", action="store_true", help="a line of JSON each, then the report")


def _vault(added: argparse.ArgumentParser) -> None:
    added.add_argument("action", choices=("rotate",))
    added.add_argument("--data", type=Path, metavar="DIR", help="a data folder (the user's)")


def _replay(added: argparse.ArgumentParser) -> None:
    added.add_argument("session", help="the session's id")
    added.add_argument(
        "--speed",
        type=float,
        default=0.0,
        metavar="X",
        help="X times as fast as it was; 0: at once",
    )
    added.add_argument("--json", action="store_true", help="print the records")
    _where(added, db=False)


def _export(added: argparse.ArgumentParser) -> None:
    added.add_argument("session", help="the session's id")
    added.add_argument(
        "--as",
        dest="form",
        choices=("notebook", "json", "markdown", "csv"),
        default="markdown",
        help="markdown (default), a Jupyter notebook, the records, or the last table as CSV",
    )
    added.add_argument("--to", type=Path, metavar="FILE", help="default: the standard output")
    _where(added, db=False)


def _import(added: argparse.ArgumentParser) -> None:
    added.add_argument("system", choices=("dsagent",), help="where they come from")
    added.add_argument("folder", type=Path, metavar="DIR", help="its folder of sessions")
    added.add_argument("--dry-run", action="store_true", help="say what would be taken in")
    added.add_argument("--owner", default="local", metavar="CALLER", help="whose they are (local)")
    added.add_argument("--data", type=Path, metavar="DIR", help="a data folder (the user's)")


def _schema(added: argparse.ArgumentParser) -> None:
    added.add_argument(
        "--as",
        dest="form",
        choices=("jsonschema", "asyncapi", "typescript", "markdown"),
        default="jsonschema",
    )


def _doctor(added: argparse.ArgumentParser) -> None:
    added.add_argument("--data", type=Path, metavar="DIR", help="a data folder (the user's)")
    added.add_argument(
        "--port", type=_port, default=8000, help="where a server is to listen (8000)"
    )
    added.add_argument("--json", action="store_true", help="one line of JSON for each look")


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def _rows(text: str) -> int:
    rows = int(text) if text.isdecimal() else 0
    if rows < 1:
        raise argparse.ArgumentTypeError("a number of rows is at least 1")
    return rows


def _server(text: str) -> str:
    scheme, named, _ = text.partition("://")
    if named and scheme.lower() not in ("http", "https", "ws", "wss"):
        raise argparse.ArgumentTypeError("a server's address begins with http:// or https://")
    return text
