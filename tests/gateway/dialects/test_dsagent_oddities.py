"""What seldom happens in a log, and what DSAgent's clients are told of it."""

from typing import Any

from gateway.dialects.dsagent import streaming, talking
from gateway.dialects.dsagent.composing import steps_of, text_of
from gateway.dialects.dsagent.state import State
from gateway.dialects.dsagent.telling import last_words, say
from protocol import events as e
from protocol import items as i
from protocol.ids import ApprovalId, CallerId, ItemId, RunId
from tests.gateway.dialects.telling import AT, flat, names

RUN, OTHER = RunId("r1"), RunId("r2")
ME = CallerId("me")
PY, NESTED, PLAN = ItemId("i1"), ItemId("i2"), ItemId("i3")
STARTED = e.RunStarted(run=RUN, text="how many?", by=ME)
ROUND = e.RoundStarted(run=RUN, round=1)


def told(*events: e.AnyEvent, only: RunId | None = None) -> tuple[State, list[Any]]:
    """Fold events; what is said of them."""
    state, said = State(only=only), list[Any]()
    for seq, event in enumerate(events, 1):
        state, moments = say(state, e.Record(seq=seq, at=AT, event=event))
        said += flat(streaming.events(moment) for moment in moments)
    return state, said


def python(item: ItemId, text: str) -> tuple[e.AnyEvent, ...]:
    """Python that is proposed and begins to run."""
    return (
        e.ItemStarted(run=RUN, item=item, kind="code", language="python"),
        e.CheckFinished(run=RUN, item=item, ok=True, text=text),
        e.CodeStarted(run=RUN, item=item),
    )


def test_a_query_that_python_sends_is_told_only_where_it_waits() -> None:
    asked = e.ApprovalRequested(
        run=RUN, approval=ApprovalId("a1"), item=NESTED, subject="sql", text="SELECT 1"
    )
    _, said = told(
        STARTED,
        ROUND,
        *python(PY, "query()"),
        e.ItemStarted(run=RUN, item=NESTED, kind="code", of=PY, language="sql", source="shop"),
        e.CheckFinished(run=RUN, item=NESTED, ok=True, text="SELECT 1"),
        asked,
        e.ApprovalResolved(run=RUN, approval=ApprovalId("a1"), verdict="approve", by=ME),
        e.ItemStarted(run=RUN, item=ItemId("t"), kind="table", of=NESTED),
        e.ItemCompleted(run=RUN, item=ItemId("t"), content=i.Table(columns=(), row_count=1)),
        e.ItemCompleted(run=RUN, item=NESTED, content=i.Code(language="sql", text="SELECT 1")),
        e.ItemCompleted(run=RUN, item=PY, content=i.Code(language="python", text="query()")),
    )
    assert names(said) == [
        "thinking",
        "llm_response",
        "code_executing",
        "hitl_request",
        "code_result",
    ]
    assert said[3][1]["code"] == "-- SQL on shop\nSELECT 1"
    assert said[4][1]["stdout"] == ""


def test_a_plan_that_was_stopped_before_its_first_word_is_no_plan() -> None:
    _, said = told(
        STARTED,
        ROUND,
        e.ItemStarted(run=RUN, item=PLAN, kind="plan"),
        e.ItemCompleted(run=RUN, item=PLAN, content=i.Plan(steps=()), outcome="interrupted"),
        e.RunFinished(run=RUN, outcome="cancelled"),
    )
    assert names(said) == ["thinking", "round_complete", "done"]
    assert said[1][1]["content"] == ""
    assert said[1][1]["answer"] == "Task aborted by user."


def test_a_run_that_is_cancelled_between_two_rounds_is_told_as_aborted() -> None:
    _, said = told(
        STARTED,
        ROUND,
        e.RoundFinished(run=RUN, round=1),
        e.RunFinished(run=RUN, outcome="cancelled"),
    )
    assert names(said) == ["thinking", "round_complete", "done"]
    assert said[1][1]["answer"] == "Task aborted by user."


def test_code_that_is_stopped_while_it_runs_has_a_result() -> None:
    stopped = i.Code(language="python", text="while True: pass")
    _, said = told(
        STARTED,
        ROUND,
        *python(PY, "while True: pass"),
        e.ItemCompleted(run=RUN, item=PY, content=stopped, outcome="interrupted"),
        e.RunFinished(run=RUN, outcome="cancelled"),
    )
    assert names(said)[2:] == ["code_executing", "code_result", "round_complete", "done"]
    assert (said[3][1]["success"], said[3][1]["error"]) == (False, "It did not finish.")


def test_a_run_that_leaves_the_queue_ends_its_own_stream_and_no_other() -> None:
    dropped = e.RunFinished(run=OTHER, outcome="cancelled")
    queued = e.RunQueued(run=OTHER, text="and then?", by=ME)
    assert told(STARTED, ROUND, queued, dropped, only=OTHER)[1] == [("done", {})]
    state, said = told(STARTED, ROUND, queued, dropped, only=RUN)
    assert (names(said), state.over) == (["thinking"], False)


def test_an_event_of_a_newer_server_is_passed_over() -> None:
    unknown = e.Record(seq=1, at=AT, event=e.UnknownEvent(type="new.thing", raw=b"{}"))
    assert say(State(), unknown) == (State(), ())


def test_two_pieces_of_code_in_one_round_are_told_one_by_one_and_together() -> None:
    done = tuple(
        e.ItemCompleted(run=RUN, item=item, content=i.Code(language="python", text=text))
        for item, text in ((PY, "one()"), (NESTED, "two()"))
    )
    first, second = python(PY, "one()"), python(NESTED, "two()")
    _, said = told(
        STARTED,
        ROUND,
        *first[:2],
        *second[:2],
        first[2],
        done[0],
        second[2],
        done[1],
        e.RoundFinished(run=RUN, round=1),
    )
    assert said[1][1]["content"] == "<code>\none()\n</code>\n<code>\ntwo()\n</code>"
    assert names(said)[2:] == [*["code_executing", "code_result"] * 2, "round_complete"]
    assert said[-1][1]["code"] == "one()\n\ntwo()"


def test_a_tools_call_keeps_secrets_and_long_texts_to_itself() -> None:
    arguments = {"api_key": "k", "Password": "p", "text": "x" * 600, "n": 1}
    tool = i.Tool(name="search", arguments=arguments, result="y" * 2000)
    state, said = told(
        STARTED,
        ROUND,
        e.ItemStarted(run=RUN, item=PY, kind="tool", name="search", arguments=arguments),
        e.ItemCompleted(run=RUN, item=PY, content=tool, elapsed_ms=7),
    )
    shown = {"api_key": "[REDACTED]", "Password": "[REDACTED]", "text": "x" * 500, "n": 1}
    assert said[1:] == [
        ("tool_calling", {"tool_name": "search", "arguments": shown}),
        (
            "tool_success",
            {
                "tool_name": "search",
                "success": True,
                "result": "y" * 1000,
                "error": None,
                "execution_time_ms": 7,
            },
        ),
    ]
    broken_off = flat(talking.messages(moment) for moment in last_words(state))
    assert names(broken_off) == ["error", "complete"]


def test_what_a_person_sends_back_is_read_as_it_was_shown() -> None:
    text = "1. [x] Load\n2. [ ] Clean it\n\n- Draw\nSay 3. things\n 4) [X] Stop"
    assert [(step.text, step.status) for step in steps_of(text)] == [
        ("Load", "done"),
        ("Clean it", "pending"),
        ("Draw", "pending"),
        ("Say 3. things", "pending"),
        ("Stop", "done"),
    ]
    assert text_of("-- SQL on shop\nSELECT 1") == "SELECT 1"
    assert text_of("SELECT 1 -- SQL on shop") == "SELECT 1 -- SQL on shop"
