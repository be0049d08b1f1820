"""What a model outside of this server may be told, and the record of it. Pure.

Each policy lets out more than the one before: `none` the question, `schema` names and types,
`samples` some values of columns, `results` the first rows of what was found. A model inside is
told everything: it is us.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from engine.agent.scrubbing import LEFT_OUT, scrubbed
from engine.ports import (
    Answered,
    Asking,
    Called,
    Catalogue,
    Meaning,
    Model,
    Person,
    Prompt,
    Spent,
    Turn,
)
from engine.state import Session
from engine.world import Bounds
from protocol.events import DataPolicy, ModelAsked, UsageCounted
from protocol.ids import RunId
from protocol.items import Cell, Column

ORDER: Final[tuple[DataPolicy, ...]] = ("none", "schema", "samples", "results")
_WITHHELD: Final = "What it gave is shown to the person, and not told to you."
_NOT_TOLD: Final = "(The answer was given to the person; its figures are not told to you.)"
_LITERAL: Final = re.compile(r"'(?:[^']|'')*'")
_PLACE: Final = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")


def allows(policy: DataPolicy, wanted: DataPolicy) -> bool:
    """Return whether a policy lets out what the other does."""
    return ORDER.index(policy) >= ORDER.index(wanted)


def policy_for(session: Session, model: Model, bounds: Bounds) -> DataPolicy:
    """Return what a model may be told: as the run says, or the session, the model, the server.

    None may say more than the server allows.
    """
    if not model.outside:
        return "results"
    own = session.run.options.data if session.run is not None else None
    chosen = own or session.data or model.data or bounds.data
    return chosen if allows(bounds.data_most, chosen) else bounds.data_most


def withheld(prompt: Prompt, policy: DataPolicy) -> Prompt:
    """Return a prompt without what the policy keeps here."""
    return msgspec.structs.replace(
        prompt,
        data=policy,
        catalogue=_catalogue(prompt.catalogue, policy) if prompt.catalogue else None,
        turns=tuple(_turns(prompt, policy)),
    )


def noted(
    event: Asking | Spent, run: RunId | None, policy: DataPolicy
) -> ModelAsked | UsageCounted:
    """Return the record of what left, or of what was paid."""
    if isinstance(event, Asking):
        return ModelAsked(run=run, data=policy, **msgspec.structs.asdict(event))
    assert run is not None, "only a run has a bill"
    return UsageCounted(run=run, **msgspec.structs.asdict(event))


# --- The catalogue ---


def _catalogue(catalogue: Catalogue, policy: DataPolicy) -> Catalogue | None:
    if allows(policy, "samples"):
        return catalogue
    if policy == "none":
        return None
    tables = tuple(
        msgspec.structs.replace(
            table,
            rows=None,
            columns=tuple(
                msgspec.structs.replace(column, samples=(), distinct=None)
                for column in table.columns
            ),
        )
        for table in catalogue.tables
    )
    meaning = _meaning(catalogue.meaning)
    return msgspec.structs.replace(catalogue, tables=tables, meaning=meaning, changes=())


def _meaning(meaning: Meaning) -> Meaning:
    """Leave out the values that the owner has explained; what else was said is no data."""
    tables = tuple(
        msgspec.structs.replace(
            table,
            columns=tuple(msgspec.structs.replace(column, values=()) for column in table.columns),
        )
        for table in meaning.tables
    )
    return msgspec.structs.replace(meaning, tables=tables)


# --- What was said and done ---


def _turns(prompt: Prompt, policy: DataPolicy) -> Iterator[Turn]:
    typed = " ".join(turn.text for turn in prompt.turns if isinstance(turn, Person))
    known = [typed, *_names(prompt.catalogue)]
    tools: dict[str, str] = {}
    for place, turn in enumerate(prompt.turns):
        earlier = place < prompt.begins
        match turn:
            case Called():
                tools[turn.call] = turn.tool
                told = turn if allows(policy, "results") else _call(turn, earlier, typed)
                known += [str(value) for value in told.arguments.values()]
                yield told
            case Answered():
                # What a person answered is theirs to tell, as is what they asked.
                asked = tools.get(turn.call) == "ask_user"
                yield turn if asked else _answered(turn, policy, known)
            case Person():
                yield turn


def _names(catalogue: Catalogue | None) -> list[str]:
    if catalogue is None:
        return []
    tables = catalogue.tables
    return [name for table in tables for name in (table.name, *(c.name for c in table.columns))]


def _call(called: Called, earlier: bool, typed: str) -> Called:
    """Keep what stands in a call: figures in an answer, values that another model has put in."""
    arguments: Mapping[str, Any] = called.arguments
    match called.tool:
        case "answer":
            arguments = {"text": _NOT_TOLD}
        case "run_sql" if earlier:
            arguments = {**arguments, "sql": _without_literals(arguments.get("sql"), typed)}
        case "make_plan" if earlier:
            arguments = {"steps": []}
        case "make_chart":
            spec = arguments.get("spec")
            kept = ("mark", "encoding") if isinstance(spec, dict) and not earlier else ("mark",)
            shown = {name: spec[name] for name in kept if name in spec} if spec else {}
            arguments = {"spec": shown}
        case _:
            pass
    return msgspec.structs.replace(called, arguments=arguments)


def _without_literals(sql: Any, typed: str) -> str:
    """Take values out of SQL that a person has not said: another model may have looked them up."""
    said = typed.casefold()

    def shown(found: re.Match[str]) -> str:
        inside = found[0][1:-1].strip("% ").casefold()
        return found[0] if inside in said else f"'{LEFT_OUT}'"

    return _LITERAL.sub(shown, str(sql or ""))


def _answered(answered: Answered, policy: DataPolicy, known: Sequence[str]) -> Answered:
    failure = scrubbed(answered.failure, known) if answered.failure else ""
    if allows(policy, "results"):
        gave = answered.text.removesuffix(answered.failure)
        return msgspec.structs.replace(answered, text=f"{gave}{failure}", failure=failure)
    printed = answered.text.removesuffix(answered.failure).strip()
    text = "\n".join(filter(None, (_WITHHELD if printed else "", failure)))
    return msgspec.structs.replace(
        answered,
        text=text,
        failure=failure,
        rows=(),
        result=None,
        row_count=None if policy == "none" else answered.row_count,
        columns=() if policy == "none" else answered.columns,
    )


# --- Figures in answers ---


def figures_of(turns: Sequence[Turn]) -> Mapping[str, str]:
    """Return the first row of the last table that was found, by the names of its columns."""
    for turn in reversed(turns):
        if isinstance(turn, Answered) and turn.ok and turn.columns and turn.rows:
            return {
                column.name.casefold(): _figure(column, cell)
                for column, cell in zip(turn.columns, turn.rows[0], strict=False)
            }
    return {}


def _figure(column: Column, cell: Cell) -> str:
    if cell is None:
        return "nothing"
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return str(cell)
    if column.name.casefold().endswith(("id", "year", "key", "code")):
        return str(cell)
    return f"{cell:,}" if isinstance(cell, int) else f"{cell:,.10g}"


def filled(text: str, figures: Mapping[str, str]) -> str:
    """Put figures into an answer whose model was not told them: `{{total}}` becomes 1,234."""
    return _PLACE.sub(lambda place: figures.get(place[1].casefold(), place[0]), text)
