"""Every golden file of every family: the request gets the whole answer that is written there."""

from pathlib import Path

import msgspec

from tests.gateway.families import dsagent_situations
from tests.gateway.families.golden import paths, played, read
from tests.gateway.families.playing import SCRIPTS, ByQuestion
from tests.gateway.serving import serving


async def test_dsagent_answers_as_its_golden_files_say(tmp_path: Path) -> None:
    situations, settings = dsagent_situations.SITUATIONS, dsagent_situations.SETTINGS
    differ: dict[str, tuple[object, object]] = {}
    async with serving(tmp_path, model=ByQuestion(SCRIPTS), **settings) as served:
        for path in paths("dsagent"):
            expected = read(path)
            answered = await played(served, expected, situations)
            if answered != expected:
                differ[path.stem] = (
                    msgspec.to_builtins(answered),
                    msgspec.to_builtins(expected),
                )
    assert differ == {}
