"""A session as a Jupyter notebook: valid, and it runs from top to bottom on any machine."""

# mypy: disable-error-code="no-untyped-call"
# nbformat carries no types.

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote

import msgspec
import nbformat
from nbformat import v4

from engine.kernels.translate import TABLE
from engine.ports import KernelOutput, Printed, Raised, Returned, Shown, ShownTable
from engine.workspace.cells import NotebookCell, Reach

PREVIEW_ROWS = 50
_MODULES: Final = {"sqlite": "sqlite3", "duckdb": "duckdb"}


def export(cells: Sequence[NotebookCell], reach: Mapping[str, Reach], title: str = "") -> bytes:
    """Return the notebook file."""
    written: list[Any] = [v4.new_markdown_cell(f"# {title}")] if title else []
    asked = [cell for cell in cells if cell.language == "sql" and cell.kind == "code"]
    speaking = [cell for cell in cells if cell.language == "python" and "askwire" in cell.text]
    if asked or speaking:
        used = sorted(_sources((*asked, *speaking)) & set(reach)) or list(reach)
        preamble = _preamble({name: reach[name] for name in used})
        written.append(v4.new_code_cell(preamble))
    if speaking:
        written.append(v4.new_code_cell(_stand_in(cells)))
    written += [_cell(cell) for cell in cells]
    notebook = v4.new_notebook(cells=written, metadata=_METADATA)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"  # the same session gives the same file
    nbformat.validate(notebook)
    return cast(str, nbformat.writes(notebook)).encode()


def _sources(cells: Sequence[NotebookCell]) -> set[str]:
    return {
        source
        for cell in cells
        for source in (cell.source, *(gave.source for gave in cell.tables))
        if source
    }


def _stand_in(cells: Sequence[NotebookCell]) -> str:
    """Return code after which `import askwire` finds what the cells need."""
    tables = {gave.result: (gave.sql, gave.source) for cell in cells for gave in cell.tables}
    answers = {question: said for cell in cells for question, said in cell.answers.items()}
    source = Path(__file__).with_name("standin.py").read_text("utf-8")
    return f"{source}\n\naskwire = stand_in(query, {tables!r}, {answers!r})"


_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def _cell(cell: NotebookCell) -> Any:
    if cell.kind == "markdown":
        return v4.new_markdown_cell(cell.text)
    outputs = [made for output in cell.outputs if (made := _output(output)) is not None]
    text = cell.text if cell.language == "python" else _query(cell)
    return v4.new_code_cell(text, outputs=outputs)


def _query(cell: NotebookCell) -> str:
    sql = cell.text.replace("\\", "\\\\").replace('"""', r"\"\"\"")
    ending = "\\n" if sql.endswith('"') else ""
    source = f", {cell.source!r}" if cell.source else ""
    return f'query("""\n{sql}{ending}\n"""{source})'


def _output(output: KernelOutput) -> Any:
    match output:
        case Printed(stream=stream, text=text):
            return v4.new_output("stream", name=stream, text=text)
        case Returned(text=text):
            return v4.new_output("execute_result", data={"text/plain": text})
        case Raised(name=name, message=message, traceback=traceback):
            lines = traceback.split("\n")
            return v4.new_output("error", ename=name, evalue=message, traceback=lines)
        case Shown(displays=displays):
            return v4.new_output("display_data", data={d.mime: d.data for d in displays})
        case ShownTable():
            return v4.new_output("execute_result", data=_table(output))
        case _:
            return None


def _table(table: ShownTable) -> dict[str, Any]:
    names = [column.name for column in table.columns]
    rows = table.rows[:PREVIEW_ROWS]
    data = {"columns": msgspec.to_builtins(table.columns), "rows": rows}
    return {
        TABLE: {**data, "row_count": table.row_count},
        "text/html": _html(names, rows, table.row_count),
        "text/plain": f"{table.row_count} rows × {len(names)} columns",
    }


def _html(names: list[str], rows: list[list[Any]], count: int) -> str:
    head = "".join(f"<th>{_escaped(name)}</th>" for name in names)
    lines = ["".join(f"<td>{_escaped(cell)}</td>" for cell in row) for row in rows]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    more = f"<p>{len(rows)} of {count} rows</p>" if count > len(rows) else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _escaped(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _preamble(reach: Mapping[str, Reach]) -> str:
    """Return code that defines `query(sql, source)` for these sources."""
    lines = ["import os", "import pandas as pd", "", "", "def _connections():", "    made = {}"]
    for name, way in reach.items():
        lines += [f"    {line}" for line in _connection(name, way)]
    lines += ["    return made", "", "", "_made = _connections()", "", ""]
    lines += [
        "def query(sql, source=None):",
        '    """Run SQL where the session ran it and return a data frame."""',
        "    ask = _made[source or next(iter(_made))]",
        "    return ask(sql)",
    ]
    return "\n".join(lines)


def _connection(name: str, way: Reach) -> list[str]:
    key = f"made[{name!r}]"
    variable = way.variable or f"{name_of(name).removeprefix('_db_').upper()}_URL"
    if way.dialect in ("sqlite", "duckdb") and not way.path and not way.files:
        return [
            f"import {_MODULES[way.dialect]}  # where its file is comes from your environment",
            f"{name_of(name)} = {_MODULES[way.dialect]}.connect(os.environ[{variable!r}])",
            f"{key} = lambda sql, db={name_of(name)}: pd.read_sql_query(sql, db)",
        ]
    if way.dialect == "sqlite":
        address = f"file:{quote(way.path or '')}?mode=ro"
        return [
            "import sqlite3",
            f"{name_of(name)} = sqlite3.connect({address!r}, uri=True)",
            f"{key} = lambda sql, db={name_of(name)}: pd.read_sql_query(sql, db)",
        ]
    if way.dialect == "duckdb":
        where = f"{way.path!r}, read_only=True" if way.path else "':memory:'"
        lines = ["import duckdb", f"{name_of(name)} = duckdb.connect({where})"]
        for table, file in way.files.items():
            view = f'CREATE VIEW "{table.replace(chr(34), chr(34) * 2)}" AS FROM '
            quoted = file.replace("'", "''")
            lines.append(f"""{name_of(name)}.execute({f"{view}'{quoted}'"!r})""")
        return [*lines, f"{key} = lambda sql, db={name_of(name)}: db.execute(sql).df()"]
    return [
        "import sqlalchemy  # the address of the server comes from your environment",
        f"{name_of(name)} = sqlalchemy.create_engine(os.environ[{variable!r}])",
        f"{key} = lambda sql, db={name_of(name)}: pd.read_sql_query(sqlalchemy.text(sql), db)",
    ]


def name_of(source: str) -> str:
    """Return a Python name for a source."""
    clean = "".join(c if c.isascii() and c.isalnum() else "_" for c in source)
    return f"_db_{clean}"
