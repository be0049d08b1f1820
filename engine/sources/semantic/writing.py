"""From a struct to YAML that people like to read, and that `reading` takes back."""

from collections.abc import Sequence
from typing import Any

import msgspec
import yaml

from engine.ports import ColumnMeaning, Meaning, TableInfo, TableMeaning
from engine.sources.semantic.naming import full_name
from engine.sources.semantic.reading import PLAIN_VALUES

WIDTH = 96
OTHER_BREAKS = ("\r", "\x85", "\u2028", "\u2029")


def write(value: msgspec.Struct, whole: bool = False) -> str:
    """Write a struct as YAML, without what is as it would be anyway; or the `whole` of it."""
    fields = {name: getattr(value, name) for name in value.__struct_fields__}
    data = msgspec.to_builtins(fields if whole else value)
    text: str = yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH, indent=2
    )
    return "" if not data else text


def skeleton(tables: Sequence[TableInfo]) -> str:
    """Write the names of tables and columns, for an owner to go on from."""
    names = tuple(
        TableMeaning(
            name=full_name(table),
            columns=tuple(ColumnMeaning(name=column.name) for column in table.columns),
        )
        for table in tables
    )
    return write(Meaning(tables=names))


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]  # PyYAML has no types
    """Writes lists below their name, indented, and short lists of words in one line."""

    # Text is put in quotes when any YAML takes it for something else: the old one, and ours, which
    # knows `0E0` for a number. PyYAML asks the class for this, so it cannot be frozen.
    yaml_implicit_resolvers = {  # noqa: RUF012
        **yaml.SafeDumper.yaml_implicit_resolvers,
        None: PLAIN_VALUES,
    }

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        """Never without indent: PyYAML would put the dashes under the name's first letter."""
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        """Write what is there twice twice."""
        return True


def _list(dumper: yaml.SafeDumper, data: Any) -> yaml.Node:
    flat = all(isinstance(part, str | int | float) for part in data)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=flat)


_Dumper.add_representer(list, _list)
_Dumper.add_representer(tuple, _list)


def _text(dumper: yaml.SafeDumper, data: str) -> yaml.Node:
    # Where a line is folded, YAML reads these as ends of lines; only in double quotes they survive.
    style = '"' if any(mark in data for mark in OTHER_BREAKS) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _text)
