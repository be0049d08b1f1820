"""What the analyst gets right is recorded in `accuracy.json`, and must never become less."""

import json
from pathlib import Path

import pytest

from tests.questions import (
    asking,
    clinic,
    desk,
    esports,
    finance,
    freight,
    gym,
    hotel,
    library,
    people,
    sensors,
    shop,
    weblogs,
)  # fmt: skip

DOMAINS = (
    shop, people, weblogs, finance, sensors, clinic, freight, library, gym, esports, hotel, desk,
)  # fmt: skip
RECORD = Path(__file__).with_name("accuracy.json")


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.NAME)
def test_as_many_questions_are_answered_right_as_ever(domain):
    failed = asking.wrong(domain)
    right = len(domain.QUESTIONS) - len(failed)
    recorded = json.loads(RECORD.read_text())[domain.NAME]
    listed = "\n".join(f"{question}\n    {sql}" for question, sql in failed)
    assert right >= recorded, f"{right} right, {recorded} recorded; wrong:\n{listed}"
    assert right == recorded, f"{right} right now: write it to {RECORD.name}"


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.NAME)
def test_each_set_has_many_different_questions(domain):
    questions = [question for question, _ in domain.QUESTIONS]
    assert len(questions) == len(set(questions)) >= 26


def test_what_it_is_sure_of_is_nearly_always_right():
    sure = [right for domain in DOMAINS for right, at in asking.judged(domain) if at >= 0.8]
    assert len(sure) >= 0.75 * sum(len(domain.QUESTIONS) for domain in DOMAINS)
    assert sum(sure) >= 0.96 * len(sure)
