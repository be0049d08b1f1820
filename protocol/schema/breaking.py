"""What of a new schema would break programs that were written against an old one.

What a client sends may only be accepted more widely; what a server sends may only gain. Names of
structs are no part of the wire: messages are compared by their tag, fields by their name.

    sent by a client   removed message or field, narrowed type or choice, new duty to send
    sent by a server   removed message or field, other type, field no longer certain
    both               another default, since a field that holds it is left out
"""

import json
from collections.abc import Iterator
from typing import Any, Final, Literal

Schema = dict[str, Any]
Side = Literal["client", "server"]

SIDES: Final[dict[str, Side]] = {"client": "client", "server": "server", "results": "server"}
BOUNDS: Final = {"minimum": 1, "exclusiveMinimum": 1, "maximum": -1, "exclusiveMaximum": -1}


def breaking(old: Schema, new: Schema) -> list[str]:
    """Return every breaking change, each as a sentence that names its place; sorted."""
    found: set[str] = set()
    for part, side in SIDES.items():
        if part in old["properties"]:
            before, after = old["properties"][part], new["properties"].get(part)
            if after is None:
                found.add(f"{part}: removed")
            else:
                found.update(_Comparison(old, new, side).of(part, before, after))
    return sorted(found)


class _Comparison:
    """One direction of two schemas, walked side by side."""

    def __init__(self, old: Schema, new: Schema, side: Side) -> None:
        self._old, self._new, self._side = old["$defs"], new["$defs"], side
        self._seen: set[str] = set()

    def of(self, place: str, old: Schema, new: Schema) -> Iterator[str]:
        """Yield what breaks between two schemas that stand at the same place."""
        before, after = _options(self._old, old), _options(self._new, new)
        if len(_objects(before)) == len(_objects(after)) == 1:
            before, after = _nameless(before), _nameless(after)
        for key in before.keys() & after.keys():
            yield from self._same(place, key, before[key], after[key])
        removed = sorted(before.keys() - after.keys())
        added = sorted(after.keys() - before.keys())
        if "anything" in after and self._side == "client":
            removed = []
        if "anything" in before and self._side == "server":
            added = []
        if removed and (self._side == "client" or _tagged(removed)):
            yield f"{place}: no longer {', '.join(removed)}"
        if added and self._side == "server" and not _tagged(added):
            yield f"{place}: may now be {', '.join(added)}"

    def _same(self, place: str, key: str, old: Schema, new: Schema) -> Iterator[str]:
        if key == "choice":
            gone = [value for value in old["enum"] if value not in new["enum"]]
            if gone and self._side == "client":
                yield f"{place}: no longer {', '.join(map(json.dumps, gone))}"
        elif key in ("integer", "number"):
            if self._side == "client" and _narrower(old, new):
                yield f"{place}: a narrower range"
        elif key == "array":
            yield from self.of(f"{place}[]", old.get("items", {}), new.get("items", {}))
        elif key == "map":
            yield from self.of(
                f"{place}{{}}", old["additionalProperties"], new["additionalProperties"]
            )
        elif "properties" in old:
            yield from self._object(_within(place, key), old, new)

    def _object(self, place: str, old: Schema, new: Schema) -> Iterator[str]:
        pair = json.dumps((old, new), sort_keys=True)
        if pair in self._seen:
            return
        self._seen.add(pair)
        fields, now = old["properties"], new["properties"]
        for name, field in fields.items():
            if name not in now:
                yield f"{place}.{name}: removed"
                continue
            if field.get("default") != now[name].get("default"):
                yield f"{place}.{name}: another default"
            yield from self.of(f"{place}.{name}", field, now[name])
        must, must_now = set(old.get("required", ())), set(new.get("required", ()))
        if self._side == "client":
            for name in sorted(must_now - must):
                yield f"{place}.{name}: now required"
            if old.get("additionalProperties", True) and not new.get("additionalProperties", True):
                yield f"{place}: no longer open to other fields"
        else:
            for name in sorted((must - must_now) & now.keys()):
                yield f"{place}.{name}: no longer certain"


def _options(defs: Schema, schema: Schema) -> dict[str, Schema]:
    """Return the alternatives of a schema, each under a key that both sides would give it."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return _named(name, _options(defs, defs[name]))
    if "anyOf" in schema:
        found: dict[str, Schema] = {}
        for part in schema["anyOf"]:
            for key, option in _options(defs, part).items():
                if key == "choice" and key in found:
                    option = {"enum": [*found[key]["enum"], *option["enum"]]}
                found[key] = option
        return found
    if "allOf" in schema:
        return _merged([_options(defs, part) for part in schema["allOf"]])
    if "enum" in schema:
        return {"choice": schema}
    if "properties" in schema:
        return {_tag(schema): schema}
    if schema.get("type") == "object":
        return {"map": schema}
    return {str(schema.get("type", "anything")): schema}


def _narrower(old: Schema, new: Schema) -> bool:
    """Tell whether a number that was in range may no longer be."""
    for bound, sign in BOUNDS.items():
        if bound in new and (bound not in old or sign * new[bound] > sign * old[bound]):
            return True
    return False


def _named(name: str, options: dict[str, Schema]) -> dict[str, Schema]:
    """Return options with objects without a tag under their name: nothing else tells them apart."""
    return {f"object {name}" if key == "object" else key: one for key, one in options.items()}


def _objects(options: dict[str, Schema]) -> list[str]:
    return [key for key in options if key.startswith("object ")]


def _nameless(options: dict[str, Schema]) -> dict[str, Schema]:
    """Return options with their one object under no name: it may be called anything."""
    return {key.split(" ")[0] if key in _objects(options) else key: options[key] for key in options}


def _merged(parts: list[dict[str, Schema]]) -> dict[str, Schema]:
    """Return what is all of `parts`: the alternatives of the first, with the others' fields."""
    extra = [option for part in parts[1:] for option in part.values()]
    found: dict[str, Schema] = {}
    for key, option in parts[0].items():
        properties, required = dict(option["properties"]), list(option["required"])
        for more in extra:
            properties |= more["properties"]
            required += more["required"]
        found[key] = option | {"properties": properties, "required": required}
    return found


def _tag(schema: Schema) -> str:
    for name, field in schema["properties"].items():
        if "const" in field:
            return f"{name} {field['const']}"
    return "object"


def _tagged(keys: list[str]) -> bool:
    return all(" " in key for key in keys)


def _within(place: str, key: str) -> str:
    return f"{place} {key.split(' ', 1)[1]}" if " " in key else place
