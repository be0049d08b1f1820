"""Every mode, every verdict, on every path: what is asked, what runs, and each event that follows.

What must be so is written by hand here; the whole of each course stands in `tests/golden/gates`,
where modes and verdicts with the same course share it. Write them anew, and look at the change, by
`python -m tests.engine.core.test_gate_matrix`.
"""

import asyncio
import shutil
from collections import Counter
from pathlib import Path
from typing import Any, Final, get_args

import msgspec
import pytest

from engine.models.scripted import call
from engine.tools.scripted import ScriptedTools
from protocol import commands as c
from protocol import events as e
from protocol.codec import encode_value
from protocol.events import Mode, Subject, Verdict
from protocol.items import Step
from protocol.refusals import Refused
from tests.engine.core.talk import PLAN, SAY, SHOUT, SQL
from tests.rig import COUNT, ME, Rig, id_

FOLDER: Final = Path("tests/golden/gates")
WRONG = call("run_sql", "c", sql="SELECT nothing FROM nowhere")
WEATHER = call("weather", "w", city="Bern")
PATHS: Final[dict[Subject, tuple[Any, ...]]] = {
    "plan": (PLAN, SAY, SAY),
    "sql": (SQL, SAY, SAY),
    "python": (SHOUT, SAY, SAY),
    "error": (WRONG, SAY, SAY),
    "answer": (SAY, SAY, SAY),
    "tool": (WEATHER, SAY, SAY),
}
ASKS: Final[dict[Mode, set[Subject]]] = {
    "none": set(),
    "plan_only": {"plan"},
    "on_error": {"error"},
    "plan_and_answer": {"plan", "answer"},
    "full": {"plan", "sql", "python", "error", "answer", "tool"},
    "auto_execute": set(),
    "review_first": {"sql", "python", "tool"},
    "generate_only": set(),
}
OFFERED: Final[dict[Subject, set[Verdict]]] = {
    "plan": {"approve", "edit", "reject", "feedback"},
    "sql": {"approve", "edit", "reject", "skip", "feedback"},
    "python": {"approve", "edit", "reject", "skip", "feedback"},
    "error": {"retry", "edit", "reject", "skip", "feedback"},
    "answer": {"approve", "reject", "feedback"},
    "tool": {"approve", "edit", "reject", "skip", "feedback"},
}
EDITED: Final[dict[Subject, dict[str, Any]]] = {
    "plan": {"plan": (Step(text="count twice"),)},
    "sql": {"code": "SELECT COUNT(*) AS n\nFROM orders"},
    "python": {"code": "shout('softly')"},
    "error": {"code": COUNT},
    "tool": {"code": '{"city": "Basel"}'},
}


class Course(msgspec.Struct):
    """What came of one case."""

    events: list[e.AnyEvent]
    ran: list[str]
    refused: str | None = None

    def asked(self) -> list[Subject]:
        """Return which gates were shut, in order."""
        return [event.subject for event in self.events if isinstance(event, e.ApprovalRequested)]

    def lines(self) -> list[str]:
        """Return every event but the first as a line; digests are numbered, times left out."""
        text = "\n".join(_line(event) for event in self.events[1:])
        for number, digest in enumerate(dict.fromkeys(_digests(self.events)), 1):
            text = text.replace(digest, f"digest {number}")
        told = [*text.splitlines(), f"ran {self.ran}"]
        return told if self.refused is None else [*told, f"refused {self.refused}"]


def _line(event: e.AnyEvent) -> str:
    fields = msgspec.json.decode(encode_value(event))
    fields.pop("elapsed_ms", None)
    return msgspec.json.encode(fields).decode()


def _digests(events: list[e.AnyEvent]) -> list[str]:
    found = [getattr(event, "digest", None) for event in events]
    return [digest for digest in found if digest]


def _counting() -> Any:
    counts: Counter[str] = Counter()

    def new_id(prefix: str) -> str:
        counts[prefix] += 1
        return f"{prefix}_{counts[prefix]}"

    return new_id


async def course(mode: Mode, subject: Subject, verdict: Verdict) -> Course:
    """Ask in this mode; give this verdict at the first gate of this subject, else the usual yes."""
    tools = ScriptedTools({"weather": {"degrees": 4}})
    rig = Rig(PATHS[subject], tools=tools, new_id=_counting())
    refused: str | None = None
    given = False
    async with rig.running():
        session = await rig.session(mode=mode)
        await rig.ask(session)
        while True:
            await rig.engine.rest()
            live = await rig.engine.session(ME, session)
            asked = next(iter(live.state.approvals.values()), None)
            if asked is None:
                break
            if asked.subject == subject and not given:
                given = True
                try:
                    await _resolve(rig, asked, session, verdict)
                    continue
                except Refused as no:
                    refused = no.code
            await _resolve(rig, asked, session, "skip" if asked.subject == "error" else "approve")
        events = await rig.log(session)
    ran = [*rig.source.ran, *rig.kernels.kernel.ran, *(str(one) for one in tools.called)]
    shutil.rmtree(rig.folder, ignore_errors=True)
    return Course(events=events, ran=ran, refused=refused)


async def _resolve(rig: Rig, asked: Any, session: Any, verdict: Verdict) -> None:
    more: dict[str, Any] = {"text": "otherwise"} if verdict == "feedback" else {}
    if verdict == "edit":
        more |= EDITED.get(asked.subject, {"code": "x"})
    await rig.send(
        c.ApprovalResolve(
            id=id_(), session=session, approval=asked.approval, verdict=verdict, **more
        )
    )


Courses = dict[tuple[Mode, Verdict], Course]


async def courses(subject: Subject) -> Courses:
    """Return the course of every case of a path."""
    return {
        (mode, verdict): await course(mode, subject, verdict)
        for mode in get_args(Mode)
        for verdict in get_args(Verdict)
    }


def document(found: Courses) -> str:
    """Write courses down; those of the same course together."""
    alike: dict[str, list[str]] = {}
    for (mode, verdict), one in found.items():
        alike.setdefault("\n".join(one.lines()), []).append(f"{verdict} in {mode}")
    parts = [f"# {', '.join(cases)}\n{lines}\n" for lines, cases in alike.items()]
    return "\n".join(parts)


@pytest.mark.parametrize("subject", get_args(Subject))
async def test_every_mode_and_verdict_takes_its_course(subject: Subject) -> None:
    found = await courses(subject)
    for (mode, verdict), one in found.items():
        _holds(mode, subject, verdict, one)
    kept = (FOLDER / f"{subject}.txt").read_text("utf-8")
    again = "run `python -m tests.engine.core.test_gate_matrix` and look at the change"
    assert document(found) == kept, again


def _holds(mode: Mode, subject: Subject, verdict: Verdict, one: Course) -> None:
    """Check what must be so, whatever the golden file says."""
    case = (mode, subject, verdict)
    asks = subject in ASKS[mode]
    assert (subject in one.asked()) == asks, case
    assert set(one.asked()) <= ASKS[mode], case
    refused = asks and verdict not in OFFERED[subject]
    assert one.refused == ("verdict_not_offered" if refused else None), case
    over = one.events[-1]
    assert isinstance(over, e.RunFinished), case
    rejected = asks and verdict == "reject"
    assert over.outcome == ("rejected" if rejected else "answered"), case
    if subject in ("sql", "python", "tool"):
        kept_back = asks and verdict in ("reject", "skip", "feedback") and not refused
        never = mode == "generate_only"
        assert len(one.ran) == (0 if kept_back or never else 1), case
        if asks and verdict == "edit":
            assert _plain(one.ran[0]) == _plain(_ran_edited(subject)), case
    if subject == "error" and mode != "generate_only":
        again = asks and verdict in ("retry", "edit")
        assert len(one.ran) == (2 if again else 1), case


def _ran_edited(subject: Subject) -> str:
    return "('weather', {'city': 'Basel'})" if subject == "tool" else EDITED[subject]["code"]


def _plain(text: str) -> str:
    return " ".join(text.split())


def test_full_asks_wherever_another_mode_asks() -> None:
    assert all(asks <= ASKS["full"] for asks in ASKS.values())


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in PATHS:
        made = document(asyncio.run(courses(path)))
        (FOLDER / f"{path}.txt").write_text(made, "utf-8")
