"""What is wrong with a text that an owner wrote, and where."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from engine.ports import SourceFailed

MOST_TOLD = 5


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong. A `warning` does not stand in the way of keeping the text."""

    where: str
    """The path to it, such as `metrics[2] (revenue).where`; empty for the text as a whole."""
    message: str
    hint: str = ""
    line: int | None = None
    """Its line, from 1, if the text was YAML."""
    severity: Literal["error", "warning"] = "error"

    def words(self) -> str:
        """Say it in one line."""
        place = ", ".join(filter(None, (f"line {self.line}" if self.line else "", self.where)))
        said = " ".join(filter(None, (self.message, self.hint)))
        return f"{place}: {said}" if place else said


class BadText(SourceFailed):
    """A text of an owner cannot be used; `problems` say why, all that were found."""

    def __init__(self, what: str, problems: Sequence[Problem]) -> None:
        told = [problem.words() for problem in problems[:MOST_TOLD]]
        if len(problems) > MOST_TOLD:
            told.append(f"and {len(problems) - MOST_TOLD} more.")
        super().__init__("bad_text", f"The {what} cannot be used. {' '.join(told)}")
        self.problems = tuple(problems)


def errors(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return those that stand in the way."""
    return tuple(problem for problem in problems if problem.severity == "error")
