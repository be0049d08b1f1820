"""One run, a hundred followers: how many events reach all of them together in a second.

python -m bench fan_out
"""

from bench._figures import Goal, Measured, figure
from bench._servers import ask, askwire, fastapi
from bench._sockets import Task

FOLLOWERS = 100
ROUNDS = 3
WORDS = 20_000
THEIRS = 50_000


def main() -> Measured:
    """Measure, in turns with the single socket of the peer."""
    ours: list[float] = []
    theirs: list[float] = []
    with askwire() as gateway, fastapi() as peer:
        for round_ in range(ROUNDS + 1):
            session, hello = gateway.session()
            task = Task(
                port=gateway.port,
                opening=hello,
                start=ask(session, WORDS),
                count=WORDS,
                sockets=FOLLOWERS,
            )
            told = gateway.read(task)
            said = peer.read(Task(port=peer.port, start=str(THEIRS), count=THEIRS))
            if round_ > 0:  # the first one warms both up
                ours.append(told.words / told.seconds)
                theirs.append(THEIRS / said.seconds)
    a = figure(f"Askwire, {FOLLOWERS} followers together", ours, "events/s")
    b = figure("FastAPI send_json, one socket", theirs, "events/s")
    return [
        a,
        b,
        Goal(
            name=f"{FOLLOWERS} followers to one socket of FastAPI",
            value=a.value / b.value,
            want="at least",
            goal=15,
        ),
    ]
