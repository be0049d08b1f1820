"""Events through the durable log to one reading socket, beside FastAPI's `send_json`.

python -m bench stream
"""

from bench._figures import Figure, Goal, Measured, figure
from bench._servers import ask, askwire, fastapi
from bench._sockets import Task

ROUNDS = 5
OURS = 200_000
THEIRS = 50_000


def main() -> Measured:
    """Measure, in turns."""
    ours: list[float] = []
    theirs: list[float] = []
    with askwire() as gateway, fastapi() as peer:
        for round_ in range(ROUNDS + 1):
            session, hello = gateway.session()
            task = Task(port=gateway.port, opening=hello, start=ask(session, OURS), count=OURS)
            told = gateway.read(task)
            said = peer.read(Task(port=peer.port, start=str(THEIRS), count=THEIRS))
            if round_ > 0:  # the first one warms both up
                ours.append(OURS / told.seconds)
                theirs.append(THEIRS / said.seconds)
    a, b = figure("Askwire", ours, "events/s"), figure("FastAPI send_json", theirs, "events/s")
    return [a, b, *goals(a, b)]


def goals(ours: Figure, theirs: Figure) -> list[Goal]:
    """Return what is asked of the two."""
    return [
        Goal(
            name="Askwire to FastAPI, one socket",
            value=ours.value / theirs.value,
            want="at least",
            goal=4,
        )
    ]
