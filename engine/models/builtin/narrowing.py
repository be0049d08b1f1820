"""Narrowing: conditions that were said later replace, add to or take from those before."""

from collections.abc import Sequence

import msgspec

from engine.models.builtin.plan import Col, Compare, Cond, Not, OneOf, Period, Value
from engine.models.builtin.reading.state import Filter, State


def narrow(state: State, heard: State, said: str) -> None:
    """Put the conditions that were heard beside or in place of those of a question."""
    new = [_same_column(state, each) for each in heard.filters]
    state.filters, new = _fewer(state.filters, new)
    told = {_about(each) for each in new}
    kept: list[Filter] = []
    for old in state.filters:
        if _about(old) not in told:
            kept.append(old)
        elif (rest := _without(old, new)) is not None:
            new = [each for each in new if _about(each) != _about(old)]
            kept.append(rest)
        elif said.startswith(("and ", "also ", "or ")) and "also" in said:
            kept.append(old)
    state.filters = kept + new
    state.havings = heard.havings or state.havings


def _about(each: Filter) -> object:
    """What a condition is about: a later one about the same replaces it."""
    if isinstance(each.cond, Period):
        return "time"
    part: Cond = each.cond.of if isinstance(each.cond, Not) else each.cond
    left = getattr(part, "left", None)
    return (left.table, left.column, left.via) if isinstance(left, Col) else each


def _same_column(state: State, each: Filter) -> Filter:
    """`what about France` is about the country that was spoken of, not another table's."""
    left = getattr(each.cond, "left", None)
    if not isinstance(left, Col) or not isinstance(each.cond, Compare | OneOf):
        return each
    spoken = [g.expr for g in state.groupings]
    spoken += [getattr(old.cond, "left", None) for old in state.filters]
    columns = [col for col in spoken if isinstance(col, Col)]
    if any((col.table, col.column) == (left.table, left.column) for col in columns):
        same = next(c for c in columns if (c.table, c.column) == (left.table, left.column))
        return msgspec.structs.replace(each, cond=msgspec.structs.replace(each.cond, left=same))
    words = state.info(left).words
    for col in columns:
        if state.info(col).words == words and state.info(col).kind == state.info(left).kind:
            cond = msgspec.structs.replace(each.cond, left=col)
            return msgspec.structs.replace(each, cond=cond, tables=frozenset({col.table}))
    return each


def _fewer(old: list[Filter], new: list[Filter]) -> tuple[list[Filter], list[Filter]]:
    """Take values that are not wanted any more from those that were named one by one."""
    for each in new:
        same = [f for f in old if not f.negated and _about(f) == _about(each)
                and isinstance(f.cond, Compare) and f.cond.op == "="]  # fmt: skip
        gone = [f for f in same if each.negated and _equal(f.cond, each.cond)]
        if gone and len(same) > len(gone):
            return [f for f in old if f not in gone], [f for f in new if f is not each]
    return old, new


def _equal(one: Cond, other: Cond) -> bool:
    return isinstance(one, Compare) and isinstance(other, Compare) and one.right == other.right


def _without(old: Filter, new: Sequence[Filter]) -> Filter | None:
    """Take what is not wanted any more out of a list of values."""
    gone = {
        each.cond.right.value for each in new
        if each.negated and _about(each) == _about(old) and isinstance(each.cond, Compare)
        and isinstance(each.cond.right, Value)
    }  # fmt: skip
    if not gone or not isinstance(old.cond, OneOf) or old.negated:
        return None
    left = tuple(value for value in old.cond.values if value not in gone)
    if not left or left == old.cond.values:
        return None
    cond: Cond = OneOf(old.cond.left, left)
    if len(left) == 1:
        cond = Compare(old.cond.left, "=", Value(left[0]))
    return msgspec.structs.replace(old, cond=cond)
