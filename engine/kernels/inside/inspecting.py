"""What the namespace of a kernel holds, told without running the code of people where possible."""

import gc
import sys
import types
from typing import Any

from engine.kernels.inside import frames

MOST_NAMES = 200
PREVIEW = 120
_PLAIN = (bool, int, float, complex, str, bytes, type(None))
_HIDDEN = {"In", "Out", "exit", "quit", "open", "get_ipython", "askwire"}


class Described:
    """An answer that travels as JSON."""

    def __init__(self, value: dict[str, Any]) -> None:
        self.value = value

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"application/json": self.value, "text/plain": ""}


def describe(names: dict[str, Any]) -> Described:
    """Return variables, data frames and imports."""
    variables, tables, imports = [], [], []
    for name, value in list(names.items()):
        if name.startswith("_") or name in _HIDDEN:
            continue
        if isinstance(value, types.ModuleType):
            known = value.__name__
            imports.append(known if known == name else f"{known} as {name}")
            continue
        if _is_frame(value):
            tables.append({"name": name, "rows": len(value), "columns": frames.columns_of(value)})
        variables.append(_variable(name, value))
        if len(variables) >= MOST_NAMES:
            break
    return Described(
        {"variables": variables, "dataframes": tables, "imports": sorted(set(imports))}
    )


def _is_frame(value: Any) -> bool:
    kind = type(value)
    return kind.__name__ == "DataFrame" and kind.__module__.split(".")[0] in ("pandas", "polars")


def _variable(name: str, value: Any) -> dict[str, Any]:
    kind = type(value)
    if kind.__module__ == "__main__":  # a class of people: none of its code runs here
        return {"name": name, "type": kind.__name__, "preview": "", "size": None}
    try:
        size: int | None = sys.getsizeof(value)
    except Exception:  # noqa: BLE001 - a class of a library may define it badly
        size = None
    return {"name": name, "type": kind.__name__, "preview": _preview(value), "size": size}


def _preview(value: Any) -> str:
    if isinstance(value, str | bytes) and type(value) in _PLAIN:
        return repr(value[:PREVIEW])
    if type(value) in _PLAIN:
        return repr(value)[:PREVIEW] if not isinstance(value, int) else _number(value)
    if type(value) in (list, tuple, dict, set, frozenset):
        return f"{len(value)} elements"
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return " × ".join(str(part) for part in shape)[:PREVIEW]
    if isinstance(value, types.FunctionType):
        return f"{value.__name__}(…)"
    return ""


def _number(value: int) -> str:
    return repr(value) if abs(value) < 10**50 else f"an integer of {value.bit_length()} bits"


def furnish(shell: Any) -> None:
    """Put into the namespace what every cell may use."""
    module = sys.modules.get("askwire")
    if module is not None:
        shell.user_ns["askwire"] = module


def forget() -> None:
    """Empty the namespace and close all figures."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is not None:
        shell.reset(new_session=False)  # type: ignore[no-untyped-call]
        furnish(shell)
    plots = sys.modules.get("matplotlib.pyplot")
    if plots is not None:
        plots.close("all")
    gc.collect()
