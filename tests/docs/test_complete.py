"""Whatever can be set, called or refused stands in the docs, as the code has it."""

import re
from pathlib import Path

import msgspec
import pytest

from engine.session import TRANSITIONS
from gateway import documenting
from gateway.settings import PREFIX, Settings, from_environ
from protocol.closes import CLOSES
from protocol.refusals import CODES
from tests.docs.pages import PAGES
from tests.shape.tree import ROOT, text

LINK = re.compile(r"(?<!!)\[[^\]\n]+\]\(([^)\s]+)\)")


def docs(name: str) -> str:
    return text(Path("docs", name))


def test_what_is_made_of_the_code_is_up_to_date() -> None:
    old = [f"docs/{page.name}" for page in documenting.stale()]
    assert old == [], "run python -m gateway.documenting --write"


def test_every_part_that_can_be_made_stands_in_a_page() -> None:
    used = {found[2] for page in PAGES for found in documenting.BLOCK.finditer(text(page))}
    assert used == documenting.PARTS.keys()


def test_every_setting_is_explained_once_and_listed() -> None:
    said = documenting.docstrings(text(Path("gateway/settings.py")))
    names = set(Settings.__struct_fields__)
    assert names - said.keys() - documenting.MEANINGS.keys() == set(), "give it a docstring"
    assert documenting.MEANINGS.keys() - (names - said.keys()) == set(), "said elsewhere, or gone"
    assert [name for name in names if f"`{PREFIX}{name.upper()}`" not in docs("operating.md")] == []


def test_settings_are_read_from_the_environment_as_the_docs_say() -> None:
    told = {"ASKWIRE_TOKENS": "ada=4f,bob=9c", "ASKWIRE_HOSTS": "a.example, b.example"}
    read = from_environ({**told, "ASKWIRE_DATA": "data", "ASKWIRE_PAGE": "page"})
    assert (read.data, read.page) == (Path("data"), Path("page"))
    assert read.tokens == {"ada": "4f", "bob": "9c"}
    assert read.hosts == ("a.example", "b.example")


def test_every_command_of_the_terminal_is_listed() -> None:
    table = documenting.commands()
    found = re.findall(r"`askwire (\w+)`", table)
    assert {"serve", "ask", "version"} <= set(found)
    assert [name for name in found if f"`askwire {name}`" not in docs("operating.md")] == []


def test_every_path_is_listed() -> None:
    paths = re.findall(r"^\| \w+ \| (`[^`]+`)", documenting.routes(), re.MULTILINE)
    assert "`/ws`" in paths
    assert [path for path in paths if path not in docs("client.md")] == []


def test_every_way_to_say_no_is_listed() -> None:
    assert [code for code in CODES if f"| `{code}` |" not in docs("client.md")] == []
    assert [c.code for c in CLOSES if f"| {c.code} |" not in docs("operating.md")] == []


def test_the_picture_shows_every_way_from_one_activity_to_another() -> None:
    drawn = docs("design.md")
    moves = {(row, to) for (row, _), to in TRANSITIONS.items() if row != to}
    assert [move for move in moves if f"    {move[0]} --> {move[1]} : " not in drawn] == []


def test_a_default_is_shown_as_it_is() -> None:
    table = docs("operating.md")
    for field in msgspec.structs.fields(Settings):
        if isinstance(field.default, int) and not isinstance(field.default, bool):
            assert f"| `{PREFIX}{field.name.upper()}` | `{field.default}` |" in table


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    broken = [
        link
        for link in LINK.findall(without_code(text(page)))
        if not link.startswith(("http://", "https://")) and not leads(page, link)
    ]
    assert broken == []


def leads(page: Path, link: str) -> bool:
    """Tell whether a link has a file at its end, and in it the heading that it names."""
    name, _, heading = link.partition("#")
    target = (ROOT / page).parent / name if name else ROOT / page
    if not target.exists():
        return False
    return not heading or heading in headings(target.read_text(encoding="utf-8"))


def headings(page: str) -> set[str]:
    """Return the names by which headings can be linked to, and anchors that are written out."""
    lines = re.findall(r"^#+ (.+)$", without_code(page), re.MULTILINE)
    made = {re.sub(r"[^\w\- ]", "", line.lower()).strip().replace(" ", "-") for line in lines}
    return made | set(re.findall(r'<a (?:id|name)="([^"]+)"', page))


def without_code(page: str) -> str:
    return re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)


def test_the_readme_leads_to_every_page() -> None:
    readme = text(Path("README.md"))
    pages = [page for page in PAGES if page.parent == Path("docs")]
    assert [str(page) for page in pages if f"({page.as_posix()})" not in readme] == []
