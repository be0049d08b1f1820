"""A model elsewhere: asks by a wire, tries again, asks for less, and tells what it hears."""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Final, Literal

import msgspec

from engine.models.counting import Counter
from engine.models.prompting.composing import Budget, Composed, Form, compose
from engine.models.repairing import repaired
from engine.models.streaming.speech import Speech
from engine.models.wires import Request, Used, Wire, WireFailed
from engine.ports import Called, Catalogue, ModelEvent, Prompt, Spent
from protocol.choices import DataPolicy

Pause = Callable[[float], Awaitable[None]]

_LONGEST_WAIT: Final = 60.0
"""Who asks us to wait for longer than this is not waited for."""
_SHORTER: Final = 3
"""How often a request is made shorter, because it was too long."""


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """US dollars for a million tokens: read, written, and read again."""

    input: float
    output: float
    cached: float | None = None

    def of(self, used: Used) -> float:
        """Return what a call has cost."""
        cached = used.cached_tokens or 0
        again = self.input if self.cached is None else self.cached
        read = (used.input_tokens or 0) - cached
        written = used.output_tokens or 0
        return (read * self.input + cached * again + written * self.output) / 1_000_000


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """How a model is spoken with."""

    model: str
    """Its name there."""
    tools: Literal["auto", "calls", "tags"] = "auto"
    budget: Budget = Budget()
    answer_tokens: int | None = None
    temperature: float | None = None
    retries: int = 4
    price: Price | None = None
    data: DataPolicy | None = None


class Speaking:
    """`Model` behind a wire."""

    outside = True

    def __init__(
        self,
        name: str,
        wire: Wire,
        manner: Manner,
        counter: Counter,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self.name = name
        self.data: DataPolicy | None = manner.data
        self._wire = wire
        self._manner = manner
        self._counter = counter
        self._pause = pause
        # Learned as it goes: what this model did not take the first time.
        self._form: Form = "tags" if manner.tools == "tags" else "calls"
        self._budget = manner.budget

    async def think(self, prompt: Prompt) -> AsyncIterator[ModelEvent]:
        """Ask, and tell what comes back. Nothing is asked twice once something was shown."""
        tries = _Tries(self._manner.retries)
        while True:
            composed = await self._composed(prompt)
            yield composed.asking
            shown = False
            try:
                async with aclosing(self._round(prompt, composed)) as events:
                    async for event in events:
                        shown = shown or not isinstance(event, Spent)
                        yield event
                return
            except WireFailed as failure:
                if shown:
                    raise
                await self._pause(self._next_try(failure, composed.tokens, tries))

    async def _composed(self, prompt: Prompt) -> Composed:
        request = Request(
            model=self._manner.model,
            system="",
            messages=(),
            answer_tokens=self._manner.answer_tokens,
            temperature=self._manner.temperature,
        )
        count, host = self._counter.count, self._wire.host
        composed = await asyncio.to_thread(
            compose, prompt, self._form, self._budget, count, request, host
        )
        return msgspec.structs.replace(
            composed, asking=msgspec.structs.replace(composed.asking, model=self.name)
        )

    def _next_try(self, failure: WireFailed, sent: int, tries: "_Tries") -> float:
        """Change what must be, and return how long to wait; or raise the failure."""
        if failure.why == "no_tools" and self._manner.tools == "auto" and self._form == "calls":
            self._form = "tags"
            return 0.0
        if failure.why == "too_long" and tries.shorten():
            self._budget = self._budget.tighter(sent, failure.limit)
            return 0.0
        wait = tries.wait(failure)
        if wait is None:
            raise failure
        return wait

    async def _round(self, prompt: Prompt, composed: Composed) -> AsyncGenerator[ModelEvent]:
        speech = Speech(tags=self._form == "tags")
        try:
            async with aclosing(self._wire.listen(composed.request)) as stream:  # type: ignore[type-var]  # an async generator
                async for heard in stream:
                    for event in speech.hear(heard):
                        yield await self._mended(event, prompt.catalogue)
                    if speech.enough:
                        break
            for event in speech.close():
                yield await self._mended(event, prompt.catalogue)
        except WireFailed:
            if speech.said:
                # It broke off; what was read and written until then is paid for all the same.
                yield await self._spent(speech, composed)
            raise
        yield await self._spent(speech, composed)

    async def _mended(self, event: ModelEvent, catalogue: Catalogue | None) -> ModelEvent:
        """Mend SQL that would fail, and say so to the person."""
        if not isinstance(event, Called) or event.tool != "run_sql" or catalogue is None:
            return event
        sql = event.arguments.get("sql")
        if not isinstance(sql, str):
            return event
        mended = await asyncio.to_thread(repaired, sql, catalogue)
        if not mended.notes:
            return event
        said = event.arguments.get("explanation")
        words = f"Mended: {'; '.join(mended.notes)}."
        explanation = f"{said} {words}" if isinstance(said, str) and said else words
        arguments = {**event.arguments, "sql": mended.sql, "explanation": explanation}
        return msgspec.structs.replace(event, arguments=arguments)

    async def _spent(self, speech: Speech, composed: Composed) -> Spent:
        used = speech.used
        estimated = used.input_tokens is None or not used.output_tokens
        if estimated:
            written = await asyncio.to_thread(self._counter.count, "".join(speech.said))
            used = Used(
                used.input_tokens if used.input_tokens is not None else composed.tokens,
                used.output_tokens or written,
                used.cached_tokens,
            )
        price = self._manner.price
        return Spent(
            model=self.name,
            input_tokens=used.input_tokens or 0,
            output_tokens=used.output_tokens or 0,
            cost=price.of(used) if price is not None else None,
            cached_tokens=used.cached_tokens or 0,
            estimated=estimated,
        )


class _Tries:
    """How often one round was tried, and may be."""

    def __init__(self, retries: int) -> None:
        self._left = retries
        self._shorter = 0
        self._failed = 0

    def shorten(self) -> bool:
        """Return whether a shorter request may be tried."""
        self._shorter += 1
        return self._shorter <= _SHORTER

    def wait(self, failure: WireFailed) -> float | None:
        """Return how many seconds to wait before another try, None if there is none."""
        if not failure.again or self._left <= 0:
            return None
        self._left -= 1
        self._failed += 1
        if failure.after is not None:
            # A little later than asked for, so that not all come back in the same moment.
            late = failure.after + random.uniform(0, 0.25)
            return late if failure.after <= _LONGEST_WAIT else None
        return random.uniform(0, min(8.0, 0.5 * 2**self._failed))
