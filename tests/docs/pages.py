"""The pages that people read, and what stands in them."""

import re
from pathlib import Path

import msgspec

from tests.shape.tree import files, text

PAGES = [path for path in files() if path.suffix == ".md" and not path.is_relative_to("web")]
EXAMPLE = re.compile(
    r"^<!-- (?:run and find: (?P<word>.+?)|check) -->\n"
    r"```(?P<language>\w+)\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
ADDRESS = "127.0.0.1:8000"


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """Code in a page. `word` must be among what it prints."""

    page: Path
    line: int
    language: str
    code: str
    word: str | None

    @property
    def name(self) -> str:
        """Where it stands."""
        return f"{self.page}:{self.line}"


def examples(*languages: str) -> list[Example]:
    """Return the examples in these languages, of all pages."""
    return [
        Example(
            page=page,
            line=said.count("\n", 0, found.start()) + 1,
            language=found["language"],
            code=found["code"],
            word=found["word"],
        )
        for page in PAGES
        for said in [text(page)]
        for found in EXAMPLE.finditer(said)
        if found["language"] in languages
    ]
