"""From YAML to a struct, with the line of every part, so that an error can say where it is.

Plain values are read as JSON would have them, not as YAML 1.1 does: `NO` is a country and `007` a
code, neither is a number or a truth. Anchors and aliases are refused, since a small text with them
can stand for a giant one.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic, TypeVar, get_args

import msgspec
import yaml

from engine.ports import Aggregate, Period
from engine.sources.semantic.problems import BadText, Problem

MOST_BYTES: Final = 512 * 1024
PLAIN: Final = {
    "tag:yaml.org,2002:null": r"null|~|",
    "tag:yaml.org,2002:bool": r"true|false|True|False",
    "tag:yaml.org,2002:int": r"0|-?[1-9][0-9]*",
    "tag:yaml.org,2002:float": r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?",
}
PLAIN_VALUES: Final = [(tag, re.compile(f"^(?:{text})$")) for tag, text in PLAIN.items()]
"""What text without quotes is read as, as PyYAML wants to be told."""
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "aggregate": get_args(Aggregate),
    "period": get_args(Period),
    "type": ("simple", "ratio", "derived", "cumulative"),
}
PLAINLY: Final = {
    "`object`": "names with values",
    "`array`": "a list",
    "`str`": "text",
    "`int`": "a number",
    "Object contains unknown field": "There is no",
    "Object missing required field": "It needs",
}
"""What msgspec says of JSON, in words for who writes YAML."""
STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
SAID: Final = re.compile(r"^(?P<message>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
UNKNOWN: Final = re.compile(r"unknown field `(?P<name>[^`]*)`")

T = TypeVar("T", bound=msgspec.Struct)


class Read(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A struct as it was read, and the lines of its parts by their path, such as `$.tables[0]`."""

    value: T
    lines: Mapping[str, int]


def read(text: str, kind: type[T], what: str) -> Read[T]:
    """Read a struct from YAML (or JSON, which is YAML too). Raise `BadText` about `what`."""
    if len(text.encode()) > MOST_BYTES:
        raise BadText(what, [Problem(where="", message=f"It is longer than {MOST_BYTES:,} bytes.")])
    try:
        node = yaml.compose(text, Loader=_Loader)
        made = _Making()
        data = {} if node is None else made.value(node, "$")
        data = {} if data is None else data
    except yaml.MarkedYAMLError as error:
        raise BadText(what, [_unread(error)]) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise BadText(what, [Problem(where="", message="It is not YAML.")]) from error
    try:
        return Read(value=msgspec.convert(data, kind), lines=made.lines)
    except msgspec.ValidationError as error:
        raise BadText(what, [misfit(str(error), kind, data, made.lines)]) from error


def misfit(said: str, kind: type[msgspec.Struct], data: Any, lines: Mapping[str, int]) -> Problem:
    """Say in words what msgspec found: where it is, and what would be right."""
    found = SAID.match(said)
    assert found is not None, "it matches anything"
    message, path = found["message"], found["path"] or "$"
    unknown = UNKNOWN.search(message)
    hint = ""
    if unknown is not None:
        known = _fields(kind, data, path)
        hint = near(unknown["name"], known) or f"It may have {', '.join(known)}."
        path = f"{path}.{unknown['name']}"
    elif (choices := CHOICES.get(path.rpartition(".")[2])) is not None and "nvalid" in message:
        hint = f"Use one of {', '.join(choices)}."
    elif "Expected `str" in message:
        hint = "Put it in quotes."
    for said_of_json, words in PLAINLY.items():
        message = message.replace(said_of_json, words)
    return Problem(
        where=place(path, data), message=f"{message}.", hint=hint, line=line_of(path, lines)
    )


def near(name: str, known: Sequence[str]) -> str:
    """Ask whether a name that is near was meant; empty if none is."""
    by_lower = {one.lower(): one for one in known}
    found = difflib.get_close_matches(name.lower(), by_lower, n=2, cutoff=0.6)
    return f"Did you mean {' or '.join(by_lower[one] for one in found)}?" if found else ""


def place(path: str, data: Any) -> str:
    """Write a path for people: `$.metrics[2].where` as `metrics[2] (revenue).where`."""
    written = ""
    for step in STEP.finditer(path):
        key, number = step[1], step[2]
        data = _within(data, key if number is None else int(number))
        if number is None:
            written += f".{key}"
            continue
        name = data.get("name") if isinstance(data, dict) else None
        written += f"[{number}]" + (f" ({name})" if isinstance(name, str) else "")
    return written.lstrip(".")


def line_of(path: str, lines: Mapping[str, int]) -> int | None:
    """Return the line of a part, or of the nearest part around it that has one."""
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines.get(path)


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML has no types
    """Safe, and with plain values as in JSON."""

    # PyYAML asks the class for this, so it cannot be frozen.
    yaml_implicit_resolvers = {None: PLAIN_VALUES}  # noqa: RUF012


class _Making:
    """Makes plain values of YAML's nodes and notes their lines."""

    def __init__(self) -> None:
        self.lines: dict[str, int] = {}
        self._seen: set[int] = set()

    def value(self, node: yaml.Node, path: str) -> Any:
        if id(node) in self._seen:
            raise _wrong(node, "anchors and aliases are not used here; write it out")
        self._seen.add(id(node))
        self.lines.setdefault(path, node.start_mark.line + 1)
        match node:
            case yaml.MappingNode():
                return self._mapping(node, path)
            case yaml.SequenceNode():
                return [self.value(part, f"{path}[{at}]") for at, part in enumerate(node.value)]
            case _:
                return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: str) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _wrong(key, "a key must be a word")
            if key.value in made:
                raise _wrong(key, f"{key.value} stands here twice")
            self.lines[f"{path}.{key.value}"] = key.start_mark.line + 1
            made[key.value] = self.value(value, f"{path}.{key.value}")
        return made

    def _scalar(self, node: yaml.Node) -> Any:
        match node.tag.rpartition(":")[2]:
            case "str":
                return node.value
            case "null":
                return None
            case "bool":
                return node.value.lower() == "true"
            case "int":
                return int(node.value)
            case "float":
                return float(node.value)
            case tag:
                raise _wrong(node, f"the tag {tag} is not used here")


def _wrong(node: yaml.Node, words: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=words, problem_mark=node.start_mark)


def _unread(error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    words = " ".join(filter(None, (error.problem, error.context)))
    return Problem(
        where="",
        message=f"It cannot be read: {words}.",
        line=mark.line + 1 if mark is not None else None,
    )


def _within(data: Any, key: str | int) -> Any:
    try:
        return data[key]
    except (KeyError, IndexError, TypeError):
        return None


def _fields(kind: type[msgspec.Struct], data: Any, path: str) -> tuple[str, ...]:
    """Name the fields of the struct at a path, by following the types down."""
    found: Any = kind
    for step in STEP.finditer(path):
        data = _within(data, step[1] if step[2] is None else int(step[2]))
        if step[1] is not None:
            found = {field.name: field.type for field in msgspec.structs.fields(found)}[step[1]]
            continue
        inner = get_args(found)[0]
        choices = get_args(inner) or (inner,)
        tag = data.get("type") if isinstance(data, dict) else None
        found = next((c for c in choices if c.__struct_config__.tag == tag), choices[0])
    tagged = (found.__struct_config__.tag_field,) if found.__struct_config__.tag else ()
    return (*tagged, *found.__struct_fields__)
