"""Derivation: the nouns that English makes of a verb, so that `prescribed` finds prescriptions."""

from collections.abc import Iterator
from functools import lru_cache

_ENDINGS = (
    ("be", "ption"), ("ve", "ution"), ("mit", "mission"),
    ("de", "sion"), ("d", "sion"), ("fy", "fication"),
    ("ply", "plication"), ("quire", "quisition"), ("duce", "duction"), ("ceive", "ception"),
    ("t", "tion"), ("te", "tion"), ("e", "ion"), ("e", "ation"), ("e", "al"), ("e", "ure"),
    ("e", "or"), ("e", "er"), ("y", "ier"), ("e", "ance"), ("e", "ment"), ("ve", "f"),
    ("ch", "ching"), ("ell", "ale"), ("e", "ing"),
)  # fmt: skip
_ADDED = ("ment", "ion", "ation", "al", "ance", "ence", "ure", "y", "ing", "er", "or", "age")


@lru_cache(maxsize=20_000)
def nouns(verb: str) -> frozenset[str]:
    """Return what may be a noun of a verb, real words and others: a schema tells which exist."""
    return frozenset(_nouns(verb)) if len(verb) >= 3 else frozenset()


def _nouns(verb: str) -> Iterator[str]:
    yield from (verb + ending for ending in _ADDED)
    if len(verb) >= 3 and verb[-1] not in "aeiouwxy" and verb[-2] in "aeiou":
        yield from (verb + verb[-1] + ending for ending in ("al", "ing", "er", "ance"))
    for ending, other in _ENDINGS:
        if verb.endswith(ending) and len(verb) > len(ending) + 1:
            yield verb[: len(verb) - len(ending)] + other
