"""What is not settled yet, kept alive at the foot of the terminal: the last lines, and no more."""

from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

LINES = 8
PER_SECOND = 12


class Tail:
    """Settled blocks are printed above it, once. On anything but a terminal it shows nothing."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._live: Live | None = None
        self._words = "thinking"
        self._pieces: dict[str, str] = {}

    def __enter__(self) -> "Tail":
        self.show()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.hide()

    def show(self) -> None:
        """Begin to show it."""
        if self._live is None and self._out.is_terminal:
            self._live = Live(
                self._drawn(), console=self._out, refresh_per_second=PER_SECOND, transient=True
            )
            self._live.start()

    def hide(self) -> None:
        """Take it away, to ask somebody something."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def says(self, words: str) -> None:
        """Name what is going on."""
        self._words = words
        self._draw()

    def add(self, item: str, text: str) -> None:
        """More of an open item."""
        # Only its end is ever seen; the rest need not be kept.
        self._pieces[item] = (self._pieces.get(item, "") + text)[-4000:]
        self._draw()

    def settle(self, item: str) -> None:
        """An item is complete: it is printed above."""
        self._pieces.pop(item, None)
        self._draw()

    def _draw(self) -> None:
        if self._live is not None:
            self._live.update(self._drawn())

    def _drawn(self) -> Group:
        text = "\n".join(self._pieces.values())
        lines = [line for line in text.splitlines() if line.strip()][-LINES:]
        tail = Text("\n".join(lines), style="dim", no_wrap=True, overflow="ellipsis")
        return Group(tail, Spinner("dots", Text(self._words, style="dim")))
