"""What holds for every word of the wire: its shape, its docstring, its one place."""

import inspect
import re
from typing import Any, get_args

import msgspec
import pytest

from protocol import choices, commands, events, items, replies, results, screens
from protocol.closes import CLOSES
from protocol.events import Event
from protocol.items import Content, Part
from protocol.refusals import ADVICE, CODES
from protocol.replies import ServerMessage
from protocol.results import RESULTS
from protocol.schema import vocabulary
from protocol.schema.vocabulary import Struct, word_of

MESSAGES = (*vocabulary.EVENTS, *vocabulary.CLIENT, *vocabulary.SERVER)
FROZEN = (*MESSAGES, *vocabulary.CONTENTS, *vocabulary.PARTS, *vocabulary.RESULTS)
ALL = (*FROZEN, *vocabulary.SCREENS)
MODULES = (items, choices, events, commands, results, replies, screens)

PARENTS = {Event, commands.ClientMessage, commands.Command, ServerMessage, Content, Part}

words = pytest.mark.parametrize("struct", ALL, ids=lambda struct: struct.__name__)
messages = pytest.mark.parametrize("struct", MESSAGES, ids=lambda struct: struct.__name__)


@words
def test_each_word_says_in_its_own_docstring_what_it_promises(struct: Struct) -> None:
    promise = struct.__dict__.get("__doc__")
    assert promise
    assert promise.strip().splitlines()[0].endswith((".", "?", "here."))


@words
def test_each_word_takes_its_fields_by_name_only(struct: Struct) -> None:
    kinds = {one.kind for one in inspect.signature(struct).parameters.values()}
    assert kinds <= {inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize("struct", FROZEN, ids=lambda struct: struct.__name__)
def test_each_word_but_the_screens_is_frozen(struct: Struct) -> None:
    assert struct.__struct_config__.frozen


@words
def test_each_word_leaves_out_what_holds_its_default(struct: Struct) -> None:
    assert struct.__struct_config__.omit_defaults


@pytest.mark.parametrize("struct", vocabulary.CLIENT, ids=lambda struct: struct.__name__)
def test_what_a_client_sends_refuses_fields_that_are_not_known(struct: Struct) -> None:
    assert struct.__struct_config__.forbid_unknown_fields


@pytest.mark.parametrize(
    "struct",
    [*vocabulary.SERVER, *vocabulary.EVENTS, *vocabulary.CONTENTS],
    ids=lambda struct: struct.__name__,
)
def test_what_a_server_sends_may_grow(struct: Struct) -> None:
    assert not struct.__struct_config__.forbid_unknown_fields


@pytest.mark.parametrize(
    "struct", [*vocabulary.EVENTS, *vocabulary.COMMANDS], ids=lambda struct: struct.__name__
)
def test_events_and_commands_are_named_subject_dot_verb_like_their_struct(struct: Struct) -> None:
    tag = str(struct.__struct_config__.tag)
    assert re.fullmatch(r"[a-z]+\.[a-z]+", tag)
    assert "".join(part.title() for part in tag.split(".")) == struct.__name__


@pytest.mark.parametrize(
    "union",
    [vocabulary.EVENTS, vocabulary.CLIENT, vocabulary.SERVER, vocabulary.CONTENTS],
    ids=("events", "client", "server", "contents"),
)
def test_no_tag_means_two_things_in_one_direction(union: tuple[Struct, ...]) -> None:
    tags = [struct.__struct_config__.tag for struct in union]
    assert len(set(tags)) == len(tags)


def test_each_message_and_content_is_in_exactly_one_union() -> None:
    placed = [*vocabulary.EVENTS, *vocabulary.CLIENT, *vocabulary.SERVER, *vocabulary.CONTENTS]
    assert len(placed) == len(set(placed))
    assert (
        set(placed)
        == {
            struct
            for module in MODULES
            for struct in _structs_of(module)
            if issubclass(struct, (Event, commands.ClientMessage, ServerMessage, Content))
        }
        - PARENTS
    )


def test_no_struct_of_the_wire_is_left_out_of_the_vocabulary() -> None:
    inside = {events.UnknownEvent, replies.UnknownMessage, events.Record, screens.Seen}
    found = {struct for module in MODULES for struct in _structs_of(module)}
    assert found - PARENTS - inside == set(ALL)


def test_each_kind_of_item_has_its_content() -> None:
    kinds = [struct.__struct_config__.tag for struct in vocabulary.CONTENTS]
    assert kinds == list(get_args(items.Kind))


def test_each_command_has_a_result_and_nothing_else_has() -> None:
    assert set(RESULTS) == set(vocabulary.COMMANDS)
    assert set(RESULTS.values()) == set(vocabulary.RESULTS)


def test_each_command_carries_an_id_and_may_carry_a_key() -> None:
    for struct in vocabulary.COMMANDS:
        fields = {field.name: field.required for field in word_of(struct).fields}
        assert fields["id"] is True, struct
        assert fields["key"] is False, struct


def test_each_event_that_only_a_run_causes_needs_its_run() -> None:
    for struct in vocabulary.members(events.RunEvent):
        (run,) = [field for field in word_of(struct).fields if field.name == "run"]
        assert run.required, struct


def test_each_code_has_one_advice() -> None:
    assert list(ADVICE) == list(CODES)
    assert set(ADVICE.values()) == {"fix", "retry", "stop"}


def test_close_codes_keep_to_their_ranges() -> None:
    codes = [close.code for close in CLOSES]
    assert codes == [4400, 4401, 4403, 4408, 4413, 4429, 4508, 1011, 1012, 1013]
    for close in CLOSES:
        assert close.reason
        assert close.advice.endswith(".")
        assert close.reconnect is not (4400 <= close.code < 4500), close
        assert len(close.reason.encode()) <= 123, "a close frame holds no more"


def _structs_of(module: Any) -> list[Struct]:
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, msgspec.Struct)
        and value.__module__.startswith(module.__name__)
    ]
