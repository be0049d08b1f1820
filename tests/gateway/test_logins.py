"""Logging in: a browser keeps a secret of its own, which is not the token and can be taken back."""

import json
from collections.abc import Mapping
from http.cookies import Morsel, SimpleCookie
from pathlib import Path

from gateway.identity import COOKIE, LOGIN_SECONDS, LOGINS, Door
from gateway.settings import Settings
from tests.gateway.serving import Served, serving

TOKEN = "a-token-that-is-a-password"


def left(headers: Mapping[str, str]) -> "Morsel[str]":
    """Return the cookie that an answer leaves."""
    return SimpleCookie(headers["Set-Cookie"])[COOKIE]


async def logged_in(served: Served) -> "Morsel[str]":
    """Log in with the token, and return the cookie."""
    body = json.dumps({"token": TOKEN}).encode()
    status, _, headers = await served.http("POST", "/api/v1/login", body)
    assert status == 200
    return left(headers)


async def asking(served: Served, cookie: str) -> int:
    """Return what a request with this cookie alone is answered."""
    headers = {"Cookie": f"{COOKIE}={cookie}"}
    status, _, _ = await served.http("GET", "/api/v1/sessions", headers=headers)
    return status


async def test_a_cookie_is_a_secret_of_its_own_that_no_script_reads_and_no_site_sends(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path, token=TOKEN) as served:
        one, other = await logged_in(served), await logged_in(served)
        assert TOKEN not in one.value
        assert one.value != other.value
        assert (one["httponly"], one["samesite"].lower(), one["path"]) == (True, "strict", "/")
        assert (one["max-age"], one["expires"]) == ("", ""), "it goes with the browser"
        assert [await asking(served, one.value), await asking(served, other.value)] == [200, 200]


async def test_the_token_itself_is_no_cookie(tmp_path: Path) -> None:
    async with serving(tmp_path, token=TOKEN) as served:
        assert await asking(served, TOKEN) == 401


async def test_logging_out_ends_this_login_and_no_other(tmp_path: Path) -> None:
    async with serving(tmp_path, token=TOKEN) as served:
        one, other = await logged_in(served), await logged_in(served)
        headers = {"Cookie": f"{COOKIE}={one.value}"}
        status, _, told = await served.http("POST", "/api/v1/logout", b"", headers)
        assert (status, left(told).value) == (200, "")
        assert [await asking(served, one.value), await asking(served, other.value)] == [401, 200]


async def test_a_restart_ends_every_login(tmp_path: Path) -> None:
    async with serving(tmp_path, token=TOKEN) as served:
        cookie = await logged_in(served)
    async with serving(tmp_path, token=TOKEN) as served:
        assert await asking(served, cookie.value) == 401


async def test_a_link_with_a_ticket_logs_in_once(tmp_path: Path) -> None:
    async with serving(tmp_path, tokens={"ann": "anns"}) as served:
        status, made, _ = await served.http(
            "POST", "/api/v1/tickets", b"", {"Authorization": "Bearer anns"}
        )
        assert status == 201
        ticket = json.loads(made)["ticket"]
        status, _, headers = await served.http("GET", f"/login?ticket={ticket}")
        assert (status, headers["Location"]) == (302, "/")
        cookie = left(headers)
        assert "anns" not in cookie.value
        told = {"Cookie": f"{COOKIE}={cookie.value}"}
        _, me, _ = await served.http("GET", "/api/v1/me", headers=told)
        assert json.loads(me)["caller"]["id"] == "ann"
        status, _, headers = await served.http("GET", f"/login?ticket={ticket}")
        assert (status, "Set-Cookie" in headers) == (401, False)


async def test_where_nobody_has_to_say_who_they_are_a_link_leaves_no_cookie(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        status, _, headers = await served.http("GET", "/login?ticket=any")
        assert (status, headers["Location"], "Set-Cookie" in headers) == (302, "/", False)


def test_a_login_ends_by_itself_and_the_oldest_makes_room() -> None:
    now = [0.0]
    door = Door(Settings(token=TOKEN, tokens={"ann": "anns"}), lambda: now[0])
    local, ann = door.by_token(TOKEN), door.by_token("anns")
    assert local is not None
    assert ann is not None
    anns = door.login(ann)
    kept = [door.login(local) for _ in range(LOGINS + 1)]
    assert door.by_login(kept[0]) is None
    assert {door.by_login(one) for one in kept[1:]} == {local}
    assert door.by_login(anns) == ann, "others' logins are not in the way"
    now[0] = LOGIN_SECONDS
    assert door.by_login(kept[-1]) is None
