"""Askwire as `askwire serve` runs it, with a model that says as many words as it is asked for.

python -m bench._app PORT FOLDER
"""

import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

from engine.ports import CallDelta, Called, CallStarted, ModelEvent, Prompt
from gateway import daemon
from gateway.app import create_app
from gateway.building import build
from gateway.settings import from_environ
from protocol.choices import DataPolicy

MODEL = "flood"


class Flood:
    """A model that thinks nothing and never waits."""

    name = MODEL
    outside = False
    data: DataPolicy | None = None

    async def think(self, prompt: Prompt) -> AsyncIterator[ModelEvent]:
        """Answer with so many words, each by itself."""
        yield CallStarted(call="c", tool="answer")
        word = CallDelta(call="c", text="word ")
        for _ in range(int(prompt.question)):
            yield word
        yield Called(call="c", tool="answer", arguments={"text": "done"})


def main() -> None:
    """Serve until a signal comes."""
    port, folder = sys.argv[1:]
    settings = from_environ(
        {},
        port=int(port),
        data=Path(folder),
        model=MODEL,
        sample=False,
        warm_kernels=0,
        commands_per_second=1_000_000,
    )
    parts = build(settings, {MODEL: Flood()})
    # The daemon's own way of serving; only the parts are ours.
    setattr(daemon, "create_app", partial(create_app, parts=parts))  # noqa: B010  # not its name to give
    daemon.serve(settings)


if __name__ == "__main__":
    main()
