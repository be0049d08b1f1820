"""The client's core, told what a server says: no socket, no clock, only lists."""

from typing import Any

import msgspec
import pytest

from client.places import START, Place
from client.wire import Denied, Granted, Later, Lost, News, Placed, Told, Wire
from protocol.codec import decode_client, encode
from protocol.commands import (
    AnyClientMessage,
    Following,
    Hello,
    Pong,
    RunStart,
    SessionFollow,
    SessionUnfollow,
)
from protocol.ids import CallerId, CommandId, Epoch, Key, SessionId
from protocol.refusals import Code
from protocol.replies import (
    AnyServerMessage,
    Caller,
    Limits,
    PageMessage,
    Refusal,
    Reply,
    ServerPing,
    Snapshot,
    Welcome,
)
from protocol.results import Followed

S, T = SessionId("s"), SessionId("t")
E1, E2 = Epoch("e1"), Epoch("e2")


class Talk:
    """A wire and what goes over it, in both directions."""

    def __init__(self) -> None:
        self.wire = Wire("test")

    def said(self) -> list[AnyClientMessage]:
        return [decode_client(frame) for frame in self.wire.take()]

    def hear(self, message: AnyServerMessage) -> list[Told]:
        return self.wire.hear(encode(message))

    def connect(self, token: str | None = None) -> Hello:
        self.wire.open(token)
        (hello,) = self.said()
        assert isinstance(hello, Hello)
        limits = Limits(
            frame_bytes=1,
            commands_per_second=1,
            sessions_per_socket=1,
            text_chars=1,
            upload_bytes=1,
        )
        caller = Caller(id=CallerId("local"))
        welcome = Welcome(
            id=hello.id, caller=caller, server="askwire/1", heartbeat=20, limits=limits
        )
        assert self.hear(welcome) == [welcome]
        return hello

    def follow(self, session: SessionId, start: Any) -> SessionFollow:
        self.wire.follow(session, start)
        (follow,) = self.said()
        assert isinstance(follow, SessionFollow)
        return follow

    def page(self, after: int, upto: int, session: SessionId = S, epoch: Epoch = E1) -> list[Told]:
        return self.hear(_page(after, upto, session, epoch))


def _page(after: int, upto: int, session: SessionId = S, epoch: Epoch = E1) -> PageMessage:
    return PageMessage(session=session, epoch=epoch, after=after, upto=upto, records=())


def granted(follow: SessionFollow, upto: int = 0, recovered: bool = True) -> Reply:
    result = Followed(epoch=E1, recovered=recovered, upto=upto)
    return Reply(id=follow.id, result=msgspec.to_builtins(result))


def refused(id: CommandId | None, code: Code, retry_after: float | None = None) -> Refusal:
    return Refusal(id=id, code=code, detail="no", advice="stop", retry_after=retry_after)


@pytest.fixture
def talk() -> Talk:
    talk = Talk()
    talk.connect()
    return talk


# --- Opening ---


def test_hello_comes_first_and_says_who_it_is() -> None:
    hello = Talk().connect("secret")
    assert (hello.client, hello.token, hello.follow) == ("test", "secret", ())


def test_nothing_is_sent_before_welcome() -> None:
    talk = Talk()
    talk.wire.open()
    talk.said()
    talk.wire.follow(S, START)
    talk.wire.ask(RunStart(id=CommandId("a"), key=Key("k"), session=S, text="?"))
    assert talk.said() == []


def test_what_was_wished_before_welcome_is_sent_after_it() -> None:
    talk = Talk()
    ask = RunStart(id=talk.wire.new_id(), key=Key("k"), session=S, text="?")
    talk.wire.ask(ask)
    talk.wire.follow(S, "tail")
    talk.connect()
    follow, command = talk.said()
    assert isinstance(follow, SessionFollow)
    assert (follow.after, command) == ("tail", ask)


def test_a_ping_is_answered(talk: Talk) -> None:
    talk.hear(ServerPing(id=CommandId("9")))
    assert talk.said() == [Pong(id=CommandId("9"))]


# --- Commands ---


def test_an_answer_finds_its_command_once(talk: Talk) -> None:
    ask = RunStart(id=talk.wire.new_id(), key=Key("k"), session=S, text="?")
    talk.wire.ask(ask)
    assert talk.said() == [ask]
    reply = Reply(id=ask.id, result={"run": "r"})
    assert talk.hear(reply) == [Granted(id=ask.id, result={"run": "r"})]
    assert talk.hear(reply) == []


def test_a_refusal_says_why(talk: Talk) -> None:
    ask = RunStart(id=talk.wire.new_id(), key=Key("k"), session=S, text="?")
    talk.wire.ask(ask)
    (denied,) = talk.hear(refused(ask.id, "run_active", 1.5))
    assert isinstance(denied, Denied)
    assert (denied.refused.code, denied.refused.retry_after) == ("run_active", 1.5)


def test_an_unanswered_command_is_sent_again_with_its_key(talk: Talk) -> None:
    first, second = (
        RunStart(id=talk.wire.new_id(), key=Key(key), session=S, text="?") for key in "ab"
    )
    talk.wire.ask(first)
    talk.wire.ask(second)
    talk.hear(Reply(id=first.id))
    talk.said()
    talk.wire.lose()
    talk.connect()
    assert talk.said() == [second]


def test_a_forgotten_command_is_not_sent_again(talk: Talk) -> None:
    ask = RunStart(id=talk.wire.new_id(), key=Key("k"), session=S, text="?")
    talk.wire.ask(ask)
    talk.wire.lose()
    talk.wire.forget(ask.id)
    talk.connect()
    assert talk.said() == []


def test_a_refusal_of_a_newer_server_is_still_a_refusal(talk: Talk) -> None:
    ask = RunStart(id=talk.wire.new_id(), key=Key("k"), session=S, text="?")
    talk.wire.ask(ask)
    frame = b'{"type":"refusal","id":"%b","code":"moon_full","detail":"wait","advice":"retry"}'
    (denied,) = talk.wire.hear(frame % ask.id.encode())
    assert isinstance(denied, Denied)
    assert (denied.refused.code, denied.refused.detail) == ("internal", "moon_full: wait")


def test_a_message_of_a_newer_server_is_skipped(talk: Talk) -> None:
    assert talk.wire.hear(b'{"type":"weather","is":"fine"}') == []


@pytest.mark.parametrize("frame", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_message_ends_the_socket(talk: Talk, frame: bytes) -> None:
    with pytest.raises(ValueError, match="no message"):
        talk.wire.hear(frame)


# --- Following ---


def test_pages_in_order_are_news(talk: Talk) -> None:
    talk.hear(granted(talk.follow(S, START)))
    told = [*talk.page(0, 3), *talk.page(3, 4)]
    assert [news.page.upto for news in told if isinstance(news, News)] == [3, 4]
    assert talk.wire.place(S) == Place(epoch=E1, after=4)


def test_an_old_page_is_skipped(talk: Talk) -> None:
    talk.hear(granted(talk.follow(S, START)))
    talk.page(0, 3)
    assert talk.page(0, 3) == []
    assert talk.said() == []


def test_a_gap_is_followed_again_from_where_the_client_is(talk: Talk) -> None:
    talk.hear(granted(talk.follow(S, START)))
    talk.page(0, 3)
    assert talk.page(5, 6) == []
    (again,) = talk.said()
    assert isinstance(again, SessionFollow)
    assert (again.epoch, again.after) == (E1, 3)


def test_while_a_follow_is_asked_for_gaps_are_not_news(talk: Talk) -> None:
    talk.hear(granted(talk.follow(S, START)))
    talk.page(0, 3)
    talk.page(5, 6)
    (again,) = talk.said()
    assert talk.page(6, 8) == []
    assert talk.said() == []
    assert isinstance(again, SessionFollow)
    talk.hear(granted(again, upto=8))
    assert [type(told) for told in talk.page(3, 8)] == [News]


def test_tail_begins_where_the_server_says(talk: Talk) -> None:
    follow = talk.follow(S, "tail")
    assert talk.page(3, 9) == []
    here = Place(epoch=E1, after=9)
    assert talk.hear(granted(follow, upto=9)) == [Placed(session=S, place=here)]
    assert [type(told) for told in talk.page(9, 10)] == [News]


def test_a_snapshot_moves_the_client_to_where_it_stands(talk: Talk) -> None:
    talk.hear(granted(talk.follow(S, Place(epoch=E1, after=70)), upto=20, recovered=False))
    snapshot = Snapshot(session=S, epoch=E2, upto=20, state={"session": "s"})
    assert talk.hear(snapshot) == [snapshot]
    assert [type(told) for told in talk.page(20, 21, epoch=E2)] == [News]


def test_a_page_of_another_history_is_not_taken(talk: Talk) -> None:
    talk.hear(granted(talk.follow(S, START)))
    talk.page(0, 3)
    assert talk.page(3, 4, epoch=E2) == []
    assert len(talk.said()) == 1


def test_coming_back_says_where_the_client_stands_in_each_session(talk: Talk) -> None:
    talk.hear(granted(talk.follow(S, START)))
    talk.hear(granted(talk.follow(T, Place(epoch=E2, after=7))))
    talk.page(0, 3)
    talk.wire.lose()
    hello = talk.connect()
    assert hello.follow == (
        Following(session=S, epoch=E1, after=3),
        Following(session=T, epoch=E2, after=7),
    )


def test_what_is_not_followed_any_more_is_not_heard(talk: Talk) -> None:
    talk.hear(granted(talk.follow(S, START)))
    talk.wire.unfollow(S)
    (unfollow,) = talk.said()
    assert isinstance(unfollow, SessionUnfollow)
    assert talk.page(0, 3) == []


def test_a_session_that_cannot_be_followed_is_lost(talk: Talk) -> None:
    follow = talk.follow(S, START)
    (lost,) = talk.hear(refused(follow.id, "not_yours"))
    assert isinstance(lost, Lost)
    assert (lost.session, lost.refused.code, talk.wire.follows(S)) == (S, "not_yours", False)


def test_a_session_that_cannot_be_followed_now_is_followed_later(talk: Talk) -> None:
    follow = talk.follow(S, START)
    assert talk.hear(refused(follow.id, "rate_limited", 0.5)) == [Later(session=S, seconds=0.5)]
    talk.wire.follow_again(S)
    assert [type(message) for message in talk.said()] == [SessionFollow]


def test_a_refusal_of_hello_is_traced_to_its_session(talk: Talk) -> None:
    for session in (S, T):
        talk.hear(granted(talk.follow(session, START)))
    talk.wire.lose()
    hello = talk.connect()
    talk.hear(refused(hello.id, "unknown_session"))
    first, second = talk.said()
    assert isinstance(first, SessionFollow)
    assert isinstance(second, SessionFollow)
    (lost,) = talk.hear(refused(first.id, "unknown_session"))
    assert isinstance(lost, Lost)
    assert (lost.session, talk.wire.follows(T)) == (S, True)


def test_messagepack_is_spoken_too() -> None:
    wire = Wire("test", "msgpack")
    wire.open()
    (frame,) = wire.take()
    assert isinstance(decode_client(frame, "msgpack"), Hello)
    assert wire.hear(encode(ServerPing(id=CommandId("1")), "msgpack")) == []
    (pong,) = wire.take()
    assert decode_client(pong, "msgpack") == Pong(id=CommandId("1"))
