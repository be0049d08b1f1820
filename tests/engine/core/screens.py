"""A session with a bit of everything, the same each time: its records and the screen they make.

`python -m tests.engine.core.screens` writes it to `tests/golden/screens/`, from where the page's
own fold is held to the same.
"""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from engine.clock import Clock, stamp_of
from engine.models.scripted import call
from engine.ports import Ended, Printed, Raised, Returned, Spent, Thinking
from protocol import commands as c
from protocol import events as e
from protocol.codec import decode_records, encode_record, encode_value
from protocol.ids import SessionId, inbox_of
from tests.engine.core.talk import PLAN, SAY, SHOUT, SQL, answer
from tests.rig import ME, Rig, id_, last

FOLDER = Path(__file__).parents[2] / "golden" / "screens"
SCRIPT = {
    "shout()": [
        Printed(stream="stdout", text="A"),
        Printed(stream="stderr", text="careful\n"),
        Returned(text="1"),
    ],
    "fail()": [
        Raised(name="NameError", message="fail", traceback="NameError: fail"),
        Ended(outcome="failed"),
    ],
}
ROUNDS = (
    (Thinking(text="Let me "), Thinking(text="see."), *PLAN),
    SQL,
    SHOUT,
    (
        *call("make_chart", "ch", spec={"mark": "bar"}),
        *SAY,
        Spent(model="builtin", input_tokens=10, output_tokens=5, cost=0.01),
    ),
    call("run_python", "c", "fail()", code="fail()"),
    call("ask_user", "q", prompts=[{"title": "Which year?", "options": ["2024", "2025"]}]),
    SAY,
)


class Ticking(Clock):
    """A clock that moves by a second each time it is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self._moment = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self._moment

    def stamp(self) -> str:
        self._moment += timedelta(seconds=1)
        return stamp_of(self._moment)


def counting() -> object:
    """Return ids that count."""
    counts: Counter[str] = Counter()

    def new_id(prefix: str) -> str:
        counts[prefix] += 1
        return f"{prefix}_{counts[prefix]}"

    return new_id


async def play() -> dict[str, bytes]:
    """Play the session; return by file name the session's and its owner's inbox's document."""
    rig = Rig(ROUNDS, SCRIPT, clock=Ticking(), new_id=counting())
    async with rig.running():
        inbox = (await rig.engine.snapshot(ME, inbox_of(ME.id))).session
        session = await rig.session(mode="review_first", name="Shop", source="shop")
        await rig.ask(session)
        await answer(rig, session, "approve", remember="session")
        await answer(rig, session, "edit", code="shout()")
        await rig.until(session, e.RunFinished)
        await rig.ask(session, "and why?")
        await answer(rig, session, "approve")
        asked = last(await rig.until(session, e.QuestionAsked), e.QuestionAsked)
        await rig.send(
            c.QuestionAnswer(
                id=id_(), session=session, question=asked.question, answers=(("2025",),)
            )
        )
        await rig.until(session, e.RunFinished, 2)
        await rig.engine.rest()
        return {
            "review.json": await _told(rig, session),
            "inbox.json": await _told(rig, inbox),
        }


async def _told(rig: Rig, session: SessionId) -> bytes:
    screen = (await rig.engine.snapshot(ME, session)).state
    records, after = [], 0
    while (page := await rig.store.read(session, after)) is not None:
        records += [msgspec.json.decode(encode_record(r)) for r in decode_records(page.records)]
        after = page.upto
    _without_time(records, screen)
    document = {"session": session, "records": records, "screen": screen}
    return msgspec.json.format(encode_value(document), indent=1) + b"\n"


def _without_time(records: list[dict[str, object]], screen: dict[str, object]) -> None:
    """Drop how long items took: the only thing that differs from one time to the next."""
    items = screen.get("items", {})
    assert isinstance(items, dict)
    for thing in (*records, *items.values()):
        if "item" in thing:
            thing.pop("elapsed_ms", None)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, document in asyncio.run(play()).items():
        (FOLDER / name).write_bytes(document)
