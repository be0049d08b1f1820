"""What a client may send on the socket, and what it gets for what it may not."""

import asyncio
import json
import socket as sockets
import struct
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest
import websockets

from engine.models.scripted import call
from engine.ports import CallDelta, Called, CallStarted
from gateway.faces.heart import Heart
from protocol.closes import RESTARTING
from tests.gateway.serving import Served, Talk, serving

SAY = call("answer", "a", "42 orders.", text="42 orders.")
SQL = call("run_sql", "c", sql="SELECT COUNT(*) AS n FROM orders")


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    """A server whose model says one thing."""
    async with serving(tmp_path, [SAY] * 50) as found:
        yield found


async def begun(talk: Talk, **fields: Any) -> str:
    """Create a session and follow it."""
    session = (await talk.result(type="session.create", **fields))["session"]
    await talk.result(type="session.follow", session=session)
    assert isinstance(session, str)
    return session


# --- Frames that are wrong --------------------------------------------------------------------


BAD_FRAMES = (
    ("no json", "bad_message", "not json"),
    ("[]", "bad_message", "object"),
    ('"text"', "bad_message", "object"),
    ("{}", "bad_message", "type"),
    ('{"type":"run.strat","id":"9"}', "unknown_type", "run.start"),
    (
        '{"type":"run.start","id":"9","session":"s","text":"x","sesion":1}',
        "bad_message",
        "sesion",
    ),
    ('{"type":"run.start","id":"9","session":"s","text":5}', "bad_message", "text"),
    ('{"type":"run.start","session":"s","text":"x"}', "bad_message", "id"),
    ('{"type":"session.follow","id":"9","session":"s","after":"soon"}', "bad_message", "after"),
    ("[" * 100_000, "bad_message", ""),
    ("", "bad_message", ""),
    ('{"type":"ping","id":1e999}', "bad_message", ""),
)


async def test_a_bad_frame_is_refused_in_words_and_the_socket_lives(served: Served) -> None:
    async with served.talk() as talk:
        for frame, code, words in BAD_FRAMES:
            await talk.say(frame)
            refusal = await talk.hear("refusal")
            assert (refusal["code"], refusal["advice"]) == (code, "fix"), frame[:80]
            assert words in refusal["detail"]
            if '"id":"9"' in frame:
                assert refusal["id"] == "9"
            await talk.say({"type": "ping", "id": "p"})
            assert (await talk.hear("pong"))["id"] == "p"


async def test_a_frame_of_two_mebibytes_closes_the_socket(served: Served) -> None:
    async with served.talk() as talk:
        await talk.say(json.dumps({"type": "ping", "id": "x" * 2 * 1024 * 1024}))
        assert (await talk.hear("refusal"))["code"] == "frame_too_large"
        assert await talk.closed() == (4413, "frame too large")


async def test_binary_on_the_json_protocol_closes_the_socket(served: Served) -> None:
    async with served.talk() as talk:
        await talk.say(b'{"type":"ping"}')
        assert await talk.closed() == (4400, "bad frame")


async def test_messagepack_says_the_same(served: Served) -> None:
    import msgspec

    async with served.raw("askwire.v1.msgpack") as socket:
        await socket.send(msgspec.msgpack.encode({"type": "hello", "id": "1"}))
        welcome = msgspec.msgpack.decode(await socket.recv())  # type: ignore[arg-type]  # binary
        assert welcome["type"] == "welcome"
        assert socket.subprotocol == "askwire.v1.msgpack"
        await socket.send(msgspec.msgpack.encode({"type": "session.create", "id": "2"}))
        reply = msgspec.msgpack.decode(await socket.recv())  # type: ignore[arg-type]  # binary
        session = reply["result"]["session"]
        await socket.send(
            msgspec.msgpack.encode({"type": "session.follow", "id": "3", "session": session})
        )
        kinds = [
            msgspec.msgpack.decode(await socket.recv())["type"]  # type: ignore[arg-type]  # binary
            for _ in range(2)
        ]
        assert sorted(kinds) == ["page", "reply"]


# --- Hello ------------------------------------------------------------------------------------


async def test_who_says_nothing_is_closed(tmp_path: Path) -> None:
    async with serving(tmp_path, hello_seconds=0.1) as served, served.raw() as socket:
        assert await Talk(socket).closed() == (4408, "no hello")


async def test_who_says_something_else_first_is_told(served: Served) -> None:
    async with served.raw() as socket:
        talk = Talk(socket)
        await talk.say({"type": "session.create", "id": "1"})
        assert (await talk.hear("refusal"))["code"] == "hello_expected"
        await talk.say({"type": "hello", "id": "2"})
        assert (await talk.hear("welcome"))["caller"]["id"] == "local"


async def test_a_server_with_a_token_asks_who_it_is(tmp_path: Path) -> None:
    async with serving(tmp_path, token="secret", tokens={"ann": "hers"}) as served:
        async with served.raw() as socket:
            talk = Talk(socket)
            await talk.say({"type": "hello", "id": "1", "token": "wrong"})
            assert await talk.closed() == (4401, "who are you")
        async with served.talk(token="hers") as talk:
            session = await begun(talk)
        headers = {"Authorization": "Bearer secret"}
        async with served.raw(additional_headers=headers) as socket:
            talk = Talk(socket)
            await talk.say({"type": "hello", "id": "1"})
            assert (await talk.hear("welcome"))["caller"]["id"] == "local"
            for command in (
                {"type": "session.follow", "session": session},
                {"type": "run.start", "session": session, "text": "x"},
                {"type": "session.delete", "session": session},
                {"type": "session.follow", "session": "inbox:ann"},
                {"type": "kernel.inspect", "session": session},
            ):
                refusal = await talk.ask(**command)
                assert (refusal["type"], refusal["code"]) == ("refusal", "not_yours")


async def test_a_ticket_serves_once(tmp_path: Path) -> None:
    async with serving(tmp_path, token="secret") as served:
        _, body, _ = await served.http(
            "POST", "/api/v1/tickets", b"", {"Authorization": "Bearer secret"}
        )
        ticket = json.loads(body)["ticket"]
        async with served.talk(ticket=ticket):
            pass
        async with served.raw() as socket:
            talk = Talk(socket)
            await talk.say({"type": "hello", "id": "1", "ticket": ticket})
            assert await talk.closed() == (4401, "who are you")


ORIGINS = (
    (None, True),
    ("http://127.0.0.1:{port}", True),
    ("http://evil.example", False),
    ("null", False),
    ("http://127.0.0.1:{port}.evil.example", False),
    ("http://127.0.0.1:1", False),
    ("https://friend.example", True),
    ("https://FRIEND.example.evil", False),
)


async def test_a_page_of_another_origin_is_not_let_in(tmp_path: Path) -> None:
    async with serving(tmp_path, origins=("https://friend.example",)) as served:
        for origin, welcome in ORIGINS:
            said = origin.format(port=served.port) if origin is not None else None
            async with served.raw(origin=said) as socket:
                talk = Talk(socket)
                if welcome:
                    await talk.say({"type": "hello", "id": "1"})
                    assert (await talk.hear("welcome"))["id"] == "1", origin
                else:
                    assert await talk.closed() == (4403, "not yours"), origin


async def test_a_foreign_name_of_this_host_is_refused(served: Served) -> None:
    status, body, _ = await served.http(
        "GET", "/api/v1/sessions", headers={"Host": "rebound.example"}
    )
    assert (status, json.loads(body)["code"]) == (403, "not_allowed")


# --- Following --------------------------------------------------------------------------------


async def test_many_sessions_on_one_socket(served: Served) -> None:
    async with served.talk() as talk:
        names = [await begun(talk) for _ in range(5)]
        for session in names:
            await talk.result(type="run.start", session=session, text="how many?")
        over: set[str] = set()
        while len(over) < 5:
            page = await talk.hear("page")
            if any(record["type"] == "run.finished" for record in page["records"]):
                over.add(page["session"])
        assert over == set(names)


async def test_a_socket_follows_no_more_sessions_than_allowed(tmp_path: Path) -> None:
    async with serving(tmp_path, sessions_per_socket=2) as served, served.talk() as talk:
        await begun(talk)
        await begun(talk)
        third = (await talk.result(type="session.create"))["session"]
        refusal = await talk.ask(type="session.follow", session=third)
        assert refusal["code"] == "too_many_sessions"


async def test_following_from_the_future_or_another_epoch_gives_a_snapshot(
    served: Served,
) -> None:
    async with served.talk() as talk:
        session = (await talk.result(type="session.create"))["session"]
        for epoch, after in ((None, 99), ("e_other", 1)):
            fields = {"epoch": epoch} if epoch else {}
            followed = await talk.result(
                type="session.follow", session=session, after=after, **fields
            )
            assert followed["recovered"] is False
            snapshot = await talk.hear("snapshot")
            assert (snapshot["session"], snapshot["upto"]) == (session, 1)


async def test_hello_resumes_where_the_client_was(served: Served) -> None:
    async with served.talk() as talk:
        session = await begun(talk)
        await talk.result(type="run.start", session=session, text="how many?")
        whole = await talk.records("run.finished")
        epoch = (await talk.result(type="session.follow", session=session))["epoch"]
    follow = [{"session": session, "epoch": epoch, "after": 3}]
    async with served.talk(follow=follow) as talk:
        page = await talk.hear("page")
        assert page["after"] == 3
        missed = [record for record in whole if record["seq"] > 3]
        # The deltas of items that are finished may be gone by now.
        needed = {record["seq"] for record in missed if record["type"] != "item.delta"}
        told = [record["seq"] for record in page["records"]]
        assert told == sorted(set(told))
        assert needed <= set(told) <= {record["seq"] for record in missed}
        assert page["upto"] == whole[-1]["seq"]


async def test_an_unknown_session_is_said(served: Served) -> None:
    async with served.talk() as talk:
        for type_ in ("session.follow", "session.archive", "kernel.inspect"):
            assert (await talk.ask(type=type_, session="nope"))["code"] == "unknown_session"


# --- Load, silence, leaving -------------------------------------------------------------------


async def test_ten_thousand_commands_at_once_are_each_answered_or_the_flood_ends(
    tmp_path: Path,
) -> None:
    known = {"token": "boss", "tokens": {"ann": "ann"}}
    async with serving(tmp_path, [SAY], **known) as served, served.talk(token="boss") as quiet:
        mine = await begun(quiet)
        async with served.talk(token="ann") as loud:
            session = await begun(loud)
            for number in range(10_000):
                await loud.say({"type": "session.update", "id": str(number), "session": session})
            codes: list[str] = []
            async with asyncio.timeout(60):
                while len(codes) < 10_000:
                    try:
                        message = json.loads(await loud.socket.recv())
                    except websockets.ConnectionClosed:
                        break
                    if message["type"] in ("reply", "refusal"):
                        codes.append(message.get("code", "reply"))
            assert set(codes) <= {"reply", "rate_limited"}
            assert codes.count("reply") >= 50
            if len(codes) < 10_000:
                assert loud.socket.close_code == 4429
        await quiet.result(type="run.start", session=mine, text="how many?")
        await quiet.records("run.finished")


LONG = (
    CallStarted(call="a", tool="answer"),
    *(CallDelta(call="a", text="word " * 200) for _ in range(20_000)),
    Called(call="a", tool="answer", arguments={"text": "done"}),
)


async def test_a_client_that_never_reads_is_dropped_and_slows_nobody(tmp_path: Path) -> None:
    async with serving(tmp_path, [LONG], send_seconds=1.0) as served, served.talk() as good:
        session = await begun(good)
        deaf = sockets.socket()
        deaf.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", served.port))
        try:
            await asyncio.to_thread(_handshake, deaf, served.port, session)
            heart: Heart = served.app.state.heart
            await until(lambda: len(heart) == 2)
            await good.result(type="run.start", session=session, text="tell me everything")
            records = await good.records("run.finished")
            assert records[-1]["outcome"] == "answered"
            await until(lambda: len(heart) == 1)
            # Its connection is gone as well, and what was to be written on it.
            await until(lambda: deaf.getsockname()[1] not in ends_of(served.port))
        finally:
            deaf.close()


def ends_of(port: int) -> set[int]:
    """Return the ports of those who are connected to a port of this process."""
    found = psutil.Process().net_connections("tcp")
    return {line.raddr.port for line in found if line.laddr.port == port and line.raddr}


async def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something in the server is so; it tells nobody, so it is looked at again."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - there is no event for it, and none is needed but here
            await asyncio.sleep(0.02)


def _handshake(deaf: sockets.socket, port: int, session: str) -> None:
    """Upgrade by hand, say hello and follow, and read nothing after the upgrade."""
    deaf.sendall(
        (
            f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ).encode()
    )
    assert b" 101 " in deaf.recv(1024)
    follow = [{"session": session, "after": 0}]
    deaf.sendall(_masked(json.dumps({"type": "hello", "id": "1", "follow": follow}).encode()))


def _masked(payload: bytes) -> bytes:
    """Return a client's text frame (RFC 6455, section 5.2)."""
    head = b"\x81" + (
        bytes([0x80 | len(payload)])
        if len(payload) < 126
        else b"\xfe" + struct.pack("!H", len(payload))
    )
    return head + b"\0\0\0\0" + payload


async def test_a_client_that_vanishes_is_forgotten_and_its_run_goes_on(tmp_path: Path) -> None:
    async with serving(tmp_path, [SQL, SAY], pause=0.02) as served:
        async with served.talk() as talk:
            session = await begun(talk)
            await talk.result(type="run.start", session=session, text="how many?")
            talk.socket.transport.abort()
        async with served.talk() as talk:
            await talk.result(type="session.follow", session=session)
            assert (await talk.records("run.finished"))[-1]["outcome"] == "answered"


async def test_a_silent_socket_is_pinged_then_dropped(tmp_path: Path) -> None:
    async with serving(tmp_path, heartbeat=0.2) as served, served.talk() as talk:
        await talk.hear("ping")
        assert await talk.closed() == (4508, "too slow")
        await until(lambda: len(served.app.state.heart) == 0)


async def test_a_restarting_server_says_so(served: Served) -> None:
    async with served.talk() as talk:
        served.app.state.heart.close_all(RESTARTING)
        assert await talk.closed() == (1012, "restarting")
    async with served.raw() as socket:
        assert await Talk(socket).closed() == (1012, "restarting")


async def test_a_full_server_asks_to_come_back_later(tmp_path: Path) -> None:
    async with serving(tmp_path, sockets=1) as served, served.talk():
        async with served.raw() as socket:
            assert await Talk(socket).closed() == (1013, "overloaded")
