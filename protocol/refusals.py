"""The closed list of reasons to say no, each with advice: fix the command, retry it, or stop."""

from typing import Final, Literal, get_args

Advice = Literal["fix", "retry", "stop"]
"""`fix`: change the command. `retry`: the same may work later. `stop`: it never will."""

Code = Literal[
    "bad_message",
    "unknown_type",
    "frame_too_large",
    "hello_expected",
    "unauthenticated",
    "not_yours",
    "not_allowed",
    "rate_limited",
    "too_many_sessions",
    "overloaded",
    "restarting",
    "storage_full",
    "storage_failed",
    "internal",
    "unknown_session",
    "session_exists",
    "session_closed",
    "not_following",
    "text_empty",
    "text_too_long",
    "run_active",
    "queue_full",
    "unknown_run",
    "unknown_approval",
    "approval_settled",
    "digest_changed",
    "verdict_not_offered",
    "edit_missing",
    "edit_refused",
    "unknown_question",
    "answers_mismatch",
    "unknown_input",
    "unknown_item",
    "unknown_source",
    "unknown_model",
    "unknown_result",
    "guard_refused",
    "source_failed",
    "model_failed",
    "kernel_unavailable",
    "kernel_idle",
    "upload_refused",
    "upload_too_large",
    "version_changed",
    "not_found",
    "not_offered",
]

ADVICE: Final[dict[Code, Advice]] = {
    "bad_message": "fix",
    "unknown_type": "fix",
    "frame_too_large": "fix",
    "hello_expected": "fix",
    "unauthenticated": "fix",
    "not_yours": "stop",
    "not_allowed": "stop",
    "rate_limited": "retry",
    "too_many_sessions": "fix",
    "overloaded": "retry",
    "restarting": "retry",
    "storage_full": "retry",
    "storage_failed": "retry",
    "internal": "retry",
    "unknown_session": "fix",
    "session_exists": "fix",
    "session_closed": "fix",
    "not_following": "fix",
    "text_empty": "fix",
    "text_too_long": "fix",
    "run_active": "retry",
    "queue_full": "retry",
    "unknown_run": "fix",
    "unknown_approval": "fix",
    "approval_settled": "stop",
    "digest_changed": "fix",
    "verdict_not_offered": "fix",
    "edit_missing": "fix",
    "edit_refused": "fix",
    "unknown_question": "fix",
    "answers_mismatch": "fix",
    "unknown_input": "fix",
    "unknown_item": "fix",
    "unknown_source": "fix",
    "unknown_model": "fix",
    "unknown_result": "fix",
    "guard_refused": "fix",
    "source_failed": "retry",
    "model_failed": "retry",
    "kernel_unavailable": "retry",
    "kernel_idle": "stop",
    "upload_refused": "fix",
    "upload_too_large": "fix",
    "version_changed": "fix",
    "not_found": "fix",
    "not_offered": "stop",
}

CODES: Final[tuple[str, ...]] = get_args(Code)


class Refused(Exception):
    """No, with the reason. Raised wherever a rule is broken; told to the client that asked."""

    def __init__(self, code: Code, detail: str, retry_after: float | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.code: Code = code
        self.detail = detail
        self.retry_after = retry_after

    @property
    def advice(self) -> Advice:
        """Return what the client should do about it."""
        return ADVICE[self.code]
