"""Writes the row limit into the tree."""

from sqlglot import exp

LIMITABLE = (exp.Select, exp.SetOperation, exp.Subquery)


def limit_rows(tree: exp.Expr, rows: int) -> exp.Expr:
    """Return the tree with at most `rows` rows asked for; a smaller limit of its own stays.

    The limit is set on the outermost query itself, not around it, so that its ORDER BY goes on to
    mean something. Limits that cannot be compared (an expression, a share, WITH TIES) stay as they
    are: whoever reads the rows stops reading at the limit anyway.
    """
    if not isinstance(tree, LIMITABLE):
        return tree
    present = tree.args.get("limit")
    if present is None:
        tree.set("limit", exp.Limit(expression=exp.Literal.number(rows)))
        return tree
    count = (
        present.args.get("expression")
        if isinstance(present, exp.Limit)
        else present.args.get("count")
    )
    if count is None or _has_options(present):
        return tree
    negative = isinstance(count, exp.Neg)  # SQLite reads a negative limit as none.
    if negative or (isinstance(count, exp.Literal) and _number(count) > rows):
        count.replace(exp.Literal.number(rows))
    return tree


def _has_options(limit: exp.Expr) -> bool:
    """Tell whether it is a share, WITH TIES, or a limit per group."""
    options = limit.args.get("limit_options")
    chosen = options is not None and any(
        options.args.get(option) for option in ("percent", "with_ties")
    )
    return chosen or bool(limit.expressions)


def _number(literal: exp.Literal) -> int:
    try:
        return int(literal.name)
    except ValueError:
        return 0
