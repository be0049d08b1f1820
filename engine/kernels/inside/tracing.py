"""Tracebacks for people: their own frames, and of libraries what lies between."""

import os
import traceback
import types

MOST_LINES, MOST_CHARACTERS, MOST_MESSAGE = 200, 20_000, 5_000
_INTERNAL = ("ipykernel", "IPython", os.path.join("kernels", "inside"))


_ASKWIRE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "askwire.py")
"""What goes on below a call of ours, in any library, is ours too."""


def clean(text: str) -> str:
    """Return the text without halves of characters, which no wire can carry."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def message_of(error: BaseException) -> str:
    """Return what an exception says, bounded; its class may be anybody's."""
    try:
        text = str(error)
    except Exception as worse:  # noqa: BLE001 - the code of people stands behind it
        text = f"<its text raised {type(worse).__name__}>"
    return clean(text if len(text) <= MOST_MESSAGE else text[:MOST_MESSAGE] + "…")


def in_short(
    kind: type[BaseException], message: str, trace: types.TracebackType | None
) -> list[str]:
    """Return a plain traceback, for exceptions that IPython would take for ever to draw."""
    drawn = "".join(traceback.format_tb(trace, MOST_LINES // 2))
    return [f"Traceback (most recent call last):\n{drawn}{kind.__name__}: {message}"]


def _is_internal(trace: types.TracebackType) -> bool:
    folders = os.path.dirname(trace.tb_frame.f_code.co_filename)
    return any(f"{os.sep}{name}{os.sep}" in folders + os.sep for name in _INTERNAL)


def without_internals(trace: types.TracebackType | None) -> types.TracebackType | None:
    """Cut the machinery of the kernel from a traceback, unless nothing else would be left."""
    kept = []
    while trace is not None and trace.tb_frame.f_code.co_filename != _ASKWIRE:
        if not _is_internal(trace):
            kept.append(trace)
        trace = trace.tb_next
    chain: types.TracebackType | None = None
    for frame in reversed(kept):
        chain = types.TracebackType(chain, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return chain


def shortened(lines: list[str]) -> list[str]:
    """Return the traceback's lines, cut in the middle where they are too many or too long."""
    text = clean("\n".join(lines))
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
