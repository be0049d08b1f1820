"""The model that is measured with answers as any model does: a run that fails measures nothing."""

from bench._app import Flood
from protocol import events as e
from tests.rig import Rig, last


async def test_the_measured_model_answers() -> None:
    rig = Rig()
    rig.model = Flood()  # type: ignore[assignment]  # any model
    rig.engine = rig._engine()
    async with rig.running():
        session = await rig.session()
        await rig.ask(session, "3")
        events = await rig.until(session, e.RunFinished)
    assert last(events, e.RunFinished).answer == "done"
    assert sum(isinstance(event, e.ItemDelta) for event in events) == 3
