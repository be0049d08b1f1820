"""What models put into calls, made into what we know. Pure.

A model may put anything anywhere: a text where a list belongs, JSON in a text, half an object. What
can be understood is taken; what cannot is left out, and never an error of ours.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from protocol.events import Prompted
from protocol.items import Chip, Step


def sequence(value: Any) -> Sequence[Any]:
    """Return a list; the lines of a text, if that is what came."""
    if isinstance(value, str):
        return [line for line in value.splitlines() if line.strip()]
    return value if isinstance(value, list | tuple) else ()


def steps_of(arguments: Mapping[str, Any]) -> tuple[Step, ...]:
    """Return the steps of a plan."""
    return tuple(
        Step(text=_text(step, "text", "description", "step"))
        for step in sequence(arguments.get("steps"))
    )


def chips_of(arguments: Mapping[str, Any]) -> tuple[Chip, ...]:
    """Return how a question was read."""
    found: list[Chip] = []
    for chip in sequence(arguments.get("reading")):
        try:
            found.append(msgspec.convert(chip, Chip))
        except msgspec.ValidationError:
            continue
    return tuple(found)


def prompts_of(arguments: Mapping[str, Any]) -> tuple[Prompted, ...]:
    """Return what is asked of a person; at least one thing."""
    asked = sequence(arguments.get("prompts") or arguments.get("question"))
    prompts = tuple(_prompt(each) for each in asked)
    return prompts or (Prompted(title="What do you mean?"),)


def _prompt(each: Any) -> Prompted:
    if not isinstance(each, dict):
        return Prompted(title=str(each))
    try:
        return msgspec.convert(each, Prompted)
    except msgspec.ValidationError:
        options = tuple(_text(option, "text", "label") for option in sequence(each.get("options")))
        title = _text(each, "title", "question", "text")
        return Prompted(title=title, options=options)


def spec_of(arguments: Mapping[str, Any], bound: bool) -> dict[str, Any]:
    """Return a chart; one that is bound to rows that were found has no data of its own."""
    spec = arguments.get("spec")
    if isinstance(spec, str):
        try:
            spec = json.loads(spec)
        except ValueError:
            spec = None
    if not isinstance(spec, dict):
        return {}
    return {name: value for name, value in spec.items() if name != "data"} if bound else spec


def _text(value: Any, *names: str) -> str:
    if not isinstance(value, dict):
        return str(value)
    return str(next((value[name] for name in names if value.get(name)), ""))
