"""Measures that no column holds: revenue is quantity times price."""

from engine.models.builtin.abbreviations import ABBREVIATIONS
from engine.models.builtin.explaining import phrase, plural
from engine.models.builtin.joins import distance, fans_out
from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import Agg, Col, Expr, Math
from engine.models.builtin.reading.defined import metric
from engine.models.builtin.reading.state import State
from engine.models.builtin.schema import Column, Table
from engine.models.builtin.things import Thing

_MONEY = frozenset(
    {
        "revenue",
        "sale",
        "sales",
        "turnover",
        "earning",
        "income",
        "spend",
        "spending",
        "spent",
        "money",
    }
)
_TOTALS = frozenset({"revenue", "total", "amount", "sale", "turnover", "value"})
_PRICES = frozenset({"price", "cost", "rate"})
_AMOUNTS = frozenset({"quantity", "qty", "unit", "count"})


def money(mark: Mark) -> bool:
    """Whether a word speaks of money taken in."""
    token = mark.token
    return token is not None and bool({token.lemma, token.lower} & _MONEY)


def measure(state: State, mark: Mark) -> Expr | None:
    """Return what revenue is in this schema: a column of totals, or amounts times prices."""
    if not money(mark) or _own(state, mark):
        return None
    options = _options(state)
    if not options:
        return None
    found = _chosen(state, mark, options)
    state.names.setdefault(Agg("sum", found), mark.text.lower())
    return found


def _own(state: State, mark: Mark) -> bool:
    """`players earning more`: a column of those that are spoken of is called so already."""
    tables = {head.table for head in state.heads} or {state.subject}
    links = mark.thing.columns if mark.thing is not None else ()
    return any(link.column.table in tables and link.score > 0.7 for link in links)


def _options(state: State) -> list[tuple[float, str, Expr]]:
    """Return what money taken in may be here, the best first."""
    options = [
        (score + _distance(state, table.name), table.name, expr)
        for table in state.schema.tables.values()
        for score, expr in _in_table(table, _sales(state, table.name))
    ]
    return sorted(options, key=lambda option: (option[0], option[1]))


_NEAR = 0.2
"""Readings of money that are no further apart than this are asked about."""


def _sales(state: State, table: str) -> bool:
    """Whether rows of a table are events between others: dated, with two keys."""
    out = [edge for edge in state.schema.around(table) if edge.table == table]
    return len(out) >= 2 and any(c.kind == "date" for c in state.schema.tables[table].columns)


def _chosen(state: State, mark: Mark, options: list[tuple[float, str, Expr]]) -> Expr:
    """Take what a person chose, else the best; note the others that are about as good."""
    labels = {f"{phrase(expr)} of {plural(table)}": expr for _, table, expr in options}
    for label, expr in labels.items():
        if label in state.hints:
            return expr
    best = options[0]
    close = [o for o in options if o[0] - best[0] <= _NEAR]
    said = [label for label, expr in labels.items() if any(expr == o[2] for o in close)]
    if best[0] >= _NAMED and len(said) > 1 and all(word != mark.text for word, _ in state.choices):
        state.choices.append((mark.text, tuple(said[:3])))
    return best[2]


_NAMED = 0.2
"""A column that is called revenue scores less: then nobody needs to be asked."""


_EARNING = frozenset("earn make bring generate gross yield spend pay".split())


def earning(state: State, mark: Mark | None) -> Expr | None:
    """`which category earned most`: a verb of money says what is added up."""
    token = mark.token if mark is not None else None
    if mark is None or token is None or token.lemma not in _EARNING or mark.cue is not None:
        return None
    for one in state.schema.meaning.metrics:
        if {one.name.lower(), *one.synonyms} & {"revenue", "sales", "earnings"}:
            thing = Thing(mark.first, mark.last, 1, metric=one.name)
            return metric(state, Mark(mark.first, mark.last, one.name, thing=thing))
    options = _options(state)
    found = _chosen(state, mark, options) if options else None
    state.unread = [word for word in state.unread if word.removeprefix("~") != mark.text]
    return Agg("sum", found) if found is not None else None


def paid(state: State, verb: Mark | None) -> Expr | None:
    """Return what a verb of money adds up, be it of what happened then: `paid` of payments."""
    table = state.event.table if state.event is not None else ""
    if table in state.schema.tables:
        money = [
            c for c in state.schema.tables[table].columns
            if c.kind == "number" and not c.key and set(c.words) & (_TOTALS | {"price", "fee"})
        ]  # fmt: skip
        if len(money) == 1:
            return Agg("sum", Col(table, money[0].name))
    return earning(state, verb)


def total(state: State) -> Expr | None:
    """Return what adds up to the total of the rows that are spoken of: the lines of an order."""
    main = next((head.table for head in state.heads if head.table), state.subject)
    options = [
        (score, expr)
        for edge in state.schema.around(main) if edge.to_table == main
        for score, expr in _in_table(state.schema.tables[edge.table])
    ]  # fmt: skip
    return Agg("sum", min(options, key=lambda option: option[0])[1]) if options else None


def figure(state: State, mark: Mark) -> Expr | None:
    """Return the figure that a word means: a metric that is defined, else money that is summed."""
    expr = metric(state, mark)
    if expr is None and (special := measure(state, mark)) is not None:
        return Agg("sum", special)
    return expr


def _distance(state: State, table: str) -> float:
    """Prefer a table whose rows are not multiplied by what the answer is grouped or filtered by."""
    points = 0.0
    others = set(state.mentioned) | {
        link.table for mark in state.marks if mark.thing for link in mark.thing.values[:1]
    }
    for other in others:
        steps = distance(state.schema, table, other)
        points += 20.0 if steps is None else 0.1 * steps
        if steps and fans_out(state.schema, table, other):
            points += 5.0
    return points


def _in_table(table: Table, keyed: bool = False) -> list[tuple[float, Expr]]:
    """Return the money in a table's rows; a price counts where each row is a sale (`keyed`)."""
    found: list[tuple[float, Expr]] = []
    numbers = [c for c in table.columns if c.kind == "number" and not c.key]
    for column in numbers:
        if "revenue" in column.words:
            found.append((0.0, Col(table.name, column.name)))
        elif set(column.words) & _TOTALS and not set(column.words) & {"tax", "discount"}:
            found.append((0.25 if "total" in column.words else 0.3, Col(table.name, column.name)))
    price = _with(numbers, _PRICES)
    amount = _with([column for column in numbers if column is not price], _AMOUNTS)
    if amount is not None and price is not None and not found:
        product = Math("*", Col(table.name, amount.name), Col(table.name, price.name))
        found.append((0.4, product))
    if price is not None and amount is None and not found and keyed:
        found.append((0.5, Col(table.name, price.name)))
    return found


def _with(columns: list[Column], words: frozenset[str]) -> Column | None:
    expanded = [
        (c, {*c.words, *(x for w in c.words for x in ABBREVIATIONS.get(w, ()))}) for c in columns
    ]
    return next((column for column, names in expanded if names & words), None)


_HELD = frozenset("stock inventory stk supply".split())


def stocked(state: State, table: str) -> bool:
    """Whether rows of a table say how much there is of something."""
    words = state.schema.tables[table].words
    return any(state.linker.says_of(word, each) for word in words for each in _HELD)


def default_measure(state: State) -> Col | None:
    """Return what is measured where nobody says: `average pressure` is that of readings."""
    near = [head.table for head in state.heads if head.table] or [state.subject]
    near += [table for each in state.filters for table in each.tables]
    pointing = [e.table for t in near for e in state.schema.around(t) if e.to_table == t]
    for name in dict.fromkeys((*near, *pointing)):
        table = state.schema.tables.get(name)
        if table is None:
            continue
        numbers = [
            c for c in table.columns
            if c.kind == "number" and not c.key and "year" not in c.words
            and state.schema.pointing(name, c.name) is None
        ]  # fmt: skip
        held = [c for c in numbers if set(c.words) <= _AMOUNTS] if stocked(state, name) else []
        if len(held) == 1:
            return Col(name, held[0].name)
        money = [c for c in numbers if set(c.words) & (_TOTALS | {"value"})]
        if len(money) == 1 or len(numbers) == 1:
            return Col(name, (money or numbers)[0].name)
    return None
