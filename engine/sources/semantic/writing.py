"""From a struct to YAML that people like to read, and that `reading` takes back."""

from typing import Any

import msgspec
import yaml

WIDTH = 96


def write(value: msgspec.Struct) -> str:
    """Write a struct as YAML, without what is as it would be anyway."""
    data = msgspec.to_builtins(value)
    text: str = yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH, indent=2
    )
    return "" if not data else text


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]  # PyYAML has no types
    """Writes lists below their name, indented, and short lists of words in one line."""

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
