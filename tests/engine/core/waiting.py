"""A session in which a query waits for a person, event by event."""

from engine.gates import digest_of
from protocol import commands as c
from protocol import events as e
from protocol.ids import (
    ApprovalId,
    CommandId,
    ItemId,
    RunId,
)
from tests.playbook import ME, SESSION

ID = CommandId("1")
R1, R2 = RunId("r_1"), RunId("r_2")
I1, I2 = ItemId("i_1"), ItemId("i_2")
A1 = ApprovalId("a_1")
SQL = "SELECT 1"
DIGEST = digest_of("sql", SQL, "shop")

CREATED = e.SessionCreated(session=SESSION, owner=ME, by=ME, source="shop", mode="full")
STARTED = e.RunStarted(run=R1, text="how many?", by=ME)
ROUND = e.RoundStarted(run=R1, round=1)
CODE = e.ItemStarted(run=R1, item=I1, kind="code", language="sql", source="shop")
CHECKED = e.CheckFinished(run=R1, item=I1, ok=True, sql=SQL, text=SQL)
ASKED = e.ApprovalRequested(
    run=R1,
    approval=A1,
    item=I1,
    subject="sql",
    options=("approve", "edit", "reject", "feedback"),
    digest=DIGEST,
    text=SQL,
    remembers="Run SQL on shop in this session without asking",
)
WAITING = (CREATED, STARTED, ROUND, CODE, CHECKED, ASKED)
ASK = c.RunStart(id=ID, session=SESSION, text="how many?")


def resolve(verdict: str, **more: object) -> c.ApprovalResolve:
    """Return an answer to the open approval."""
    return c.ApprovalResolve(id=ID, session=SESSION, approval=A1, verdict=verdict, **more)  # type: ignore[arg-type]  # a verdict
