"""The words as JSON Schema (2020-12).

What a client sends is closed: a field that is not known is refused. What a server sends is open:
fields may be added to it, and a client that validates must not break over them.
"""

import types
from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import msgspec

from protocol.results import RESULTS
from protocol.schema import vocabulary
from protocol.schema.meanings import meaning_of
from protocol.schema.vocabulary import CHOICES, IDS, UNIONS, Field, Struct, name_of, word_of

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]

PLAIN: Final[dict[Any, Schema]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    Any: {},
}
STRUCTS: Final = (
    *vocabulary.PARTS,
    *vocabulary.CONTENTS,
    *vocabulary.EVENTS,
    *vocabulary.CLIENT,
    *vocabulary.RESULTS,
    *vocabulary.SCREENS,
    *vocabulary.SERVER,
)
PLACE: Final[Schema] = {
    "description": "Where a record stands in its session's log, and in time.",
    "type": "object",
    "properties": {
        "seq": {"type": "integer", "minimum": 1},
        "at": {"type": "string", "format": "date-time"},
    },
    "required": ["seq", "at"],
}


def json_schema() -> Schema:
    """Return the schema of everything that crosses the wire, in both directions."""
    return {
        "$schema": DIALECT,
        "title": "Askwire, askwire.v1",
        "description": "What a server and what a client may send.",
        "type": "object",
        "properties": {
            "server": _ref("ServerMessage"),
            "client": _ref("ClientMessage"),
            "results": _results(),
        },
        "additionalProperties": False,
        "$defs": definitions(),
    }


def _results() -> Schema:
    return {
        "description": "What each command gives when it is granted: the `result` of its reply.",
        "type": "object",
        "properties": {
            str(command.__struct_config__.tag): _ref(name_of(result))
            for command, result in RESULTS.items()
        },
        "additionalProperties": False,
    }


def definitions() -> dict[str, Schema]:
    """Return each word by name."""
    found: dict[str, Schema] = {name: {"type": "string"} for name in IDS.values()}
    for choice, name in CHOICES.items():
        found[name] = {"enum": list(get_args(choice))}
    for struct in STRUCTS:
        found[name_of(struct)] = _object(struct)
    for name, structs in UNIONS.items():
        found[name] = {"anyOf": _refs(structs)}
    found["Place"] = PLACE
    found["AnyRecord"] = {
        "description": "An event with its place, as one flat object.",
        "allOf": [_ref("AnyEvent"), _ref("Place")],
    }
    return found


def _object(struct: Struct) -> Schema:
    word = word_of(struct)
    properties: dict[str, Schema] = {}
    required: list[str] = []
    if word.tag is not None and word.tag_field is not None:
        properties[word.tag_field] = {"const": word.tag}
        required.append(word.tag_field)
    for field in word.fields:
        properties[field.name] = _property(struct, field)
        if field.required:
            required.append(field.name)
    schema: Schema = {
        "description": word.promise,
        "type": "object",
        "properties": properties,
        "required": required,
    }
    if struct.__struct_config__.forbid_unknown_fields:
        schema["additionalProperties"] = False
    return schema


def _property(struct: Struct, field: Field) -> Schema:
    schema: Schema = {"description": meaning_of(struct, field.name)}
    if name_of(struct) == "PageMessage" and field.name == "records":
        return schema | {"type": "array", "items": _ref("AnyRecord")}
    schema |= of_type(field.hint)
    if not field.required and field.default is not None:
        schema["default"] = msgspec.to_builtins(field.default)
    return schema


def of_type(hint: Any) -> Schema:
    """Return the schema of a Python type."""
    named = IDS.get(hint) or CHOICES.get(hint)
    if named:
        return _ref(named)
    if hint in PLAIN:
        return dict(PLAIN[hint])
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return _ref(name_of(hint))
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return of_type(args[0]) | _bounds(hint.__metadata__[0])
    if origin is Literal:
        return {"enum": list(args)}
    if origin in (Union, types.UnionType):
        return {"anyOf": _alternatives(args)}
    if origin in (list, tuple):
        return {"type": "array", "items": of_type(args[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": of_type(args[1])}
    raise TypeError(f"no JSON Schema for {hint!r}")


def _bounds(meta: msgspec.Meta) -> Schema:
    named = {
        "minimum": meta.ge,
        "exclusiveMinimum": meta.gt,
        "maximum": meta.le,
        "exclusiveMaximum": meta.lt,
    }
    return {name: value for name, value in named.items() if value is not None}


def _alternatives(args: tuple[Any, ...]) -> list[Schema]:
    for name, structs in UNIONS.items():
        if set(structs) <= set(args):
            return [_ref(name), *(of_type(part) for part in args if part not in structs)]
    return [of_type(part) for part in args]


def _refs(structs: Iterable[Struct]) -> list[Schema]:
    return [_ref(name_of(struct)) for struct in structs]


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}
