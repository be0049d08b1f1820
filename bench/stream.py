"""Events through the durable log to one reading socket, beside FastAPI's `send_json`.

python -m bench stream
"""

from bench._figures import Goal, Measured, figure
from bench._servers import ask, askwire, fastapi
from bench._sockets import Task

ROUNDS = 5
OURS = 200_000
THEIRS = 50_000


def main() -> Measured:
    """Measure, in turns."""
    ours: list[float] = []
    theirs: list[float] = []
    our_cpu: list[float] = []
    their_cpu: list[float] = []
    with askwire() as gateway, fastapi() as peer:
        for round_ in range(ROUNDS + 1):
            session, hello = gateway.session()
            task = Task(port=gateway.port, opening=hello, start=ask(session, OURS), count=OURS)
            before = gateway.cpu()
            told = gateway.read(task)
            between, began = gateway.cpu(), peer.cpu()
            said = peer.read(Task(port=peer.port, start=str(THEIRS), count=THEIRS))
            if round_ > 0:  # the first one warms both up
                ours.append(OURS / told.seconds)
                theirs.append(THEIRS / said.seconds)
                our_cpu.append(1e6 * (between - before) / OURS)
                their_cpu.append(1e6 * (peer.cpu() - began) / THEIRS)
    a, b = figure("Askwire", ours, "events/s"), figure("FastAPI send_json", theirs, "events/s")
    return [
        a,
        b,
        # On a machine with other things to do, this tells more than the clock.
        figure("Askwire, processor time for each event", our_cpu, "us"),
        figure("FastAPI, processor time for each event", their_cpu, "us"),
        Goal(
            name="Askwire to FastAPI, one socket",
            value=a.value / b.value,
            want="at least",
            goal=4,
        ),
    ]
