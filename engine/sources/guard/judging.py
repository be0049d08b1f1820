"""Walks the tree once and collects what must not be there."""

from collections.abc import Callable, Iterable
from itertools import chain

from sqlglot import exp

from engine.sources.guard.grammar import Grammar
from engine.sources.guard.refusing import place, shorten
from engine.sources.guard.words import nodes, others, sqlite
from engine.sources.guard.words.typed import TYPED
from protocol.items import Finding

NAMED = (
    exp.Anonymous,
    exp.AnonymousAggFunc,
    exp.CombinedAggFunc,
    exp.CombinedParameterizedAgg,
    exp.ParameterizedAgg,
)
ROOTS = (exp.Query, exp.Values, exp.Describe, exp.Summarize, exp.Show)
MAX_FINDINGS = 20


class Judge:
    """Looks at every node of one tree."""

    def __init__(self, grammar: Grammar, describe: Callable[[exp.Expr], str]) -> None:
        self._grammar = grammar
        self._describe = describe
        self._rows: dict[str, frozenset[str]] = {}
        self._places: frozenset[str] | None = None
        self._looks: dict[str, Callable[[exp.Expr], None]] = {
            "Table": self._table,
            "Column": self._column,
            "Dot": self._dot,
            "Show": self._show,
            "Describe": self._described,
            "Summarize": self._described,
            "WithTableHint": self._hint,
            "PropertyEQ": self._assignment,
            "TableSample": self._sample,
            "From": self._place,
            "Join": self._place,
        }
        self.findings: list[Finding] = []

    def judge(self, tree: exp.Expr) -> None:
        """Fill `findings`; the tree may run only if there are none."""
        if not self._may_be_root(tree):
            self._refuse(
                "not_a_query", f"Only reading is allowed; this is {self._kind(tree)}", tree
            )
        found = list(tree.walk(bfs=False))
        if self._grammar.dialect == "postgres":
            self._rows = _function_rows(found)
        elif self._grammar.dialect == "oracle":
            self._places = _names_in_from(found)
        for node in found:
            self._node(node)
            if len(self.findings) >= MAX_FINDINGS:
                return

    def _may_be_root(self, tree: exp.Expr) -> bool:
        return isinstance(tree, ROOTS) or (
            isinstance(tree, exp.Pivot) and self._grammar.dialect == "duckdb"
        )

    def _node(self, node: exp.Expr) -> None:
        if isinstance(node, exp.Func) and type(node).__name__ not in nodes.NODES:
            self._function(node)
            return
        name = type(node).__name__
        if name not in nodes.NODES:
            self._refuse("not_allowed", f"{self._kind(node)} is not allowed", node)
        elif isinstance(node, exp.Select | exp.SetOperation):
            self._parts(node, nodes.SELECT_PARTS)
        elif look := self._looks.get(name):
            look(node)

    # --- functions ---

    def _function(self, node: exp.Expr) -> None:
        if isinstance(node, NAMED):
            name = str(node.name or node.this).lower()
            allowed = (
                self._grammar.table_functions if _stands_in_from(node) else self._grammar.functions
            )
            if name not in allowed:
                where = " in FROM" if _stands_in_from(node) else ""
                self._refuse(
                    "function_not_allowed",
                    f"The function {shorten(name)} is not allowed{where}",
                    node,
                )
            elif self._means_another(node):
                self._refuse(
                    "function_not_allowed",
                    f"The function {shorten(node.name)} is not {name}; write it without quotes",
                    node,
                )
            elif name in sqlite.BOMBS and self._grammar.dialect == "sqlite":
                self._format(node, node.expressions)
        elif isinstance(node, exp.Format) and self._grammar.dialect == "sqlite":
            self._format(node, [node.this, *node.expressions])
        elif isinstance(node, exp.Format):
            if "format" not in self._grammar.functions:
                self._refuse("function_not_allowed", "The function format is not allowed", node)
        elif type(node).__name__ not in TYPED:
            self._refuse(
                "function_not_allowed", f"The function {self._kind(node)} is not allowed", node
            )

    def _means_another(self, node: exp.Expr) -> bool:
        """Tell whether a name in quotes is somebody's own function: PostgreSQL minds its case."""
        called = node.this
        quoted = isinstance(called, exp.Identifier) and bool(called.args.get("quoted"))
        return quoted and self._grammar.dialect == "postgres" and node.name != node.name.lower()

    def _format(self, node: exp.Expr, arguments: Iterable[exp.Expr]) -> None:
        first = next(iter(arguments), None)
        if not (isinstance(first, exp.Literal) and first.is_string and _is_modest(first.name)):
            self._refuse(
                "function_not_allowed",
                "printf and format need a written-out format without * and with widths under 1000",
                node,
            )

    # --- names ---

    def _table(self, node: exp.Expr) -> None:
        self._parts(node, nodes.TABLE_PARTS)
        if isinstance(node.this, exp.Var | exp.Dot):
            self._refuse("table_not_allowed", "Stages and other servers are not open", node)
        if not isinstance(node.this, exp.Identifier) or node.arg_key == "indexed":
            return
        schema, name = node.text("db").lower(), node.name.lower()
        catalog = node.text("catalog").lower()
        if self._is_internal(catalog, schema, name):
            full = ".".join(part for part in (catalog, schema, name) if part)
            self._refuse(
                "table_not_allowed",
                f"The system table {shorten(full)} is not open to questions",
                node,
            )
        elif any(mark in node.name for mark in self._grammar.path_marks) or (
            schema and name in self._grammar.file_endings
        ):
            self._refuse(
                "table_not_allowed",
                f"{shorten(node.name)} looks like a path or a link; only tables of the catalogue "
                "can be read",
                node,
            )

    def _is_internal(self, catalog: str, schema: str, name: str) -> bool:
        lists = self._grammar
        if schema == "information_schema" and lists.information:
            return name not in lists.information
        if name in lists.catalogue and schema in ("", "pg_catalog"):
            return False
        # BigQuery's parser takes INFORMATION_SCHEMA.JOBS for one name.
        if not lists.system_schemas.isdisjoint((schema, catalog, *name.split(".")[:-1])):
            return True
        if name in lists.table_functions and name.startswith("pragma_"):
            return False
        return name in lists.internal or name.startswith(lists.internal_prefixes or ("\0",))

    def _column(self, node: exp.Expr) -> None:
        name = node.name.lower()
        if name.startswith("$") and self._grammar.dialect != "mysql":
            self._refuse("not_allowed", f"{shorten(name)} is a parameter, and has no value", node)
        if self._places is not None and node.text("table").lower() not in self._places:
            self._refuse(
                "function_not_allowed", f"{shorten(node.sql())} could be a package's call", node
            )
        if name in others.PSEUDO_COLUMNS and node.text("table"):
            self._refuse("function_not_allowed", f"{shorten(name)} draws from a sequence", node)
        columns = self._rows.get(node.text("table").lower())
        if columns is not None and name not in columns:
            self._refuse(
                "not_allowed",
                f"{shorten(node.text('table'))}.{shorten(name)} could be read as a call; name"
                " the function's columns in its alias, as in f(…) AS t(a, b)",
                node,
            )

    def _dot(self, node: exp.Expr) -> None:
        left, right = node.this, node.expression
        called = isinstance(right, exp.Func)
        if self._grammar.dialect == "postgres" and not called:
            # PostgreSQL reads (value).name as name(value): a call in which no function is seen.
            self._refuse("not_allowed", "(…).name can call a function; use a plain column", node)
        elif called and isinstance(left, exp.Identifier | exp.Column | exp.Dot):
            owner = left.name.lower()
            methods = self._grammar.dialect == "duckdb"
            if not methods and owner not in self._grammar.qualified_functions:
                self._refuse(
                    "function_not_allowed", f"Functions of {shorten(owner)} are not allowed", node
                )

    # --- the rest ---

    def _parts(self, node: exp.Expr, allowed: frozenset[str]) -> None:
        for part, value in node.args.items():
            if value and part not in allowed:
                self._refuse("not_allowed", f"{part.strip('_').upper()} is not allowed here", node)
        for word in node.args.get("operation_modifiers") or ():
            if str(word).upper() not in nodes.MODIFIERS:
                self._refuse("not_allowed", f"{shorten(str(word))} is not allowed", node)

    def _show(self, node: exp.Expr) -> None:
        if str(node.this).upper() not in nodes.SHOWS:
            self._refuse("not_a_query", f"SHOW {shorten(str(node.this))} is not allowed", node)
        if node.text("db").lower() in self._grammar.system_schemas:
            self._refuse(
                "table_not_allowed",
                f"The system tables of {shorten(node.text('db'))} are not open to questions",
                node,
            )

    def _described(self, node: exp.Expr) -> None:
        if not isinstance(node.this, exp.Table | exp.Query):
            self._refuse("not_a_query", "Only tables and queries can be described", node)
        if node.args.get("style") or node.args.get("kind"):
            self._refuse("not_a_query", "DESCRIBE takes a table or a query and nothing else", node)

    def _hint(self, node: exp.Expr) -> None:
        for part in node.expressions:
            if part.name.upper() not in nodes.TABLE_HINTS:
                self._refuse(
                    "not_allowed", f"The table hint {shorten(part.name)} is not allowed", node
                )

    def _place(self, node: exp.Expr) -> None:
        # The parser also reads `FROM SELECT …`: written anew, that is another statement.
        if isinstance(node.this, exp.Select | exp.SetOperation):
            self._refuse("not_understood", "Put brackets around a query in FROM", node)

    def _sample(self, node: exp.Expr) -> None:
        method = node.text("method").upper()
        if method and method not in nodes.SAMPLINGS:
            self._refuse("not_allowed", f"Sampling by {shorten(method)} is not allowed", node)

    def _assignment(self, node: exp.Expr) -> None:
        # The same node is `a := 1` as a named argument, a key of a struct, and MySQL's assignment.
        if self._grammar.dialect == "mysql" or not isinstance(node.parent, exp.Func):
            self._refuse("not_allowed", "Assignments are not allowed", node)

    def _kind(self, node: exp.Expr) -> str:
        text = shorten(self._describe(node), 40)
        return f"{type(node).__name__} ({text})" if text else type(node).__name__

    def _refuse(self, code: str, message: str, node: exp.Expr) -> None:
        finding = Finding(code=code, message=f"{message}{place(node)}.")
        if finding not in self.findings:
            self.findings.append(finding)


def _stands_in_from(node: exp.Expr) -> bool:
    parent = node.parent
    if isinstance(parent, exp.Table | exp.TableFromRows):
        return parent.this is node or parent.arg_key in ("rows_from", "expressions")
    return isinstance(parent, exp.Lateral) and node.arg_key == "this"


def _function_rows(found: Iterable[exp.Expr]) -> dict[str, frozenset[str]]:
    """Name the rows that are a function's bare value, and their columns.

    PostgreSQL reads `alias.f` on such a row as the call f(value) when no column has that name.
    """
    rows: dict[str, frozenset[str]] = {}
    for node in found:
        called = node if isinstance(node, exp.Unnest) else node.args.get("this")
        if not isinstance(node, exp.Unnest | exp.Lateral | exp.Table) or not isinstance(
            called, exp.Func
        ):
            continue
        alias = node.args.get("alias")
        name = (
            (alias.name if isinstance(alias, exp.TableAlias) else "")
            or called.name
            or called.sql_name()
        )
        columns = alias.args.get("columns") or () if isinstance(alias, exp.TableAlias) else ()
        numbered = node.args.get("offset")
        if isinstance(numbered, exp.Identifier):
            columns = [*columns, numbered]
        known = {
            name.lower(),
            "key",
            "value",
            "ordinality",
            *(column.name.lower() for column in columns),
        }
        rows[name.lower()] = rows.get(name.lower(), frozenset()) | known
    return rows


def _names_in_from(found: Iterable[exp.Expr]) -> frozenset[str]:
    """Name what columns may be qualified with. Oracle takes `a.b` for a call where it is not."""
    names = {""}
    for node in found:
        if isinstance(node, exp.Table):
            names |= {node.name.lower(), node.alias.lower()}
        elif isinstance(node, exp.TableAlias):
            names.add(node.name.lower())
    return frozenset(names)


def _is_modest(format: str) -> bool:
    """Tell whether no width in a printf format can make a giant text."""
    run = 0
    for character in chain(format, " "):
        if character == "*":
            return False
        run = run + 1 if character.isdigit() else 0
        if run > 3:
            return False
    return True
