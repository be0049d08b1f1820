"""A client's side of the conversation, over any number of sockets. No I/O, no clock.

The shell says what was heard (`hear`) and when a socket came and went (`open`, `lose`), sends what
`take` gives, and looks at what it is told. Sockets come and go; commands and positions stay: on the
next socket every session is followed from where it was, and every unanswered command is sent again
with the key it had.
"""

from collections import deque
from typing import Any, Final

import msgspec

from client.places import Place, Wish, end_of, meaning_of
from protocol.codec import Encoding, decode_server, encode
from protocol.commands import (
    AnyClientMessage,
    AnyCommand,
    Following,
    Hello,
    Pong,
    SessionFollow,
    SessionUnfollow,
)
from protocol.ids import CommandId, SessionId
from protocol.refusals import ADVICE, Refused
from protocol.replies import (
    PageMessage,
    Refusal,
    Reply,
    ServerPing,
    Snapshot,
    Welcome,
)
from protocol.results import Followed

SOON: Final = 1.0
"""Seconds until a refused follow is tried again, where the server does not say."""


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """A command has its result."""

    id: CommandId
    result: Any


class Denied(msgspec.Struct, frozen=True, kw_only=True):
    """A command was refused."""

    id: CommandId
    refused: Refused


class News(msgspec.Struct, frozen=True, kw_only=True):
    """A page that follows what was heard before. `size` is about what it weighs in bytes."""

    page: PageMessage
    size: int


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A session is followed from here on."""

    session: SessionId
    place: Place


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """A session cannot be followed."""

    session: SessionId
    refused: Refused


class Later(msgspec.Struct, frozen=True, kw_only=True):
    """A session cannot be followed now: call `follow_again` after some seconds."""

    session: SessionId
    seconds: float


Told = Welcome | Granted | Denied | News | Snapshot | Placed | Lost | Later


class _Followed:
    """A session that is followed: where it stands, or what was wished while that is not known."""

    def __init__(self, place: Place | None, wish: Wish | None) -> None:
        self.place = place
        self.wish: Wish | None = wish
        self.asked: CommandId | None = None


class _Loose(msgspec.Struct):
    """A refusal whose code is newer than this client."""

    type: str = ""
    id: CommandId | None = None
    code: str = ""
    detail: str = ""
    retry_after: float | None = None


class Wire:
    """What was asked and not answered, what is followed and from where, what is to be sent."""

    def __init__(self, client: str = "python", encoding: Encoding = "json") -> None:
        self.welcome: Welcome | None = None
        self._client = client
        self._encoding: Encoding = encoding
        self._asked: dict[CommandId, AnyCommand] = {}
        self._followed: dict[SessionId, _Followed] = {}
        self._out: deque[bytes] = deque()
        self._count = 0
        self._open = False
        self._hello = CommandId("")

    # --- What the shell says ---

    def open(self, token: str | None = None) -> None:
        """A socket is there: say who this is, and where it stands in each session."""
        self._out.clear()
        self._open, self.welcome = True, None
        self._hello = self.new_id()
        following = tuple(
            Following(session=session, epoch=followed.place.epoch, after=followed.place.after)
            for session, followed in self._followed.items()
            if followed.place is not None
        )
        for followed in self._followed.values():
            followed.asked = None
        hello = Hello(id=self._hello, client=self._client, token=token, follow=following)
        self._send(hello)

    def lose(self) -> None:
        """The socket is gone."""
        self._open, self.welcome = False, None
        self._out.clear()

    def hear(self, data: bytes | str) -> list[Told]:
        """Take in one frame and return what it means. Raise `ValueError` for what is no message."""
        try:
            message = decode_server(data, self._encoding)
        except msgspec.ValidationError:
            return self._newer(data)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise ValueError(f"the server sent what is no message: {error}") from error
        match message:
            case PageMessage():
                return self._page(message, len(data))
            case Reply():
                return self._granted(message)
            case Refusal():
                refused = Refused(message.code, message.detail, message.retry_after)
                return self._refused(message.id, refused)
            case Snapshot():
                return self._snapshot(message)
            case Welcome():
                return self._welcomed(message)
            case ServerPing():
                self._send(Pong(id=message.id))
                return []
            case _:
                return []

    # --- What callers wish ---

    def new_id(self) -> CommandId:
        """Return an id that no other command of this client has."""
        self._count += 1
        return CommandId(str(self._count))

    def ask(self, command: AnyCommand) -> None:
        """Send a command, now or when there is a socket, and again until it is answered."""
        self._asked[command.id] = command
        if self.welcome is not None:
            self._send(command)

    def forget(self, id: CommandId) -> None:
        """Nobody waits for this answer any more."""
        self._asked.pop(id, None)

    def follow(self, session: SessionId, start: Place | Wish) -> None:
        """Have every page of a session after a place, from now on, or a snapshot first."""
        if isinstance(start, Place):
            self._followed[session] = _Followed(start, None)
        else:
            self._followed[session] = _Followed(None, start)
        self.follow_again(session)

    def follow_again(self, session: SessionId) -> None:
        """Ask for the pages from where this client stands."""
        followed = self._followed.get(session)
        if followed is None or self.welcome is None:
            return
        followed.asked = self.new_id()
        place = followed.place
        if place is None:
            self._send(SessionFollow(id=followed.asked, session=session, after=followed.wish or 0))
            return
        self._send(
            SessionFollow(id=followed.asked, session=session, epoch=place.epoch, after=place.after)
        )

    def unfollow(self, session: SessionId) -> None:
        """Have no more pages of a session."""
        if self._followed.pop(session, None) is not None and self.welcome is not None:
            self._send(SessionUnfollow(id=self.new_id(), session=session))

    def follows(self, session: SessionId) -> bool:
        """Say whether pages of a session are asked for."""
        return session in self._followed

    def place(self, session: SessionId) -> Place | None:
        """Return up to where a session was heard; None while that is not known."""
        followed = self._followed.get(session)
        return None if followed is None else followed.place

    def take(self) -> list[bytes]:
        """Return the frames to be sent now, in order."""
        frames = list(self._out)
        self._out.clear()
        return frames

    # --- What messages mean ---

    def _send(self, message: AnyClientMessage) -> None:
        if self._open:
            self._out.append(encode(message, self._encoding))

    def _welcomed(self, welcome: Welcome) -> list[Told]:
        self.welcome = welcome
        for session, followed in self._followed.items():
            if followed.place is None:
                self.follow_again(session)
        for command in self._asked.values():
            self._send(command)
        return [welcome]

    def _page(self, page: PageMessage, size: int) -> list[Told]:
        followed = self._followed.get(page.session)
        if followed is None or followed.place is None:
            return []
        match meaning_of(page, followed.place):
            case "old":
                return []
            case "gap":
                if followed.asked is None:
                    self.follow_again(page.session)
                return []
            case "new":
                followed.place = end_of(page)
                return [News(page=page, size=size)]

    def _snapshot(self, snapshot: Snapshot) -> list[Told]:
        followed = self._followed.get(snapshot.session)
        if followed is None:
            return []
        followed.place = Place(epoch=snapshot.epoch, after=snapshot.upto)
        return [snapshot]

    def _granted(self, reply: Reply) -> list[Told]:
        session = self._session_asked(reply.id)
        if session is not None:
            return self._follows(session, msgspec.convert(reply.result, Followed))
        if self._asked.pop(reply.id, None) is None:
            return []
        return [Granted(id=reply.id, result=reply.result)]

    def _follows(self, session: SessionId, result: Followed) -> list[Told]:
        followed = self._followed[session]
        followed.asked = None
        if followed.place is None and followed.wish == "tail":
            followed.place = Place(epoch=result.epoch, after=result.upto)
            return [Placed(session=session, place=followed.place)]
        return []

    def _refused(self, id: CommandId | None, refused: Refused) -> list[Told]:
        if id is None:
            return []
        if id == self._hello:
            return self._one_by_one()
        session = self._session_asked(id)
        if session is not None:
            return self._not_followed(session, refused)
        if self._asked.pop(id, None) is None:
            return []
        return [Denied(id=id, refused=refused)]

    def _one_by_one(self) -> list[Told]:
        """One of the sessions in hello was refused, and it is not said which: ask for each."""
        for session, followed in self._followed.items():
            if followed.asked is None:
                self.follow_again(session)
        return []

    def _not_followed(self, session: SessionId, refused: Refused) -> list[Told]:
        if refused.advice == "retry":
            return [Later(session=session, seconds=refused.retry_after or SOON)]
        del self._followed[session]
        return [Lost(session=session, refused=refused)]

    def _session_asked(self, id: CommandId) -> SessionId | None:
        found = (name for name, followed in self._followed.items() if followed.asked == id)
        return next(found, None)

    def _newer(self, data: bytes | str) -> list[Told]:
        """Take in a refusal whose code is newer than this client; skip what else does not fit."""
        tree = _tree(data, self._encoding)
        if not tree.type:
            raise ValueError("the server sent what is no message: it has no type")
        if tree.type != "refusal":
            return []
        code = tree.code if tree.code in ADVICE else "internal"
        return self._refused(
            tree.id,
            Refused(code, f"{tree.code}: {tree.detail}", tree.retry_after),
        )


def _tree(data: bytes | str, encoding: Encoding) -> _Loose:
    try:
        if encoding == "json":
            return msgspec.json.decode(data, type=_Loose)
        return msgspec.msgpack.decode(data if isinstance(data, bytes) else b"", type=_Loose)
    except msgspec.MsgspecError:
        return _Loose()
