"""Which words there are, and in which group each stands: what all the writers in this folder read.

It looks at the structs themselves, so that a word that was added there cannot be forgotten here.
"""

from collections.abc import Iterator
from types import ModuleType
from typing import Any, Final, Literal, get_args, get_origin

import msgspec

from protocol import choices, commands, events, ids, items, refusals, replies, results, screens

Struct = type[msgspec.Struct]
Needed = msgspec.NODEFAULT


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a message: its type as written in Python, and what it is when left out."""

    name: str
    hint: Any
    required: bool
    default: Any


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """One struct of the wire."""

    name: str
    struct: Any
    promise: str
    tag_field: str | None
    tag: str | None
    fields: tuple[Field, ...]


def word_of(struct: Struct) -> Word:
    """Return what the writers need to know of a struct."""
    config = struct.__struct_config__
    return Word(
        name=name_of(struct),
        struct=struct,
        promise=(struct.__doc__ or "").strip(),
        tag_field=config.tag_field,
        tag=None if config.tag is None else str(config.tag),
        fields=tuple(_fields(struct)),
    )


def _fields(struct: Struct) -> Iterator[Field]:
    for info in msgspec.structs.fields(struct):
        default = info.default
        if info.default_factory is not Needed:
            default = info.default_factory()
        yield Field(
            name=info.encode_name,
            hint=OVERRIDES.get((struct, info.name), info.type),
            required=info.required,
            default=default,
        )


def name_of(struct: Struct) -> str:
    """Return the name outside Python: content says so, as a browser has its own `Image`."""
    if issubclass(struct, items.Content):
        return struct.__name__ + "Content"
    return struct.__name__


def members(union: Any) -> tuple[Struct, ...]:
    """Return the structs of a union, in the order in which they are written."""
    found: list[Struct] = []
    for part in get_args(union):
        found.extend(members(part) if get_args(part) else (part,))
    return tuple(found)


def result_of(command: Struct) -> Struct:
    """Return what a command gives when it is granted."""
    known: dict[Any, Struct] = dict(results.RESULTS)
    return known[command]


def _defined_in(module: ModuleType, parent: Struct) -> Iterator[Struct]:
    for value in vars(module).values():
        if not isinstance(value, type) or not value.__module__.startswith(module.__name__):
            continue
        if issubclass(value, parent) and value is not parent and not value.__subclasses__():
            yield value


def _choices() -> dict[Any, str]:
    """Return the named choices, such as `Mode`, each with its name."""
    found: dict[Any, str] = {}
    for module in (items, choices, events, commands, refusals):
        for name, value in vars(module).items():
            if get_origin(value) is Literal:
                found.setdefault(value, "RefusalCode" if value is refusals.Code else name)
    return found


def _ids() -> dict[Any, str]:
    found: dict[Any, str] = {}
    for name, value in vars(ids).items():
        if getattr(value, "__supertype__", None) is str:
            found[value] = name
    return found


AnyState = screens.Screen | screens.Inbox

OVERRIDES: Final[dict[tuple[Any, str], Any]] = {
    # Python reads these with the type that the place tells it; others want to see what can come.
    (replies.Reply, "result"): results.AnyResult,
    (replies.Snapshot, "state"): AnyState,
}

CHOICES: Final = _choices()
IDS: Final = _ids()

CONTENTS: Final = members(items.AnyContent)
EVENTS: Final = members(events.AnyEvent)
COMMANDS: Final = members(commands.AnyCommand)
CLIENT: Final = members(commands.AnyClientMessage)
SERVER: Final = members(replies.AnyServerMessage)
RESULTS: Final = members(results.AnyResult)
PARTS: Final[tuple[Struct, ...]] = (
    *(
        part
        for module in (items, choices, events, commands, results, replies)
        for part in _defined_in(module, items.Part)
        if part not in RESULTS
    ),
    commands.Following,
)
SCREENS: Final = tuple(_defined_in(screens, screens.Seen))

UNIONS: Final[dict[str, tuple[Struct, ...]]] = {
    "AnyContent": CONTENTS,
    "AnyEvent": EVENTS,
    "AnyCommand": COMMANDS,
    "AnyResult": RESULTS,
    "AnyState": members(AnyState),
    "ClientMessage": CLIENT,
    "ServerMessage": SERVER,
}
"""Unions that have a name outside Python, and what is in them."""
