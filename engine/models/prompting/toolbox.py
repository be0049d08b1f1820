"""The tools as models are told of them: names, words and JSON Schemas of their arguments."""

from collections.abc import Mapping
from typing import Any, Final

from engine.models.wires import ToolSpec


def _object(required: tuple[str, ...], **properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


def _text(words: str) -> Mapping[str, Any]:
    return {"type": "string", "description": words}


def _texts(words: str) -> Mapping[str, Any]:
    return {"type": "array", "items": {"type": "string"}, "description": words}


OWN: Final[Mapping[str, ToolSpec]] = {
    spec.name: spec
    for spec in (
        ToolSpec(
            name="make_plan",
            description="Show the person what you are going to do, before you do it.",
            schema=_object(("steps",), steps=_texts("Each step in a short sentence.")),
        ),
        ToolSpec(
            name="run_sql",
            description="Run one SELECT on the data and get what it gives.",
            schema=_object(
                ("sql",),
                sql=_text("One statement, in the dialect of the database."),
                explanation=_text("What it computes, in one sentence for the person."),
            ),
        ),
        ToolSpec(
            name="run_python",
            description="Run Python in the person's kernel; pandas and matplotlib are there.",
            schema=_object(
                ("code",),
                code=_text("The code. What it prints and its last value are what you get."),
                explanation=_text("What it does, in one sentence for the person."),
            ),
        ),
        ToolSpec(
            name="make_chart",
            description="Show the rows of the last query as a chart.",
            schema=_object(
                ("spec",),
                spec={
                    "type": "object",
                    "description": "Vega-Lite with mark and encoding; no data, it is bound.",
                },
                title=_text("A title."),
                call=_text("The id of the query, if not the last."),
            ),
        ),
        ToolSpec(
            name="ask_user",
            description="Ask the person, and wait. Only where the question has several meanings.",
            schema=_object(
                ("prompts",),
                prompts={
                    "type": "array",
                    "items": _object(
                        ("title",),
                        title=_text("The question, short."),
                        text=_text("More about it."),
                        options=_texts("Answers to choose from."),
                    ),
                },
            ),
        ),
        ToolSpec(
            name="answer",
            description="Say the answer; this ends the work.",
            schema=_object(
                ("text",),
                text=_text("The answer in Markdown."),
                suggestions=_texts("Up to three questions that may come next."),
            ),
        ),
    )
}
