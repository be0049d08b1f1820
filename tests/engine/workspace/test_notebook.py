"""A session as a notebook: valid, and it runs again."""

import asyncio
import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from engine.ports import Ended, Printed, Raised, Returned, Shown, ShownTable
from engine.workspace.cells import Gave, NotebookCell, Reach
from engine.workspace.notebook import export
from protocol.items import Column, Display

TABLE = ShownTable(columns=(Column(name="a<b", type="integer"),), rows=[[1], [None]], row_count=120)


def read(content: bytes) -> Any:
    notebook = nbformat.reads(content.decode(), as_version=4)
    nbformat.validate(notebook)
    return notebook


def test_every_kind_of_output_is_valid() -> None:
    outputs = (
        Printed(stream="stdout", text="hi\n"),
        Returned(text="2"),
        Raised(name="ValueError", message="no", traceback="Traceback\nValueError: no"),
        Shown(displays=(Display(mime="image/png", data="aGk="),)),
        Shown(displays=(Display(mime="application/vnd.vegalite.v6+json", data={"mark": "bar"}),)),
        TABLE,
        Ended(outcome="ok"),
    )
    cells = [
        NotebookCell(kind="markdown", text="How many?"),
        NotebookCell(kind="code", text="1 + 1", outputs=outputs),
    ]
    notebook = read(export(cells, {}, title="Sales"))
    assert [cell.cell_type for cell in notebook.cells] == ["markdown", "markdown", "code"]
    made = notebook.cells[2].outputs
    assert [output.output_type for output in made] == [
        "stream",
        "execute_result",
        "error",
        "display_data",
        "display_data",
        "execute_result",
    ]
    assert "<th>a&lt;b</th>" in made[5].data["text/html"]
    assert "2 of 120 rows" in made[5].data["text/html"]


def test_the_same_session_gives_the_same_file() -> None:
    cells = [NotebookCell(kind="code", text="1")]
    assert export(cells, {}) == export(cells, {})


def test_an_empty_session_is_a_valid_notebook() -> None:
    assert read(export([], {})).cells == []


async def run(content: bytes, folder: Path) -> str:
    """Run all code cells in a fresh Python and return what the last expression printed."""
    code = [cell.source for cell in read(content).cells if cell.cell_type == "code"]
    code[-1] = f"print(({code[-1]}).to_csv(index=False))"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "\n\n".join(code)),
        stdout=asyncio.subprocess.PIPE,
        cwd=folder,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode().strip()


async def test_sql_cells_run_again_on_sqlite(tmp_path: Path) -> None:
    path = tmp_path / 'it\'s "shop".db'
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE t (a TEXT)")
        database.execute('INSERT INTO t VALUES (\'x\\"""\')')
    sql = 'SELECT a AS "c" FROM t WHERE a <> \'it\'\'s \\n """\' -- "end"'
    cells = [
        NotebookCell(kind="code", language="sql", text=sql, source="shop"),
        NotebookCell(kind="code", text="query('SELECT count(*) AS n FROM t', 'shop')"),
    ]
    reach = {"shop": Reach(dialect="sqlite", path=str(path))}
    assert await run(export(cells, reach), tmp_path) == "n\n1"


async def test_sql_cells_run_again_on_files(tmp_path: Path) -> None:
    (tmp_path / "o'hara.csv").write_text("a,b\n1,2\n")
    cells = [NotebookCell(kind="code", language="sql", text='SELECT a FROM "t\'1"', source="f")]
    reach = {"f": Reach(dialect="duckdb", files={"t'1": str(tmp_path / "o'hara.csv")})}
    assert await run(export(cells, reach), tmp_path) == "a\n1"


async def test_python_that_asks_for_data_runs_again(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    sqlite3.connect(path).executescript("CREATE TABLE t (a); INSERT INTO t VALUES (7)")
    gave = Gave(result="t_1", sql="SELECT a + 1 AS a FROM t", source="shop")
    code = (
        "import askwire\n"
        "kept = askwire.table('t_1')\n"
        "assert askwire.ask('how many?') == 'one'\n"
        "try:\n    askwire.ask('and now?')\n"
        "except askwire.Refused:\n    pass\n"
        "askwire.save(kept, 'kept.csv')"
    )
    cells = [
        NotebookCell(kind="code", text=code, tables=(gave,), answers={"how many?": "one"}),
        NotebookCell(kind="code", text="askwire.query('SELECT a FROM t')"),
    ]
    reach = {
        "other": Reach(dialect="sqlite", path=str(tmp_path / "other.db")),
        "shop": Reach(dialect="sqlite", path=str(path)),
    }
    assert await run(export(cells, reach), tmp_path) == "a\n7"
    assert (tmp_path / "kept.csv").read_text().endswith("8\n")


def test_a_server_is_reached_by_the_readers_own_address() -> None:
    cells = [NotebookCell(kind="code", language="sql", text="SELECT 1", source="main db")]
    content = export(cells, {"main db": Reach(dialect="postgres", variable="SHOP_URL")})
    assert "os.environ['SHOP_URL']" in read(content).cells[0].source
    assert "password" not in json.dumps(json.loads(content))


async def test_a_file_that_is_not_told_is_reached_by_the_readers_own_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite3.connect(tmp_path / "x.db").executescript("CREATE TABLE t (a); INSERT INTO t VALUES (7)")
    monkeypatch.setenv("MAIN_DB_URL", str(tmp_path / "x.db"))
    cells = [NotebookCell(kind="code", language="sql", text="SELECT a FROM t", source="main db")]
    assert await run(export(cells, {"main db": Reach(dialect="sqlite")}), tmp_path) == "a\n7"
