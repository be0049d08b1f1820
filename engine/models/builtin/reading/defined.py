"""Defined: metrics, segments and habits that the owner of the data stated, as parts of a plan."""

import msgspec
from sqlglot import exp

from engine.metrics import NoFormula, metric_named, parsed, segment_named, simple_parts
from engine.models.builtin.joins import nodes, places
from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import (
    Agg,
    Bucket,
    Col,
    Cond,
    Expr,
    Fn,
    Math,
    Output,
    Query,
    Raw,
    Running,
    Scalar,
    Value,
    Within,
)  # fmt: skip
from engine.models.builtin.reading.state import Grouping, Head, State
from engine.models.builtin.schema import Schema, found
from engine.models.builtin.synonyms import SYNONYMS
from engine.ports import CumulativeMetric, DerivedMetric, Metric, RatioMetric, SimpleMetric

_OPS: dict[type[exp.Binary], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}


def metric(state: State, mark: Mark) -> Expr | None:
    """Return the metric that a word means: its name, or what it may be called."""
    name = mark.thing.metric if mark.thing is not None else ""
    if not name and mark.token is not None and state.schema.meaning.metrics:
        name = _like(state, mark.token.lemma)
    one = metric_named(state.schema.meaning, name) if name else None
    if one is None:
        return None
    try:
        expr = _written(state.schema, one)
    except NoFormula as why:
        state.doubt(str(why))
        return None
    _timed(state, one)
    return expr


def _like(state: State, word: str) -> str:
    """`turnover` is the revenue that was defined, where no column or table is called so."""
    known = SYNONYMS.get(word, frozenset())
    if state.linker.means(word):
        return ""
    named = [one.name for one in state.schema.meaning.metrics if one.name.lower() in known]
    return named[0] if len(named) == 1 else ""


def _timed(state: State, one: Metric) -> None:
    """A metric is told over time by its own column."""
    for part in simple_parts(state.schema.meaning, one.name)[:1]:
        table = found(state.schema.tables, part.table)
        if table is not None and part.time_column and state.event is None:
            state.event = Col(table.name, part.time_column)


# --- Figures ------------------------------------------------------------------------------------


def _written(schema: Schema, one: Metric) -> Expr:
    said = one.title or one.name.replace("_", " ")
    match one:
        case SimpleMetric():
            return _simple(schema, one, said)
        case RatioMetric():
            part, whole = _part(schema, one.numerator), _part(schema, one.denominator)
            if one.unit == "%":
                part = Math("*", Value(100), part)
            return Math("/", part, whole, said)
        case DerivedMetric():
            found = _calculated(schema, parsed(one.expression, schema.dialect), one.name)
            return msgspec.structs.replace(found, said=said) if isinstance(found, Math) else found
        case CumulativeMetric():
            return Running(_part(schema, one.metric), said=said)


def _part(schema: Schema, name: str) -> Expr:
    one = metric_named(schema.meaning, name)
    if one is None or isinstance(one, CumulativeMetric):
        raise NoFormula(f"{name} is no metric that can stand in another")
    return _written(schema, one)


def _simple(schema: Schema, one: SimpleMetric, said: str) -> Agg:
    table = found(schema.tables, one.table)
    if table is None:
        raise NoFormula(f"there is no table {one.table}")
    distinct = one.aggregate == "count_distinct"
    fn: Fn = "count" if one.aggregate == "count_distinct" else one.aggregate
    if not one.expression and not one.where:
        return Agg("count", table=table.name, said=said)
    value = one.expression or "1"
    sql = f"CASE WHEN {one.where} THEN {value} END" if one.where else value
    return Agg(fn, Raw(table.name, sql, said), distinct, said=said)


def _calculated(schema: Schema, tree: exp.Expr, name: str) -> Expr:
    """Return a calculation of metrics as a plan, as far as it only adds, multiplies and divides."""
    if isinstance(tree, exp.Paren):
        return _calculated(schema, tree.this, name)
    if isinstance(tree, exp.Column):
        return _part(schema, tree.name)
    if isinstance(tree, exp.Literal) and not tree.is_string:
        return Value(float(tree.this) if "." in tree.this else int(tree.this))
    op = _OPS.get(type(tree)) if isinstance(tree, exp.Binary) else None
    if op is None:
        raise NoFormula(f"the metric {name} is more than a plain calculation")
    left, right = (_calculated(schema, part, name) for part in (tree.this, tree.expression))
    return Math(op, left, right)  # type: ignore[arg-type]


# --- Reading ------------------------------------------------------------------------------------


def spoken(state: State, mark: Mark) -> int:
    """A metric is asked for, or waits for what it is compared with; a segment is a condition."""
    if mark.thing is None or mark.cue is not None:
        return 0
    if mark.thing.segment and (cond := segment(state.schema, mark.thing.segment)) is not None:
        state.add(cond, cond.table, words=mark.text)
        return 1
    both = bool(mark.thing.tables) and not state.aggs
    if not mark.thing.metric or both or (expr := metric(state, mark)) is None:
        return 0
    if state.aggs:
        expr = _again(expr, state.aggs[-1])
        state.aggs = []
    state.counting = False
    if state.asking or not state.heads:
        state.heads.append(Head("agg", _table(expr), expr, mark.text))
        _alone(state, mark.thing.metric)
    else:
        state.metric = expr
    return 1


def home(schema: Schema, mark: Mark) -> str:
    """Return the table that a segment or metric speaks of."""
    if mark.thing is None:
        return ""
    if mark.thing.segment and (cond := segment(schema, mark.thing.segment)) is not None:
        return cond.table
    try:
        parts = simple_parts(schema.meaning, mark.thing.metric) if mark.thing.metric else ()
    except NoFormula:
        return ""
    table = found(schema.tables, parts[0].table) if parts else None
    return table.name if table is not None else ""


def _again(expr: Expr, fn: Fn) -> Expr:
    """`total revenue` is revenue; `average order value` may be another function of the same."""
    if fn == "sum" or not isinstance(expr, Agg) or expr.fn == fn or expr.arg is None:
        return expr
    return Agg(fn, expr.arg)


def _table(expr: Expr) -> str:
    return next((n.table for n in nodes(expr) if isinstance(n, Agg | Raw | Col) and n.table), "")


def _alone(state: State, name: str) -> None:
    """What adds up along time is told per month, or per period of its own, where nobody says."""
    one = metric_named(state.schema.meaning, name)
    timed = any(m.time is not None and m.time.unit is not None for m in state.marks)
    if isinstance(one, CumulativeMetric) and not timed:
        unit = one.period if one.window else "month" if one.period in (None, "year") else "day"
        state.groupings.append(Grouping(None, "", unit))


def segment(schema: Schema, name: str) -> Raw | None:
    """Return the condition of a segment."""
    one = segment_named(schema.meaning, name)
    table = found(schema.tables, one.table) if one is not None else None
    if one is None or table is None:
        return None
    return Raw(table.name, one.where, one.title or one.name.replace("_", " "))


# --- Finishing ----------------------------------------------------------------------------------


def finished(state: State, query: Query) -> Query:
    """Put in what holds unless somebody speaks of it, and how far back a running metric goes."""
    if not (state.schema.meaning.tables or state.schema.meaning.metrics):
        return query
    return _habits(state.schema, _run(state, query))


def _habits(schema: Schema, query: Query) -> Query:
    """Add the default filters of all tables that are met, in the queries inside as well."""
    where = tuple(_inside(schema, cond) for cond in query.where)
    spoken_of = _columns(schema, (query.where, query.having, query.group))
    for place in places(query):
        sql = default_filter(schema, place.table)
        if not sql or _named_in(sql, schema, place.table) & spoken_of:
            continue
        where = (*where, Raw(place.table, sql, f"usual: {sql}", place.via))
    return msgspec.structs.replace(query, where=where)


def _inside(schema: Schema, cond: Cond) -> Cond:
    if isinstance(cond, Within):
        return msgspec.structs.replace(cond, query=_habits(schema, cond.query))
    return cond


def default_filter(schema: Schema, table: str) -> str:
    """Return the condition that holds for a table unless a question says otherwise."""
    for stated in schema.meaning.tables:
        named = found(schema.tables, stated.name)
        if named is not None and named.name == table:
            return stated.default_filter
    return ""


def _columns(schema: Schema, part: object) -> set[tuple[str, str]]:
    """Return the columns that a part of a plan speaks of."""
    spoken_of = {(n.table, n.column.lower()) for n in nodes(part) if isinstance(n, Col)}
    for raw in (n for n in nodes(part) if isinstance(n, Raw)):
        spoken_of |= _named_in(raw.sql, schema, raw.table)
    return spoken_of


def _named_in(sql: str, schema: Schema, table: str) -> set[tuple[str, str]]:
    try:
        tree = parsed(sql, schema.dialect)
    except NoFormula:
        return set()
    return {(table, column.name.lower()) for column in tree.find_all(exp.Column)}


def _run(state: State, query: Query) -> Query:
    """A moving total goes some rows back, one to date begins anew with each period."""
    for place, output in enumerate(query.outputs):
        if not isinstance(output.expr, Running) or not output.expr.said:
            continue
        one = next(
            (m for m in state.schema.meaning.metrics
             if output.expr.said == (m.title or m.name.replace("_", " "))), None,
        )  # fmt: skip
        bucket = next((key for key in query.group if isinstance(key, Bucket)), None)
        if not isinstance(one, CumulativeMetric) or bucket is None:
            state.doubt(f"{output.expr.said} is told along time")
            continue
        since = Bucket(one.period, bucket.arg) if one.period and not one.window else None
        running = msgspec.structs.replace(output.expr, rows=one.window, since=since)
        rest = query.outputs[place + 1 :]
        outputs = (*query.outputs[:place], Output(running, output.name), *rest)
        group = (*query.group, since) if since is not None else query.group
        query = msgspec.structs.replace(query, outputs=outputs, group=tuple(dict.fromkeys(group)))
    return query


def apart(query: Query) -> bool:
    """Whether the metrics of a plan count rows of tables that have to be asked each alone."""
    parts = (n for o in query.outputs for n in nodes(o.expr) if isinstance(n, Agg | Raw))
    return len({part.table for part in parts if part.table}) > 1


def each_alone(schema: Schema, query: Query) -> Query:
    """Ask for the parts of a figure in queries of their own, where nothing is grouped."""

    def alone(expr: Expr) -> Expr:
        if isinstance(expr, Agg):
            return Scalar(_habits(schema, Query(root=_table(expr), outputs=(Output(expr),))))
        if isinstance(expr, Math):
            return msgspec.structs.replace(expr, left=alone(expr.left), right=alone(expr.right))
        return expr

    outputs = tuple(
        Output(alone(o.expr), o.name) if isinstance(o.expr, Math | Agg) else o
        for o in query.outputs
    )
    return msgspec.structs.replace(query, outputs=outputs, tables=())
