"""What the comparison of two schemas calls a breaking change, and what it lets pass."""

import copy
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from protocol.schema import breaking, json_schema
from protocol.schema.__main__ import main, pretty

Schema = dict[str, Any]
Edit = Callable[[Schema], object]

NULL = {"type": "null"}


def changed(edit: Edit) -> list[str]:
    """Return what the comparison says of one edit of today's definitions."""
    new = copy.deepcopy(json_schema())
    edit(new["$defs"])
    return breaking(json_schema(), new)


def field(defs: Schema, struct: str, name: str) -> Schema:
    return defs[struct]["properties"][name]  # type: ignore[no-any-return]


def out_of(defs: Schema, union: str, struct: str) -> None:
    defs[union]["anyOf"].remove({"$ref": f"#/$defs/{struct}"})


def into(defs: Schema, struct: str, name: str, schema: Schema, *, required: bool = False) -> None:
    defs[struct]["properties"][name] = schema
    if required:
        defs[struct]["required"].append(name)


BREAKS: list[tuple[str, Edit, str]] = [
    ("a command is gone", lambda d: out_of(d, "ClientMessage", "RunCancel"), "type run.cancel"),
    ("an event is gone", lambda d: out_of(d, "AnyEvent", "RunQueued"), "type run.queued"),
    ("a kind is gone", lambda d: out_of(d, "AnyContent", "ChartContent"), "kind chart"),
    ("an answer is gone", lambda d: out_of(d, "ServerMessage", "Refusal"), "type refusal"),
    ("a screen is gone", lambda d: out_of(d, "AnyState", "Inbox"), "object Inbox"),
    (
        "a field of a command is gone",
        lambda d: d["RunStart"]["properties"].pop("when_busy"),
        "client run.start.when_busy: removed",
    ),
    (
        "a field of an event is renamed",
        lambda d: into(d, "ItemDelta", "words", d["ItemDelta"]["properties"].pop("text")),
        "item.delta.text: removed",
    ),
    (
        "a field deep in a command is gone",
        lambda d: d["RunOptions"]["properties"].pop("max_rows"),
        "client run.start.options.max_rows: removed",
    ),
    (
        "a command takes another type",
        lambda d: into(d, "RunStart", "text", {"type": "integer"}),
        "run.start.text: no longer string",
    ),
    (
        "an event has another type",
        lambda d: into(d, "CheckFinished", "ok", {"type": "string"}),
        "check.finished.ok: may now be string",
    ),
    (
        "an event may have one more type",
        lambda d: into(
            d, "CheckFinished", "ok", {"anyOf": [{"type": "boolean"}, {"type": "null"}]}
        ),
        "check.finished.ok: may now be null",
    ),
    (
        "a command takes fewer types",
        lambda d: into(d, "SessionFollow", "after", {"type": "integer", "default": 0}),
        "session.follow.after: no longer choice",
    ),
    (
        "a command takes fewer choices",
        lambda d: d["WhenBusy"]["enum"].remove("enqueue"),
        'run.start.when_busy: no longer "enqueue"',
    ),
    (
        "a command takes fewer choices, inline",
        lambda d: field(d, "SessionFollow", "after")["anyOf"][1]["enum"].remove("tail"),
        'session.follow.after: no longer "tail"',
    ),
    (
        "a command takes smaller numbers",
        lambda d: field(d, "QueryRun", "max_rows")["anyOf"][0].update(maximum=10),
        "query.run.max_rows: a narrower range",
    ),
    (
        "a command needs a new field",
        lambda d: into(d, "RunCancel", "reason", {"type": "string"}, required=True),
        "run.cancel.reason: now required",
    ),
    (
        "a command needs an old field",
        lambda d: d["SessionCreate"]["required"].append("name"),
        "session.create.name: now required",
    ),
    (
        "a part of a command is closed",
        lambda d: d["RunOptions"].update(additionalProperties=False),
        "run.start.options: no longer open",
    ),
    (
        "an event need not have a field",
        lambda d: d["RunStarted"]["required"].remove("text"),
        "run.started.text: no longer certain",
    ),
    (
        "what is left out means something else",
        lambda d: field(d, "ItemCompleted", "outcome").update(default="failed"),
        "item.completed.outcome: another default",
    ),
    (
        "a list holds something else",
        lambda d: field(d, "QuestionAnswer", "answers")["items"].update(items={"type": "integer"}),
        "question.answer.answers[][]: no longer string",
    ),
    (
        "a map holds something else",
        lambda d: field(d, "Screen", "items").update(additionalProperties={"type": "string"}),
        "items{}",
    ),
    (
        "a place is no longer told",
        lambda d: d["Place"]["required"].remove("seq"),
        "seq: no longer certain",
    ),
    (
        "a tag is another",
        lambda d: into(d, "Reply", "type", {"const": "granted"}),
        "type reply",
    ),
]


@pytest.mark.parametrize(
    ("edit", "says"), [case[1:] for case in BREAKS], ids=[c[0] for c in BREAKS]
)
def test_this_breaks_clients(edit: Edit, says: str) -> None:
    found = changed(edit)
    assert any(says in change for change in found), found


PASSES: list[tuple[str, Edit]] = [
    ("nothing", lambda d: None),
    ("a new optional field of a command", lambda d: into(d, "RunStart", "tone", {})),
    ("a new field of an event", lambda d: into(d, "RunStarted", "mood", {}, required=True)),
    (
        "a new event",
        lambda d: d["AnyEvent"]["anyOf"].append(
            {"properties": {"type": {"const": "robot.danced"}}, "required": ["type"]}
        ),
    ),
    ("one more choice for a command", lambda d: d["WhenBusy"]["enum"].append("wait")),
    ("one more choice in an event", lambda d: d["RunOutcome"]["enum"].append("bored")),
    (
        "anything becomes something in an event",
        lambda d: into(d, "ToolContent", "result", {"type": "string"}),
    ),
    (
        "another name for a part",
        lambda d: (
            d.update(Options=d.pop("RunOptions")),
            into(d, "RunStart", "options", {"anyOf": [{"$ref": "#/$defs/Options"}, NULL]}),
            into(d, "RunQueued", "options", {"anyOf": [{"$ref": "#/$defs/Options"}, NULL]}),
            into(d, "RunStarted", "options", {"anyOf": [{"$ref": "#/$defs/Options"}, NULL]}),
            into(d, "RunSeen", "options", {"anyOf": [{"$ref": "#/$defs/Options"}, NULL]}),
        ),
    ),
    ("fewer choices in an event", lambda d: d["RunOutcome"]["enum"].remove("failed")),
    (
        "a command takes one more type",
        lambda d: into(d, "RunStart", "text", {"anyOf": [{"type": "string"}, {"type": "null"}]}),
    ),
    ("a command takes anything", lambda d: into(d, "RunStart", "text", {})),
    ("a field that need not be sent any more", lambda d: d["RunSteer"]["required"].remove("run")),
    (
        "a wider range",
        lambda d: field(d, "QueryRun", "max_rows")["anyOf"][0].pop("maximum"),
    ),
    ("other words for people", lambda d: d["RunStart"].update(description="Ask.")),
    (
        "another name for the same struct",
        lambda d: (
            d.update(StartRun=d.pop("RunStart")),
            out_of(d, "ClientMessage", "RunStart"),
            out_of(d, "AnyCommand", "RunStart"),
            d["ClientMessage"]["anyOf"].append({"$ref": "#/$defs/StartRun"}),
        ),
    ),
]


@pytest.mark.parametrize("edit", [case[1] for case in PASSES], ids=[case[0] for case in PASSES])
def test_this_breaks_nobody(edit: Edit) -> None:
    assert changed(edit) == []


def test_a_result_may_not_go() -> None:
    new = copy.deepcopy(json_schema())
    del new["properties"]["results"]["properties"]["run.start"]
    assert breaking(json_schema(), new) == ["results.run.start: removed"]
    del new["properties"]["results"]
    assert breaking(json_schema(), new) == ["results: removed"]


def test_the_command_line_compares_two_files(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    schema = msgspec.json.decode(pretty(json_schema()))
    old.write_text(pretty(schema))
    new.write_text(pretty(schema))
    assert main(["--breaking", str(old), str(new)]) == 0
    del schema["$defs"]["RunStart"]["properties"]["text"]
    new.write_text(pretty(schema))
    assert main(["--breaking", str(old), str(new)]) == 1
    assert "client run.start.text: removed" in capsys.readouterr().err
