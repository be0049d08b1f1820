"""What stands for `askwire` in an exported notebook: its source is written into it.

Queries run where the notebook itself runs them. Tables that the session kept are asked for again by
the SQL that gave them; what its model said stands in the notebook.
"""

import sys
import types
from collections.abc import Callable, Mapping
from typing import Any


def stand_in(
    query: Callable[..., Any],
    tables: Mapping[str, tuple[str, str | None]],
    answers: Mapping[str, str],
) -> types.ModuleType:
    """Make the module that `import askwire` finds. `tables` are SQL and source by result."""

    class Refused(Exception):
        """It cannot be done outside of the session."""

    def asked(
        sql: str, source: str | None = None, *, frame: str = "pandas", anyway: bool = False
    ) -> Any:
        found = query(sql, source)
        return sys.modules["polars"].from_pandas(found) if frame == "polars" else found

    def table(result: str | None = None, *, frame: str = "pandas") -> Any:
        wanted = result or (list(tables)[-1] if tables else "")
        if wanted not in tables:
            raise Refused(f"the rows of {wanted} were kept in the session, and are not here")
        sql, source = tables[wanted]
        return asked(sql, source, frame=frame)

    def ask(question: str) -> str:
        if question not in answers:
            raise Refused("the session's model cannot be asked from a notebook")
        return answers[question]

    def save(value: Any, name: str) -> str:
        writer = getattr(value, "to_csv", None) or getattr(value, "write_csv", None)
        if writer is not None:
            writer(name)
        else:
            data = value if isinstance(value, bytes) else str(value).encode()
            with open(name, "wb") as file:
                file.write(data)
        return name

    module = types.ModuleType("askwire")
    module.__dict__.update(query=asked, table=table, ask=ask, save=save, Refused=Refused)
    sys.modules["askwire"] = module
    return module
