"""Requests that no client of ours sends: each is answered, in words, and none is our fault."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

from tests.gateway.serving import Served, serving

ROOT = Path(__file__).parents[2]
MISSING = (
    "/assets/%00",
    "/%00",
    "/assets/..%2f..%2fapp.py",
    "/assets//etc/passwd",
    "/..%2f..%2fetc/passwd",
    "/api/v1/results/..%2f..%2faskwire.db",
    "/api/v1/sources/%00/catalogue",
    "/api/v1/sessions/%00/snapshot",
    "/api/v1/sessions/s/files/..%2f..%2fserver.lock",
)


NO_COMMANDS = (
    b"",
    b"\xff\xfe",
    b"NaN",
    b"[" * 100_000,
    b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    b'{"type":"session.create","id":"\xff"}',
    b'{"type":"session.create","id":"1","name":"\\ud800"}',
    b'{"type":"session.create","id":"1"} {}',
)


async def told(served: Served, method: str, path: str, body: bytes | None = None) -> str:
    """Send a request that is refused, and return its status, its code and its words."""
    status, answer, _ = await served.http(method, path, body)
    no = json.loads(answer)
    assert (no["type"], sorted(no)) == ("refusal", ["advice", "code", "detail", "type"]), no
    return f"{status} {no['code']}: {no['detail']}"


async def test_a_path_that_leads_elsewhere_leads_nowhere(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        for path in MISSING:
            assert (await told(served, "GET", path)).startswith("404 "), path


async def test_a_parameter_that_does_not_fit_is_named_and_nothing_of_ours_is(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as served:
        words = "400 bad_message: limit: Expected `int`, got `str`"
        assert await told(served, "GET", "/api/v1/sessions?limit=abc") == words
        body = b'{"token": 5}'
        words = "400 bad_message: token: Expected `str | null`, got `int`"
        assert await told(served, "POST", "/api/v1/login", body) == words


async def test_a_body_that_is_no_command_is_refused_in_words(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        for body in NO_COMMANDS:
            said = await told(served, "POST", "/api/v1/commands", body)
            assert said.startswith("400 bad_message"), body[:60]
        said = await told(served, "POST", "/api/v1/commands", b"x" * (1024 * 1024 + 1))
        assert said.startswith("413 frame_too_large")


async def test_health_and_page_answer_head_without_a_body(tmp_path: Path) -> None:
    page = tmp_path / "page"
    (page / "assets").mkdir(parents=True)
    (page / "index.html").write_text("<!doctype html>")
    (page / "assets" / "a.js").write_text("1")
    async with serving(tmp_path, page=page) as served:
        for path in ("/health", "/health/live", "/health/ready", "/", "/assets/a.js"):
            status, whole, known = await served.http("GET", path)
            head, body, headers = await served.http("HEAD", path)
            assert (status, head, body, bool(whole)) == (200, 200, b"", True), path
            assert headers["Content-Type"] == known["Content-Type"]


async def test_a_file_of_a_session_is_sent_in_part_and_not_again(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        made = (await served.command(type="session.create"))["result"]["session"]
        edge = {"Content-Type": "multipart/form-data; boundary=x"}
        form = (
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a\r\nX-Evil: 1.csv"'
            b"\r\n\r\n0123456789\r\n--x--\r\n"
        )
        await served.http("POST", f"/api/v1/sessions/{made}/files", form, edge)
        form = form.replace(b"a\r\nX-Evil: 1", b"a")
        await served.http("POST", f"/api/v1/sessions/{made}/files", form, edge)
        path = f"/api/v1/sessions/{made}/files/data/a.csv"
        status, whole, headers = await served.http("GET", path)
        assert (status, whole, headers["Content-Length"]) == (200, b"0123456789", "10")
        assert headers["Content-Disposition"] == 'inline; filename="a.csv"'
        known = {"If-None-Match": headers["ETag"]}
        status, body, again = await served.http("GET", path, None, known)
        assert (status, body, again["ETag"]) == (304, b"", headers["ETag"])
        some = {"Range": "bytes=2-4"}
        status, body, part = await served.http("GET", path, None, some)
        assert (status, body, part["Content-Range"]) == (206, b"234", "bytes 2-4/10")
        several = {"Range": "bytes=0-1,3-4"}
        status, body, _ = await served.http("GET", path, None, several)
        assert (status, body) == (200, b"0123456789")


async def test_a_body_that_never_ends_is_given_up_and_said(tmp_path: Path) -> None:
    async with serving(tmp_path, body_seconds=0.3) as served:
        for path in ("/api/v1/commands", "/api/v1/login", "/api/sessions"):
            reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
            head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{{"
            writer.write(head.encode())
            async with asyncio.timeout(30):
                answer = await reader.readuntil(b"0.3 seconds")
            assert answer.startswith(b"HTTP/1.1 408 "), answer
            writer.close()
        # Who has said all may wait for as long as it takes.
        made = (await served.command(type="session.create"))["result"]
        path = f"/api/v1/sessions/{made['session']}/events?after={made['upto']}&wait=1"
        assert (await served.http("GET", path))[0] == 204
        headers = {"Content-Type": "application/json", "Content-Length": "0"}
        assert (await served.http("GET", path, b"", headers))[0] == 204


async def test_strangers_who_say_nothing_or_never_end_are_in_nobodys_way(tmp_path: Path) -> None:
    """Granian by itself takes 128 connections, and answers nobody while they stay."""
    async with serving(tmp_path) as served:
        silent = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(200)]
        head = b"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{"
        slow = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(200)]
        for _, writer in slow:
            writer.write(head)
            await writer.drain()
        assert (await served.http("GET", "/health"))[0] == 200
        assert (await served.command(type="session.create"))["type"] == "reply"
        for _, writer in (*silent, *slow):
            writer.close()


def test_connections_leave_the_server_files_of_its_own() -> None:
    """Whoever takes every file that the process may open would stop the log, too."""
    code = (
        "import resource as r; from gateway.daemon import room_for\n"
        "for hard in (2048, 600):\n"
        "    r.setrlimit(r.RLIMIT_NOFILE, (64, hard))\n"
        "    print(room_for(12_000), room_for(10), r.getrlimit(r.RLIMIT_NOFILE)[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["1536 10 2048", "300 10 600"]
