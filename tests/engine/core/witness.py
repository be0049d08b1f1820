"""Somebody who watches what really runs, and knows the log of that moment: was there a yes?

Independent of the engine's own folds: what is believed of a gate is read off the kept events here,
by the table of modes and the digest, which are what was promised.
"""

from collections import Counter
from typing import Any

import msgspec

from engine.gates import digest_of, policy_of
from engine.stores.memory import MemoryStore
from protocol import events as e
from protocol.codec import decode_records
from protocol.items import Answer, Plan


class Belief(msgspec.Struct):
    """What the log says of one proposal."""

    subject: Any
    scope: str
    round: int
    of: str | None = None
    text: str = ""
    sql: str | None = None
    rules: str | None = None
    ok: bool = True
    asked: bool = False
    yes: str | None = None
    verdict: str | None = None
    outcome: str | None = None
    begun: bool = False
    content: Any = None


class Reading:
    """The gates of one session, as far as a log has come."""

    def __init__(self) -> None:
        self.mode: Any = "none"
        self.gates: Any = None
        self.run: str | None = None
        self.run_mode: Any = None
        self.round = 0
        self.items: dict[str, Belief] = {}
        self.open: dict[str, e.ApprovalRequested] = {}
        self.remembered: dict[str, tuple[str, str]] = {}
        self.faults: list[str] = []
        self.begun: Counter[str] = Counter()

    def see(self, event: Any) -> None:
        """Take in one event; complain if it ought not to be."""
        match event:
            case e.SessionCreated():
                self.mode, self.gates = event.mode, event.gates
            case e.SessionUpdated():
                self.mode = event.mode or self.mode
                self.gates = event.gates if event.gates is not None else self.gates
            case e.RunStarted():
                own = {name: item for name, item in self.items.items() if item.round < 0}
                self.run, self.round, self.items = event.run, 0, own
                self.run_mode = event.options.mode if event.options is not None else None
            case e.RunFinished(run=run) if run == self.run:
                self._answered(event)
                self.run = None
            case e.RoundStarted():
                self.round = event.round
            case e.RoundFinished():
                self._plans("a round ended")
            case e.ItemStarted() if event.kind in ("code", "tool", "plan", "answer"):
                self.items[event.item] = _belief(event, self.round)
            case e.ItemCompleted() if event.item in self.items:
                self.items[event.item].outcome = event.outcome
                self.items[event.item].content = event.content
            case e.CheckFinished() if event.item in self.items:
                item = self.items[event.item]
                item.text, item.sql, item.rules = event.text or "", event.sql, event.rules
                item.ok = event.ok
            case e.ApprovalRequested():
                self.open[event.approval] = event
                self.items[event.item].asked = True
                self.items[event.item].verdict = None
            case e.ApprovalResolved():
                self._resolved(event)
            case e.ApprovalRevoked():
                self.remembered.pop(event.approval, None)
            case e.KernelBusy(run=str()) | e.ToolCalled():
                self.may_run(str(event.item))
                item = self.items[str(event.item)]
                if item.begun:
                    self.faults.append(f"{event.item} was begun twice: {item.text}")
                item.begun = True
                self.begun[item.text] += 1
            case e.KernelBusy(item=str(item)) if item in self.items:
                self.begun[self.items[item].text] += 1
            case e.ItemDelta(run=None, item=item, text=str(text)) if item in self.items:
                self.items[item].text += text
            case _:
                pass

    def _resolved(self, event: e.ApprovalResolved) -> None:
        request = self.open.pop(event.approval)
        item = self.items[request.item]
        item.verdict = event.verdict
        yes = event.verdict in ("approve", "edit")
        item.yes = (event.digest or request.digest) if yes else None
        if yes and event.remember in ("session", "always"):
            self.remembered[event.approval] = (request.subject, item.scope)

    def _rule(self, subject: str, scope: str) -> str:
        rule = getattr(policy_of(self.run_mode or self.mode, self.gates), subject)
        if rule == "ask" and (subject, scope) in self.remembered.values():
            return "auto"
        return str(rule)

    def _digest(self, item: Belief, text: str) -> str:
        policy = policy_of(self.run_mode or self.mode, self.gates)
        return digest_of(item.subject, text, item.scope, policy, item.rules)

    def may_run(self, name: str) -> None:
        """Complain unless this proposal may run as things stand."""
        item = self.items[name]
        what = f"{name} {item.text!r} in {self.run_mode or self.mode}"
        if self.open:
            self.faults.append(f"{what} ran while {list(self.open)} waited")
        if not item.ok:
            self.faults.append(f"{what} ran though the guard refused it")
        rule = self._rule(item.subject, item.scope)
        if rule == "never":
            self.faults.append(f"{what} ran though nothing may")
        if (rule == "ask" or item.asked) and item.yes != self._digest(item, item.text):
            self.faults.append(f"{what} ran without a yes to it")
        self._plans(f"{what} ran", before=name)

    def _plans(self, what: str, before: str | None = None) -> None:
        """Complain if a plan was passed by that ought to have been asked about."""
        beside = [item for name, item in self.items.items() if name != before]
        work = [one for one in beside if one.round == self.round and one.subject in _CODE]
        if any(one.begun or one.asked or one.outcome for one in work):
            return
        mine = self.items.get(before) if before is not None else None
        if mine is not None and mine.asked:
            return
        for plan in beside:
            if plan.subject != "plan" or plan.round != self.round:
                continue
            if not isinstance(plan.content, Plan) or self._rule("plan", "") != "ask":
                continue
            steps = plan.content.steps
            text = "\n".join(f"{n}. {step.text}" for n, step in enumerate(steps, 1))
            if plan.verdict != "feedback" and plan.yes != self._digest(plan, text):
                self.faults.append(f"{what} past a plan without a yes")

    def _answered(self, event: e.RunFinished) -> None:
        if event.outcome != "answered" or self._rule("answer", "") != "ask":
            return
        answers = [one for one in self.items.values() if isinstance(one.content, Answer)]
        said = [one for one in answers if one.content.text == event.answer]
        if not any(one.yes == self._digest(one, one.content.text) for one in said):
            self.faults.append(f"answered {event.answer!r} without a yes")


_CODE = ("sql", "python", "tool")


def _belief(event: e.ItemStarted, round_: int) -> Belief:
    subject: Any = event.kind
    if event.kind == "code":
        subject = event.language
    scope = event.source or event.name or ("kernel" if event.language == "python" else "")
    return Belief(subject=subject, scope=scope, round=round_ if event.run else -1, of=event.of)


class Witness:
    """Watches one session."""

    def __init__(self) -> None:
        self.store: MemoryStore | None = None
        self.session = ""
        self.faults: list[str] = []
        self.ran: Counter[str] = Counter()

    def kept(self) -> list[Any]:
        """Return what is kept of the session at this moment."""
        assert self.store is not None
        log = self.store._logs.get(self.session)  # type: ignore[call-overload]  # a session's id
        pages = log.pages if log is not None else ()
        return [record.event for page in pages for record in decode_records(page.records)]

    def reading(self) -> Reading:
        """Read the log as it is kept now."""
        reading = Reading()
        for event in self.kept():
            reading.see(event)
        return reading

    def sql_runs(self, sql: str, rules: str) -> None:
        """A source is given SQL: an open proposal of it must be allowed, judged by its rules."""
        reading = self.reading()
        mine = [
            (name, item)
            for name, item in reading.items.items()
            if item.subject == "sql" and item.sql == sql and item.outcome is None
        ]
        if not mine:
            self.faults.append(f"{sql!r} ran and nobody proposed it")
        for name, item in mine:
            if item.round < 0:
                continue  # A person's own.
            if (item.rules or "") != rules:
                self.faults.append(f"{sql!r} ran under {rules}, judged by {item.rules}")
            before = len(reading.faults)
            reading.may_run(name)
            self.faults += reading.faults[before:]

    def python_runs(self, code: str) -> None:
        """A kernel is given code: the log must say so already, and as often."""
        self._runs(code)

    def tool_runs(self, named: str) -> None:
        """A tool is called: the same."""
        self._runs(named)

    def _runs(self, text: str) -> None:
        self.ran[text] += 1
        begun: Counter[str] = Counter()
        for told, count in self.reading().begun.items():
            begun[_plain(told)] += count
        if self.ran[text] > begun[text]:
            self.faults.append(f"{text!r} ran {self.ran[text]} times, begun {begun[text]} times")


def _plain(text: str) -> str:
    """Return a call's text as the tools name it, and code as it is."""
    if not text.startswith("{"):
        return text
    number = msgspec.json.decode(text).get("number")
    return f"tool {number}"
