"""The schema as the analyst knows it: words, kinds, keys and labels of tables and columns."""

import re
from collections import defaultdict
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

from engine.models.builtin import lexicon
from engine.models.builtin.abbreviations import ABBREVIATIONS, begins, shortens
from engine.models.builtin.moments import Stored, stored
from engine.models.builtin.words import parts
from engine.ports import Catalogue, ColumnInfo, Meaning, TableInfo

ColumnKind = Literal["number", "text", "date", "bool"]

_NUMBER = re.compile(r"^\s*[-+]?\d[\d,]*(\.\d+)?\s*$")
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$")
_NUMERIC = ("int", "real", "float", "double", "decimal", "numeric", "number", "serial", "money")
_TEMPORAL = ("date", "timestamp")


class Column(msgspec.Struct, frozen=True):
    """A column with its words. `coded` marks text that holds numbers, `stored` odd dates."""

    table: str
    name: str
    words: tuple[str, ...]
    kind: ColumnKind
    info: ColumnInfo
    place: int
    key: bool = False
    coded: bool = False
    stored: Stored = ""


class Table(msgspec.Struct, frozen=True):
    """A table with its words, columns in order, and the columns that tell its rows apart."""

    name: str
    words: tuple[str, ...]
    columns: tuple[Column, ...]
    primary: tuple[str, ...]
    labels: tuple[str, ...]
    info: TableInfo
    schema: str = ""


class Edge(msgspec.Struct, frozen=True):
    """Each row of `table` points by `column` to one row of `to_table`."""

    table: str
    column: str
    to_table: str
    to_column: str
    inferred: bool = False


class Schema:
    """Everything that can be known of a catalogue before a question comes. Never changed once
    made.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.meaning = catalogue.meaning
        self.dialect = catalogue.dialect
        infos = [table for table in catalogue.tables if not _internal(table.name)]
        vocabulary = frozenset(
            word for info in infos for name in named(info) for word in parts(name)
        )
        self.tables: Mapping[str, Table] = MappingProxyType(
            {_called(info): _table(info, vocabulary) for info in infos}
        )
        stated = _stated(self.tables, catalogue.meaning)
        known = (*stated, *_declared(self.tables), *_inferred(self.tables))
        first = {_ends(edge): edge for edge in reversed(known)}
        self.edges: tuple[Edge, ...] = tuple(first.values())[::-1]
        around: defaultdict[str, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            around[edge.table].append(edge)
            if edge.to_table != edge.table:
                around[edge.to_table].append(edge)
        self._around = {name: tuple(edges) for name, edges in around.items()}
        self._columns = {
            (table.name, column.name): column
            for table in self.tables.values()
            for column in table.columns
        }

    def around(self, table: str) -> tuple[Edge, ...]:
        """Return the keys that leave from or point to a table."""
        return self._around.get(table, ())

    def column(self, table: str, name: str) -> Column:
        """Return a column that exists."""
        return self._columns[table, name]

    def pointing(self, table: str, column: str) -> Edge | None:
        """Return the key that this column is, if it is one."""
        for edge in self.around(table):
            if edge.table == table and edge.column == column:
                return edge
        return None

    def bridge(self, table: str) -> bool:
        """Whether a table only links others: two keys and hardly anything of its own."""
        out = {edge.column for edge in self.around(table) if edge.table == table}
        own = [c for c in self.tables[table].columns if c.name not in out and not c.key]
        return len(out) >= 2 and len(own) <= 1


def _internal(name: str) -> bool:
    return name.startswith(("sqlite_", "pg_", "duckdb_"))


def _called(info: TableInfo) -> str:
    return f"{info.schema}.{info.name}" if info.schema not in ("", "main", "public") else info.name


def named(info: TableInfo) -> list[str]:
    """Return the names of a table and its columns, as they stand."""
    return [info.name, *(column.name for column in info.columns)]


def _table(info: TableInfo, vocabulary: frozenset[str]) -> Table:
    words = parts(info.name, vocabulary)
    called = _called(info)
    columns = tuple(
        _column(called, column, place, vocabulary) for place, column in enumerate(info.columns)
    )
    primary = tuple(column.name for column in info.columns if column.primary)
    if not primary:
        primary = tuple(c.name for c in columns if _own_key(c, words, info.rows))[:1]
        columns = tuple(
            msgspec.structs.replace(c, key=True) if c.name in primary else c for c in columns
        )
    return Table(
        called, words, columns, primary, _labels(words, columns, info.rows), info, info.schema
    )


def _column(table: str, info: ColumnInfo, place: int, vocabulary: frozenset[str]) -> Column:
    words = parts(info.name, vocabulary)
    kind, coded = _kind(info, words)
    key = info.primary or words[-1] in ("id", "key", "uid", "uuid") or "id" in words
    seen = [sample.strip() for sample in info.samples if sample.strip()][:40]
    if kind in ("number", "text") and not key and (how := stored(words, seen)):
        return Column(table, info.name, words, "date", info, place, stored=how)
    return Column(table, info.name, words, kind, info, place, key, coded)


def _kind(info: ColumnInfo, words: tuple[str, ...]) -> tuple[ColumnKind, bool]:
    """Tell what a column holds: by its declared type first, then by what stands in it."""
    native = f"{info.type} {info.native}".lower()
    seen = [sample for sample in info.samples if sample.strip()][:40]
    if "bool" in native or _flag(words, seen) or _switch(info, words, seen):
        return "bool", False
    if seen and all(_DATE.match(sample) for sample in seen):
        return "date", False
    if any(word in native for word in _TEMPORAL) and not (seen and _NUMBER.match(seen[0])):
        return "date", False
    if any(word in native for word in _NUMERIC):
        return "number", False
    numbers = sum(1 for sample in seen if _NUMBER.match(sample))
    if seen and numbers >= 0.8 * len(seen) and not _code(words, seen):
        return "number", True
    return "text", False


def _flag(words: tuple[str, ...], seen: list[str]) -> bool:
    values = {sample.strip().lower() for sample in seen}
    coded = bool(values) and len(values) <= 2 and values <= (lexicon.TRUE | lexicon.FALSE)
    named = words[0] in ("is", "be", "has", "have", "can", "was", "allow") or words[-1] in (
        "flag",
        "yn",
        "ind",
        "indicator",
    )
    wordy = values and values <= {"t", "f", "true", "false", "y", "n", "yes", "no"}
    return coded and (named or bool(wordy))


def _switch(info: ColumnInfo, words: tuple[str, ...], seen: list[str]) -> bool:
    """Whole numbers that are only 0 and 1, where nothing is counted or measured."""
    return (
        set(seen) == {"0", "1"}
        and (info.distinct is None or info.distinct == 2)
        and not set(words) & lexicon.MEASURING
        and "id" not in words
    )


def _code(words: tuple[str, ...], seen: list[str]) -> bool:
    """Phone numbers, postcodes and the like are text although they are made of digits."""
    return bool({"phone", "zip", "code", "postcode", "telephone", "id", "fax"} & set(words)) or any(
        sample.startswith("0") and len(sample) > 1 and sample.isdigit() for sample in seen
    )


def _own_key(column: Column, words: tuple[str, ...], rows: int | None) -> bool:
    """Whether a column that nobody declared as key is called like one and tells rows apart."""
    rest = [w for w in column.words if w not in words and not _short(w, words)]
    named = rest in (["id"], ["code"], ["key"], ["uid"], ["number"], ["no"])
    distinct = column.info.distinct
    return named and (not rows or distinct is None or distinct >= min(rows, 0.98 * rows))


def _short(part: str, words: tuple[str, ...]) -> bool:
    """Whether a part of a name is short for a word of its table's: `cat_id` of categories."""
    return any(
        begins(part, word) or shortens(part, word) or word in ABBREVIATIONS.get(part, ())
        for word in words
    )


def _labels(
    words: tuple[str, ...], columns: tuple[Column, ...], rows: int | None
) -> tuple[str, ...]:
    """Return the columns that a person would call the name of a row."""
    own = {column.name: tuple(w for w in column.words if w not in words) for column in columns}
    texts = [column for column in columns if column.kind == "text"]
    for naming in lexicon.NAMING:
        for column in texts:
            if own[column.name] == (naming,):
                return (column.name,)
    first = [c.name for c in texts if _person(c.words, ("first", "fore", "given"))]
    last = [c.name for c in texts if _person(c.words, ("last", "family", "sur"))]
    if first and last:
        return (first[0], last[0])
    for column in texts:
        if not own[column.name]:
            return (column.name,)
    for naming in ("name", "title"):
        for column in texts:
            short = naming in column.words and len(column.words) <= len(words) + 1
            if short and not _repeated(column, rows):
                return (column.name,)
    for column in texts:
        named = column.words[-1] in ("name", "title") and not column.key
        if named and not _repeated(column, rows):
            return (column.name,)
    return next(((c.name,) for c in texts if _telling(c, rows)), ())


def _repeated(column: Column, rows: int | None) -> bool:
    """Whether a name stands in so many rows that it must be that of something else."""
    distinct = column.info.distinct
    return bool(rows and rows >= 10 and distinct is not None and distinct < 0.5 * rows)


def _telling(column: Column, rows: int | None) -> bool:
    """Whether a text tells each row apart, shortly."""
    distinct, samples = column.info.distinct, column.info.samples
    if column.key or not rows or rows < 3 or distinct is None or not samples:
        return False
    private = {"email", "mail", "phone", "note", "comment", "url", "remark"} & set(column.words)
    return not private and distinct >= 0.95 * rows and max(map(len, samples[:20])) <= 40


def _person(words: tuple[str, ...], kinds: tuple[str, ...]) -> bool:
    joined = "".join(words)
    return (words[0] in kinds and words[-1] == "name") or joined in {
        f"{kind}name" for kind in kinds
    }


# --- Meaning ----------------------------------------------------------------------------------


def found(tables: Mapping[str, Table], name: str) -> Table | None:
    """Return the table that an owner's name means, in whatever case, with or without schema."""
    wanted = name.lower()
    for table in tables.values():
        if wanted in (table.name.lower(), table.info.name.lower()):
            return table
        if wanted == f"{table.schema}.{table.info.name}".lower():
            return table
    return None


def _stated(tables: Mapping[str, Table], meaning: Meaning) -> list[Edge]:
    """Return the joins that an owner stated and that go by one column."""
    edges: list[Edge] = []
    for join in meaning.joins:
        table, to = found(tables, join.table), found(tables, join.to_table)
        if table is None or to is None or len(join.columns) != 1 or len(join.to_columns) != 1:
            continue
        column, to_column = _spelled(table, join.columns[0]), _spelled(to, join.to_columns[0])
        if column and to_column:
            edges.append(Edge(table.name, column, to.name, to_column))
    return edges


def _ends(edge: Edge) -> tuple[str, str, str, str]:
    return edge.table, edge.column, edge.to_table, edge.to_column


# --- Keys -------------------------------------------------------------------------------------


def _declared(tables: Mapping[str, Table]) -> list[Edge]:
    folded = {name.lower(): name for name in tables}
    found: list[Edge] = []
    for table in tables.values():
        for key in table.info.foreign_keys:
            target = folded.get(key.to_table.lower())
            if target is None or len(key.columns) != 1:
                continue
            column = _spelled(table, key.columns[0])
            to = _spelled(tables[target], key.to_columns[0]) if key.to_columns else None
            to = to or (tables[target].primary[0] if tables[target].primary else None)
            if column and to:
                found.append(Edge(table.name, column, target, to, key.inferred))
    return list(dict.fromkeys(found))


def _spelled(table: Table, name: str) -> str | None:
    lower = name.lower()
    return next((column.name for column in table.columns if column.name.lower() == lower), None)


def _inferred(tables: Mapping[str, Table]) -> list[Edge]:
    """Find keys nobody declared: a column called like another table's key, with values from it."""
    taken = {(edge.table, edge.column) for edge in _declared(tables)}
    targets: dict[tuple[str, ...], list[tuple[Table, Column]]] = defaultdict(list)
    for table in tables.values():
        if len(table.primary) != 1:
            continue
        key = next(column for column in table.columns if column.name == table.primary[0])
        for name in _key_names(table, key):
            targets[name].append((table, key))
    found: list[Edge] = []
    for table in tables.values():
        for column in table.columns:
            if (table.name, column.name) in taken or table.primary == (column.name,):
                continue
            fitting = _pointed(table, column, targets) or _own_row(table, column)
            if fitting is not None:
                to, key = fitting
                found.append(Edge(table.name, column.name, to.name, key.name, True))
    return found


def _pointed(
    table: Table, column: Column, targets: Mapping[tuple[str, ...], list[tuple[Table, Column]]]
) -> tuple[Table, Column] | None:
    """Return the key that a column is called like; words before it say in which role."""
    for cut in range(len(column.words)):
        fitting = [
            (to, key) for to, key in targets.get(column.words[cut:], ())
            if (cut or to.name != table.name) and _may_point(column, key, bool(cut))
        ]  # fmt: skip
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            return None
    return None


def _own_row(table: Table, column: Column) -> tuple[Table, Column] | None:
    """`manager_id`, `referred_by`: a row may point to another of its own table."""
    if len(table.primary) != 1 or not set(column.words) & lexicon.ROLES:
        return None
    key = next(c for c in table.columns if c.name == table.primary[0])
    fits = column.kind == key.kind and _may_point(column, key, True)
    return (table, key) if fits else None


def _key_names(table: Table, key: Column) -> list[tuple[str, ...]]:
    """Return what a column elsewhere is called that points to this key."""
    bare = tuple(word for word in table.words if word not in lexicon.TABLE_NOISE) or table.words
    names = [bare, *((*bare, suffix) for suffix in ("id", "code", "key", "no", "number"))]
    if set(key.words) - lexicon.GENERIC or len(key.words) > 1:
        names.append(key.words)
    return list(dict.fromkeys(names))


def _may_point(column: Column, key: Column, strict: bool = False) -> bool:
    """Whether values of one stand in the other; `strict` asks to have seen some."""
    if column.info.samples and key.info.samples:
        known = set(key.info.samples)
        shared = sum(1 for sample in column.info.samples if sample in known)
        complete = key.info.distinct is not None and key.info.distinct <= len(known)
        return shared >= (0.8 * len(column.info.samples) if complete else 1)
    same = column.kind == key.kind and not strict
    return same and (column.words[-1] in ("id", "code", "key", "no", "number"))
