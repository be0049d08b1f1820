"""Data in Python: `askwire` in a real kernel, through the guard and the gates of a whole engine."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from engine.gates import Ceiling
from engine.kernels.isolation import Ground
from engine.kernels.pool import KernelPool
from engine.models.scripted import Round, call
from engine.notebooks import cells_of
from engine.ports import Abilities, Answered, Called, Estimate
from engine.results_of import own
from engine.world import Bounds
from protocol import commands as c
from protocol import events as e
from protocol.ids import ResultId, SessionId
from protocol.items import Code, Column, Error, Output, Table, Tool
from tests.engine.kernels.talk import POOL, PYTHON
from tests.rig import COUNT, ME, Rig, id_, last

pytestmark = [pytest.mark.kernel, pytest.mark.asyncio(loop_scope="module")]

ASKED = f"import askwire\nframe = askwire.query({COUNT!r})\nprint(frame.n[0])"
CAUGHT = f"""
import askwire
try:
    askwire.query({COUNT!r})
except askwire.Refused as no:
    print(no.code, '|', no)
"""
ANSWER = call("answer", "a1", text="done")


class Stage(Rig):
    """An engine with real kernels, whose model is told what to play."""

    def __init__(self, pool: KernelPool, bounds: Bounds | None = None) -> None:
        self.rounds: list[Round] = []
        super().__init__(self.rounds, kernels=pool, bounds=bounds or Bounds())


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pool(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KernelPool]:
    """Kernels in the environment that set-up makes, where it is there."""
    ground = Ground(python=PYTHON, runs=tmp_path_factory.mktemp("data") / "runs")
    pool = KernelPool(ground, msgspec.structs.replace(POOL, kind="eval", most=32))
    try:
        yield pool
    finally:
        await pool.close()


@pytest_asyncio.fixture(loop_scope="module")
async def rig(pool: KernelPool) -> AsyncIterator[Stage]:
    async with Stage(pool).running() as rig:
        assert isinstance(rig, Stage)
        yield rig


def playing(rig: Stage, *rounds: Round) -> None:
    """Let the model say this."""
    rig.rounds[:] = rounds


def python(code: str) -> Round:
    return call("run_python", "p1", code=code)


async def asked(rig: Stage, code: str, **fields: Any) -> SessionId:
    """Start a run whose model runs this Python."""
    playing(rig, python(code), ANSWER)
    session = await rig.session(**fields)
    await rig.ask(session)
    return session


async def gate(rig: Stage, session: SessionId, count: int) -> e.ApprovalRequested:
    """Wait for the so many-th approval."""
    request: e.ApprovalRequested = last(
        await rig.until(session, e.ApprovalRequested, count), e.ApprovalRequested
    )
    return request


async def resolve(rig: Stage, request: e.ApprovalRequested, session: SessionId, **how: Any) -> None:
    await rig.send(
        c.ApprovalResolve(
            id=id_(), session=session, approval=request.approval, digest=request.digest, **how
        )
    )


def contents(events: list[e.AnyEvent], kind: type[Any]) -> list[Any]:
    done = [event for event in events if isinstance(event, e.ItemCompleted)]
    return [event.content for event in done if isinstance(event.content, kind)]


def printed(events: list[e.AnyEvent]) -> str:
    return "".join(output.stdout for output in contents(events, Output))


async def by_hand(rig: Stage, session: SessionId, code: str) -> str:
    """Run a person's own cell and return what it printed."""
    done = len(contents(await rig.log(session), Code))
    accepted = await rig.send(c.KernelExecute(id=id_(), session=session, code=code))
    await rig.engine.rest()
    events = await rig.log(session)
    assert len(contents(events, Code)) > done
    mine = {
        event.item
        for event in events
        if isinstance(event, e.ItemStarted) and event.of == accepted.item
    }
    return "".join(
        event.content.stdout
        for event in events
        if isinstance(event, e.ItemCompleted)
        and event.item in mine
        and isinstance(event.content, Output)
    )


async def test_a_query_of_python_stands_in_the_log_and_gives_a_frame(rig: Stage) -> None:
    session = await asked(rig, ASKED)
    events = await rig.until(session, e.RunFinished)
    assert printed(events) == "42\n"
    python_, sql = [event for event in events if isinstance(event, e.ItemStarted)][:2]
    assert (sql.kind, sql.language, sql.source, sql.of) == ("code", "sql", "shop", python_.item)
    table = next(i for i in events if isinstance(i, e.ItemStarted) and i.kind == "table")
    assert table.of == sql.item
    assert [code.language for code in contents(events, Code)] == ["sql", "python"]
    assert contents(events, Table)[0].row_count == 1
    assert last(events, e.RunFinished).outcome == "answered"


async def test_the_model_is_told_of_its_python_and_not_of_the_queries_in_it(rig: Stage) -> None:
    session = await asked(rig, ASKED)
    await rig.until(session, e.RunFinished)
    turns = rig.model.prompts[-1].turns
    assert [turn.tool for turn in turns if isinstance(turn, Called)] == ["run_python"]
    assert [turn.text for turn in turns if isinstance(turn, Answered)] == ["42\n"]


async def test_a_query_waits_for_a_person_where_the_mode_asks(rig: Stage) -> None:
    session = await asked(rig, ASKED, mode="review_first")
    await resolve(rig, await gate(rig, session, 1), session, verdict="approve")
    request = await gate(rig, session, 2)
    assert (request.subject, request.text) == ("sql", COUNT)
    assert rig.source.ran == []
    await resolve(rig, request, session, verdict="approve")
    events = await rig.until(session, e.RunFinished)
    assert printed(events) == "42\n"
    assert last(events, e.RunFinished).outcome == "answered"


async def test_what_a_person_writes_instead_is_what_runs(rig: Stage) -> None:
    written = "SELECT COUNT(*) AS n FROM other_orders"
    session = await asked(rig, ASKED.replace(COUNT, written), gates=e.Gates(sql="ask"))
    await resolve(rig, await gate(rig, session, 1), session, verdict="edit", code=COUNT)
    events = await rig.until(session, e.RunFinished)
    assert printed(events) == "42\n"


async def test_a_query_that_is_skipped_is_an_exception_that_code_can_catch(rig: Stage) -> None:
    session = await asked(rig, CAUGHT, gates=e.Gates(sql="ask"))
    await resolve(rig, await gate(rig, session, 1), session, verdict="skip", text="too private")
    events = await rig.until(session, e.RunFinished)
    assert printed(events) == "skipped | The query was not run: too private.\n"
    assert rig.source.ran == []
    assert last(events, e.RunFinished).outcome == "answered"


async def test_a_no_is_an_exception_and_ends_the_run(rig: Stage) -> None:
    session = await asked(rig, CAUGHT, gates=e.Gates(sql="ask"))
    await resolve(rig, await gate(rig, session, 1), session, verdict="reject")
    events = await rig.until(session, e.RunFinished)
    assert printed(events) == "skipped | The query was not run: rejected.\n"
    assert last(events, e.RunFinished).outcome == "rejected"


async def test_what_a_session_never_runs_python_cannot_run_either(rig: Stage) -> None:
    session = await asked(rig, CAUGHT, gates=e.Gates(sql="never"))
    assert "does not run it" in printed(await rig.until(session, e.RunFinished))
    assert rig.source.ran == []


async def test_the_guard_judges_queries_of_python(rig: Stage) -> None:
    session = await asked(rig, CAUGHT.replace(COUNT, "DROP TABLE orders"))
    assert printed(await rig.until(session, e.RunFinished)).startswith("guard_refused | ")
    assert rig.source.ran == []


async def test_a_cancel_answers_the_question_and_leaves_a_kernel_that_works(rig: Stage) -> None:
    session = await asked(rig, ASKED, gates=e.Gates(sql="ask"))
    request = await gate(rig, session, 1)
    run = next(ev.run for ev in await rig.log(session) if isinstance(ev, e.RunStarted))
    await rig.send(c.RunCancel(id=id_(), session=session, run=run))
    await rig.engine.rest()
    events = await rig.log(session)
    resolved = [event for event in events if isinstance(event, e.ApprovalResolved)]
    assert [(r.approval, r.verdict) for r in resolved] == [(request.approval, "cancelled")]
    assert last(events, e.RunFinished).outcome == "cancelled"
    assert await by_hand(rig, session, "print('works')") == "works\n"


async def test_an_interrupt_ends_the_waiting_and_the_question(rig: Stage) -> None:
    session = await asked(rig, ASKED, gates=e.Gates(sql="ask"))
    await gate(rig, session, 1)
    await rig.send(c.KernelInterrupt(id=id_(), session=session))
    events = await rig.until(session, e.RunFinished)
    assert last(events, e.ApprovalResolved).verdict == "cancelled"
    outcomes = [(i.content.language, i.outcome) for i in events
                if isinstance(i, e.ItemCompleted) and isinstance(i.content, Code)]  # fmt: skip
    assert outcomes == [("sql", "interrupted"), ("python", "interrupted")]


async def test_a_restart_asks_about_the_python_again_and_not_about_its_query(rig: Stage) -> None:
    session = await asked(rig, ASKED, gates=e.Gates(sql="ask"))
    await gate(rig, session, 1)
    await rig.restarted()
    request = await gate(rig, session, 2)
    assert (request.subject, request.text) == ("python", ASKED)
    events = await rig.log(session)
    assert [r.verdict for r in events if isinstance(r, e.ApprovalResolved)] == ["cancelled"]
    await resolve(rig, request, session, verdict="reject")
    assert last(await rig.until(session, e.RunFinished), e.RunFinished).outcome == "rejected"


async def test_a_person_may_take_longer_than_a_run_may_work(rig: Stage) -> None:
    playing(rig, python(ASKED), ANSWER)
    session = await rig.session(gates=e.Gates(sql="ask"))
    await by_hand(rig, session, "import askwire, pandas")
    await rig.ask(session, options=e.RunOptions(max_seconds=1.5))
    request = await gate(rig, session, 1)
    await asyncio.sleep(2.0)  # the very thing under test is that time passes
    await resolve(rig, request, session, verdict="approve")
    assert last(await rig.until(session, e.RunFinished), e.RunFinished).outcome == "answered"


async def test_in_a_cell_of_ones_own_nobody_is_asked(rig: Stage) -> None:
    session = await rig.session(mode="full")
    assert await by_hand(rig, session, ASKED) == "42\n"
    code = "print(len(askwire.table()), len(askwire.table(frame='polars')))"
    assert await by_hand(rig, session, code) == "1 1\n"


async def test_in_a_cell_of_ones_own_what_is_dear_must_be_meant(pool: KernelPool) -> None:
    async with Stage(pool, Bounds(unasked=Ceiling(rows=1_000))).running() as rig:
        assert isinstance(rig, Stage)
        rig.source.abilities = Abilities(estimate=True)
        rig.source.estimates[rig.source.check(COUNT).sql] = Estimate(rows=2_000_000)
        session = await rig.session()
        assert (await by_hand(rig, session, CAUGHT)).startswith(
            "too_dear | The source expects 2,000,000 rows; more than 1,000 are asked about first."
        )
        assert rig.source.ran == []
        meant = ASKED.replace(f"({COUNT!r})", f"({COUNT!r}, anyway=True)")
        assert await by_hand(rig, session, meant) == "42\n"
        playing(rig, python(meant), ANSWER)
        await rig.ask(session)
        assert (await gate(rig, session, 1)).subject == "sql", "a model's word is no person's"


async def test_in_a_notebook_python_asks_by_itself_and_its_queries_are_no_cells(rig: Stage) -> None:
    session = await rig.session()
    await by_hand(rig, session, ASKED)
    live = await rig.engine.session(ME, session)
    (cell,) = await cells_of(rig.engine.world, live.viewer.show())
    assert (cell.language, cell.text) == ("python", ASKED)
    assert [(gave.sql, gave.source) for gave in cell.tables] == [(COUNT, "shop")]


async def test_the_result_of_another_session_is_not_there(rig: Stage) -> None:
    other = await rig.session()
    await by_hand(rig, other, ASKED)
    result = contents(await rig.log(other), Table)[0].result
    session = await rig.session()
    code = (
        f"import askwire\ntry: askwire.table({result!r})\nexcept askwire.Refused as no: print(no)"
    )
    assert await by_hand(rig, session, code) == f"this session has no result {result!r}\n"


async def test_a_thread_that_outlives_its_cell_gets_nothing(rig: Stage) -> None:
    session = await rig.session()
    code = """
import askwire, threading
def later():
    while True:
        try: askwire.table('nowhere')
        except askwire.Refused as no:
            if no.code == 'no_cell':
                open('told', 'w').write(str(no))
                return
threading.Thread(target=later).start()
"""
    await by_hand(rig, session, code)
    told = await rig.engine.world.files.prepare(session) / "told"
    async with asyncio.timeout(30):
        while not await asyncio.to_thread(told.exists):  # noqa: ASYNC110 - a file rings no bell
            await asyncio.sleep(0.02)
    assert "Only the code of a cell" in await asyncio.to_thread(told.read_text)


async def test_calls_without_end_are_refused_after_a_thousand(rig: Stage) -> None:
    session = await rig.session()
    code = """
import askwire
told = ''
for n in range(1_200):
    try: askwire.table('nowhere')
    except askwire.Refused as no: told = no.code
    if told == 'too_many_calls': break
print(n, told)
"""
    assert await by_hand(rig, session, code) == "1000 too_many_calls\n"
    assert await by_hand(rig, session, ASKED) == "42\n"


WIDE = {
    "big": ("int64", "9007199254740993"),
    "price": ("decimal", "1.10"),
    "day": ("date", "2024-01-02"),
    "at": ("timestamptz", "2024-01-02T03:04:05+02:00"),
    "clock": ("time", "03:04:05"),
    "id": ("uuid", "00000000-0000-0000-0000-00000000002a"),
    "doc": ("json", {"a": [1]}),
    "raw": ("bytes", "AAE="),
    "yes": ("boolean", True),
    "gap": ("interval", "P1DT2S"),
}


async def test_types_are_kept_in_both_libraries_and_null_is_null(rig: Stage) -> None:
    session = await rig.session()
    result = ResultId("t_wide")
    columns = [Column(name=n, type=k) for n, (k, _) in WIDE.items()]  # type: ignore[arg-type]
    await rig.results.create(result, columns)
    rows = [[cell for _, cell in WIDE.values()], [None] * len(WIDE)]
    await rig.results.append(result, rows * 2_500)
    await rig.results.finish(result, True)
    await own(rig.engine.world, ME.id, session, result)
    code = f"""
import askwire
f = askwire.table({result!r})
one = f.iloc[0]
print(len(f), f.attrs, f.isna().iloc[1].all())
print(repr(int(one.big)), repr(one.price), one.day.date(), one['at'].isoformat(), one.clock)
print(repr(one.id), one.doc, one.raw, one.yes, one.gap, f.dtypes['big'], f.dtypes['yes'])
p = askwire.table({result!r}, frame='polars')
print(p.height, p.row(0), set(p.row(1)))
"""
    lines = (await by_hand(rig, session, code)).splitlines()
    assert lines == [
        "5000 {'truncated': True} True",
        "9007199254740993 Decimal('1.10') 2024-01-02 2024-01-02T03:04:05+02:00 03:04:05",
        "UUID('00000000-0000-0000-0000-00000000002a') {'a': [1]} b'\\x00\\x01' True "
        "1 days 00:00:02 Int64 boolean",
        lines[3],
    ]
    assert lines[3].startswith("5000 (9007199254740993, Decimal('1.10'), datetime.date(2024, 1, 2)")
    assert lines[3].endswith("{None}")


async def test_the_model_can_be_asked_and_has_sql_only(rig: Stage) -> None:
    code = "import askwire\nprint(askwire.ask('how many?'), len(askwire.table()))"
    playing(
        rig,
        python(code),
        call("run_python", "p2", code="print('no')"),
        call("run_sql", "q1", sql=COUNT),
        call("answer", "a1", text="42 of them"),
        ANSWER,
    )
    session = await rig.session()
    await rig.ask(session)
    events = await rig.until(session, e.RunFinished)
    assert printed(events) == "42 of them 1\n"
    assert contents(events, Tool) == [
        Tool(name="ask", arguments={"question": "how many?"}, result="42 of them")
    ]
    assert rig.model.prompts[1].tools == ("run_sql", "answer")
    assert rig.model.prompts[-1].turns[-1] == Answered(
        call=rig.model.prompts[-1].turns[-1].call, ok=True, text="42 of them 1\n"
    )


async def test_a_model_that_never_answers_is_given_up(rig: Stage) -> None:
    code = "import askwire\naskwire.ask('how many?')"
    playing(rig, python(code), *[call("make_plan", "m", steps=["wait"])] * 6, ANSWER)
    session = await rig.session()
    await rig.ask(session)
    events = await rig.until(session, e.RunFinished)
    assert "no answer after 6 rounds" in contents(events, Error)[0].message
