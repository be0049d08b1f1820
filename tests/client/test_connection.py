"""The client's shell against servers that close, fall silent, forget, and come back."""

import asyncio
from typing import Any

import pytest

from client import Askwire, Closed, Refused, Unreachable
from client.connection import Connection
from client.jitter import Jitter
from protocol.closes import CLOSES, Close
from protocol.events import KernelBusy, Record
from tests.client.rooms import Play, Room, playing


def page(after: int, upto: int, epoch: str = "e") -> dict[str, Any]:
    at = "2026-01-01T00:00:00Z"
    records = [{"seq": seq, "at": at, "type": "kernel.busy"} for seq in range(after + 1, upto + 1)]
    return {
        "type": "page",
        "session": "s",
        "epoch": epoch,
        "after": after,
        "upto": upto,
        "records": records,
    }


async def stays(room: Room) -> None:
    await room.greets()
    await room.socket.wait_closed()


def quick(wire: Askwire) -> Askwire:
    """Have it come back at once: the waits are tested by themselves."""
    wire.connection._jitter = Jitter(dice=lambda: 0.0)
    return wire


async def test_it_opens_and_says_who_is_asking() -> None:
    async with playing(stays) as url, Askwire(url, "secret") as wire:
        assert (wire.state, wire.caller.id) == ("live", "me")
    assert wire.state == "closed"


async def test_the_token_is_in_hello() -> None:
    heard: list[Any] = []

    async def play(room: Room) -> None:
        heard.append(await room.greets())
        await room.socket.wait_closed()

    async with playing(play) as url, Askwire(url, "secret", client="test/1"):
        pass
    assert (heard[0]["token"], heard[0]["client"]) == ("secret", "test/1")


async def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="did not answer"):
        async with Askwire("http://127.0.0.1:9", patience=0.1):
            pass


@pytest.mark.parametrize("close", [c for c in CLOSES if not c.reconnect], ids=lambda c: str(c.code))
async def test_a_close_for_good_is_obeyed(close: Close) -> None:
    async def play(room: Room) -> None:
        await room.closes(close.code, close.reason)

    async with playing(play, stays) as url:
        with pytest.raises(Closed) as told:
            async with Askwire(url):
                pass
    assert (told.value.code, told.value.advice) == (close.code, close.advice)


@pytest.mark.parametrize("close", [c for c in CLOSES if c.reconnect], ids=lambda c: str(c.code))
async def test_a_close_for_now_is_followed_by_coming_back(close: Close) -> None:
    async def play(room: Room) -> None:
        await room.greets()
        await room.closes(close.code)

    async with playing(play, stays) as url, quick(Askwire(url)) as wire:
        await wire.until("offline")
        await wire.until("live")


async def test_a_token_is_renewed_once() -> None:
    tokens = iter(("old", "new"))
    heard: list[str] = []

    async def get() -> str:
        return next(tokens)

    async def play(room: Room) -> None:
        heard.append((await room.hears("hello"))["token"])
        await room.closes(4401)

    async def accept(room: Room) -> None:
        heard.append((await room.greets())["token"])
        await room.socket.wait_closed()

    async with playing(play, accept) as url, Askwire(url, get):
        pass
    assert heard == ["old", "new"]


async def test_a_refusal_is_raised() -> None:
    async def play(room: Room) -> None:
        await room.greets()
        asked = await room.hears("session.create")
        await room.says(
            type="refusal", id=asked["id"], code="queue_full", detail="later", advice="retry"
        )
        await room.socket.wait_closed()

    async with playing(play) as url, Askwire(url) as wire:
        with pytest.raises(Refused, match="later") as told:
            await wire.sessions.create()
    assert told.value.code == "queue_full"


async def test_a_command_is_sent_again_with_the_same_key() -> None:
    keys: list[str] = []

    async def breaks(room: Room) -> None:
        await room.greets()
        keys.append((await room.hears("session.create"))["key"])
        room.socket.transport.abort()

    async def answers(room: Room) -> None:
        await room.greets()
        asked = await room.hears("session.create")
        keys.append(asked["key"])
        await room.says(
            type="reply", id=asked["id"], result={"session": "s", "epoch": "e", "upto": 1}
        )
        await room.socket.wait_closed()

    async with playing(breaks, breaks, answers) as url, quick(Askwire(url)) as wire:
        assert (await wire.sessions.create()).id == "s"
    assert len(keys) == 3
    assert len(set(keys)) == 1


async def test_it_follows_from_where_it_was() -> None:
    follows: list[Any] = []

    def tells(*pages: dict[str, Any]) -> Play:
        async def play(room: Room) -> None:
            hello = await room.greets()
            follows.append(hello.get("follow"))
            if "follow" not in hello:
                asked = await room.hears("session.follow")
                result = {"epoch": "e", "recovered": True, "upto": 0}
                await room.says(type="reply", id=asked["id"], result=result)
            for told in pages:
                await room.says(**told)
            await room.closes(1012)

        return play

    plays = (tells(page(0, 2), page(2, 3)), tells(page(1, 3), page(3, 6)), tells(page(6, 7)))
    async with playing(*plays, stays) as url, quick(Askwire(url)) as wire:
        reader = wire.session("s").follow()
        told = [await anext(reader) for _ in range(7)]
    seqs = [record.seq for record in told if isinstance(record, Record)]
    assert seqs == [1, 2, 3, 4, 5, 6, 7]
    assert all(isinstance(r.event, KernelBusy) for r in told if isinstance(r, Record))
    assert follows == [
        None,
        [{"session": "s", "epoch": "e", "after": 3}],
        [{"session": "s", "epoch": "e", "after": 6}],
    ]


async def test_a_server_that_falls_silent_is_left() -> None:
    async def play(room: Room) -> None:
        await room.greets(heartbeat=0.02)
        await room.socket.wait_closed()

    async with playing(play, stays) as url, quick(Askwire(url)) as wire:
        await wire.until("offline")
        await wire.until("live")
        assert wire.welcome.heartbeat == 20


async def test_a_ping_is_answered_and_keeps_the_socket() -> None:
    pongs: list[Any] = []

    async def play(room: Room) -> None:
        await room.greets()
        for number in range(3):
            await room.says(type="ping", id=str(number))
            pongs.append(await room.hears("pong"))
        await room.closes(1012)

    async with playing(play) as url, quick(Askwire(url)) as wire:
        await wire.until("offline")
    assert [pong["id"] for pong in pongs] == ["0", "1", "2"]


async def test_garbage_ends_the_socket_not_the_client() -> None:
    async def play(room: Room) -> None:
        await room.greets()
        await room.socket.send("no json")
        await room.socket.wait_closed()

    async with playing(play, stays) as url, quick(Askwire(url)) as wire:
        await wire.until("offline")
        await wire.until("live")


async def test_who_waits_is_told_when_the_client_is_left() -> None:
    async with playing(stays) as url:
        async with Askwire(url) as wire:
            asking = asyncio.ensure_future(wire.sessions.create())  # it must outlive the block
            reader = wire.session("s").follow()
            await asyncio.sleep(0)
    with pytest.raises(Closed):
        await asking
    with pytest.raises(Closed):
        await anext(reader)
    with pytest.raises(Closed):
        await wire.sessions.create()


async def test_what_fails_in_the_block_comes_out_as_it_is() -> None:
    async with playing(stays) as url:
        with pytest.raises(KeyError):
            async with Askwire(url):
                raise KeyError("mine")


async def test_who_asks_and_is_cancelled_leaves_nothing_to_be_sent_again() -> None:
    again: list[Any] = []

    async def breaks(room: Room) -> None:
        await room.greets()
        await room.hears("session.create")
        await room.hears("session.delete")
        await room.closes(1012)

    async def answers(room: Room) -> None:
        await room.greets()
        while True:
            asked = await room.hears("session.delete")
            again.append(asked["type"])
            await room.says(type="reply", id=asked["id"], result={"upto": 1})

    async with playing(breaks, answers) as url, quick(Askwire(url)) as wire:
        async with asyncio.TaskGroup() as group:
            creating = group.create_task(wire.sessions.create())
            await asyncio.sleep(0)
            creating.cancel()
            await wire.session("s").delete()
    assert again == ["session.delete"]


def test_a_connection_needs_no_loop_to_be_made() -> None:
    wire = Askwire("ws://example.org/base/ws")
    assert isinstance(wire.connection, Connection)
    assert wire.http.base == "http://example.org/base"
