"""What analysts, dashboards and models ask of the shop, by class: it must run as it was written."""

from typing import Final

HONEST: Final[dict[str, tuple[str, ...]]] = {
    "any": (
        "SELECT c.region, count(*) AS n FROM orders o JOIN customers c ON c.id = o.customer_id"
        " GROUP BY c.region HAVING count(*) > 1 ORDER BY n DESC, 1",
        "WITH a AS (SELECT * FROM orders), b AS (SELECT customer_id, sum(amount) AS s FROM a"
        " GROUP BY customer_id) SELECT * FROM b WHERE s > 10 ORDER BY 1",
        "SELECT id, row_number() OVER (PARTITION BY customer_id ORDER BY ts DESC) AS n,"
        " lag(amount) OVER w AS last_one, sum(amount) OVER (ORDER BY id ROWS BETWEEN 6 PRECEDING"
        " AND CURRENT ROW) AS week FROM orders WINDOW w AS (PARTITION BY note ORDER BY id)",
        "SELECT id FROM orders WHERE note IS NOT NULL AND id NOT IN (1, 2)"
        " AND id NOT BETWEEN 3 AND 5 AND note NOT LIKE 'x%' ORDER BY id",
        "SELECT TRUE = id NOT IN (3) AS a, coalesce(note, 'none') AS b, nullif(id, 2) AS c"
        " FROM orders WHERE id < 5 ORDER BY id",
        "SELECT id FROM orders EXCEPT SELECT id FROM customers ORDER BY id LIMIT 3 OFFSET 1;",
    ),
    "sqlite": (
        "SELECT strftime('%Y-%m', ts) AS m, total(amount), group_concat(DISTINCT note) FROM orders"
        " GROUP BY m ORDER BY m",
        "SELECT substr(name, 1, 3), ifnull(region, '?'), iif(id > 1, 1, 0), instr(name, 'm'),"
        " mod(7, 3), log10(100), name GLOB 'N*', name NOT GLOB 'x*' FROM customers ORDER BY id",
        "SELECT CAST(id AS DECIMAL(10, 2)), CAST('x' AS BLOB), CAST('7' AS REAL),"
        " CAST(id AS VARCHAR(5)), CAST('1.5' AS BOOLEAN) FROM orders ORDER BY id LIMIT 2",
        "SELECT avg(amount) FROM (SELECT amount FROM orders ORDER BY amount LIMIT 2 -"
        " (SELECT count(*) FROM orders) % 2 OFFSET (SELECT (count(*) - 1) / 2 FROM orders))",
        "SELECT value FROM json_each('[1, 2]') UNION SELECT json_extract('{\"a\": 3}', '$.a')",
        "SELECT count(*) FILTER (WHERE note IS NOT NULL), date('2024-01-31', '+1 month'),"
        " julianday('2024-03-01') - julianday('2024-02-01') FROM orders",
        "SELECT [id], `note` FROM [orders] NOT INDEXED ORDER BY note DESC NULLS LAST, id LIMIT 3",
    ),
    "duckdb": (
        "FROM orders SELECT customer_id, sum(amount) GROUP BY ALL ORDER BY ALL LIMIT 3",
        "SELECT * EXCLUDE (note) REPLACE (round(amount) AS amount) FROM orders ORDER BY id LIMIT 2",
        "SELECT id, amount FROM orders QUALIFY row_number() OVER (PARTITION BY customer_id"
        " ORDER BY id) = 1 ORDER BY id LIMIT 3",
        "SELECT max(COLUMNS('^a')), count_if(id > 3), arg_max(id, amount), median(amount),"
        " string_agg(DISTINCT note, ', ' ORDER BY note), quantile_cont(amount, [0.25, 0.75])"
        " FROM orders",
        "SELECT list_transform([1, 2], x -> x + 1), list_filter([1, 2], lambda x : x > 1),"
        " [y * 2 FOR y IN [1, 2]], {'a': 1}.a, MAP {'k': 1}['k'], 'x'.upper()",
        "SELECT INTERVAL '1 day 02:03:04', INTERVAL 3 DAYS, INTERVAL (1 + 1) MONTH,"
        " date_trunc('month', DATE '2024-02-03'), last_value(3 IGNORE NULLS) OVER ()",
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY amount) FROM orders",
        "SELECT unnest(generate_series(DATE '2024-01-01', DATE '2024-01-03', INTERVAL 1 DAY)) AS d",
        "SELECT status FROM (PIVOT (SELECT 1 AS id, 'a' AS status) ON id USING count(*))",
        "SELECT 2 ** 3, 7 // 2, 'abc' ~ 'b', 'abc' !~ 'b', 'a' SIMILAR TO 'a', 'a' NOT ILIKE 'B'",
        "SELECT o.id, c.id FROM orders o ASOF JOIN customers c ON o.id >= c.id ORDER BY 1 LIMIT 3",
    ),
    "postgres": (
        "SELECT interval '3 days 04:05:06', interval '1' day, interval '1-2' year to month,"
        " '3 hours'::interval, interval '1 day 2 hours'",
        "SELECT string_agg(DISTINCT region, ', ' ORDER BY region), count(*) FILTER (WHERE id > 3),"
        " percentile_cont(ARRAY[0.25, 0.75]) WITHIN GROUP (ORDER BY id),"
        " array_agg(id ORDER BY id DESC) FROM customers",
        "SELECT strpos(name, 'm'), char_length(name), substr(name, 2, 2), btrim(name), variance(1),"
        " name ~ '^N', name !~* 'x', name NOT SIMILAR TO 'x' FROM customers GROUP BY name"
        " ORDER BY name LIMIT 3",
        "SELECT c.id, x.n FROM customers c LEFT JOIN LATERAL (SELECT count(*) AS n FROM orders o"
        " WHERE o.customer_id = c.id) x ON true ORDER BY 1 LIMIT 3",
        "SELECT t.a, u.v, u.n FROM (VALUES (ARRAY['x', 'y'])) AS t(a), unnest(t.a) WITH ORDINALITY"
        " AS u(v, n)",
        "WITH RECURSIVE g AS (SELECT 1 AS id UNION ALL SELECT id + 1 FROM g WHERE id < 3)"
        " SEARCH DEPTH FIRST BY id SET place SELECT id FROM g",
        "SELECT region, extract(year FROM ts), sum(amount), grouping(region) FROM orders"
        " JOIN customers USING (id) GROUP BY CUBE (region, extract(year FROM ts)) ORDER BY 1, 2",
        "SELECT ARRAY(SELECT id FROM orders ORDER BY id LIMIT 2), array_agg(ROW(id, region))"
        " FROM customers WHERE id = 1",
        "SELECT '{\"a\": [1, 2]}'::jsonb #>> '{a,0}', '{\"a\": 1}'::jsonb ? 'a',"
        " jsonb_path_query_first('{\"a\": 1}', '$.a'), host('10.0.0.1'::inet)",
        "SELECT DISTINCT ON (customer_id) customer_id, id FROM orders ORDER BY customer_id, ts DESC"
        " LIMIT 3",
        "SELECT d::date FROM generate_series('2024-01-01'::date, '2024-01-03', '1 day') AS d",
        "SELECT current_time IS NOT NULL, ROW(1, NULL) IS NOT NULL, now() = current_timestamp",
    ),
    "mysql": (
        "SELECT name REGEXP '^N', name NOT REGEXP 'x', name RLIKE '[0-9]' FROM customers"
        " ORDER BY id LIMIT 2",
        "SELECT DATE_FORMAT(ts, '%Y-%m') AS m, SUM(IF(note IS NULL, 1, 0)) FROM orders GROUP BY m"
        " WITH ROLLUP",
        "SELECT GROUP_CONCAT(DISTINCT region ORDER BY region SEPARATOR '|'), GROUP_CONCAT(id"
        " ORDER BY id LIMIT 2), GROUP_CONCAT(id, ':', region ORDER BY id) FROM customers",
        "SELECT ts + INTERVAL 1 DAY, DATE_ADD(ts, INTERVAL '1:30' MINUTE_SECOND), INTERVAL(2, 1, 3)"
        ", TIMESTAMPDIFF(MONTH, ts, '2025-01-01'), EXTRACT(YEAR_MONTH FROM ts) FROM orders"
        " ORDER BY id LIMIT 2",
        "SELECT JSON_EXTRACT('{\"a\": 1}', '$.a'), JSON_VALUE('{\"a\": 1}', '$.a')",
        "SELECT 1 FROM DUAL",
        "SELECT 7 DIV 2, 7 MOD 3, 5 ^ 3, NOT 1, 1 XOR 0, 1 <=> NULL, 'a' 'b', BINARY 'a' = 'A'",
        "SELECT CONVERT(id, CHAR), CAST(id AS UNSIGNED), CONVERT('x' USING utf8mb4) FROM orders"
        " ORDER BY id LIMIT 2",
        "SELECT j.v FROM JSON_TABLE('[1, 2]', '$[*]' COLUMNS (v INT PATH '$')) AS j",
    ),
}


ELSEWHERE: Final[dict[str, tuple[str, ...]]] = {
    "bigquery": ("SELECT SAFE.SUBSTR(a, 1), SAFE_CAST(b AS INT64), * EXCEPT (c) FROM `p.d.t`",),
    "clickhouse": (
        "SELECT toStartOfMonth(d) AS m, uniq(id), groupArray(x), sumIf(a, b > 1) FROM t FINAL"
        " PREWHERE c = 1 GROUP BY m",
        "SELECT arrayStringConcat(a, ','), addDays(d, 1), replaceAll(s, 'a', 'b') FROM t LIMIT 2"
        " BY e",
    ),
    "oracle": (
        "SELECT e.name FROM employees e CONNECT BY PRIOR e.id = e.boss START WITH e.boss IS NULL",
        "SELECT NVL(a, 0), DECODE(a, 1, 'x'), ADD_MONTHS(d, 1) FROM t WHERE ROWNUM <= 10",
    ),
    "snowflake": ("SELECT v:a.b::string, LISTAGG(x, ',') WITHIN GROUP (ORDER BY x) FROM t",),
    "tsql": ("SELECT TOP 5 ISJSON(a), VAR(b), IIF(a > 1, 1, 0) FROM [dbo].[t] WITH (NOLOCK)",),
    "trino": ("SELECT map_agg(a, b), filter(c, x -> x > 1), approx_distinct(d) FROM t",),
}
"""Honest questions in dialects that the guard only judges as a tool of its own."""


def honest(dialect: str) -> tuple[str, ...]:
    """Return what must run as written in a dialect."""
    return HONEST["any"] + HONEST[dialect]
