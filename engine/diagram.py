"""The life of a run as a picture and a table, drawn from `engine.session.TRANSITIONS`. Pure."""

from typing import Any, Final, get_args

from engine.session import RUNLESS, TRANSITIONS, Row

ROWS: Final[tuple[Row, ...]] = get_args(Row)


def picture() -> str:
    """Return a Mermaid state diagram of what moves a session from one activity to another."""
    lines = ["stateDiagram-v2", f"    [*] --> {ROWS[0]} : session.created"]
    for before in ROWS:
        for after in ROWS:
            names = [] if before == after else _between(before, after)
            if names:
                lines.append(f"    {before} --> {after} : {'<br/>'.join(names)}")
    return "\n".join(lines)


def table() -> str:
    """Return, as a Markdown table, each event and what it makes of each activity."""
    heads = ["event", *ROWS, "outside of a run"]
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    for event in _events():
        cells = [TRANSITIONS.get((row, event), "") for row in ROWS]
        free = "yes" if event in RUNLESS else ""
        lines.append("| " + " | ".join([f"`{_name(event)}`", *cells, free]) + " |")
    return "\n".join(lines)


def _between(before: Row, after: Row) -> list[str]:
    moves = TRANSITIONS.items()
    return [_name(event) for (row, event), to in moves if (row, to) == (before, after)]


def _events() -> list[type[Any]]:
    """Return every event that has a row, in the order of the table, then those of no run."""
    found = dict.fromkeys(event for _, event in TRANSITIONS)
    return [*found, *sorted(RUNLESS - found.keys(), key=_name)]


def _name(event: type[Any]) -> str:
    return str(event.__struct_config__.tag)
