"""Terms: the words that the owner of the data gave to tables, columns, values, keys and figures."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from engine.models.builtin.schema import Column, Schema, Table, found
from engine.models.builtin.things import ColumnLink, TableLink, Thing
from engine.models.builtin.values import Hit
from engine.models.builtin.words import Token, tokens
from engine.ports import ColumnMeaning, TableMeaning


class Terms:
    """Finds an owner's words in questions. Never changed once made."""

    def __init__(self, schema: Schema) -> None:
        said: defaultdict[tuple[str, ...], list[Thing]] = defaultdict(list)
        for phrase, thing in _terms(schema):
            if key := tuple(token.lemma for token in tokens(phrase)):
                said[key].append(msgspec.structs.replace(thing, size=len(key), owned=True))
        self._said = dict(said)
        self._longest = max(map(len, said), default=0)

    def things(self, words: Sequence[Token]) -> Iterator[Thing]:
        """Return the spans that are an owner's words, whatever their endings."""
        for first in range(len(words) if self._said else 0):
            for size in range(1, min(self._longest, len(words) - first) + 1):
                key = tuple(token.lemma for token in words[first : first + size])
                for thing in self._said.get(key, ()):
                    yield msgspec.structs.replace(thing, first=first, last=first + size)


def _terms(schema: Schema) -> Iterator[tuple[str, Thing]]:
    meaning = schema.meaning
    for stated in meaning.tables:
        table = found(schema.tables, stated.name)
        if table is not None:
            yield from _of_table(table, stated)
    for join in meaning.joins:
        table = found(schema.tables, join.table)
        column = _column(table, join.columns[0]) if table and len(join.columns) == 1 else None
        if column is not None:
            link = Thing(0, 0, 0, columns=(ColumnLink(column, 1.0),))
            yield from ((word, link) for word in join.words)
    for metric in meaning.metrics:
        for phrase in _phrases(metric.name, metric.title, metric.synonyms):
            yield phrase, Thing(0, 0, 0, metric=metric.name)
    for segment in meaning.segments:
        for phrase in _phrases(segment.name, segment.title, segment.synonyms):
            yield phrase, Thing(0, 0, 0, segment=segment.name)


def _of_table(table: Table, stated: TableMeaning) -> Iterator[tuple[str, Thing]]:
    for phrase in _phrases("", stated.title, stated.synonyms):
        yield phrase, Thing(0, 0, 0, tables=(TableLink(table.name, 1.0),))
    for each in stated.columns:
        column = _column(table, each.name)
        if column is not None:
            yield from _of_column(column, each)


def _of_column(column: Column, stated: ColumnMeaning) -> Iterator[tuple[str, Thing]]:
    for phrase in _phrases("", stated.title, stated.synonyms):
        yield phrase, Thing(0, 0, 0, columns=(ColumnLink(column, 1.0),))
    for value in stated.values:
        hit = Hit(column.table, column.name, str(value.value), 1.0)
        yield from ((phrase, Thing(0, 0, 0, values=(hit,))) for phrase in value.means)


def _column(table: Table, name: str) -> Column | None:
    return next((c for c in table.columns if c.name.lower() == name.lower()), None)


def _phrases(name: str, title: str, synonyms: Sequence[str]) -> Iterator[str]:
    """A name of two words is also said with a space."""
    yield from dict.fromkeys(text for text in (name.replace("_", " "), title, *synonyms) if text)
