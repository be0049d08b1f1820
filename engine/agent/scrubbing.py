"""Errors without the data in them, for models that may not see it. Pure.

Database servers and Python put values into what they say: `Key (email)=(ann@example.org) already
exists`, `KeyError: 'Ann'`. What a model wrote itself, and the names of tables and columns, stay.
"""

import re
from collections.abc import Iterable
from typing import Final

LEFT_OUT: Final = "‹value›"

_PARTS: Final = re.compile(
    r"""
    (?P<string>'(?:[^'\\\n]|\\.|'')*' | "(?:[^"\\\n]|\\.)*" | `[^`\n]*`)
    | (?P<bracket>=\s*\([^)\n]*\))            # PostgreSQL: Key (a)=(value)
    | (?P<place>(?:line|Line|LINE|column|position|char|row|at)\s+\d+ | In\[\d+\] | \[\d+;?\d*m)
    | (?P<number>(?<![\w.])[-+]?\d[\d,.:_-]*\w*)
    | (?P<address>[\w.+-]+@[\w-]+\.[\w.-]+)
    """,
    re.VERBOSE,
)
_WORD: Final = re.compile(r"\w+")


def scrubbed(text: str, known: Iterable[str]) -> str:
    """Return an error without values. `known` are texts whose words may stay: the model's code,
    names of tables and columns.
    """
    words = frozenset(word.casefold() for each in known for word in _WORD.findall(each))

    def shown(found: re.Match[str]) -> str:
        if found["place"]:
            return found[0]
        inside = _WORD.findall(found[0])
        if all(word.casefold() in words for word in inside):
            return found[0]
        match found.lastgroup:
            case "string":
                return f"{found[0][0]}{LEFT_OUT}{found[0][-1]}"
            case "bracket":
                return f"=({LEFT_OUT})"
            case _:
                return LEFT_OUT

    return _PARTS.sub(shown, text)
