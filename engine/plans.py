"""Plans as text, for digests and diffs."""

from protocol.items import Plan


def plan_text(plan: Plan) -> str:
    """Return the steps as numbered lines, without their status: what a person says yes to."""
    return "\n".join(f"{number}. {step.text}" for number, step in enumerate(plan.steps, 1))
