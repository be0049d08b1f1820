"""Logs of real runs, folded by DSAgent's dialect: what its clients would be told."""

import json
from collections.abc import Sequence
from typing import Any

from gateway.dialects.dsagent import streaming, talking
from gateway.dialects.dsagent.moments import AnyMoment
from gateway.dialects.dsagent.state import State
from gateway.dialects.dsagent.telling import say, shown, wanted
from protocol.codec import decode_records
from protocol.events import Record
from protocol.ids import RunId, SessionId
from tests.rig import Rig

AT = "2026-11-22T10:00:00.000Z"


async def records_of(rig: Rig, session: SessionId) -> list[Record]:
    """All records of a log."""
    records: list[Record] = []
    after = 0
    while (page := await rig.store.read(session, after)) is not None:
        records += decode_records(page.records)
        after = page.upto
    return records


async def moments_of(rig: Rig, session: SessionId, only: RunId | None = None) -> list[AnyMoment]:
    """Everything that is told of a log."""
    state, told = State(only=only), list[AnyMoment]()
    for record in await records_of(rig, session):
        result = wanted(record)
        if result is not None:
            rows = await rig.results.page(result, 0, 20)
            state = shown(state, record.event.item, rows.rows)  # type: ignore[union-attr]  # a table
        state, moments = say(state, record)
        told += moments
    return told


async def events_of(rig: Rig, session: SessionId, only: RunId | None = None) -> list[Any]:
    """What a stream of server-sent events would say."""
    return flat(streaming.events(moment) for moment in await moments_of(rig, session, only))


async def messages_of(rig: Rig, session: SessionId) -> list[Any]:
    """What a socket would say."""
    return flat(talking.messages(moment) for moment in await moments_of(rig, session))


def flat(parts: Any) -> list[Any]:
    """One list of all, with data as it is on the wire."""
    return [(name, json.loads(json.dumps(data))) for some in parts for name, data in some]


def names(told: Sequence[tuple[str, Any]]) -> list[str]:
    """Only the names."""
    return [name for name, _ in told]
