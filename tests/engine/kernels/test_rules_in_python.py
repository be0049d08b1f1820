"""What an owner keeps back, Python does not see either."""

import sqlite3
from pathlib import Path

import msgspec
import pytest

from engine.kernels.isolation import Ground
from engine.kernels.pool import KernelPool
from engine.ports import Meaning
from engine.sources.privacy import ColumnRule, Privacy, TableRule
from engine.sources.sqlite import SqliteSource
from protocol import commands as c
from protocol import events as e
from protocol.items import Output
from tests.engine.kernels.talk import POOL, PYTHON
from tests.rig import Rig, id_

pytestmark = pytest.mark.kernel

CODE = "import askwire\nprint(askwire.query('SELECT * FROM orders').to_dict('records'))"
RULES = Privacy(
    tables=(
        TableRule(
            name="orders",
            rows="id = 1",
            columns=(ColumnRule(name="mail", mask="'***'"), ColumnRule(name="pin", hidden=True)),
        ),
    )
)


async def test_python_sees_no_more_of_a_source_with_rules_than_sql_does(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.executescript(
            "CREATE TABLE orders (id INTEGER, mail TEXT, pin TEXT);"
            "INSERT INTO orders VALUES (1, 'ann@x', '1111'), (2, 'mallory@x', '2222');"
        )
    database.close()
    ground = Ground(python=PYTHON, runs=tmp_path / "runs")
    pool = KernelPool(ground, msgspec.structs.replace(POOL, kind="eval"))
    source = SqliteSource("shop", tmp_path / "shop.db")
    await source.catalogue()
    rig = Rig(kernels=pool)
    rig.source = source
    rig.engine = rig._engine()
    async with rig.running():
        session = await rig.session(source="shop")
        said: list[str] = []
        for rules in (Privacy(), RULES):
            source.known.rule(rules, Meaning())
            await rig.send(c.KernelExecute(id=id_(), session=session, code=CODE))
            await rig.engine.rest()
            done = [one for one in await rig.log(session) if isinstance(one, e.ItemCompleted)]
            outputs = [one.content for one in done if isinstance(one.content, Output)]
            said.append(outputs[-1].stdout)
    assert "mallory" in said[0]
    assert said[1] == "[{'id': 1, 'mail': '***'}]\n"
    await source.close()
    await pool.close()
