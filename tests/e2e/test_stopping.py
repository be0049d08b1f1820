"""Stopping a server that people still listen to: it says so, ends at once, and loses nothing."""

import json
import signal
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.servers import Server

pytestmark = pytest.mark.e2e


def post(server: Server, path: str, **body: Any) -> Any:
    """Send a request and return its answer."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(server.url + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


class Listening(threading.Thread):
    """Reads an answer to its end, whatever its status."""

    def __init__(self, server: Server, path: str, body: Any = None) -> None:
        super().__init__(daemon=True)
        self._data = None if body is None else json.dumps(body).encode()
        self._url = server.url + path
        self.lines: list[str] = []
        self.status = 0
        self.begun = threading.Event()
        self.start()

    def run(self) -> None:
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        request = urllib.request.Request(self._url, self._data, headers)
        try:
            answer = urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as refused:
            answer = refused
        self.status = answer.status or 0
        for line in answer:
            self.lines.append(line.decode().rstrip())
            self.begun.set()


def test_open_streams_and_waiting_chats_do_not_keep_a_server_from_stopping(tmp_path: Path) -> None:
    """DSAgent's lived on for as long as anybody listened; so did this one."""
    server = Server(tmp_path)
    server.start()
    try:
        session = post(server, "/api/sessions", hitl_mode="full")["id"]
        chat = {"message": "How many orders are there?"}
        stream = Listening(server, f"/api/sessions/{session}/chat/stream", chat)
        assert stream.begun.wait(30)
        other = post(server, "/api/sessions", hitl_mode="full")["id"]
        sync = Listening(server, f"/api/sessions/{other}/chat", chat)
        native = Listening(server, f"/api/v1/sessions/{session}/events")
        assert native.begun.wait(30)
        asked = f"/api/sessions/{other}/hitl/status"
        while not json.load(urllib.request.urlopen(server.url + asked))["awaiting_feedback"]:
            time.sleep(0.05)  # The API has no event for it: its clients ask, too.
        assert server.end(signal.SIGTERM) == 0
        for listening in (stream, sync, native):
            listening.join(30)
            assert not listening.is_alive()
        assert "event: error" in stream.lines
        assert sync.status == 503
        server.start()
        with urllib.request.urlopen(server.url + asked) as answer:
            assert json.load(answer)["awaiting_feedback"] is True
    finally:
        server.end()
