"""What an owner keeps back, in the owner's words, and the guard's policy that is made of it."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from engine.ports import UNKNOWN_TABLE, TableInfo
from engine.sources.guard.policy import SENSITIVE, Policy
from engine.sources.semantic.expressions import wrong_in
from engine.sources.semantic.naming import Known, column_of, full_name, known, nearest_column
from engine.sources.semantic.problems import Problem
from engine.sources.semantic.reading import line_of, place


class ColumnRule(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What becomes of a column: nobody sees it, or something else stands in its place."""

    name: str
    hidden: bool = False
    mask: str = ""
    """An expression over the columns of the table, the hidden ones too, such as `left(name, 1)`."""


class TableRule(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What becomes of a table. `name` is written `table` or `schema.table`."""

    name: str
    hidden: bool = False
    rows: str = ""
    """The condition that rows must meet to be seen; empty for all."""
    columns: tuple[ColumnRule, ...] = ()
    shown: bool = False
    """For a view of tables that have rules: it may be seen as it is."""


class Privacy(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What of a source is seen by nobody who asks, whoever asks and in whatever way.

    Where anything is kept back, only tables that the catalogue knows can be read: a table, view or
    partition that is new must first be seen by a refresh. A view of a table that has rules is not
    seen unless `only` or a rule of its own names it: rules on a table say nothing about its views.
    """

    samples: bool = True
    """Whether values may stand in the catalogue at all, where models and people see them."""
    sensitive: tuple[str, ...] = SENSITIVE
    """Parts of names of columns whose values never stand there."""
    only: tuple[str, ...] = ()
    """If any are named, no other table is seen."""
    hidden_schemas: tuple[str, ...] = ()
    tables: tuple[TableRule, ...] = ()

    @property
    def restricts(self) -> bool:
        """Whether anything is kept back, beside samples."""
        return bool(self.only or self.hidden_schemas or self.tables)


OPEN = Privacy()
"""Nothing is kept back but samples of columns with a sensitive name."""
CLOSED = Privacy(only=("",))
"""Nothing is seen: no table has this name."""


def version_of(privacy: Privacy) -> str:
    """Name these rules: other rules have another name, and none the empty one."""
    if privacy == OPEN:
        return ""
    return hashlib.sha256(msgspec.json.encode(privacy)).hexdigest()[:16]


def policy_of(privacy: Privacy, tables: Sequence[TableInfo]) -> Policy:
    """Return the policy that guard and catalogue apply. `tables` are all of the source's."""
    names = known(tables)
    rules = {_name(names, rule.name): rule for rule in privacy.tables}
    schemas = {schema.lower() for schema in privacy.hidden_schemas}
    hidden = {name for name, rule in rules.items() if rule.hidden}
    hidden |= {full_name(t).lower() for t in tables if t.schema.lower() in schemas}
    only = {_name(names, name) for name in privacy.only}
    unnamed = {full_name(view).lower() for view, _ in unnamed_views(privacy, tables)}
    shown = {full_name(table).lower() for table in tables} - hidden - unnamed
    return Policy(
        known=frozenset(full_name(table).lower() for table in tables if table.schema),
        hidden_tables=_also_alone(names, hidden),
        unnamed_views=_also_alone(names, unnamed),
        only_tables=_also_alone(names, shown & only if only else shown)
        if privacy.restricts
        else None,
        hidden_columns=frozenset(
            f"{table}.{column.name.lower()}"
            for table, rule in _everywhere(names, rules)
            for column in rule.columns
            if column.hidden
        ),
        masks={
            f"{table}.{column.name.lower()}": column.mask
            for table, rule in _everywhere(names, rules)
            for column in rule.columns
            if column.mask
        },
        row_filters={table: rule.rows for table, rule in _everywhere(names, rules) if rule.rows},
        samples=privacy.samples,
        sensitive=tuple(part.lower() for part in privacy.sensitive),
    )


def unnamed_views(
    privacy: Privacy, tables: Sequence[TableInfo]
) -> tuple[tuple[TableInfo, str], ...]:
    """Return the views that show what has rules and that nobody named, and each time of what.

    What it reads may have rules itself, stand in a hidden schema, be such a view, or not be known.
    """
    names = known(tables)
    named = {_name(names, one) for one in (*privacy.only, *(rule.name for rule in privacy.tables))}
    ruled = {_name(names, rule.name) for rule in privacy.tables if _keeps_back(rule)}
    schemas = {schema.lower() for schema in privacy.hidden_schemas}
    views = [table for table in tables if table.reads and full_name(table).lower() not in named]
    found: dict[str, tuple[TableInfo, str]] = {}
    while privacy.restricts:
        before = len(found)
        for view in views:
            of = next((one for one in view.reads if _may_hide(names, one, ruled, schemas)), None)
            if of is not None and full_name(view).lower() not in found:
                found[full_name(view).lower()] = (view, of)
                ruled.add(full_name(view).lower())
        if len(found) == before:
            break
    return tuple(found.values())


def _keeps_back(rule: TableRule) -> bool:
    return bool(rule.hidden or rule.rows or rule.columns)


def _may_hide(names: Known, read: str, ruled: set[str], schemas: set[str]) -> bool:
    table = names.table(read)
    schema = table.schema if table is not None else read.rpartition(".")[0]
    return read == UNKNOWN_TABLE or _name(names, read) in ruled or schema.lower() in schemas


def check_privacy(
    privacy: Privacy,
    tables: Sequence[TableInfo],
    dialect: str,
    lines: Mapping[str, int] | None = None,
) -> tuple[Problem, ...]:
    """Say what is wrong with rules, all of it. `tables` are all of the source's."""
    data = msgspec.to_builtins(privacy)
    wrong = tuple(
        Problem(
            where=place(f"$.{path}", data), message=words, line=line_of(f"$.{path}", lines or {})
        )
        for path, words in _wrong(privacy, known(tables), dialect)
    )
    return wrong + tuple(
        Problem(
            where="tables",
            message=f"Nobody sees the view {full_name(view)}, because "
            + ("what it reads is not known." if of == UNKNOWN_TABLE else f"it reads {of}."),
            hint="Give it rules of its own, or say shown: true.",
            severity="warning",
        )
        for view, of in unnamed_views(privacy, tables)
    )


def _wrong(privacy: Privacy, names: Known, dialect: str) -> Iterator[tuple[str, str]]:
    for at, name in enumerate(privacy.only):
        if names.table(name) is None:
            yield f"only[{at}]", f"There is no table {name}. {names.nearest(name)}".strip()
    schemas = sorted({table.schema.lower() for table in names.tables.values() if table.schema})
    for at, name in enumerate(privacy.hidden_schemas):
        if name.lower() not in schemas:
            others = f" There are {', '.join(schemas)}." if schemas else ""
            yield f"hidden_schemas[{at}]", f"There is no other schema {name}.{others}"
    for at, part in enumerate(privacy.sensitive):
        if not part.strip():
            yield f"sensitive[{at}]", "An empty text is part of every name."
    seen: set[str] = set()
    for at, rule in enumerate(privacy.tables):
        path, table = f"tables[{at}]", names.table(rule.name)
        if table is None:
            hint = names.nearest(rule.name)
            yield f"{path}.name", f"There is no table {rule.name}. {hint}".strip()
            continue
        if full_name(table) in seen:
            yield f"{path}.name", f"{rule.name} stands here twice."
        seen.add(full_name(table))
        yield from _wrong_rule(path, rule, table, dialect)


def _wrong_rule(
    path: str, rule: TableRule, table: TableInfo, dialect: str
) -> Iterator[tuple[str, str]]:
    for words in wrong_in(rule.rows, dialect, table, condition=True) if rule.rows else ():
        yield f"{path}.rows", words
    if not (_keeps_back(rule) or rule.shown):
        yield path, "Say hidden: true, rows or columns; so nothing is kept back."
    if rule.hidden and rule.shown:
        yield path, "Say either hidden: true or shown: true."
    seen: set[str] = set()
    for at, column in enumerate(rule.columns):
        place = f"{path}.columns[{at}]"
        if column_of(table, column.name) is None:
            hint = nearest_column(table, column.name)
            yield f"{place}.name", f"{table.name} has no column {column.name}. {hint}".strip()
        if column.name.lower() in seen:
            yield f"{place}.name", f"{column.name} stands here twice."
        seen.add(column.name.lower())
        if column.hidden == bool(column.mask):
            yield place, "Say either hidden: true or mask."
        for words in wrong_in(column.mask, dialect, table) if column.mask else ():
            yield f"{place}.mask", words


def _name(names: Known, name: str) -> str:
    """Return a table's full name; one that is gone keeps the name that the rule gave it."""
    table = names.table(name)
    return (full_name(table) if table is not None else name).lower()


def _also_alone(names: Known, tables: set[str]) -> frozenset[str]:
    """Add the last name of each where it would mean that table."""
    alone = {name.rpartition(".")[2] for name in tables}
    return frozenset(tables | {name for name in alone if _name(names, name) in tables})


def _everywhere(names: Known, rules: Mapping[str, TableRule]) -> Iterator[tuple[str, TableRule]]:
    for name, rule in rules.items():
        for written in _also_alone(names, {name}):
            yield written, rule
