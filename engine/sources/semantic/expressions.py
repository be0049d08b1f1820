"""Whether an expression that an owner wrote can be used: read, judged by the guard, and known."""

from collections.abc import Iterator

from sqlglot import exp

from engine.metrics import NoFormula, parsed
from engine.ports import TableInfo
from engine.sources.guard import check
from engine.sources.semantic.naming import column_of, nearest_column

NOT_IN_ONE_ROW = (exp.AggFunc, exp.Window)


def wrong_in(
    text: str, dialect: str, table: TableInfo, *, condition: bool = False
) -> Iterator[str]:
    """Say in sentences what is wrong with an expression over one row of a table."""
    try:
        tree = parsed(text, dialect)
    except NoFormula as error:
        yield f"{str(error)[:1].upper()}{str(error)[1:]}."
        return
    if tree.find(exp.Query, exp.Subquery) is not None:
        yield "It may use the columns of its table, and no other query."
        return
    if (called := tree.find(*NOT_IN_ONE_ROW)) is not None:
        yield f"It is worked out for each row, so it cannot hold {called.sql(dialect=dialect)}."
        return
    yield from _unknown_columns(tree, table)
    yield from _refused(tree, dialect, table, condition)


def columns_in(text: str, dialect: str) -> frozenset[str]:
    """Name the columns that an expression uses, in lower case. Raise `NoFormula`."""
    return frozenset(column.name.lower() for column in parsed(text, dialect).find_all(exp.Column))


def judged(tree: exp.Expr, dialect: str) -> Iterator[str]:
    """Say what the guard finds in a whole statement."""
    checked = check(tree.sql(dialect=dialect, comments=False), dialect=dialect)
    yield from (finding.message for finding in checked.findings)


def _unknown_columns(tree: exp.Expr, table: TableInfo) -> Iterator[str]:
    if tree.find(exp.Star) is not None:
        yield "Name a column instead of *."
    for column in tree.find_all(exp.Column):
        if isinstance(column.this, exp.Star):
            continue
        if column.args.get("table") is not None:
            yield f"Write {column.name} without {column.text('table')} before it."
        elif column_of(table, column.name) is None:
            hint = nearest_column(table, column.name)
            yield f"{table.name} has no column {column.name}. {hint}".strip()


def _refused(tree: exp.Expr, dialect: str, table: TableInfo, condition: bool) -> Iterator[str]:
    place = exp.Table(this=exp.to_identifier(table.name, quoted=True))
    query = exp.select(exp.Literal.number(1) if condition else tree, copy=False).from_(place)
    yield from judged(query.where(tree) if condition else query, dialect)
