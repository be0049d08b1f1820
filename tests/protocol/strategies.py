"""Any message at all, built from the structs themselves, for tests that must hold for each."""

import types
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import msgspec
from hypothesis import strategies as st

from protocol.events import AnyEvent, Record, UnknownEvent

LARGEST: Final = 2**53

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.integers(-LARGEST, LARGEST)
decimals = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | decimals | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
PLAIN: Final[dict[Any, st.SearchStrategy[Any]]] = {
    str: texts,
    int: numbers,
    float: decimals,
    bool: st.booleans(),
    type(None): st.none(),
    Any: json_values,
}


def anything(struct: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Return a strategy for instances of a struct, with and without what may be left out."""
    required: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for field in msgspec.structs.fields(struct):
        (required if field.required else optional)[field.name] = of_type(field.type)
    return st.fixed_dictionaries(required, optional=optional).map(lambda given: struct(**given))


def of_type(hint: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for values of a type as it is written in a struct."""
    if hint in PLAIN:
        return PLAIN[hint]
    if getattr(hint, "__supertype__", None) is str:
        return texts
    if hint is Record:
        return records()
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return st.deferred(lambda: anything(hint))
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return st.floats(0.1, 1e9) if args[0] is float else st.integers(1, LARGEST)
    if origin is Literal:
        return st.sampled_from(args)
    if origin in (Union, types.UnionType):
        return st.one_of([of_type(part) for part in args])
    if origin is list:
        return st.lists(of_type(args[0]), max_size=3)
    if origin is tuple:
        return st.lists(of_type(args[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(texts, of_type(args[1]), max_size=3)
    raise TypeError(f"no strategy for {hint!r}")


events: st.SearchStrategy[Any] = of_type(AnyEvent)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Build any record of an event that is known."""
    event = draw(events)
    assert not isinstance(event, UnknownEvent)
    seq = draw(st.integers(1, LARGEST))
    return Record(seq=seq, at="2026-11-22T10:00:00.120Z", event=event)
