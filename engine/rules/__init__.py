"""What a command does to a session: `decide(session, command, given) -> Decision`.

Pure: no clock, no I/O, no awaits, no ids minted; what a rule needs of these comes in `given`. One
function per command; to add a command, add a rule to `RULES` and a test.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.given import Given
from engine.rules.approvals import (
    answer_question,
    reply_input,
    resolve_approval,
    revoke_approval,
)
from engine.rules.decision import Decision
from engine.rules.kernel import (
    cancel_query,
    execute,
    interrupt_kernel,
    reset_kernel,
    restart_kernel,
    restore_kernel,
    run_query,
)
from engine.rules.runs import cancel_run, start_run, steer_run
from engine.rules.sessions import archive_session, create_session, delete_session, update_session
from engine.state import Session
from protocol.commands import (
    AnyCommand,
    ApprovalResolve,
    ApprovalRevoke,
    InputReply,
    KernelExecute,
    KernelInterrupt,
    KernelReset,
    KernelRestart,
    KernelRestore,
    QueryCancel,
    QueryRun,
    QuestionAnswer,
    RunCancel,
    RunStart,
    RunSteer,
    SessionArchive,
    SessionCreate,
    SessionDelete,
    SessionUpdate,
)
from protocol.refusals import Refused

__all__ = ["RULES", "Decision", "decide"]

Rule = Callable[[Session, Any, Given], Decision]


def decide(session: Session, command: AnyCommand, given: Given) -> Decision:
    """Decide one command, or raise `Refused`. The session is not changed by it."""
    rule = RULES.get(type(command))
    if rule is None:
        raise Refused("not_offered", f"{type(command).__name__} is not for the engine")
    if session.owner is None and not isinstance(command, SessionCreate):
        raise Refused("unknown_session", f"there is no session {session.session!r}")
    _must_be_awake(session, command)
    return rule(session, command, given)


def _must_be_awake(session: Session, command: AnyCommand) -> None:
    waking = SessionUpdate | SessionCreate | SessionDelete | SessionArchive
    if isinstance(command, waking | ApprovalRevoke):
        return
    if session.status in ("archived", "deleted"):
        raise Refused(
            "session_closed",
            f"session {session.session!r} is {session.status}; "
            "wake it with session.update and status 'active'",
        )


RULES: Final[Mapping[type[Any], Rule]] = {
    SessionCreate: create_session,
    SessionUpdate: update_session,
    SessionArchive: archive_session,
    SessionDelete: delete_session,
    RunStart: start_run,
    RunSteer: steer_run,
    RunCancel: cancel_run,
    ApprovalResolve: resolve_approval,
    ApprovalRevoke: revoke_approval,
    QuestionAnswer: answer_question,
    InputReply: reply_input,
    KernelExecute: execute,
    KernelInterrupt: interrupt_kernel,
    KernelReset: reset_kernel,
    KernelRestart: restart_kernel,
    KernelRestore: restore_kernel,
    QueryRun: run_query,
    QueryCancel: cancel_query,
}
"""All but those that concern one connection (`session.follow`, `session.unfollow`) and those
that only look (`kernel.inspect`, `kernel.complete`)."""
