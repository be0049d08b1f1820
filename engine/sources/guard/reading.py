"""From text to one tree: everything that is decided before the tree can be looked at."""

from collections.abc import Sequence

import msgspec
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from engine.sources.guard.refusing import Refusal, shorten

MAX_LENGTH = 100_000
MAX_TOKENS = 10_000
MAX_DEPTH = 48
"""Parsers slow down steeply with nesting; no question of a person needs this much."""

STARTS = frozenset(
    (
        "SELECT",
        "WITH",
        "FROM",
        "(",
        "VALUES",
        "TABLE",
        "PIVOT",
        "UNPIVOT",
        "DESCRIBE",
        "DESC",
        "SUMMARIZE",
        "SHOW",
    )
)
OPENING = frozenset((TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE))
CLOSING = frozenset((TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE))
EXPLAIN_OPTIONS = frozenset(
    "ANALYZE VERBOSE COSTS SETTINGS BUFFERS TIMING SUMMARY FORMAT TEXT JSON TREE TRADITIONAL ON OFF"
    " TRUE FALSE".split()
)

EXPLAIN_FORMATS = frozenset(("JSON", "TREE", "TRADITIONAL"))


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One statement: its tree, and the EXPLAIN that stood before it, if any."""

    tree: exp.Expr
    explain: str = ""


def read(sql: str, dialect: Dialect, name: str) -> Reading:
    """Parse one reading statement, or raise `Refusal`."""
    _refuse_executable_comments(sql)
    tokens = _statement(_tokenize(sql, dialect))
    explain, tokens, sql = _peel_explain(tokens, sql, dialect, name)
    start = tokens[0].text.upper() if tokens else ""
    if start not in STARTS:
        raise Refusal(
            "not_a_query",
            f"Only reading is allowed; a statement cannot begin with {shorten(start)}.",
        )
    try:
        trees = [tree for tree in dialect.parser().parse(tokens, sql) if tree is not None]
    except Exception as error:  # Text may trip the parser up: it has failed with LookupError.
        raise Refusal("not_understood", _what_went_wrong(error)) from error
    if len(trees) != 1:
        raise Refusal("one_statement", "Send exactly one statement.")
    return Reading(tree=trees[0], explain=explain)


def _refuse_executable_comments(sql: str) -> None:
    """MySQL runs what stands in `/*! */`, which every parser takes for a comment."""
    if len(sql) > MAX_LENGTH:
        raise Refusal("too_long", f"The statement is longer than {MAX_LENGTH:,} characters.")
    if "\x00" in sql:
        raise Refusal("not_understood", "The statement holds a NUL character; remove it.")
    for opening in ("/*!", "/*M!"):
        if opening in sql:
            raise Refusal(
                "executable_comment",
                f"Comments that begin with {opening} run as code; remove them.",
            )


def _tokenize(sql: str, dialect: Dialect) -> Sequence[Token]:
    try:
        tokens = dialect.tokenize(sql)
    except Exception as error:
        raise Refusal("not_understood", _what_went_wrong(error)) from error
    if len(tokens) > MAX_TOKENS:
        raise Refusal("too_long", f"The statement has more than {MAX_TOKENS:,} words.")
    depth = 0
    for token in tokens:
        if token.token_type in OPENING:
            depth += 1
            if depth > MAX_DEPTH:
                raise Refusal("too_deep", f"Brackets are nested more than {MAX_DEPTH} deep.")
        elif token.token_type in CLOSING:
            depth -= 1
    return tokens


def _statement(tokens: Sequence[Token]) -> list[Token]:
    """Take the one statement out of the semicolons around it."""
    statements: list[list[Token]] = [[]]
    for token in tokens:
        if token.token_type is TokenType.SEMICOLON:
            statements.append([])
        else:
            statements[-1].append(token)
    filled = [statement for statement in statements if statement]
    if not filled:
        raise Refusal("empty", "There is no statement.")
    if len(filled) > 1:
        second = " ".join(token.text for token in filled[1][:4])
        raise Refusal(
            "one_statement",
            f"Send one statement at a time; a second one begins with {shorten(second)}.",
        )
    return filled[0]


def _peel_explain(
    tokens: list[Token], sql: str, dialect: Dialect, name: str
) -> tuple[str, list[Token], str]:
    """Take EXPLAIN off, whose argument parsers leave unread, so that the argument is judged too."""
    if tokens[0].text.upper() != "EXPLAIN":
        return "", tokens, sql
    rest = tokens[1:]
    if tokens[0].token_type is TokenType.COMMAND and len(rest) == 1:
        # The tokenizer hands over the argument of a command as one text.
        sql = rest[0].text
        rest = _statement(_tokenize(sql, dialect))
    if name == "sqlite" and [token.text.upper() for token in rest[:2]] == ["QUERY", "PLAN"]:
        return "EXPLAIN QUERY PLAN ", rest[2:], sql
    words = ["EXPLAIN"]
    if rest and rest[0].token_type is TokenType.L_PAREN and name in ("postgres", "duckdb"):
        options, rest = _options(rest)
        words += [options] if options else []
    said = [token.text.upper() for token in rest[:3]]
    if name == "mysql" and said[:2] == ["FORMAT", "="] and said[-1] in EXPLAIN_FORMATS:
        words.append("".join(said))
        rest = rest[3:]
    while rest and rest[0].text.upper() in ("ANALYZE", "VERBOSE") and name != "sqlite":
        words.append(rest[0].text.upper())
        rest = rest[1:]
    return " ".join(words) + " ", rest, sql


def _options(tokens: list[Token]) -> tuple[str | None, list[Token]]:
    """Read `(ANALYZE, FORMAT JSON)`; None if any word is not a known option."""
    words: list[str] = []
    for at, token in enumerate(tokens[1:], start=1):
        if token.token_type is TokenType.R_PAREN:
            return f"({' '.join(words).replace(' ,', ',')})", tokens[at + 1 :]
        word = token.text.upper()
        if word != "," and word not in EXPLAIN_OPTIONS:
            return None, tokens
        words.append(word)
    return None, tokens


def _what_went_wrong(error: Exception) -> str:
    details = getattr(error, "errors", None)
    if details:
        first = details[0]
        near = shorten(str(first.get("highlight") or ""), 30)
        where = (
            f" at line {first.get('line')}, column {first.get('col')}" if first.get("line") else ""
        )
        why = first.get("description") or "unexpected text"
        return f"The statement cannot be read{where}{f', near {near}' if near else ''}: {why}."
    if isinstance(error, RecursionError):
        return "The statement is nested too deeply to be read."
    if not isinstance(error, SqlglotError | ValueError):
        return "The statement cannot be read."
    return f"The statement cannot be read: {shorten(str(error), 200)}."
