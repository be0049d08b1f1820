"""What PostgreSQL's types are in the words of the wire."""

from typing import Final

from asyncpg.types import Type

from protocol.items import ColumnType

PLAIN: Final[dict[str, ColumnType]] = {
    "bool": "boolean",
    "int2": "integer",
    "int4": "integer",
    "oid": "int64",
    "int8": "int64",
    "numeric": "decimal",
    "money": "text",
    "float4": "float",
    "float8": "float",
    "text": "text",
    "varchar": "text",
    "bpchar": "text",
    "name": "text",
    "citext": "text",
    "date": "date",
    "time": "time",
    "timetz": "time",
    "timestamp": "timestamp",
    "timestamptz": "timestamptz",
    "interval": "interval",
    "uuid": "uuid",
    "json": "json",
    "jsonb": "json",
    "bytea": "bytes",
}


def column_type(type: Type) -> ColumnType:
    """Translate the type of a result's column."""
    if type.kind == "array":
        return "list"
    if type.kind == "composite":
        return "json"
    return PLAIN.get(type.name, "text")


def declared_type(name: str, kind: str) -> ColumnType:
    """Translate a type by its name and kind in the catalogue."""
    if name.startswith("_"):
        return "list"
    return "json" if kind == "c" else PLAIN.get(name, "text")
