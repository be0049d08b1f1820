"""The words as TypeScript, for a browser.

Written straight from the structs and not from the JSON Schema: a generator in between needs Node.js
to tell whether the file is up to date, loses the names of ids and choices, and cannot say which
result belongs to which command.
"""

import types
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import msgspec

from protocol.closes import CLOSES
from protocol.codec import JSON, MSGPACK
from protocol.events import Usage
from protocol.ids import INBOX
from protocol.refusals import ADVICE
from protocol.results import RESULTS as RESULT_OF
from protocol.schema import vocabulary
from protocol.schema.vocabulary import CHOICES, IDS, UNIONS, Field, Struct, name_of, word_of

HEAD: Final = """\
// The words of the wire. Written by `make docs` from protocol/; to change them, change those.
// A field with `?` is left out when it holds its default; no field is null to say so.

/** What JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
/** A JSON value as its column's type says. */
export type Cell = Json;
"""

TAIL: Final = """\
/** Where a record stands: `seq` in its session's log, `at` in time (RFC 3339, UTC). */
export interface Place {
  seq: number;
  at: string;
}
/** An event with its place, as one flat object. */
export type Recorded<E extends AnyEvent = AnyEvent> = E & Place;
export type AnyRecord = Recorded;

export type EventType = AnyEvent["type"];
export type EventOf<T extends EventType> = Extract<AnyEvent, { type: T }>;
export type RecordOf<T extends EventType> = Recorded<EventOf<T>>;
export type ContentOf<K extends Kind> = Extract<AnyContent, { kind: K }>;
export type CommandType = AnyCommand["type"];
export type CommandOf<T extends CommandType> = Extract<AnyCommand, { type: T }>;
export type ResultOf<T extends CommandType> = Results[T];
"""

PLAIN: Final[dict[Any, str]] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
    Any: "Json",
}
SECTIONS: Final[tuple[tuple[str, tuple[Struct, ...]], ...]] = (
    ("Parts", vocabulary.PARTS),
    ("Content of items", vocabulary.CONTENTS),
    ("Events", vocabulary.EVENTS),
    ("What a client sends", vocabulary.CLIENT),
    ("What commands give", vocabulary.RESULTS),
    ("Screens", vocabulary.SCREENS),
    ("What a server sends", vocabulary.SERVER),
)


def typescript() -> str:
    """Return web/src/generated/protocol.ts."""
    parts = [HEAD, _names()]
    for title, structs in SECTIONS:
        parts.append(f"// --- {title} {'-' * (88 - len(title))}\n")
        parts.extend(_interface(struct) for struct in structs)
    parts.append(f"// --- Unions {'-' * 82}\n")
    parts.extend(_union(name, structs) for name, structs in UNIONS.items())
    parts += [_results(), TAIL, _constants()]
    return "\n".join(parts)


def _names() -> str:
    lines = [f"export type {name} = string;" for name in IDS.values()]
    for choice, name in CHOICES.items():
        lines.append(_wrapped(f"export type {name}", _choice(choice)))
    return "\n".join(lines) + "\n"


def _wrapped(head: str, options: list[str]) -> str:
    line = f"{head} = {' | '.join(options)};"
    if len(line) <= 100:
        return line
    return f"{head} =\n" + "\n".join(f"  | {option}" for option in options) + ";"


def _choice(hint: Any) -> list[str]:
    return [_constant(value) for value in get_args(hint)]


def _interface(struct: Struct) -> str:
    word = word_of(struct)
    lines = [_comment(word.promise), f"export interface {word.name} {{"]
    if word.tag is not None:
        lines.append(f"  {word.tag_field}: {_constant(word.tag)};")
    for field in word.fields:
        if not field.required and field.default not in (None, "", 0, False, (), [], {}, Usage()):
            lines.append(f"  /** Left out: {_constant(field.default)}. */")
        lines.append(f"  {_property(word.struct, field)}")
    return "\n".join([*lines, "}", ""])


def _property(struct: Struct, field: Field) -> str:
    if name_of(struct) == "PageMessage" and field.name == "records":
        return "records: AnyRecord[];"
    hint, optional = field.hint, not field.required
    if optional and field.default is None and hint is not Any:
        hint = _without_none(hint)
    return f"{field.name}{'?' if optional else ''}: {type_of(hint)};"


def _without_none(hint: Any) -> Any:
    return Union[tuple(part for part in get_args(hint) if part is not type(None))]  # noqa: UP007  # made of parts


def type_of(hint: Any) -> str:
    """Return a Python type as TypeScript says it."""
    named = PLAIN.get(hint) or IDS.get(hint) or CHOICES.get(hint)
    if named:
        return named
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return name_of(hint)
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return type_of(args[0])
    if origin is Literal:
        return " | ".join(_choice(hint))
    if origin in (Union, types.UnionType):
        return _alternatives(args)
    if origin in (list, tuple):
        inner = "Cell" if hint == list[Any] else type_of(args[0])
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    if origin is dict:
        return f"{{ [key: string]: {type_of(args[1])} }}"
    raise TypeError(f"no TypeScript for {hint!r}")


def _alternatives(args: tuple[Any, ...]) -> str:
    for name, structs in UNIONS.items():
        if set(structs) <= set(args):
            rest = [type_of(part) for part in args if part not in structs]
            return " | ".join([name, *rest])
    return " | ".join(type_of(part) for part in args)


def _union(name: str, structs: tuple[Struct, ...]) -> str:
    return _wrapped(f"export type {name}", [name_of(struct) for struct in structs]) + "\n"


def _results() -> str:
    lines = ["/** What each command gives when it is granted. */", "export interface Results {"]
    for command, result in RESULT_OF.items():
        tag = command.__struct_config__.tag
        lines.append(f"  {_constant(tag)}: {name_of(result)};")
    return "\n".join([*lines, "}", ""])


def _constants() -> str:
    lines = [
        f"export const JSON_SUBPROTOCOL = {_constant(JSON)};",
        f"export const MSGPACK_SUBPROTOCOL = {_constant(MSGPACK)};",
        f"export const INBOX = {_constant(INBOX)};",
        "",
        "/** What to do about each refusal. */",
        "export const ADVICE: { readonly [code in RefusalCode]: Advice } = {",
        *(f"  {code}: {_constant(advice)}," for code, advice in ADVICE.items()),
        "};",
        "",
        "/** Why a socket was closed, and whether to come back as one was. */",
        "export const CLOSES = {",
    ]
    for close in CLOSES:
        lines += [
            f"  {close.code}: {{",
            f"    reason: {_constant(close.reason)},",
            f"    advice: {_constant(close.advice)},",
            f"    reconnect: {_constant(close.reconnect)},",
            "  },",
        ]
    return "\n".join([*lines, "} as const;", "export type CloseCode = keyof typeof CLOSES;", ""])


def _constant(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _comment(text: str) -> str:
    lines = [line.strip() for line in text.splitlines()]
    if len(lines) == 1:
        return f"/** {lines[0]} */"
    return "\n".join(["/**", *(f" * {line}".rstrip() for line in lines), " */"])
