"""The builtin model: an analyst without weights, keys or downloads.

It reads as a small compiler, a room per stage: `words`, `schema` and `values` know the terms;
`linking` and `marking` find them in a question; `reading` makes a typed `plan`; `joins`, `shaping`
and `render` make it SQL; `explaining`, `charts` and `answers` say what was done; `analyst` is the
`Model`.
"""

from engine.models.builtin.analyst import Builtin, examples

__all__ = ["Builtin", "examples"]
