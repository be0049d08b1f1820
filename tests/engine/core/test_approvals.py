"""What an answer to an approval does to a session, and what is turned down."""

import pytest

from engine.effects import Work
from engine.gates import PRESETS, digest_of
from engine.given import Given as Known
from engine.ports import Checked
from engine.rules.expiry import expire
from engine.session import fold
from protocol import commands as c
from protocol import events as e
from protocol.ids import CallerId
from protocol.items import Finding, Plan, Step
from tests.engine.core.waiting import (
    A1,
    CREATED,
    DIGEST,
    I1,
    ID,
    R1,
    ROUND,
    SQL,
    STARTED,
    WAITING,
    resolve,
)
from tests.playbook import ME, SESSION, Given


def test_approving_lets_exactly_that_run() -> None:
    yes = e.ApprovalResolved(run=R1, approval=A1, verdict="approve", by=ME)
    Given(*WAITING).when(resolve("approve", digest=DIGEST)).then(yes).doing(Work(run=R1))
    item = Given(*WAITING, yes).session.item(I1)
    assert item is not None
    assert item.approved == DIGEST


def test_an_approval_is_answered_once() -> None:
    yes = e.ApprovalResolved(run=R1, approval=A1, verdict="approve", by=ME)
    Given(*WAITING, yes).when(resolve("approve")).refused("approval_settled")


def test_an_approval_of_a_cancelled_run_is_settled() -> None:
    over = Given(*WAITING).when(c.RunCancel(id=ID, session=SESSION, run=R1))
    events = over._decided().events
    Given(*WAITING, *events).when(resolve("approve")).refused("approval_settled")


def test_an_unknown_approval_is_said() -> None:
    Given(CREATED).when(resolve("approve")).refused("unknown_approval")


def test_a_changed_digest_is_refused() -> None:
    Given(*WAITING).when(resolve("approve", digest="0" * 64)).refused("digest_changed")


def test_a_verdict_that_was_not_offered_is_refused() -> None:
    Given(*WAITING).when(resolve("retry")).refused("verdict_not_offered")


def test_feedback_needs_words() -> None:
    Given(*WAITING).when(resolve("feedback", text=" ")).refused("text_empty")


def test_an_edit_is_checked_like_the_original_and_kept_as_a_diff() -> None:
    edited = "SELECT 2"
    checked = Checked(ok=True, sql=edited)
    Given(*WAITING).knowing(checked=checked).when(resolve("edit", code=edited)).then(
        e.ApprovalResolved(
            run=R1,
            approval=A1,
            verdict="edit",
            by=ME,
            changed=e.Change(
                before=SQL,
                after=edited,
                diff="--- proposed\n+++ edited\n@@ -1 +1 @@\n-SELECT 1\n+SELECT 2",
            ),
            digest=digest_of("sql", edited, "shop", PRESETS["full"]),
        ),
        e.CheckFinished(run=R1, item=I1, ok=True, sql=edited, text=edited),
    )


def test_an_edit_that_the_guard_refuses_leaves_the_gate_shut() -> None:
    found = Finding(code="writes", message="DROP changes data.")
    checked = Checked(ok=False, findings=(found,))
    words = (
        Given(*WAITING)
        .knowing(checked=checked)
        .when(resolve("edit", code="DROP TABLE x"))
        .refused("edit_refused")
    )
    assert "DROP changes data." in words
    Given(*WAITING).when(resolve("edit")).refused("edit_missing")


def test_a_plan_is_edited_whole() -> None:
    plan = Plan(steps=(Step(text="count"), Step(text="draw")))
    asked = e.ApprovalRequested(
        run=R1, approval=A1, item=I1, subject="plan", options=("approve", "edit"), text="1. count"
    )
    made = (
        e.ItemStarted(run=R1, item=I1, kind="plan"),
        e.ItemCompleted(run=R1, item=I1, content=plan),
    )
    steps = (Step(text="count by month"),)
    decided = Given(CREATED, STARTED, ROUND, *made, asked).when(resolve("edit", plan=steps))
    events = decided._decided().events
    assert events[1] == e.ItemCompleted(run=R1, item=I1, content=Plan(steps=steps))
    Given(CREATED, STARTED, ROUND, *made, asked).when(resolve("edit")).refused("edit_missing")


def test_remembering_opens_the_same_gate_next_time() -> None:
    yes = e.ApprovalResolved(run=R1, approval=A1, verdict="approve", by=ME, remember="session")
    Given(*WAITING).when(resolve("approve", remember="session")).then(yes)
    granted = Given(*WAITING, yes).session.granted
    assert {(grant.subject, grant.scope) for grant in granted} == {("sql", "shop")}


@pytest.mark.parametrize(
    ("verdict", "by", "words"),
    [
        ("approve", ME, "me has answered this already: approve"),
        ("reject", CallerId("ann"), "ann has answered this already: reject"),
        ("cancelled", ME, "this was taken back by me: its run is over"),
        ("cancelled", None, "this was taken back: its run is over"),
        ("expired", None, "nobody answered in time: this has expired"),
    ],
)
def test_who_comes_second_is_told_by_whom_it_was_settled(
    verdict: str, by: CallerId | None, words: str
) -> None:
    first = e.ApprovalResolved(run=R1, approval=A1, verdict=verdict, by=by)  # type: ignore[arg-type]  # a verdict
    assert Given(*WAITING, first).when(resolve("approve")).refused("approval_settled") == words


def test_what_nobody_answers_expires_by_nobody() -> None:
    waiting = Given(*WAITING).session
    decided = expire(waiting, A1, Known(by=ME))
    assert decided.events == (e.ApprovalResolved(run=R1, approval=A1, verdict="expired"),)
    assert decided.effects == (Work(run=R1),)
    assert expire(fold(waiting, decided.events), A1, Known(by=ME)).events == ()


def test_what_was_remembered_is_taken_back_once() -> None:
    yes = e.ApprovalResolved(run=R1, approval=A1, verdict="approve", by=ME, remember="session")
    revoke = c.ApprovalRevoke(id=ID, session=SESSION, approval=A1)
    revoked = e.ApprovalRevoked(approval=A1, by=ME)
    Given(*WAITING, yes).when(revoke).then(revoked)
    assert Given(*WAITING, yes, revoked).session.granted == frozenset()
    Given(*WAITING, yes, revoked).when(revoke).then()
    Given(*WAITING).when(revoke).then()
    Given(CREATED).when(revoke).refused("unknown_approval")


def test_an_edit_in_an_old_log_is_asked_about_again() -> None:
    """Logs of before do not say what an edit lets run: better ask twice than run on a guess."""
    change = e.Change(before=SQL, after="SELECT 2", diff="")
    edit = e.ApprovalResolved(run=R1, approval=A1, verdict="edit", by=ME, changed=change)
    item = Given(*WAITING, edit).session.item(I1)
    assert item is not None
    assert item.approved is None
