"""What sources hold and what owners stated of them, in lines for the terminal."""

from collections.abc import Iterator

from engine.ports import (
    Catalogue,
    CatalogueChange,
    CumulativeMetric,
    DerivedMetric,
    Meaning,
    Metric,
    RatioMetric,
    SimpleMetric,
    TableInfo,
)
from engine.sources.privacy import Privacy


def told_meaning(meaning: Meaning) -> str:
    """Write a meaning: a heading for each kind of word, a line for each word."""
    parts = (
        ("metrics", [_line(one.name, _metric(one), one.synonyms) for one in meaning.metrics]),
        (
            "segments",
            [
                _line(one.name, f"{one.table}: {one.where}", one.synonyms)
                for one in meaning.segments
            ],
        ),
        (
            "joins",
            [
                _line(
                    f"{join.table} → {join.to_table}",
                    f"{', '.join(join.columns)} = {', '.join(join.to_columns)}",
                    join.words,
                )
                for join in meaning.joins
            ],
        ),
        ("names", list(_names(meaning))),
    )
    written = [f"{head}\n" + "".join(lines) for head, lines in parts if lines]
    return "\n".join(written) or "nothing is said of it\n"


def told_privacy(privacy: Privacy) -> str:
    """Write rules, a line for each."""
    lines = [f"only {name}\n" for name in privacy.only]
    lines += [f"schema {name}: hidden\n" for name in privacy.hidden_schemas]
    for rule in privacy.tables:
        if rule.hidden:
            lines.append(f"{rule.name}: hidden\n")
        if rule.rows:
            lines.append(f"{rule.name}: rows where {rule.rows}\n")
        for column in rule.columns:
            what = "hidden" if column.hidden else f"shown as {column.mask}"
            lines.append(f"{rule.name}.{column.name}: {what}\n")
    samples = "shown" if privacy.samples else "not shown"
    hidden = f", but for names with {', '.join(privacy.sensitive)}" if privacy.sensitive else ""
    lines.append(f"values in the catalogue: {samples}{hidden if privacy.samples else ''}\n")
    return "".join(lines)


def told_catalogue(catalogue: Catalogue) -> str:
    """Write what a source holds, a line for each table, and what became different of late."""
    lines = [_table(table) for table in catalogue.tables]
    if catalogue.changes:
        lines.append(f"\nchanged, seen {catalogue.changed_at}\n")
        lines += [_change(change) for change in catalogue.changes]
    return "".join(lines) or "no tables\n"


def _table(table: TableInfo) -> str:
    name = f"{table.schema}.{table.name}".lstrip(".")
    rows = "" if table.rows is None else f"about {table.rows:,} rows"
    keys = [
        f"{', '.join(key.columns)} → {key.to_table}{' (inferred)' if key.inferred else ''}"
        for key in table.foreign_keys
    ]
    said = "; ".join(filter(None, (f"{len(table.columns)} columns", rows, *keys)))
    return f"{name:28} {said}\n"


def _change(change: CatalogueChange) -> str:
    place = ".".join(filter(None, (change.table, change.column)))
    what = change.what.replace("_", " ")
    how = f": {change.was or 'none'} → {change.now or 'none'}" if change.was or change.now else ""
    return f"  {what} {place}{how}\n"


def _metric(metric: Metric) -> str:
    match metric:
        case SimpleMetric():
            of = f"{metric.aggregate} of {metric.expression or 'rows'} in {metric.table}"
            said = of + (f" where {metric.where}" if metric.where else "")
        case RatioMetric():
            said = f"{metric.numerator} / {metric.denominator}"
        case DerivedMetric():
            said = metric.expression
        case CumulativeMetric():
            said = f"{metric.metric} added up" + _window(metric)
    return said + (f" [{metric.unit}]" if metric.unit else "")


def _window(metric: CumulativeMetric) -> str:
    if metric.window is not None:
        return f" over {metric.window} {metric.period}s"
    return f" since the beginning of the {metric.period}" if metric.period else ""


def _names(meaning: Meaning) -> Iterator[str]:
    for table in meaning.tables:
        if table.title or table.synonyms or table.default_filter:
            filter_ = f"unless asked: {table.default_filter}" if table.default_filter else ""
            said = "; ".join(filter(None, (table.title, filter_)))
            yield _line(table.name, said, table.synonyms)
        for column in table.columns:
            values = ", ".join(f"{one.value} = {one.means[0]}" for one in column.values)
            said = "; ".join(filter(None, (column.title, values)))
            if said or column.synonyms:
                yield _line(f"{table.name}.{column.name}", said, column.synonyms)


def _line(name: str, said: str, synonyms: tuple[str, ...]) -> str:
    also = f"  ({', '.join(synonyms)})" if synonyms else ""
    return f"  {name:28} {said}{also}".rstrip() + "\n"
