"""What the analyst gets right is recorded in `accuracy.json`, and must never become less."""

import json
from pathlib import Path

import pytest

from tests.questions import asking, finance, people, sensors, shop, weblogs

DOMAINS = (shop, people, weblogs, finance, sensors)
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
def test_each_set_has_forty_different_questions(domain):
    questions = [question for question, _ in domain.QUESTIONS]
    assert len(questions) == len(set(questions)) == 40
