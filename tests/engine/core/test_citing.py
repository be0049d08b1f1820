"""What an answer rests on is called by what it asked."""

import pytest

from engine.agent.citing import cited
from protocol.items import Code, Plan, Table


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("SELECT COUNT(*) FROM orders", "the query on orders"),
        ("SELECT * FROM a JOIN s.b ON a.x = b.x", "the query on a, b"),
        ("WITH t AS (SELECT 1 FROM c) SELECT * FROM t", "the query on c"),
        ("SELECT 1 FROM a, b, c, d, e", "the query on a, b, c and 2 more"),
        ("SELECT 1", "the query"),
        ("not sql at all (", "the query"),
    ],
)
def test_a_query_is_called_by_its_tables(sql, name):
    assert cited(Code(language="sql", text=sql)) == name


def test_other_sources_have_their_own_names():
    assert cited(Code(language="python", text="1")) == "the Python code"
    assert cited(Table(columns=(), row_count=0, title="Orders per month")) == "Orders per month"
    assert cited(Plan(steps=())) == ""
    assert cited(None) == ""
