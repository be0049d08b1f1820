"""One example of each message and of each content, for the reference and for AsyncAPI.

They are structs and not text: an example that is no longer true does not build.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from protocol import commands as c
from protocol import events as e
from protocol import items as i
from protocol import replies as r
from protocol.ids import (
    ApprovalId,
    CallerId,
    CommandId,
    Epoch,
    InputId,
    ItemId,
    Key,
    QuestionId,
    ResultId,
    RunId,
    SessionId,
    UploadId,
)

AT: Final = "2026-11-22T10:00:00.120Z"
ME: Final = CallerId("local")
SESSION: Final = SessionId("s_9f")
EPOCH: Final = Epoch("e_1")
RUN: Final = RunId("r_4")
ITEM: Final = ItemId("i_9")
CODE: Final = ItemId("i_10")
APPROVAL: Final = ApprovalId("a_2")
QUESTION: Final = QuestionId("q_1")
INPUT: Final = InputId("n_1")
RESULT: Final = ResultId("t_5")
ID: Final = CommandId("7")
KEY: Final = Key("5b1c")
SQL: Final = "SELECT month, count(*) AS orders FROM orders GROUP BY month"
COLUMNS: Final = (i.Column(name="month", type="date"), i.Column(name="orders", type="integer"))
PLAN: Final = i.Plan(steps=(i.Step(text="Count orders by month"),))

STARTED: Final = e.RunStarted(run=RUN, text="Orders per month?", by=ME, key=KEY)
STORY: Final[tuple[e.AnyEvent, ...]] = (
    STARTED,
    e.ItemStarted(run=RUN, item=ITEM, kind="plan"),
    e.ItemCompleted(run=RUN, item=ITEM, content=PLAN),
)

CONTENTS: Final = (
    i.Thought(text="Orders have a date; months come from it."),
    PLAN,
    i.Code(language="sql", text=SQL, source="shop"),
    i.Output(stdout="12 months\n", result="12"),
    i.Table(columns=COLUMNS, row_count=12, result=RESULT),
    i.Chart(
        spec={
            "mark": "line",
            "encoding": {
                "x": {"field": "month", "type": "temporal"},
                "y": {"field": "orders", "type": "quantitative"},
            },
        },
        result=RESULT,
    ),
    i.Image(mime="image/png", data="iVBORw0KGgo="),
    i.Artifact(name="orders.csv", mime="text/csv", size=2048, url="/api/v1/files/orders.csv"),
    i.Tool(name="weather", arguments={"city": "Bern"}, result={"degrees": 4}),
    i.Answer(text="Orders doubled within the year.", sources=(ItemId("i_12"),)),
    i.Error(name="KeyError", message="'month'", traceback="KeyError: 'month'"),
)

EVENTS: Final = (
    e.SessionCreated(session=SESSION, owner=ME, by=ME, name="Orders", source="shop", mode="full"),
    e.SessionUpdated(session=SESSION, by=ME, name="Orders per month"),
    e.SessionArchived(session=SESSION, by=ME),
    e.SessionDeleted(session=SESSION, by=ME),
    e.RunQueued(run=RUN, text="And per region?", by=ME, key=KEY),
    STARTED,
    e.RunSteered(run=RUN, text="Only those that were paid.", by=ME),
    e.RunFinished(
        run=RUN,
        outcome="answered",
        answer="Orders doubled within the year.",
        usage=e.Usage(input_tokens=812, output_tokens=96),
        elapsed_ms=1840,
    ),
    e.RoundStarted(run=RUN, round=1),
    e.RoundFinished(run=RUN, round=1),
    e.ItemStarted(run=RUN, item=CODE, kind="code", language="sql", source="shop"),
    e.ItemDelta(run=RUN, item=CODE, text="SELECT month"),
    e.ItemCompleted(run=RUN, item=ITEM, content=PLAN, elapsed_ms=120),
    e.CheckFinished(run=RUN, item=CODE, ok=True, sql=SQL + " LIMIT 1000"),
    e.CodeStarted(run=RUN, item=CODE),
    e.ToolCalled(run=RUN, item=ITEM),
    e.ArtifactCreated(
        run=RUN, name="orders.csv", mime="text/csv", size=2048, url="/api/v1/files/orders.csv"
    ),
    e.ApprovalRequested(
        run=RUN,
        approval=APPROVAL,
        item=CODE,
        subject="sql",
        options=("approve", "edit", "reject"),
        digest="sha256:8c1f",
        text=SQL,
        estimate=e.EstimateInfo(rows=100_000),
    ),
    e.ApprovalResolved(
        run=RUN,
        approval=APPROVAL,
        verdict="edit",
        by=ME,
        changed=e.Change(before="LIMIT 10", after="LIMIT 20", diff="-LIMIT 10\n+LIMIT 20\n"),
        remember="once",
    ),
    e.ApprovalRevoked(approval=APPROVAL, by=ME),
    e.QuestionAsked(
        run=RUN,
        question=QUESTION,
        prompts=(e.Prompted(title="Which year?", options=("2025", "2026")),),
    ),
    e.QuestionAnswered(run=RUN, question=QUESTION, answers=(("2026",),), by=ME),
    e.InputRequested(run=RUN, input=INPUT, prompt="Name: ", item=CODE),
    e.InputReplied(run=RUN, input=INPUT, by=ME),
    e.ModelAsked(
        run=RUN,
        model="openai/a-model",
        to="api.openai.com",
        data="results",
        tables=("orders", "customers"),
        samples=12,
        rows=2,
        results=(RESULT,),
        size=5210,
    ),
    e.UsageCounted(run=RUN, model="builtin", input_tokens=812, output_tokens=96),
    e.KernelStarted(isolation="sandbox", environment="its own: pandas 3.1.1"),
    e.KernelBusy(run=RUN, item=CODE),
    e.KernelIdle(run=RUN, item=CODE),
    e.KernelDied(reason="out of memory", code="memory_limit"),
    e.KernelRestarted(by=ME, isolation="sandbox"),
    e.KernelMoved(home=e.KernelHome(kind="jupyter_server", url="http://hub:8888"), by=ME),
)

CLIENT: Final = (
    c.Hello(
        id=CommandId("1"),
        client="web/0.1",
        token="...",
        follow=(c.Following(session=SESSION, epoch=EPOCH, after=41),),
    ),
    c.Ping(id=ID),
    c.Pong(id=ID),
    c.SessionCreate(id=ID, key=KEY, name="Orders", source="shop", mode="full"),
    c.SessionUpdate(id=ID, key=KEY, session=SESSION, name="Orders per month"),
    c.SessionArchive(id=ID, key=KEY, session=SESSION),
    c.SessionDelete(id=ID, key=KEY, session=SESSION),
    c.SessionFollow(id=ID, session=SESSION, epoch=EPOCH, after=41),
    c.SessionUnfollow(id=ID, session=SESSION),
    c.RunStart(
        id=ID,
        key=KEY,
        session=SESSION,
        text="Orders per month?",
        attachments=(e.Attachment(name="extra.csv", upload=UploadId("u_1")),),
        options=e.RunOptions(max_rows=1000),
        when_busy="enqueue",
    ),
    c.RunSteer(id=ID, key=KEY, session=SESSION, run=RUN, text="Only those that were paid."),
    c.RunCancel(id=ID, key=KEY, session=SESSION, run=RUN),
    c.ApprovalResolve(id=ID, key=KEY, session=SESSION, approval=APPROVAL, verdict="edit", code=SQL),
    c.ApprovalRevoke(id=ID, key=KEY, session=SESSION, approval=APPROVAL),
    c.QuestionAnswer(id=ID, key=KEY, session=SESSION, question=QUESTION, answers=(("2026",),)),
    c.InputReply(id=ID, key=KEY, session=SESSION, input=INPUT, text="Ada"),
    c.KernelExecute(id=ID, key=KEY, session=SESSION, code="frame.describe()"),
    c.KernelInterrupt(id=ID, key=KEY, session=SESSION),
    c.KernelReset(id=ID, key=KEY, session=SESSION),
    c.KernelRestart(id=ID, key=KEY, session=SESSION),
    c.KernelInspect(id=ID, session=SESSION),
    c.KernelComplete(id=ID, session=SESSION, code="frame.des", cursor=9),
    c.KernelRestore(id=ID, key=KEY, session=SESSION),
    c.QueryRun(id=ID, key=KEY, session=SESSION, source="shop", sql=SQL, max_rows=1000),
    c.QueryCancel(id=ID, key=KEY, session=SESSION, item=ITEM),
)

SERVER: Final = (
    r.Welcome(
        id=CommandId("1"),
        caller=r.Caller(id=ME, name="local", roles=("admin",)),
        server="askwire/0.1.0",
        heartbeat=20.0,
        limits=r.Limits(
            frame_bytes=1_048_576,
            commands_per_second=50,
            sessions_per_socket=256,
            text_chars=100_000,
            upload_bytes=209_715_200,
        ),
    ),
    r.Reply(id=ID, result={"run": RUN, "upto": 42}),
    r.Refusal(
        id=ID,
        code="run_active",
        detail="run r_3 is still going",
        advice="retry",
        retry_after=1.0,
    ),
    r.PageMessage(
        session=SESSION,
        epoch=EPOCH,
        after=41,
        upto=44,
        records=tuple(e.Record(seq=seq, at=AT, event=event) for seq, event in enumerate(STORY, 42)),
    ),
    r.Snapshot(
        session=SESSION,
        epoch=Epoch("e_2"),
        upto=120,
        state={"session": SESSION, "name": "Orders", "owner": ME, "source": "shop"},
    ),
    r.ServerPing(),
    r.ServerPong(id=ID),
)


def _by_struct(examples: Iterable[Any]) -> dict[type[msgspec.Struct], Any]:
    return {type(example): example for example in examples}


EXAMPLES: Final = _by_struct((*CONTENTS, *EVENTS, *CLIENT, *SERVER))
