"""`WS /ws/chat/{id}`: chat, code, approvals and cancel on one socket, for every viewer alike.

The original creates a session for an id that it does not know, and a page of any origin may open
it; here both are refused, in words before the close.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from litestar import WebSocket, websocket
from litestar.di import NamedDependency
from litestar.params import FromPath

from engine.engine import Engine
from engine.following import Follower, Told
from engine.live_session import LiveSession
from gateway.dialects.dsagent.moments import Waiting
from gateway.dialects.dsagent.talking import Envelope, Message, failure, messages
from gateway.faces.buckets import Buckets
from gateway.faces.duplex import Duplex, Parting
from gateway.faces.heart import Heart
from gateway.families.dsagent.asking import note_of, sent
from gateway.families.dsagent.finding import COMMAND, found
from gateway.families.dsagent.hitl import pending, resolution, waiting_of
from gateway.families.dsagent.keys import HEADER, caller_by_key
from gateway.families.dsagent.orders import (
    Approve,
    Cancel,
    Chat,
    Execute,
    NoOrder,
    answer_of,
    order_of,
)
from gateway.families.dsagent.reading import Telling, place_of
from gateway.families.dsagent.refusing import Declined
from gateway.families.dsagent.sessions import MODES
from gateway.identity import Door
from gateway.settings import Settings
from protocol.closes import NOT_YOURS, WHO_ARE_YOU
from protocol.commands import KernelExecute, KernelInterrupt, QueryCancel, RunCancel
from protocol.events import Mode, RunOptions
from protocol.refusals import Refused
from protocol.replies import Caller

NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,256}")
OTHER_WORDS: Final = {
    "HITL is not enabled for this session": "No HITL session active for this agent",
}
"""What REST says, and how the original says it on its socket."""


class Conversation:
    """One client of one session."""

    def __init__(
        self,
        socket: WebSocket[Any, Any, Any],
        duplex: Duplex,
        engine: Engine,
        door: Door,
        settings: Settings,
        buckets: Buckets,
        session_id: str,
    ) -> None:
        self._socket = socket
        self._duplex = duplex
        self._engine = engine
        self._door = door
        self._settings = settings
        self._buckets = buckets
        self._session = session_id
        self._telling: Telling | None = None
        self._caller: Caller | None = None

    @property
    def follower(self) -> Follower | None:
        """Return the reader of the session's log."""
        return self._telling.follower if self._telling is not None else None

    # --- Coming in ---

    async def greet(self) -> None:
        """Let the client in, and say what waits for a person."""
        caller = self._caller = self._who()
        live = await self._live()
        note = note_of(live.viewer.show(), self._engine.world.default_model)
        telling = Telling(self._engine, caller, live.session, note, self._duplex.ready)
        connected = ("connected", {"message": f"Connected to session {self._session}"})
        place = place_of(self._socket.query_params.get("after"))
        self._telling = telling
        if place is not None:
            await telling.begin(place)
            self._duplex.say(self._said(connected))
            return
        await telling.begin_now()
        request = pending(live)
        waits = () if request is None else messages(Waiting(request=waiting_of(live, request)))
        self._duplex.say(*(self._said(message) for message in (connected, *waits)))

    def _who(self) -> Caller:
        headers, query = self._socket.headers, self._socket.query_params
        host = headers.get("host")
        if not self._door.may_come_from(headers.get("origin"), host):
            raise Parting(
                NOT_YOURS, self._said(failure("a page of another origin may not do this"))
            )
        if not self._door.is_called(host):
            raise Parting(NOT_YOURS, self._said(failure("this server is not called so")))
        key = headers.get(HEADER)
        if key is None and self._settings.dsagent_key_in_url:
            key = query.get("api_key")
        try:
            return caller_by_key(self._door, key)
        except Declined as no:
            raise Parting(WHO_ARE_YOU, self._said(failure(no.detail))) from None

    async def _live(self) -> LiveSession:
        assert self._caller is not None, "known since the greeting"
        try:
            if NAME.fullmatch(self._session) is None:
                raise Declined(404, "")
            return await found(self._engine, self._caller, self._session)
        except (Refused, Declined):
            words = failure(f"Session {self._session} not found")
            raise Parting(NOT_YOURS, self._said(words)) from None

    # --- Saying ---

    def _said(self, message: Message, at: str | None = None, place: str | None = None) -> str:
        name, data = message
        envelope = Envelope(
            type=name,
            data=data,
            timestamp=at or self._engine.world.clock.stamp(),
            session_id=self._session,
            id=place,
        )
        return msgspec.json.encode(envelope).decode()

    async def tell(self, told: Told) -> Sequence[str]:
        """Return what every viewer of the session is told."""
        assert self._telling is not None, "there is one since the greeting"
        said: list[str] = []
        for heard in await self._telling.heard(told):
            parts = messages(heard.moment)
            said += [
                self._said(part, heard.at, str(heard.place) if number == len(parts) else None)
                for number, part in enumerate(parts, 1)
            ]
        return said

    # --- Hearing ---

    async def listen(self) -> None:
        """Act on what the client says, for ever. What goes wrong is said, and the socket lives."""
        while True:
            text = await self._duplex.receive()
            assert isinstance(text, str), "no binary frame is received"
            await self._duplex.room()
            self._duplex.say(*await self._hear(text))

    async def _hear(self, text: str) -> Sequence[str]:
        try:
            return [self._said(message) for message in await self._act(text)]
        except NoOrder as no:
            return [self._said(failure(str(no)))]
        except Refused as refused:
            return [self._said(failure(refused.detail))]
        except Declined as no:
            words = str(no.detail)
            return [self._said(failure(OTHER_WORDS.get(words, words)))]

    async def _act(self, text: str) -> Sequence[Message]:
        caller, order = self._caller, order_of(text)
        assert caller is not None, "known since the greeting"
        self._buckets.count(caller.id)
        live = await self._live()
        match order:
            case Chat(content=content):
                if not content.strip():
                    raise NoOrder("Message content is required")
                await sent(self._engine, caller, live, content, self._options(live))
            case Execute(code=code):
                if not code.strip():
                    raise NoOrder("Code is required")
                command = KernelExecute(id=COMMAND, session=live.session, code=code)
                await self._engine.handle(caller, command)
            case Approve():
                await self._engine.handle(caller, resolution(live, answer_of(order)))
            case Cancel():
                return await self._cancel(caller, live)
        return ()

    async def _cancel(self, caller: Caller, live: LiveSession) -> Sequence[Message]:
        """Stop the run, or else code of a person's own. An open gate tells of it by itself."""
        run, asked = live.state.run, bool(live.state.approvals)
        if run is not None:
            cancel = RunCancel(id=COMMAND, session=live.session, run=run.run)
            await self._engine.handle(caller, cancel)
        elif live.state.free:
            await self._stop_own(caller, live)
        else:
            none = {"content": "No active task to cancel", "is_partial": False}
            return (("response", none),)
        cancelled = {"accepted": True, "message": "Task cancelled"}
        return () if asked else (("hitl_response", cancelled),)

    async def _stop_own(self, caller: Caller, live: LiveSession) -> None:
        """Stop code of a person's own: each query, and what the kernel does."""
        languages = {item.language for item in live.state.free.values()}
        for name, item in tuple(live.state.free.items()):
            if item.language == "sql":
                cancel = QueryCancel(id=COMMAND, session=live.session, item=name)
                await self._engine.handle(caller, cancel)
        if "python" in languages:
            await self._engine.handle(caller, KernelInterrupt(id=COMMAND, session=live.session))

    def _options(self, live: LiveSession) -> RunOptions | None:
        """Return what the address chose for runs of this socket: it may ask more, never less."""
        name = self._socket.query_params.get("hitl_mode")
        mode: Mode | None = MODES.get(name or "")
        if mode is None or live.state.mode != "none":
            return None
        return RunOptions(mode=mode)


@websocket("/ws/chat/{session_id:str}")
async def chat_socket(
    socket: WebSocket[Any, Any, Any],
    session_id: FromPath[str],
    engine: NamedDependency[Engine],
    door: NamedDependency[Door],
    settings: NamedDependency[Settings],
    heart: NamedDependency[Heart],
    buckets: NamedDependency[Buckets],
) -> None:
    """Serve one client of one session until one of them leaves."""
    duplex = Duplex(socket, settings, heart)
    spoken = Conversation(socket, duplex, engine, door, settings, buckets, session_id)
    await duplex.hold(spoken)


ROUTES = (chat_socket,)
