"""The folds that the page must agree with."""

from tests.engine.core.screens import FOLDER, play


async def test_the_golden_screens_are_what_the_folds_give_today() -> None:
    told = await play()
    kept = {name: (FOLDER / name).read_bytes() for name in told}
    assert kept == told, "run `python -m tests.engine.core.screens` and look at the change"
