"""What MySQL's types are in the words of the wire."""

from collections.abc import Sequence
from typing import Any, Final

from protocol.items import ColumnType

BY_CODE: Final[dict[int, ColumnType]] = {
    0: "decimal",
    1: "integer",
    2: "integer",
    3: "int64",
    4: "float",
    5: "float",
    7: "timestamp",
    8: "int64",
    9: "integer",
    10: "date",
    11: "interval",
    12: "timestamp",
    13: "integer",
    16: "bytes",
    245: "json",
    246: "decimal",
    255: "bytes",
}
BY_NAME: Final[dict[str, ColumnType]] = {
    "tinyint": "integer",
    "smallint": "integer",
    "mediumint": "integer",
    "int": "integer",
    "year": "integer",
    "bigint": "int64",
    "decimal": "decimal",
    "float": "float",
    "double": "float",
    "date": "date",
    "time": "interval",
    "datetime": "timestamp",
    "timestamp": "timestamp",
    "json": "json",
    "bit": "bytes",
    "binary": "bytes",
    "varbinary": "bytes",
    "tinyblob": "bytes",
    "blob": "bytes",
    "mediumblob": "bytes",
    "longblob": "bytes",
}


def column_types(codes: Sequence[int], first: Sequence[Sequence[Any]]) -> list[ColumnType]:
    """Translate the types of a result. The first rows tell text from bytes, whose code is one."""
    return [
        BY_CODE.get(code) or _text_or_bytes(row[at] for row in first)
        for at, code in enumerate(codes)
    ]


def declared_type(name: str) -> ColumnType:
    """Translate a type by its name in the catalogue."""
    return BY_NAME.get(name.lower(), "text")


def _text_or_bytes(values: Any) -> ColumnType:
    return "bytes" if any(isinstance(value, bytes) for value in values) else "text"
