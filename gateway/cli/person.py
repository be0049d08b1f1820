"""The person at the terminal: asked line by line, with history and an editor."""

from pathlib import Path
from typing import Protocol

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.history import FileHistory, History, InMemoryHistory


class Person(Protocol):
    """Somebody who can be asked."""

    async def ask(self, prompt: str) -> str | None:
        """Return what was said; None for Ctrl-C. Raise `EOFError` for Ctrl-D."""

    async def edit(self, text: str, ending: str) -> str | None:
        """Return a text as it was changed in an editor; None if it was not."""


class Terminal:
    """A person at a real terminal. The history of questions is kept in a file."""

    def __init__(self, history: Path | None, words: tuple[str, ...]) -> None:
        kept: History = InMemoryHistory()
        if history is not None:
            history.parent.mkdir(parents=True, exist_ok=True)
            kept = FileHistory(str(history))
        self._questions: PromptSession[str] = PromptSession(
            history=kept,
            completer=WordCompleter(list(words), sentence=True),
            complete_while_typing=False,
        )
        self._answers: PromptSession[str] = PromptSession()

    async def ask(self, prompt: str) -> str | None:
        """Ask. Only questions go into the history, not the answers to gates."""
        session = self._questions if prompt == QUESTION else self._answers
        try:
            return await session.prompt_async(prompt)
        except KeyboardInterrupt:
            return None

    async def edit(self, text: str, ending: str) -> str | None:
        """Open the person's own editor ($VISUAL or $EDITOR) at once."""
        session: PromptSession[str] = PromptSession(
            enable_open_in_editor=True,
            tempfile_suffix=ending,
            multiline=True,
            erase_when_done=True,
        )

        def open_editor() -> None:
            get_app().current_buffer.open_in_editor(validate_and_handle=True)

        try:
            changed = await session.prompt_async("… ", default=text, pre_run=open_editor)
        except (KeyboardInterrupt, EOFError):
            return None
        return changed if changed.strip() != text.strip() else None


QUESTION = "❯ "
