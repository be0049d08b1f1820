"""The Python SDK: ask, watch, approve, and come back, over one socket.

    async with Askwire("http://127.0.0.1:8000") as wire:
        session = await wire.sessions.create(source="shop", mode="full")
        run = await session.ask("How many orders per month?")
        async for event in run:
            if isinstance(event, ApprovalRequested):
                await run.approve(event)
        print(await run.result())

Imports `protocol` and no other part of the project. Events are the structs of `protocol.events`.
"""

from client.askwire import Askwire, SourceSeen, UploadSeen
from client.connection import State
from client.failures import Closed, Unreachable
from client.places import Place
from client.readers import Reader
from client.results import Done, Result, Rows, TableSeen
from client.runs import Run
from client.sessions import Session
from protocol.refusals import Refused

__all__ = [
    "Askwire",
    "Closed",
    "Done",
    "Place",
    "Reader",
    "Refused",
    "Result",
    "Rows",
    "Run",
    "Session",
    "SourceSeen",
    "State",
    "TableSeen",
    "Unreachable",
    "UploadSeen",
]
