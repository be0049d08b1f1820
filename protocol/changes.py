"""Changes of a reading: how a person says that a chip should be another, or not be.

A change is said in words, as a question of its own, so that every client, every family and every
model can say and hear it, and the log stays readable. The words are fixed: what reads chips finds
the chip by its text.
"""

from collections.abc import Iterable

import msgspec

_BETWEEN = "” instead of “"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """The chip with this text becomes `choice`; without a choice it is left out.

    `choice` is one of the chip's choices, or free words: another value, period, column or number.
    """

    text: str
    choice: str | None = None


def instead(text: str, choice: str) -> str:
    """Return what to ask so that the chip with this text becomes its choice."""
    return f"Use “{choice}{_BETWEEN}{text}”."


def without(text: str) -> str:
    """Return what to ask so that the chip with this text is left out."""
    return f"The same without “{text}”."


def change(said: str, texts: Iterable[str]) -> Change | None:
    """Return the change of one of the chips that was asked for, None if the words ask for none."""
    said = said.strip()
    for text in texts:
        if said.casefold() == without(text).casefold():
            return Change(text=text)
        ending = f"{_BETWEEN}{text}”."
        if said.startswith("Use “") and said.casefold().endswith(ending.casefold()):
            return Change(text=text, choice=said[len("Use “") : -len(ending)])
    return None


def asks(said: str) -> bool:
    """Whether words ask for a change, be it of a chip that is there or not."""
    said = said.strip()
    return (said.startswith("Use “") and _BETWEEN in said and said.endswith("”.")) or (
        said.startswith("The same without “") and said.endswith("”.")
    )
