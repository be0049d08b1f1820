"""The Python of a session that could be run again: the fold of its log into cells that worked."""

from typing import Any, Final

from protocol.events import ItemCompleted, KernelRestarted
from protocol.items import Code

RESTORE: Final = "restore"
"""Why a kernel was emptied: its cells are to be run again, all in one."""

MOST_CHARACTERS: Final = 1_000_000


class KeptCells:
    """What would bring the variables back: every cell that ran to its end since the last reset."""

    def __init__(self) -> None:
        self._cells: list[str] = []
        self._restoring = False

    def see(self, event: Any) -> None:
        """Take in one event."""
        if isinstance(event, KernelRestarted):
            self._restoring = event.reason == RESTORE
            if not self._restoring:
                self._cells.clear()
        elif isinstance(event, ItemCompleted) and event.outcome == "ok":
            content = event.content
            if isinstance(content, Code) and content.language == "python":
                self._add(content.text)

    def _add(self, text: str) -> None:
        if self._restoring:
            # It was made of all the others.
            self._cells, self._restoring = [], False
        self._cells.append(text)

    def __len__(self) -> int:
        return len(self._cells)

    def text(self) -> str:
        """Return all of them as one; empty if there are none, or too many to be run at once."""
        text = "\n\n".join(cell.rstrip() for cell in self._cells)
        return text + "\n" if self._cells and len(text) <= MOST_CHARACTERS else ""
