"""What is written from the words is up to date, valid, and leaves nothing out."""

from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.closes import CLOSES
from protocol.codec import encode
from protocol.refusals import CODES
from protocol.schema import asyncapi, json_schema, vocabulary
from protocol.schema.__main__ import broken, main, stale, write
from protocol.schema.as_page import page
from protocol.schema.as_typescript import typescript
from protocol.schema.examples import EXAMPLES
from protocol.schema.meanings import CODES as MEANINGS_OF_CODES
from protocol.schema.meanings import FIELDS
from protocol.schema.vocabulary import Struct, name_of, word_of
from tests.laws import tried
from tests.protocol.strategies import anything

MESSAGES = (*vocabulary.CLIENT, *vocabulary.SERVER)
EVERYTHING = (
    *MESSAGES,
    *vocabulary.EVENTS,
    *vocabulary.CONTENTS,
    *vocabulary.PARTS,
    *vocabulary.RESULTS,
    *vocabulary.SCREENS,
)
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def test_what_is_kept_is_what_the_words_say_today() -> None:
    assert stale() == [], "run `make docs`"
    assert main(["--check"]) == 0


def test_nothing_breaks_the_clients_of_the_baseline() -> None:
    assert broken() == []


def test_writing_writes_only_what_is_out_of_date(tmp_path: Any) -> None:
    names = write(tmp_path)
    assert len(names) == 4
    assert write(tmp_path) == []
    (tmp_path / names[0]).write_text("old")
    assert stale(tmp_path) == [names[0]]
    assert write(tmp_path) == [names[0]]


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("struct", MESSAGES, ids=lambda struct: struct.__name__)
@settings(max_examples=tried(8))
@given(data=st.data())
def test_the_schema_takes_every_message(struct: Struct, data: Any) -> None:
    side = "client" if struct in vocabulary.CLIENT else "server"
    message = data.draw(anything(struct))
    if struct in (vocabulary.replies.Reply, vocabulary.replies.Snapshot):
        message = EXAMPLES[struct]
    VALIDATOR.validate({side: msgspec.json.decode(encode(message))})


@pytest.mark.parametrize(
    "message",
    [
        {"client": {"type": "run.start", "id": "1", "session": "s"}},
        {"client": {"type": "run.start", "id": "1", "session": "s", "text": "t", "nope": 1}},
        {"client": {"type": "run.strat", "id": "1"}},
        {"client": {"type": "query.run", "id": "1", "session": "s", "source": "a", "sql": 3}},
        {"client": {"type": "session.follow", "id": "1", "session": "s", "after": -1}},
        {"server": {"type": "refusal", "code": "bored", "detail": "", "advice": "fix"}},
        {"neither": {}},
    ],
)
def test_the_schema_refuses_what_is_wrong(message: Any) -> None:
    assert not VALIDATOR.is_valid(message)


def test_every_reference_of_the_documents_leads_somewhere() -> None:
    for document in (json_schema(), asyncapi()):
        for reference in _references(document):
            found = document
            for step in reference.removeprefix("#/").split("/"):
                found = found[step]


def test_asyncapi_says_each_message_and_each_command() -> None:
    document = asyncapi()
    assert document["asyncapi"].startswith("3.")
    assert list(document["components"]["messages"]) == [name_of(one) for one in MESSAGES]
    commands = {str(one.__struct_config__.tag) for one in vocabulary.COMMANDS}
    assert commands <= set(document["operations"])


def test_typescript_has_each_word_once() -> None:
    text = typescript()
    for struct in EVERYTHING:
        assert text.count(f"export interface {name_of(struct)} {{\n") == 1, struct
    for close in CLOSES:
        assert f"  {close.code}: {{\n" in text
    for code in CODES:
        assert f'  | "{code}"' in text


def test_the_page_has_each_word_field_code_and_close() -> None:
    text = page()
    for struct in EVERYTHING:
        word = word_of(struct)
        heading = f"### `{word.tag}`\n" if word.tag else f"### {word.name}\n"
        assert heading in text, struct
        assert word.promise in text
        for field in word.fields:
            assert f"| `{field.name}` |" in text, (struct, field.name)
    for code in CODES:
        assert f"| `{code}` |" in text
    for close in CLOSES:
        assert f"| {close.code} | {close.reason} |" in text


def test_links_of_the_page_lead_to_its_headings() -> None:
    text = page()
    headings = {
        "".join(
            letter for letter in line.lstrip("# ").lower() if letter.isalnum() or letter in " -_"
        )
        .strip()
        .replace(" ", "-")
        for line in text.splitlines()
        if line.startswith("#")
    }
    wanted = {part.split(")", 1)[0] for part in text.split("](#")[1:]}
    assert wanted - headings == set()


def test_each_field_and_code_has_a_meaning_and_none_is_left_over() -> None:
    used: set[str] = set()
    for struct in EVERYTHING:
        for field in word_of(struct).fields:
            own = f"{struct.__name__}.{field.name}"
            used.add(own if own in FIELDS else field.name)
    assert used - FIELDS.keys() == set()
    assert FIELDS.keys() - used - {"seq", "at"} == set()
    assert list(MEANINGS_OF_CODES) == list(CODES)


def test_each_message_content_and_event_has_an_example() -> None:
    assert set(EXAMPLES) == {*MESSAGES, *vocabulary.EVENTS, *vocabulary.CONTENTS}


def _references(schema: Any) -> list[str]:
    if isinstance(schema, list):
        return [found for part in schema for found in _references(part)]
    if isinstance(schema, dict):
        own = [schema["$ref"]] if isinstance(schema.get("$ref"), str) else []
        return own + [found for part in schema.values() for found in _references(part)]
    return []
