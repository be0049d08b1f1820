"""Suggestions: questions this schema can answer, for an empty page and after an answer."""

import datetime as dt
from collections.abc import Iterator
from itertools import islice

from engine.models.builtin.compiler import compile_question
from engine.models.builtin.explaining import plural, spoken
from engine.models.builtin.linking import Linker
from engine.models.builtin.plan import Agg, Query
from engine.models.builtin.schema import Column, Schema, Table

_DAY = dt.date(2000, 1, 1)


def questions(linker: Linker, count: int = 3) -> tuple[str, ...]:
    """Return questions that are understood and make sense, of different kinds."""
    found: list[str] = []
    for kind in _offers(linker.schema):
        for text in kind:
            if text in found:
                continue
            reading = compile_question(linker, text, _DAY)
            if reading.query is not None and reading.confidence >= 0.8:
                found.append(text)
                break
        if len(found) == count:
            break
    return tuple(found)


def _offers(schema: Schema) -> Iterator[Iterator[str]]:
    tables = _tables(schema)
    yield (f"How many {plural(t.name)} are there per month? Plot it" for t in tables if _dated(t))
    yield (text for t in tables for text in _averages(schema, t))
    yield (text for t in tables for text in _counted(schema, t))
    yield (
        f"How many {plural(t.name)} are there for each {spoken(c.name)}?"
        for t in tables
        for c in _kinds(t)
    )
    yield (text for t in tables for text in _extremes(schema, t))
    yield (f"How many {plural(t.name)} are there?" for t in tables)
    yield (f"Show all {plural(t.name)}" for t in tables)
    yield iter(("What data do you have?",))


def _tables(schema: Schema) -> list[Table]:
    """Order tables by how much there is to ask of them: many rows, many links."""
    return sorted(
        (t for t in schema.tables.values() if not schema.bridge(t.name)),
        key=lambda t: (-(t.info.rows or 0), -len(schema.around(t.name)), t.name),
    )


def _dated(table: Table) -> bool:
    return any(c.kind == "date" for c in table.columns)


def _numbers(schema: Schema, table: Table) -> list[Column]:
    return [
        c for c in table.columns
        if c.kind == "number" and not c.key and schema.pointing(table.name, c.name) is None
        and "year" not in c.words
    ]  # fmt: skip


def _kinds(table: Table) -> list[Column]:
    return [
        c for c in table.columns
        if c.kind == "text" and not c.key and c.info.distinct is not None
        and 2 <= c.info.distinct <= 30
    ]  # fmt: skip


def _averages(schema: Schema, table: Table) -> Iterator[str]:
    for number in _numbers(schema, table):
        for kind in _kinds(table):
            what, by = spoken(number.name), spoken(kind.name)
            yield f"What is the average {what} of {plural(table.name)} for each {by}?"


def _counted(schema: Schema, table: Table) -> Iterator[str]:
    for edge in schema.around(table.name):
        if edge.table == table.name != edge.to_table and schema.tables[edge.to_table].labels:
            yield f"Which 5 {plural(edge.to_table)} have the most {plural(table.name)}?"


def _extremes(schema: Schema, table: Table) -> Iterator[str]:
    for number in _numbers(schema, table):
        if table.labels:
            yield f"Which {plural(table.name)} have the highest {spoken(number.name)}?"


def following(linker: Linker, query: Query, answered: str = "") -> tuple[str, ...]:
    """Return questions that go on from one that was answered, and ask something else."""
    schema = linker.schema
    table = schema.tables.get(query.root)
    if table is None:
        return ()
    found: list[str] = []
    many = plural(table.name)
    counted = any(isinstance(output.expr, Agg) for output in query.outputs)
    if counted and not query.group:
        found += [
            f"How many {many} are there for each {spoken(c.name)}?" for c in _kinds(table)[:1]
        ]
    if counted and _dated(table):
        found.append(f"How many {many} are there per month? Plot it")
    found += list(_averages(schema, table))[:1]
    found += list(_counted(schema, table))[:1]
    found += list(questions(linker, 5))
    others = (text for text in dict.fromkeys(found) if not _asks(linker, text, answered))
    return tuple(islice(others, 3))


def _asks(linker: Linker, text: str, answered: str) -> bool:
    """Whether a question would only ask again for what was answered."""
    return compile_question(linker, text, _DAY).sql == answered
