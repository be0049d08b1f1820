"""A folder as DSAgent 0.9.1 leaves it: its SQLite store, its logs of events, its workspaces."""

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FIRST = "20260112_215333_b5537c"
SECOND = "20260113_080000_0a1b2c"
REPLY = (
    "<intent>complex</intent>\nI will load it.\n<plan>\n1. [ ] Load\n2. [ ] Sum\n</plan>\n"
    "<code>\nprint(6)\n"
)
LAST = "<plan>\n1. [x] Load\n2. [x] Sum\n</plan>\n<answer>\nThe sum is 6.\n"


def event(number: int, type: str, **data: Any) -> dict[str, Any]:
    """Return a line of `events.jsonl`: the time has no zone."""
    at = f"2026-01-12T21:54:{number:02d}.123456"
    return {"event_id": number, "timestamp": at, "round": 0, "type": type, "data": data}


EVENTS: Sequence[dict[str, Any]] = (
    event(0, "session_resumed", session_id=FIRST),
    event(1, "user_message", message="Sum it up", length=9),
    event(2, "llm_request", prompt_length=10),
    event(3, "llm_response", response=REPLY, has_code=True, has_plan=True, has_answer=False),
    event(4, "intent", intent="complex"),
    event(5, "code_execution", code="print(6)", success=True, output="6\n", error=None),
    event(6, "llm_response", response="<code>\n1/0", has_code=True, has_plan=False),
    event(7, "code_execution", code="1/0", success=False, output="", error="\x1b[31mZero\x1b[0m"),
    event(8, "llm_response", response=LAST, has_code=False, has_plan=True, has_answer=True),
    event(9, "user_message", message="And now?"),
    event(10, "error", error="the provider exploded"),
    event(11, "user_message", message="Hello"),
    event(12, "llm_response", response="Good day.", has_code=False),
)


def stored(session: str, **fields: Any) -> dict[str, Any]:
    """Return a session as the store has it."""
    return {
        "id": session,
        "name": "Old work",
        "created_at": "2026-01-12T21:53:33.204000",
        "updated_at": "2026-01-12T22:00:00.000000",
        "status": "active",
        "history": {"messages": [], "max_messages": 100},
        "kernel_snapshot": None,
        "model": "gpt-5.1",
        "hitl_mode": "plan_only",
        "workspace_path": "/etc",
        **fields,
    }


def message(role: str, content: str, **metadata: Any) -> dict[str, Any]:
    """Return a message of the history."""
    at = "2026-01-13T08:00:01.000000"
    return {"id": "m", "role": role, "content": content, "timestamp": at, "metadata": metadata}


MESSAGES = [
    message("user", "What is one and one?"),
    message("execution", "2", code="print(1 + 1)", output="2", success=True),
    message("assistant", "<code>\nprint(1 + 1)\n"),
    message("user", "Code executed: 2. Please go on."),
    message("assistant", "<answer>\nTwo.\n"),
]


def leave(folder: Path, rows: Sequence[tuple[str, str]]) -> Path:
    """Write a store with these rows: an id and what is stored of it."""
    place = folder / ".dsagent"
    place.mkdir(parents=True)
    with sqlite3.connect(place / "sessions.db") as database:
        database.execute(
            "CREATE TABLE sessions (id TEXT PRIMARY KEY, name TEXT, status TEXT NOT NULL,"
            " created_at TEXT NOT NULL, updated_at TEXT NOT NULL, data TEXT NOT NULL)"
        )
        for number, (session, data) in enumerate(rows):
            database.execute(
                "INSERT INTO sessions VALUES (?, 'x', 'active', ?, 'x', ?)",
                (session, f"{number:04d}", data),
            )
    database.close()
    return folder


def whole(folder: Path) -> Path:
    """Leave two good sessions: one with a log of events and files, one with a history alone."""
    second = stored(SECOND, status="archived", hitl_mode="none", history={"messages": MESSAGES})
    leave(folder, [(FIRST, json.dumps(stored(FIRST))), (SECOND, json.dumps(second))])
    home = folder / "runs" / FIRST
    for name, data in (("data/a.csv", "a\n1\n"), ("artifacts/chart.png", "png")):
        (home / name).parent.mkdir(parents=True)
        (home / name).write_text(data)
    (home / "logs").mkdir()
    lines = [json.dumps(line) for line in EVENTS]
    lines.insert(3, "{half a li")
    (home / "logs" / "events.jsonl").write_text("\n".join(lines) + "\n")
    return folder
