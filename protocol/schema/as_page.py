"""The words as a page for people: docs/protocol.md."""

import types
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import msgspec

from protocol.closes import CLOSES
from protocol.codec import encode, encode_value
from protocol.refusals import ADVICE
from protocol.schema import vocabulary
from protocol.schema.examples import EXAMPLES
from protocol.schema.meanings import CODES, meaning_of
from protocol.schema.vocabulary import (
    CHOICES,
    IDS,
    UNIONS,
    Field,
    Struct,
    name_of,
    result_of,
    word_of,
)

OPENING: Final = """\
# The wire

<!-- Written by `make docs` from protocol/. To change a word, change it there. -->

One WebSocket at `/ws` carries many sessions. A text frame holds one JSON message (subprotocol
`askwire.v1.json`); a binary frame holds the same message as MessagePack (`askwire.v1.msgpack`). The
same messages also travel over HTTP: any command as the body of `POST /api/v1/commands`, pages as
server-sent events or a long poll at `GET /api/v1/sessions/{id}/events`.

**Up go commands.** Each has an `id`, which its one answer carries, and may have a `key`, which
makes a retry act once, on whatever connection it comes. The answer is a `reply` or a `refusal`. A
field that is not known is refused by name.

**Down come pages.** A page holds the records of one session after position `after` up to `upto`. A
client keeps one number per session: a page applies when its `after` equals that number, which then
becomes its `upto`. A page whose `upto` is not above the number is an old one: skip it. A page whose
`after` is above it means that one was missed: follow again. Deltas of finished items may be missing
from a page; `after` and `upto` stay true. When a position cannot be served, a `snapshot` comes
first.

**Both grow.** Fields and types are added, never renamed or removed. Keep what you do not know: an
event of an unknown type moves the position like any other.

A field marked *optional* is left out when it holds its default. Times are RFC 3339 in UTC.
"""

PLAIN: Final[dict[Any, str]] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    type(None): "null",
    Any: "any JSON",
}


def page() -> str:
    """Return docs/protocol.md."""
    parts = [OPENING]
    parts += _section("What a client sends", vocabulary.CLIENT, "Client to server.")
    parts += _section("What a server sends", vocabulary.SERVER, "Server to client.")
    parts += _section("Events", vocabulary.EVENTS, None)
    parts += _section("Content", vocabulary.CONTENTS, None)
    parts += _section("What commands give", vocabulary.RESULTS, None)
    parts += _section("Screens", vocabulary.SCREENS, None)
    parts += _section("Parts", vocabulary.PARTS, None)
    parts += [_choices(), _refusals(), _closes()]
    return "\n".join(parts)


ABOUT: Final = {
    "Events": "Facts, in the past tense. A record is an event with two more fields on the same "
    "object: `seq`, its place in the log, and `at`, when it was kept.",
    "Content": "The `content` of `item.completed`, told apart by `kind`. It is authoritative and "
    "whole, except that the rows of a table are fetched by its `result`.",
    "Screens": "The `state` of a snapshot: a `Screen`, or an `Inbox` for a caller's inbox.",
    "Parts": "Pieces of the messages above.",
    "What commands give": "The `result` of a reply.",
}


def _section(title: str, structs: Iterable[Struct], direction: str | None) -> Iterator[str]:
    yield f"## {title}\n"
    if title in ABOUT:
        yield ABOUT[title] + "\n"
    for struct in structs:
        yield _entry(struct, direction)


def _entry(struct: Struct, direction: str | None) -> str:
    word = word_of(struct)
    heading = word.name if word.tag is None else f"`{word.tag}`"
    lines = [f"### {heading}", "", word.promise, ""]
    if direction:
        lines += [_towards(struct, direction), ""]
    fields = [field for field in word.fields if not (field.name == "run" and not field.required)]
    if struct not in vocabulary.EVENTS:
        fields = list(word.fields)
    if fields:
        lines += ["| field | type | meaning |", "|---|---|---|"]
        lines += [_row(struct, field) for field in fields]
        lines.append("")
    if struct in EXAMPLES:
        lines += ["```json", _example(EXAMPLES[struct]), "```", ""]
    return "\n".join(lines)


def _towards(struct: Struct, direction: str) -> str:
    if struct in vocabulary.COMMANDS:
        result = name_of(result_of(struct))
        return f"{direction} Gives [{result}](#{result.lower()})."
    return direction


def _row(struct: Struct, field: Field) -> str:
    hint = field.hint
    note = ""
    if not field.required:
        note = ", optional"
        if field.default not in (None, "", (), [], {}) and not _empty(field.default):
            note += f": `{encode_value(field.default).decode()}`"
        elif field.default is None:
            hint = _without_none(hint)
    if name_of(struct) == "PageMessage" and field.name == "records":
        kind = "list of records"
    else:
        kind = type_of(hint)
    meaning = meaning_of(struct, field.name)
    return f"| `{field.name}` | {kind}{note} | {meaning} |"


def _empty(value: Any) -> bool:
    return isinstance(value, msgspec.Struct) and encode_value(value) == b"{}"


def _without_none(hint: Any) -> Any:
    if get_origin(hint) not in (Union, types.UnionType):
        return hint
    return Union[tuple(part for part in get_args(hint) if part is not type(None))]  # noqa: UP007  # made of parts


def type_of(hint: Any) -> str:
    """Return a type in words, with links."""
    if hint in IDS:
        return "id" if IDS[hint].endswith("Id") else IDS[hint].lower()
    if hint in CHOICES:
        return f"[{CHOICES[hint]}](#choices)"
    if hint in PLAIN:
        return PLAIN[hint]
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return _link(hint)
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return type_of(args[0])
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in args)
    if origin in (Union, types.UnionType):
        return _alternatives(args)
    if origin in (list, tuple):
        return f"list of {type_of(args[0])}"
    if origin is dict:
        return f"map of {type_of(args[1])}"
    raise TypeError(f"no words for {hint!r}")


def _alternatives(args: tuple[Any, ...]) -> str:
    for name, structs in UNIONS.items():
        if set(structs) <= set(args):
            rest = [type_of(part) for part in args if part not in structs]
            return " or ".join([_union(name), *rest])
    return " or ".join(type_of(part) for part in args)


def _union(name: str) -> str:
    places = {"AnyContent": "content", "AnyResult": "what-commands-give", "AnyState": "screens"}
    return f"[{name}](#{places[name]})"


def _link(struct: Struct) -> str:
    word = word_of(struct)
    anchor = word.name.lower() if word.tag is None else word.tag.replace(".", "")
    return f"[{word.tag or word.name}](#{anchor})"


def _example(example: Any) -> str:
    return msgspec.json.format(encode(example), indent=2).decode()


def _choices() -> str:
    lines = ["## Choices", "", "| name | values |", "|---|---|"]
    for choice, name in CHOICES.items():
        if name != "RefusalCode":
            values = ", ".join(f"`{value}`" for value in get_args(choice))
            lines.append(f"| {name} | {values} |")
    return "\n".join([*lines, "", "`RefusalCode` is the list below.", ""])


def _refusals() -> str:
    lines = [
        "## Refusals",
        "",
        "`fix`: change the command. `retry`: the same may work later. `stop`: it never will.",
        "",
        "| code | advice | meaning |",
        "|---|---|---|",
    ]
    lines += [f"| `{code}` | {advice} | {CODES[code]} |" for code, advice in ADVICE.items()]
    return "\n".join([*lines, ""])


def _closes() -> str:
    lines = [
        "## Close codes",
        "",
        "Come back with full-jitter back-off from 0.25 to 15 s, and follow from where you were.",
        "",
        "| code | reason | come back | advice |",
        "|---|---|---|---|",
    ]
    for close in CLOSES:
        again = "yes" if close.reconnect else "no"
        lines.append(f"| {close.code} | {close.reason} | {again} | {close.advice} |")
    return "\n".join([*lines, ""])
