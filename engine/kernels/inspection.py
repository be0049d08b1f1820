"""How a kernel is asked what it holds, and how its answer is read."""

from typing import Any

import msgspec

from engine.ports import Frame, Inspection, Variable

NOTHING = ""


class Questions(msgspec.Struct, frozen=True, kw_only=True):
    """The code that a kind of kernel understands: an expression, and a statement."""

    describe: str
    forget: str


_DESCRIBE = (
    "__import__('engine.kernels.inside.inspecting', fromlist=['describe'])"
    ".describe(__import__('IPython').get_ipython().user_ns)"
)
_FORGET = "__import__('engine.kernels.inside.inspecting', fromlist=['forget']).forget()"
IPYTHON = Questions(describe=_DESCRIBE, forget=_FORGET)
WORKER = Questions(describe="worker.describe()", forget="worker.forget()")


class _Described(msgspec.Struct, frozen=True, kw_only=True):
    variables: tuple[Variable, ...] = ()
    dataframes: tuple[Frame, ...] = ()
    imports: tuple[str, ...] = ()


def inspection_of(answer: Any, seen: Inspection) -> Inspection:
    """Add a kernel's answer to what is known of it; one that cannot be read adds nothing."""
    try:
        described = msgspec.convert(answer, _Described)
    except msgspec.ValidationError:
        return seen
    return msgspec.structs.replace(
        seen,
        variables=described.variables,
        dataframes=described.dataframes,
        imports=described.imports,
    )
