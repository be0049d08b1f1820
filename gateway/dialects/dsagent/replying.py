"""Telling a reply, its plan and the whole of a round: each once, when it is known."""

import msgspec

from gateway.dialects.dsagent.moments import AnyMoment, Planned, Replied, RoundOver
from gateway.dialects.dsagent.state import State

Said = tuple[State, tuple[AnyMoment, ...]]


def reply(state: State) -> Said:
    """Tell the reply, if it has not been told."""
    if state.round.replied or not state.round.open or not state.round.content:
        return state, ()
    moments: list[AnyMoment] = [Replied(run=state.run, content=state.round.content)]
    state = state.with_round(replied=True)
    if state.round.plan_said:
        state, plan = planned(state)
        moments += plan
    return state, tuple(moments)


def planned(state: State) -> Said:
    """Tell the plan, if it is new or further."""
    if state.plan is None or state.plan == state.plan_told:
        return state, ()
    told = msgspec.structs.replace(state, plan_told=state.plan)
    return told, (Planned(run=state.run, plan=state.plan),)


def round_over(
    state: State,
    at: str,
    *,
    complete: bool = False,
    answer: str | None = None,
    aborted: bool = False,
    asks: bool = False,
) -> tuple[State, RoundOver]:
    """Close the round: the state after it, and the whole of its reply."""
    over = RoundOver(
        run=state.run,
        round=state.round.number,
        response=state.response(is_complete=complete, answer=answer, aborted=aborted),
        at=at,
        user_message=state.user_message,
        asks=asks,
    )
    after = state.with_round(open=False, said={}, pieces={}, thoughts=())
    return msgspec.structs.replace(after, user_message=None), over
