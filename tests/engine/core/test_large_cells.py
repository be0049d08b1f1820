"""A cell of fifty megabytes is kept whole, and shown as its beginning and its length."""

from protocol import commands as c
from protocol import events as e
from protocol.items import Column, Table
from tests.rig import Rig, id_

SQL = "SELECT body FROM letters"
LONG = "x" * 50_000_000


async def test_a_cell_of_fifty_megabytes_is_shown_short_and_kept_whole() -> None:
    columns = (Column(name="body", type="text"), Column(name="note", type="text"))
    rig = Rig(answers={SQL: (columns, [["short", None], [LONG, "ü"]])})
    async with rig.running():
        session = await rig.session()
        await rig.send(c.QueryRun(id=id_(), session=session, source="shop", sql=SQL))
        seen = await rig.until(session, e.ItemCompleted, 2)
        deltas = [event for event in seen if isinstance(event, e.ItemDelta)]
        shown = [row for delta in deltas for row in delta.rows or ()]
        assert shown == [
            ["short", None],
            ["x" * 10_000 + "… (50,000,000 characters in all)", "ü"],
        ]
        (result,) = [
            event.content.result
            for event in seen
            if isinstance(event, e.ItemCompleted) and isinstance(event.content, Table)
        ]
        assert result is not None
        kept = await rig.results.page(result)
        assert kept.rows == [["short", None], [LONG, "ü"]]
