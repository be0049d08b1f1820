"""Tracebacks for people: their own frames, and of libraries what lies between."""

import os
import types

MOST_LINES, MOST_CHARACTERS = 200, 20_000
_INTERNAL = ("ipykernel", "IPython", os.path.join("kernels", "inside"))


def _is_internal(trace: types.TracebackType) -> bool:
    folders = os.path.dirname(trace.tb_frame.f_code.co_filename)
    return any(f"{os.sep}{name}{os.sep}" in folders + os.sep for name in _INTERNAL)


def without_internals(trace: types.TracebackType | None) -> types.TracebackType | None:
    """Cut the machinery of the kernel from a traceback, unless nothing else would be left."""
    kept = []
    while trace is not None:
        if not _is_internal(trace):
            kept.append(trace)
        trace = trace.tb_next
    chain: types.TracebackType | None = None
    for frame in reversed(kept):
        chain = types.TracebackType(chain, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return chain


def shortened(lines: list[str]) -> list[str]:
    """Return the traceback's lines, cut in the middle where they are too many or too long."""
    text = "\n".join(lines)
    split = text.split("\n")
    if len(split) > MOST_LINES:
        half = MOST_LINES // 2
        left_out = f"… {len(split) - MOST_LINES} lines left out …"
        text = "\n".join([*split[:half], left_out, *split[-half:]])
    if len(text) > MOST_CHARACTERS:
        half = MOST_CHARACTERS // 2
        left_out = f"… {len(text) - MOST_CHARACTERS} characters left out …"
        text = f"{text[:half]}\n{left_out}\n{text[-half:]}"
    return [text]
