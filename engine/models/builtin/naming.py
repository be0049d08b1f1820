"""Naming: what computed columns of a result are called."""

from engine.models.builtin.explaining import spoken
from engine.models.builtin.plan import (
    Agg,
    Bucket,
    Col,
    Elapsed,
    Expr,
    Growth,
    Math,
    Output,
    RateOf,
    Running,
    Share,
)  # fmt: skip
from engine.models.builtin.schema import Schema


def named(schema: Schema, expr: Expr) -> Output:
    """Return an expression as an output with its name; columns keep their own."""
    return Output(expr, name_of(schema, expr))


def name_of(schema: Schema, expr: Expr) -> str:
    """Return a name for a computed column, empty for one that has a name."""
    match expr:
        case Agg(said=said) | Math(said=said) | Running(said=said) if said:
            return said.lower().replace(" ", "_")
        case Agg(fn="count", arg=None, table=table):
            return f"{_single(schema, table)}_count" if table else "count"
        case Agg(fn="count", arg=Col(column=column)):
            return f"{column.lower()}_count"
        case Agg(fn="sum", arg=Col(column=column)):
            said = column.lower()
            return said if said.startswith("total") else f"total_{said}"
        case Agg(fn=fn, arg=Col(column=column)):
            return f"{fn}_{column.lower()}"
        case Agg(fn=fn, arg=Elapsed(unit=unit)):
            return f"{'total' if fn == 'sum' else fn}_{unit}s"
        case Elapsed(unit=unit):
            return f"{unit}s"
        case Agg(fn="sum"):
            return "total"
        case Agg(fn=fn):
            return f"{fn}_value"
        case Bucket(unit=unit):
            return unit
        case Share() | RateOf():
            return "percentage"
        case Running(of=of):
            return f"running_{name_of(schema, of)}"
        case Growth():
            return "growth_percent"
        case _:
            return ""


def _single(schema: Schema, table: str) -> str:
    said = spoken(schema.tables[table].info.name).replace(" ", "_")
    return said.rstrip("s") or said
