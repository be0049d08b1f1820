"""What a server says that is not an event: welcome, replies and refusals, pages and snapshots."""

from typing import Any

import msgspec

from protocol.events import Record
from protocol.ids import CallerId, CommandId, Epoch, SessionId
from protocol.items import Part
from protocol.refusals import Advice, Code


class ServerMessage(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True
):
    """Anything a server sends."""


class Caller(Part, frozen=True, kw_only=True):
    """Who is asking."""

    id: CallerId
    name: str = ""
    roles: tuple[str, ...] = ()


class Limits(Part, frozen=True, kw_only=True):
    """What one connection may do."""

    frame_bytes: int
    commands_per_second: int
    sessions_per_socket: int
    text_chars: int
    upload_bytes: int


class Welcome(ServerMessage, frozen=True, kw_only=True, tag="welcome"):
    """The answer to hello. `heartbeat` is the seconds between pings."""

    id: CommandId
    caller: Caller
    server: str
    heartbeat: float
    limits: Limits


class Reply(ServerMessage, frozen=True, kw_only=True, tag="reply"):
    """Granted. `result` is what `results.RESULTS` says for the command."""

    id: CommandId
    result: Any = msgspec.field(default_factory=dict)


class Refusal(ServerMessage, frozen=True, kw_only=True, tag="refusal"):
    """Not granted, why, and what to do. `id` is missing when the command's could not be read."""

    id: CommandId | None = None
    code: Code
    detail: str
    advice: Advice
    retry_after: float | None = None


class PageMessage(ServerMessage, frozen=True, kw_only=True, tag="page"):
    """Everything that happened in `session` between two positions."""

    session: SessionId
    epoch: Epoch
    after: int
    upto: int
    records: tuple[Record, ...]


class Snapshot(ServerMessage, frozen=True, kw_only=True, tag="snapshot"):
    """The fold of the log up to `upto`: a `Screen`, or an `Inbox` for a caller's inbox."""

    session: SessionId
    epoch: Epoch
    upto: int
    state: Any


class ServerPing(ServerMessage, frozen=True, kw_only=True, tag="ping"):
    """Are you there? Say `pong`, or the socket is dropped after a while."""

    id: CommandId | None = None


class ServerPong(ServerMessage, frozen=True, kw_only=True, tag="pong"):
    """I am here."""

    id: CommandId | None = None


class UnknownMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message of a newer server, kept as it came."""

    type: str
    raw: bytes


AnyServerMessage = Welcome | Reply | Refusal | PageMessage | Snapshot | ServerPing | ServerPong
