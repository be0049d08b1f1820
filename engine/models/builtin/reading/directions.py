"""Directions: two keys that lead to one table — home and away, from and to — and which is meant."""

from collections.abc import Iterator

from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import All, Col, Compare, Cond, Expr, Some, Value
from engine.models.builtin.reading.state import State
from engine.models.builtin.schema import Column, Edge
from engine.models.builtin.values import Hit

_PAIRS = tuple(
    tuple(frozenset(side.split()) for side in pair.split("|"))
    for pair in (
        "home host|away guest visitor visiting",
        "from source src origin orig start depart departure sender|"
        "to target dest destination goal end arrive arrival receiver recipient",
        "first one a left white|second two b right black", "1|2",
        "winner win winning|loser lose losing", "buyer buy|seller sell", "payer|payee",
    )
)  # fmt: skip
"""What the two ends of one thing are called."""


def peers(state: State, one: Col, other: Col) -> bool:
    """Whether two columns are the two ends of a row: home and away team, from and to city."""
    first, second = (frozenset(state.info(col).words) for col in (one, other))
    mine, theirs = first - second, second - first
    return any(
        (mine & left and theirs & right) or (mine & right and theirs & left)
        for left, right in _PAIRS
    )


def spoken(state: State, columns: list[Column]) -> str:
    """Return the name of the one column of several that the words around speak of: `at home`."""
    near = (*_until_and(state, -1), *_until_and(state, 1))
    said = {mark.token.lemma for mark in near if mark.token is not None}
    shared = set.intersection(*(set(column.words) for column in columns))
    named = [
        column.name for column in columns
        if any(_means(word, base) for word in set(column.words) - shared for base in said)
    ]  # fmt: skip
    return named[0] if len(named) == 1 else ""


def _until_and(state: State, step: int) -> Iterator[Mark]:
    for offset in range(step, 5 * step, step):
        mark = state.mark(offset)
        if mark is None or mark.kind in ("and", "or", "not", "except"):
            return
        yield mark


def _means(word: str, said: str) -> bool:
    return word == said or (min(len(word), len(said)) >= 3 and (
        word.startswith(said) or said.startswith(word)
    ))  # fmt: skip


# --- Both ways ----------------------------------------------------------------------------------


def between(state: State, mark: Mark) -> int:
    """`matches between A and B`: one at either end, whichever way round."""
    if mark.kind != "between":
        return 0
    first = state.seek(1, _small)
    second = state.seek(first + 2, _small)
    middle = state.mark(first + 1)
    one, other = state.mark(first), state.mark(second)
    if middle is None or middle.text.lower() not in ("and", "to", "&") or one is None:
        return 0
    for ends in _ends(state, one):
        others = list(_ends(state, other)) if other is not None else []
        same = next((e for e in others if e[0] == ends[0] and e[1] == ends[1]), None)
        if same is None:
            continue
        left, right, value = ends
        ways = Some((_both(left, value, right, same[2]), _both(left, same[2], right, value)))
        state.add(ways, left.table, words=f"between {value} and {same[2]}")
        return second + 1
    return 0


def either(state: State, hit: Hit, edges: list[Edge]) -> Cond | None:
    """`matches of the Owls`: at one end or the other, where nobody says at which."""
    for one in edges:
        for other in edges:
            pair = Col(one.table, one.column), Col(other.table, other.column)
            if one is not other and peers(state, *pair):
                ends = [Col(hit.table, hit.column, edge.column) for edge in (one, other)]
                return Some(tuple(Compare(end, "=", Value(hit.value)) for end in ends))
    return None


def _both(left: Expr, one: str, right: Expr, other: str) -> Cond:
    return All((Compare(left, "=", Value(one)), Compare(right, "=", Value(other))))


def _ends(state: State, mark: Mark) -> Iterator[tuple[Col, Col, str]]:
    """The two columns that may hold a value at either end of a row, itself or by its keys."""
    hits = mark.thing.values if mark.thing is not None else ()
    for hit in hits:
        for other in hits:
            pair = Col(hit.table, hit.column), Col(other.table, other.column)
            if hit.table == other.table and hit.column < other.column and peers(state, *pair):
                yield (*pair, hit.value)
        edges = [e for e in state.schema.around(hit.table) if e.to_table == hit.table]
        for one in edges:
            for other_edge in edges:
                first = Col(one.table, one.column)
                second = Col(other_edge.table, other_edge.column)
                ordered = one.table == other_edge.table and one.column < other_edge.column
                if ordered and peers(state, first, second):
                    left = Col(hit.table, hit.column, one.column)
                    yield left, Col(hit.table, hit.column, other_edge.column), hit.value


def _small(mark: Mark) -> bool:
    return mark.kind == "stop" or (mark.thing is not None and not mark.thing.values)
