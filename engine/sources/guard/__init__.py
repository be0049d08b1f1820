"""The guard: says whether a text of SQL may run, and what exactly will run in its place.

Allow-lists only: what is not known to read is refused. Nothing here matches SQL as text; the text
is parsed once, judged as a tree, and what runs is written anew from the tree.
"""

from engine.sources.guard.checking import check
from engine.sources.guard.policy import Policy

__all__ = ["Policy", "check"]
