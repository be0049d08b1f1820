"""Applies a policy by rewriting the tree: a table becomes a query that shows what may be seen."""

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

from engine.sources.guard.policy import Columns, Policy, names_of
from engine.sources.guard.refusing import Refusal, place, shorten
from engine.sources.guard.speaking import refuse_telling
from engine.sources.guard.speech import is_dual

KEPT_OUTSIDE = ("joins", "pivots", "laterals")
NOT_ON_RESTRICTED = ("sample", "version", "hints", "indexed", "ordinality")
ROW_NUMBERS = ("rowid", "oid", "_rowid_")
FOLDING = ("sqlite", "duckdb")
FENCES = {
    "sqlite": ("limit", "-1"),
    "mysql": ("limit", "18446744073709551615"),
    "duckdb": ("limit", "9223372036854775806"),
}
"""Limits that let everything through; elsewhere an offset of nothing."""


def real_tables(tree: exp.Expr, dialect: str) -> Iterator[exp.Table]:
    """Yield the places where a table of the source is read, not one that the statement defines."""
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier) or table.arg_key == "indexed":
            continue
        if dialect == "mysql" and is_dual(table):
            continue
        if table.args.get("db") is None and _is_own(table, dialect):
            continue
        yield table


def full_name(table: exp.Table) -> str:
    """Write the name of a table with what stands before it."""
    parts = (table.text("catalog"), table.text("db"), table.name)
    return ".".join(part for part in parts if part)


def apply(
    tree: exp.Expr, policy: Policy, columns: Columns, dialect: str, speech: Dialect
) -> exp.Expr:
    """Rewrite all reading of restricted tables. Raise `Refusal` where that cannot be done."""
    if policy.restricts:
        refuse_telling(tree, columns)
    restricted: set[str] = set()
    for table in list(real_tables(tree, dialect)):
        name = full_name(table)
        if policy.is_unnamed_view(name):
            raise Refusal(
                "table_not_allowed",
                f"The view {shorten(name)} shows a table that has rules, and the rules do not name"
                f" it: whoever made them must say what is seen of it{place(table)}.",
            )
        if policy.hides(name):
            raise Refusal(
                "table_not_allowed", f"The table {shorten(name)} may not be read{place(table)}."
            )
        if policy.touches(name):
            restricted |= {"", table.alias_or_name.lower()}
            _restrict(table, name, policy, columns, dialect, speech)
    if restricted and dialect == "sqlite":
        _refuse_row_numbers(tree, restricted, columns)
    return tree


def _refuse_row_numbers(tree: exp.Expr, restricted: set[str], columns: Columns) -> None:
    """SQLite answers NULL to the number of a row that stands in for one of a table."""
    own = {name.lower() for known in columns.values() for name in known}
    for column in tree.find_all(exp.Column):
        name = column.name.lower()
        meant = name in ROW_NUMBERS and name not in own
        if meant and column.text("table").lower() in restricted:
            raise Refusal(
                "policy", f"{name} is not known of a table that has rules{place(column)}."
            )


def _restrict(
    table: exp.Table, name: str, policy: Policy, columns: Columns, dialect: str, speech: Dialect
) -> None:
    described = isinstance(table.parent, exp.Describe)
    if described and not isinstance(table.parent, exp.Summarize) and not policy.narrows(name):
        return  # Its shape is not hidden.
    odd = next((part for part in NOT_ON_RESTRICTED if table.args.get(part)), None)
    if odd is not None or described or isinstance(table.parent, exp.Summarize):
        raise Refusal(
            "policy", f"{shorten(name)} has rules that {odd or 'this statement'} would go round."
        )
    known = next((columns[key] for key in names_of(name) if key in columns), None)
    if known is None:
        raise Refusal(
            "policy", f"{shorten(name)} has rules, and its columns are not known yet; ask again."
        )
    alias = table.args.get("alias") or exp.TableAlias(this=table.this.copy())
    inner = exp.Table(
        this=table.this.copy(),
        **{part: value.copy() for part in ("db", "catalog") if (value := table.args.get(part))},
    )
    query = exp.Select(
        expressions=[
            _shown(policy, name, column, speech)
            for column in known
            if not policy.drops(name, column)
        ]
    ).from_(inner, copy=False)
    condition = policy.row_filter(name)
    if condition is not None:
        query = query.where(_parsed(condition, speech), copy=False)
        _fence(query, dialect)
    outside = {part: value for part in KEPT_OUTSIDE if (value := table.args.get(part))}
    _unqualify(table)
    table.replace(exp.Subquery(this=query, alias=alias.copy(), **outside))


def _fence(query: exp.Select, dialect: str) -> None:
    """Keep conditions from outside out of a query with a row filter.

    A planner may try them first, on rows that are not to be seen; and where one fails, as a cast
    does, the error would tell of such a row. It leaves a query alone that has a limit of its own.
    """
    part, number = FENCES.get(dialect, ("offset", "0"))
    kind = exp.Offset if part == "offset" else exp.Limit
    query.set(part, kind(expression=exp.Literal.number(number)))


def _shown(policy: Policy, table: str, column: str, speech: Dialect) -> exp.Expr:
    name = exp.to_identifier(column, quoted=True)
    mask = policy.mask(table, column)
    if mask is None:
        return exp.Column(this=name)
    return exp.Alias(this=exp.Paren(this=_parsed(mask, speech)), alias=name)


def _parsed(sql: str, speech: Dialect) -> exp.Expr:
    try:
        trees = speech.parse(sql)
    except SqlglotError as error:
        raise Refusal("policy", "A rule of this source cannot be read; tell its owner.") from error
    if len(trees) != 1 or trees[0] is None:
        raise Refusal("policy", "A rule of this source cannot be read; tell its owner.")
    return trees[0]


def _unqualify(table: exp.Table) -> None:
    """Turn `schema.table.column` into `table.column`: the table is a query now."""
    root, name = table.root(), table.name.lower()
    for column in list(root.find_all(exp.Column)):
        if column.args.get("db") is not None and column.text("table").lower() == name:
            column.set("db", None)
            column.set("catalog", None)


def _is_own(table: exp.Table, dialect: str) -> bool:
    """Tell whether a WITH that is in sight here defines this name.

    In doubt it does not: a rule that is applied once too often hides nothing that may be seen.
    """
    child: exp.Expr = table
    node = table.parent
    while node is not None:
        clause = node.args.get("with_")
        if isinstance(clause, exp.With):
            for cte in clause.expressions:
                if cte is child:
                    recursive = clause.args.get("recursive") and _recurs(table, cte)
                    if recursive and _same(cte, table, dialect):
                        return True
                    break
                if _same(cte, table, dialect):
                    return True
        # The names of a WITH are in sight in its query and in the names after it, not around it.
        child = node if not isinstance(node, exp.With) else child
        node = node.parent
    return False


def _recurs(table: exp.Table, cte: exp.Expr) -> bool:
    """Tell whether a name stands where its own definition goes on from itself.

    That is behind the UNION. Before it, or without one, DuckDB takes the name for a table's, WITH
    RECURSIVE or not.
    """
    node: exp.Expr | None = table
    while node is not None and node.parent is not cte.this:
        node = node.parent
    return isinstance(cte.this, exp.Union) and node is not None and node.arg_key == "expression"


def _same(cte: exp.Expr, table: exp.Table, dialect: str) -> bool:
    alias = cte.args["alias"].this
    return _folded(alias, dialect) == _folded(table.this, dialect)


def _folded(name: exp.Expr, dialect: str) -> str:
    text = name.name
    folds = dialect in FOLDING or (dialect == "postgres" and not name.args.get("quoted"))
    return text.lower() if folds and text.isascii() else text
