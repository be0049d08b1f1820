"""What DuckDB's types are in the words of the wire."""

from typing import Final

from protocol.items import ColumnType

PLAIN: Final[dict[str, ColumnType]] = {
    "BOOLEAN": "boolean",
    "TINYINT": "integer",
    "SMALLINT": "integer",
    "INTEGER": "integer",
    "UTINYINT": "integer",
    "USMALLINT": "integer",
    "UINTEGER": "integer",
    "BIGINT": "int64",
    "UBIGINT": "int64",
    "HUGEINT": "decimal",
    "UHUGEINT": "decimal",
    "BIGNUM": "decimal",
    "FLOAT": "float",
    "DOUBLE": "float",
    "VARCHAR": "text",
    "DATE": "date",
    "TIME": "time",
    "TIME_NS": "time",
    "TIME WITH TIME ZONE": "time",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP_S": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "INTERVAL": "interval",
    "UUID": "uuid",
    "JSON": "json",
    "VARIANT": "json",
    "BLOB": "bytes",
    "BIT": "text",
}


def column_type(native: str) -> ColumnType:
    """Translate a type as DuckDB writes it."""
    known = PLAIN.get(native)
    if known:
        return known
    if native.endswith("]"):
        return "list"
    if native.startswith(("STRUCT", "MAP", "UNION")):
        return "json"
    if native.startswith("DECIMAL"):
        return "decimal"
    if native.startswith("ENUM"):
        return "text"
    return "unknown"
