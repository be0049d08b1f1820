"""Tracebacks for people: their own frames, and of libraries what lies between."""

import itertools
import os
import traceback
import types
from collections.abc import Callable, Iterator

MOST_LINES, MOST_CHARACTERS, MOST_MESSAGE = 200, 20_000, 5_000
MOST_FRAMES, MOST_CAUSES = 60, 8
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


def is_monstrous(error: BaseException, trace: types.TracebackType | None) -> bool:
    """Tell whether IPython would take for ever to draw an exception: it looks at every frame."""
    chain = list(itertools.islice(_causes(error), MOST_CAUSES + 1))
    traces = (trace, *(cause.__traceback__ for cause in chain))
    too_deep = len(chain) > MOST_CAUSES or max(map(_depth, traces)) > MOST_FRAMES
    return too_deep or len(message_of(error)) >= MOST_MESSAGE


def _frames(trace: types.TracebackType | None) -> Iterator[types.TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _depth(trace: types.TracebackType | None) -> int:
    return sum(1 for _ in itertools.islice(_frames(trace), MOST_FRAMES + 1))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        error = error.__cause__ or error.__context__
        if error is not None:
            yield error


def in_short(
    error: BaseException,
    trace: types.TracebackType | None,
    name_of: Callable[[str], tuple[str, str] | None] = lambda _: None,
) -> list[str]:
    """Return a plain traceback, a recursion told once; `name_of` gives the name of a cell."""
    stack = traceback.extract_tb(trace)
    for frame in stack:
        name = name_of(frame.filename)
        if name is not None:
            frame.filename = " ".join(name)
    lines = "".join(stack.format())
    return [
        f"Traceback (most recent call last):\n{lines}{type(error).__name__}: {message_of(error)}"
    ]


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
