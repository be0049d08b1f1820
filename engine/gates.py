"""Which step waits for a person. Pure: one policy, of the mode, its gates and what is granted."""

import hashlib
from collections.abc import Collection
from typing import Final

import msgspec

from protocol.events import EstimateInfo, GateRule, Gates, Mode, Subject, Verdict


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A rule for each subject: `auto` goes on, `ask` waits, `never` does not run it at all."""

    plan: GateRule = "auto"
    sql: GateRule = "auto"
    python: GateRule = "auto"
    error: GateRule = "auto"
    answer: GateRule = "auto"
    tool: GateRule = "auto"

    def rule(self, subject: Subject) -> GateRule:
        """Return what holds for this subject."""
        found: GateRule = getattr(self, subject)
        return found

    def __str__(self) -> str:
        """Write it as one text, the same for the same rules."""
        return " ".join(f"{name}={getattr(self, name)}" for name in self.__struct_fields__)


PRESETS: Final[dict[Mode, Policy]] = {
    "none": Policy(),
    "plan_only": Policy(plan="ask"),
    "on_error": Policy(error="ask"),
    "plan_and_answer": Policy(plan="ask", answer="ask"),
    "full": Policy(plan="ask", sql="ask", python="ask", error="ask", answer="ask", tool="ask"),
    "auto_execute": Policy(),
    "review_first": Policy(sql="ask", python="ask", tool="ask"),
    "generate_only": Policy(sql="never", python="never", tool="never"),
}
"""`full` asks wherever any other mode asks, so that no other mode ever asks more."""

OPTIONS: Final[dict[Subject, tuple[Verdict, ...]]] = {
    "plan": ("approve", "edit", "reject", "feedback"),
    "sql": ("approve", "edit", "reject", "skip", "feedback"),
    "python": ("approve", "edit", "reject", "skip", "feedback"),
    "error": ("retry", "edit", "skip", "reject", "feedback"),
    "answer": ("approve", "reject", "feedback"),
    "tool": ("approve", "edit", "reject", "skip", "feedback"),
}
"""The verdicts that are offered for each subject, the usual one first. Only what failed can be
retried; without a plan or an answer there is nothing to go on with, so they cannot be skipped; an
answer is the model's own word, so a person says what is wrong with it and does not write it."""


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """A step that need not be asked about again: a subject, and where (a source, or `kernel`)."""

    subject: Subject
    scope: str


class Ceiling(msgspec.Struct, frozen=True, kw_only=True):
    """What a query may be expected to take without a person being asked. None: any."""

    rows: int | None = None
    cost: float | None = None
    """In the units of the source's own planner."""


def too_dear(estimate: EstimateInfo | None, ceiling: Ceiling) -> str | None:
    """Say in words why a step is to be asked about whatever the mode, or None.

    What a source cannot estimate is not asked about: its own bounds hold. A grant does not help: it
    was given for steps like the one that was seen.
    """
    if estimate is None:
        return None
    if ceiling.rows is not None and (estimate.rows or 0) > ceiling.rows:
        return (
            f"The source expects {estimate.rows:,} rows;"
            f" more than {ceiling.rows:,} are asked about first."
        )
    if ceiling.cost is not None and (estimate.cost or 0) > ceiling.cost:
        return (
            f"The source puts the cost at {estimate.cost:,.0f};"
            f" more than {ceiling.cost:,.0f} is asked about first."
        )
    return None


def policy_of(mode: Mode, gates: Gates | None) -> Policy:
    """Return the mode's preset with the session's own gates laid over it."""
    preset = PRESETS[mode]
    if gates is None:
        return preset
    own = {name: rule for name in Policy.__struct_fields__ if (rule := getattr(gates, name))}
    return msgspec.structs.replace(preset, **own)


def rule_for(
    policy: Policy, subject: Subject, scope: str, granted: Collection[Granted]
) -> GateRule:
    """Decide one step. A grant opens a gate that asks; it never opens one that says never."""
    rule = policy.rule(subject)
    if rule == "ask" and Granted(subject=subject, scope=scope) in granted:
        return "auto"
    return rule


def digest_of(
    subject: Subject, text: str, scope: str, policy: Policy | None = None, rules: str | None = None
) -> str:
    """Name exactly what would run, and under what: a yes holds for this and nothing else.

    What, its text to the letter, and where; the `policy` of the gates; and the `rules` that the
    source's guard judged by (`Checked.rules`). Whatever of these changes, the digest does.
    """
    named = "\0".join((subject, scope, str(policy or Policy()), rules or "", text))
    return hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()


def remembers(subject: Subject, scope: str) -> str | None:
    """Say in words what remembering an approval of this step would allow."""
    match subject:
        case "sql":
            return f"Run SQL on {scope} in this session without asking"
        case "python":
            return "Run Python in this session without asking"
        case "plan":
            return "Follow plans in this session without asking"
        case "tool":
            return f"Use {scope} in this session without asking"
        case _:
            return None
