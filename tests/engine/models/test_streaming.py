"""What is read while it is still written: JSON cut anywhere, and tags in plain text."""

import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.models.streaming.maintext import MainText
from engine.models.streaming.speech import Speech
from engine.models.streaming.tags import steps_of, without_fence
from engine.models.wires import Ended, Text, WireFailed
from engine.ports import CallDelta, Called, Dropped, ModelEvent, Thinking

TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)


def cut(raw: str, places: Iterable[int]) -> list[str]:
    at = [0, *sorted(min(place, len(raw)) for place in places), len(raw)]
    return [raw[start:end] for start, end in pairwise(at)]


def read(raw: str, key: str, places: Iterable[int]) -> str:
    reader = MainText(key)
    said = "".join(reader.feed(piece) for piece in cut(raw, places))
    assert said == reader.text
    return said


@given(
    before=st.dictionaries(
        st.sampled_from(["a", "b", "nested"]),
        st.recursive(
            st.none() | st.booleans() | st.floats(allow_nan=False) | TEXTS,
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("sql"), inner),
            max_leaves=5,
        ),
    ),
    text=TEXTS,
    ascii=st.booleans(),
    places=st.lists(st.integers(0, 200), max_size=12),
)
def test_the_main_text_is_read_however_the_json_is_cut(
    before: dict[str, Any], text: str, ascii: bool, places: list[int]
) -> None:
    raw = json.dumps({**before, "sql": text, "after": 'x"y'}, ensure_ascii=ascii)
    assert read(raw, "sql", places) == text


@given(steps=st.lists(TEXTS, max_size=4), places=st.lists(st.integers(0, 200), max_size=8))
def test_a_list_is_read_line_by_line(steps: list[str], places: list[int]) -> None:
    raw = json.dumps({"steps": steps, "other": ["not", "these"]})
    assert read(raw, "steps", places) == "\n".join(steps)


@given(st.text(max_size=60))
def test_what_is_no_json_is_no_error(raw: str) -> None:
    read(raw, "sql", [3, 7, 20])


@pytest.mark.parametrize(
    "raw", ['{"sql": "a\\ud83d"}', '{"sql": "a\\ude00"}', '{"sql": "a\\uzzzz"}']
)
def test_half_a_letter_is_no_error(raw: str) -> None:
    assert read(raw, "sql", range(20)).startswith("a")


# --- Tags ---


def told(text: str, size: int, tags: bool = True) -> tuple[list[ModelEvent], Speech]:
    """Let a model say a text in pieces, and stop when it is of no more use."""
    speech = Speech(tags=tags)
    events: list[ModelEvent] = []
    for at in range(0, len(text), size):
        events += speech.hear(Text(text[at : at + size]))
        if speech.enough:
            break
    events += speech.hear(Ended())
    events += speech.close()
    return events, speech


def calls(events: list[ModelEvent]) -> list[tuple[str, Any]]:
    return [(event.tool, event.arguments) for event in events if isinstance(event, Called)]


def thoughts(events: list[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, Thinking)).strip()


SELECT = "SELECT a < b, 'x' FROM t"
PLANNED = f"<plan>1. Count\n2) Say\n- <b>all</b></plan>\n<sql>\n{SELECT}\n</sql> It gives 42."


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            PLANNED,
            [
                ("make_plan", {"steps": ["Count", "Say", "<b>all</b>"]}),
                ("run_sql", {"sql": SELECT}),
            ],
        ),
        (f"<SQL>{SELECT}</SQL>", [("run_sql", {"sql": SELECT})]),
        (f"Sure!\n```sql\n{SELECT}\n```\nDone.", [("run_sql", {"sql": SELECT})]),
        (f"```\n{SELECT}\n```", [("run_sql", {"sql": SELECT})]),
        (f"<sql>```sql\n{SELECT}\n```</sql>", [("run_sql", {"sql": SELECT})]),
        (f"<sql>{SELECT}", [("run_sql", {"sql": SELECT})]),
        (SELECT, [("run_sql", {"sql": SELECT})]),
        (f"{SELECT};\nThis counts.", [("run_sql", {"sql": SELECT})]),
        ("```python\nprint(1)\n```", [("run_python", {"code": "print(1)"})]),
        ("<code>print(1 < 2)</code>", [("run_python", {"code": "print(1 < 2)"})]),
        ("<answer>**42** <i>x</i></answer>", [("answer", {"text": "**42** <i>x</i>"})]),
        ("Forty-two, as a < b.", [("answer", {"text": "Forty-two, as a < b."})]),
        ("<think>hm <b></think>42", [("answer", {"text": "42"})]),
        ("```json\n{}\n```", [("answer", {"text": "```json\n{}\n```"})]),
        (
            '{"name": "run_sql", "arguments": {"sql": "SELECT 1"}}',
            [("run_sql", {"sql": "SELECT 1"})],
        ),
        (
            '```json\n{"name": "sql", "parameters": {"sql": "SELECT 1"}}\n```',
            [("run_sql", {"sql": "SELECT 1"})],
        ),
        (
            '{"name": "make_plan", "arguments": {"steps": ["a"]}}\n'
            '{"name": "run_sql", "arguments": {"sql": "SELECT 1"}}',
            [("make_plan", {"steps": ["a"]}), ("run_sql", {"sql": "SELECT 1"})],
        ),
        ('{"name": "Ann"}', [("answer", {"text": '{"name": "Ann"}'})]),
        (
            '<tool_call>{"name": "run_sql", "arguments": {"sql": "SELECT 1"}}</tool_call>',
            [("run_sql", {"sql": "SELECT 1"})],
        ),
    ],
)
def test_tags_are_read_however_they_are_cut(
    text: str, expected: list[tuple[str, Any]], size: int
) -> None:
    events, _ = told(text, size)
    assert calls(events) == expected
    streamed = "".join(event.text for event in events if isinstance(event, CallDelta))
    assert "</" not in streamed.replace("</b>", "").replace("</i>", "")


def test_a_model_that_makes_results_up_is_not_heard_out() -> None:
    events, speech = told(f"<sql>{SELECT}</sql>\n<answer>It is 7.</answer>", 4)
    assert speech.enough
    assert calls(events) == [("run_sql", {"sql": SELECT})]


def test_code_in_an_answer_is_no_step_of_a_model_that_knows_tools() -> None:
    text = "Try this:\n```sql\nSELECT 1\n```"
    events, _ = told(text, 6, tags=False)
    assert calls(events) == [("answer", {"text": text})]


def test_what_is_thought_aloud_before_a_step_is_a_thought() -> None:
    events, _ = told(f"Let me count.\n<sql>{SELECT}</sql>", 3)
    assert thoughts(events) == "Let me count."


def test_a_long_aside_is_taken_back() -> None:
    events, _ = told("word " * 100 + f"<sql>{SELECT}</sql>", 10)
    assert [event.text for event in events if isinstance(event, Dropped)] == [
        ("word " * 100).strip()
    ]


def test_nothing_at_all_is_a_failure() -> None:
    with pytest.raises(WireFailed) as failed:
        told("<think>I am thinking</think>  ", 5)
    assert failed.value.info.code == "model_silent"


def test_steps_and_fences_lose_their_marks() -> None:
    assert steps_of("1. a\n\n  - b\n* c\n10) d") == ["a", "b", "c", "d"]
    assert without_fence("```sql\nSELECT 1\n```") == "SELECT 1"
    assert without_fence(" SELECT 1 ") == "SELECT 1"
