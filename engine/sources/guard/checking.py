"""The guard's one function."""

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel, SqlglotError

from engine.ports import Checked
from engine.sources.guard.expanding import Terms, expand
from engine.sources.guard.grammar import ALIASES, grammar
from engine.sources.guard.judging import Judge
from engine.sources.guard.limiting import limit_rows
from engine.sources.guard.policy import Columns, Policy
from engine.sources.guard.reading import read
from engine.sources.guard.refusing import Refusal
from engine.sources.guard.rewriting import apply, full_name, real_tables
from engine.sources.guard.speech import speech
from protocol.items import Finding


def check(
    sql: str,
    *,
    dialect: str,
    max_rows: int | None = None,
    policy: Policy | None = None,
    columns: Columns | None = None,
    terms: Terms | None = None,
) -> Checked:
    """Say whether `sql` may run as one reading statement, and what to run in its place.

    Pure; never raises. With `max_rows`, one row more is asked for, so that whoever reads the rows
    can see that there were more. A `policy` is written into the statement; `columns` are those of
    the source's tables, which its rules need. `terms` are the words that stand for definitions.
    """
    name = ALIASES.get(dialect.lower(), dialect.lower())
    try:
        spoken = speech(name)
        reading = read(sql, spoken, name)
        if terms is not None:
            expand(reading.tree, terms, name)
        tables, findings = _judge(reading.tree, name, spoken)
        if findings:
            return Checked(ok=False, findings=findings, tables=tables)
        tree = reading.tree
        if policy is not None:
            if reading.explain and any(policy.touches(table) for table in tables):
                raise Refusal("policy", "A plan would show the rules of this source; ask without.")
            tree = apply(tree, policy, columns or {}, name, spoken)
        text = _write(tree, reading.explain, spoken, max_rows)
        return Checked(ok=True, sql=text, tables=tables)
    except Refusal as refusal:
        return Checked(ok=False, findings=(refusal.finding,))
    except RecursionError:
        return _refused("too_deep", "The statement is nested too deeply to be judged.")


def _judge(
    tree: exp.Expr, name: str, spoken: Dialect
) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    judge = Judge(grammar(name), lambda node: node.sql(dialect=spoken, comments=False))
    judge.judge(tree)
    named = dict.fromkeys(full_name(table) for table in real_tables(tree, name))
    return tuple(named), tuple(judge.findings)


def _write(tree: exp.Expr, explain: str, spoken: Dialect, max_rows: int | None) -> str:
    """Write the text that runs, from the tree and without comments."""
    while isinstance(tree, exp.Subquery) and tree.is_wrapper:
        tree = tree.this.pop()
    for hint in list(tree.find_all(exp.Hint)):
        hint.pop()
    if max_rows is not None and not explain:
        tree = limit_rows(tree, max_rows + 1)
    try:
        text = tree.sql(
            dialect=spoken,
            comments=False,
            normalize_functions=False,
            unsupported_level=ErrorLevel.RAISE,
            copy=False,  # nobody reads the tree afterwards
        )
    except SqlglotError as error:
        why = str(error).rstrip(".")
        raise Refusal("not_understood", f"The statement cannot be written anew: {why}.") from error
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise Refusal("not_understood", "The statement cannot be written anew.") from error
    return explain + text


def _refused(code: str, message: str) -> Checked:
    return Checked(ok=False, findings=(Finding(code=code, message=message),))
