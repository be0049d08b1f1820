"""A model that plays the rounds of the question it is asked, however often, in any order."""

from collections.abc import AsyncIterator, Mapping, Sequence

from engine.models.scripted import Round, Scripted, call
from engine.ports import ModelEvent, ModelFailed, Prompt


class ByQuestion(Scripted):
    """`Model` with a script for each question; one that it does not know fails."""

    def __init__(self, scripts: Mapping[str, Sequence[Round]]) -> None:
        super().__init__((), name="builtin")
        self._scripts = scripts

    async def think(self, prompt: Prompt) -> AsyncIterator[ModelEvent]:
        """Play the round that this question has come to."""
        self.prompts.append(prompt)
        rounds = self._scripts.get(prompt.question, ())
        if prompt.round > len(rounds):
            raise ModelFailed("no_script", f"nobody told me about {prompt.question!r}")
        for event in rounds[prompt.round - 1]:
            if isinstance(event, ModelFailed):
                raise event
            yield event


COUNT = "SELECT COUNT(*) AS n FROM orders"
HOW_MANY = "How many orders are there?"
BROKEN = "What is broken?"
WHICH = "Which year?"
SCRIPTS: Mapping[str, Sequence[Round]] = {
    HOW_MANY: (
        call("make_plan", "p", "count\n", steps=["Count the orders", "Say how many"]),
        call("run_sql", "c", COUNT, sql=COUNT),
        call("answer", "a", "There are 60.", text="There are 60."),
        call("answer", "a", "THERE ARE 60!", text="THERE ARE 60!"),
    ),
    BROKEN: (
        call("run_sql", "c", sql="SELECT abs(-9223372036854775807 - 1) FROM orders"),
        call("answer", "a", text="It does not work."),
        call("answer", "a", text="It does not work at all."),
    ),
    WHICH: (
        call("ask_user", "q", prompts=[{"title": "Which?", "options": ["2024", "2025"]}]),
        call("answer", "a", text="That one, then."),
    ),
}
"""What the golden files ask."""
