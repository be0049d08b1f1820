"""Statements by class: what must never pass the guard, and what must always pass."""

ATTACKS: dict[str, dict[str, tuple[str, ...]]] = {
    "any": {
        "writes": (
            "INSERT INTO orders VALUES (1)",
            "UPDATE orders SET amount = 0",
            "DELETE FROM orders",
            "DROP TABLE orders",
            "CREATE TABLE evil AS SELECT 1",
            "TRUNCATE TABLE orders",
            "ALTER TABLE orders ADD COLUMN x INT",
            "MERGE INTO orders USING customers ON 1 = 1 WHEN MATCHED THEN DELETE",
            "WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone",
            "SELECT * INTO evil FROM orders",
            "EXPLAIN DELETE FROM orders",
        ),
        "second statements": (
            "SELECT 1; DROP TABLE orders",
            "SELECT 1 /* ; */ ; DELETE FROM orders",
            "SELECT 1; SELECT 2",
            "SELECT ';'; DELETE FROM orders --",
            "EXPLAIN SELECT 1; DELETE FROM orders",
        ),
        "commands": (
            "SET x = 1",
            "BEGIN",
            "COMMIT",
            "CALL evil()",
            "GRANT ALL ON orders TO public",
            "PREPARE p AS SELECT 1",
            "EXECUTE p",
            "LOAD 'evil'",
            "VACUUM",
            "ANALYZE orders",
            "ATTACH 'x' AS y",
            "DO SLEEP(1)",
        ),
        "comments that run": (
            "SELECT 1 /*! , SLEEP(5) */",
            "SELECT 1 /*!50000 INTO OUTFILE '/tmp/x' */",
            "SELECT /*M!100100 SLEEP(5), */ 1",
        ),
        "functions nobody knows": (
            "SELECT evil(1)",
            "SELECT * FROM orders ORDER BY evil(1)",
            "SELECT CASE WHEN evil() THEN 1 END",
            "SELECT * FROM evil('x')",
            "SELECT * FROM orders WHERE id IN (SELECT evil(id) FROM orders)",
            "SELECT count(*) FILTER (WHERE evil()) FROM orders",
            "SELECT sum(amount) OVER (ORDER BY evil()) FROM orders",
            "SELECT * FROM orders LIMIT (SELECT evil())",
        ),
        "locks": ("SELECT * FROM orders FOR UPDATE", "SELECT * FROM orders FOR SHARE"),
        "queries without brackets": (
            "SELECT * FROM SELECT * FROM orders",
            "SELECT * FROM FROM orders",
        ),
        "parameters": ("SELECT ?", "SELECT :name"),
        "not SQL": (
            "",
            " ;; ",
            "-- nothing",
            "hello there",
            "SELECT (",
            "SELECT 'open",
            "SHOW ALL",
        ),
        "too much": (
            "SELECT " + "(" * 200 + "1" + ")" * 200,
            "SELECT " + "not " * 5_000 + "true",
            "SELECT '" + "x" * 200_000 + "'",
        ),
    },
    "sqlite": {
        "parameters by another sign": ("SELECT $x", "SELECT @x", "SELECT ?1"),
        "internals": (
            "SELECT * FROM sqlite_master",
            'SELECT * FROM "sqlite_schema"',
            "SELECT * FROM main.sqlite_master",
            "SELECT * FROM dbstat",
            "SELECT * FROM pragma_database_list",
            "SELECT * FROM pragma_journal_mode('delete')",
            "PRAGMA table_info('orders')",
        ),
        "code and files": (
            "SELECT load_extension('x')",
            "SELECT readfile('/etc/passwd')",
            "SELECT writefile('x', 'y')",
            "SELECT fts3_tokenizer('simple')",
            "VACUUM INTO 'x.db'",
        ),
        "bombs": (
            "SELECT printf('%.*c', 900000000, 'x')",
            "SELECT printf('%900000000d', 1)",
            "SELECT format('%' || '900000000d', 1)",
            "SELECT hex(zeroblob(1000000000))",
            "SELECT randomblob(1000000000)",
        ),
    },
    "duckdb": {
        "files": (
            "SELECT * FROM '/etc/passwd'",
            "SELECT * FROM 'orders.parquet'",
            "SELECT * FROM orders.csv",
            "FROM read_csv('x.csv')",
            "SELECT * FROM read_text('/etc/passwd')",
            "SELECT * FROM glob('*')",
            "SELECT * FROM parquet_metadata('x')",
            "DESCRIBE SELECT * FROM read_csv('x')",
            "SUMMARIZE 'x.csv'",
            "COPY orders TO 'x'",
            "EXPORT DATABASE 'x'",
        ),
        "settings": (
            "SELECT current_setting('temp_directory')",
            "SELECT getenv('HOME')",
            "FROM duckdb_settings()",
            "FROM duckdb_secrets()",
            "SELECT getvariable('x')",
            "PRAGMA database_list",
            "RESET memory_limit",
            "CHECKPOINT",
        ),
        "SQL in texts": (
            "FROM query('DROP TABLE orders')",
            "FROM query_table(['orders'])",
            "SELECT json_execute_serialized_sql('x')",
            "FROM json_execute_serialized_sql('x')",
        ),
        "state": ("SELECT nextval('s')", "SELECT setseed(1)", "SELECT write_log('x')"),
    },
    "postgres": {
        "files": (
            "SELECT pg_read_file('x')",
            "SELECT \"pg_read_file\"('x')",
            "SELECT pg_catalog.pg_read_file('x')",
            "SELECT U&\"\\0070g_read_file\"('x')",
            "SELECT ('x'::text).pg_read_file",
            "SELECT x.pg_read_file FROM unnest(ARRAY['x']) AS x",
            "SELECT x.pg_read_file FROM unnest(ARRAY['x']) AS x(a)",
            "SELECT x.pg_read_file FROM orders, LATERAL unnest(orders.tags) x",
            "COPY orders TO PROGRAM 'x'",
            "SELECT lo_import('x')",
        ),
        "SQL in texts": (
            "SELECT query_to_xml('x', true, false, '')",
            "SELECT * FROM dblink('x', 'y') AS t(a int)",
            "SELECT * FROM crosstab('x') AS t(a int)",
            "SELECT * FROM ts_stat('x')",
            "SELECT ts_rewrite('a', 'x')",
            "DO $$ BEGIN END $$",
        ),
        "waiting and signals": (
            "SELECT pg_sleep(1)",
            "SELECT pg_advisory_lock(1)",
            "SELECT pg_terminate_backend(1)",
            "SELECT pg_notify('a', 'b')",
        ),
        "settings": (
            "SELECT set_config('a', 'b', false)",
            "SELECT current_setting('a')",
            "SET TRANSACTION READ WRITE",
        ),
        "secrets": (
            "SELECT * FROM pg_authid",
            "SELECT * FROM pg_catalog.pg_shadow",
            "SELECT * FROM pg_stat_activity",
            "SELECT * FROM information_schema.user_mapping_options",
        ),
        "sequences": ("SELECT nextval('s')", "SELECT setval('s', 1)"),
        "operators": ("SELECT 1 OPERATOR(public.+) 1",),
        "functions of another case": ('SELECT "COUNT"(1)', 'SELECT "Lower"(region) FROM orders'),
        "sampling by code": ("SELECT * FROM orders TABLESAMPLE evil(1)",),
    },
    "mysql": {
        "files": (
            "SELECT load_file('x')",
            "SELECT * FROM orders INTO OUTFILE 'x'",
            "SELECT 1 INTO @a",
        ),
        "waiting": ("SELECT sleep(1)", "SELECT benchmark(1, 1)", "SELECT get_lock('a', 1)"),
        "variables": ("SELECT @@version", "SELECT @a", "SELECT @a := 1"),
        "secrets": (
            "SELECT * FROM mysql.user",
            "TABLE mysql.user",
            "SHOW GRANTS",
            "SHOW TABLES FROM mysql",
            "SHOW COLUMNS FROM mysql.user",
            "SHOW INDEX FROM user FROM mysql",
            "SELECT * FROM performance_schema.threads",
            "SELECT * FROM information_schema.processlist",
        ),
        "limits undone": ("SELECT SQL_CALC_FOUND_ROWS * FROM orders",),
    },
}

LEGIT: dict[str, tuple[str, ...]] = {
    "any": (
        "SELECT 1",
        "SELECT id, region AS where_from FROM orders WHERE amount > 10 ORDER BY id DESC LIMIT 5",
        "SELECT region, count(*), sum(amount), avg(amount) FROM orders GROUP BY region"
        " HAVING count(*) > 1",
        "SELECT c.name FROM orders o JOIN customers c ON c.id = o.customer_id",
        "SELECT * FROM orders WHERE id IN (SELECT id FROM customers) OR region LIKE '%a%'",
        "WITH a AS (SELECT 1 AS x), b AS (SELECT x FROM a) SELECT * FROM b",
        "SELECT id FROM orders UNION ALL SELECT id FROM customers",
        "SELECT CASE WHEN amount BETWEEN 1 AND 2 THEN 'a' ELSE 'b' END FROM orders",
        "SELECT row_number() OVER (PARTITION BY region ORDER BY ts) FROM orders",
        "SELECT coalesce(region, 'drop table orders; --') FROM orders",
        "SELECT id -- a remark; delete\nFROM orders",
        "SELECT /* nothing to see */ 1;",
        "SELECT cast(amount AS integer), round(amount, 2), upper(region) FROM orders",
        "SELECT EXISTS (SELECT 1 FROM orders WHERE region IS NULL)",
        "EXPLAIN SELECT * FROM orders",
    ),
    "sqlite": (
        "SELECT strftime('%Y-%m', ts), printf('%.2f', amount), replace(region, 'a', 'b')"
        " FROM orders",
        "SELECT * FROM json_each('[1]'), pragma_table_info('orders')",
        "EXPLAIN QUERY PLAN SELECT 1",
        "SELECT julianday('now') - julianday(ts), date(ts, '-1 month') FROM orders",
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 9) SELECT x"
        " FROM c",
    ),
    "duckdb": (
        "FROM orders",
        "PIVOT orders ON region USING sum(amount)",
        "SELECT * EXCLUDE (id) REPLACE (amount * 2 AS amount) FROM orders",
        "SELECT list_transform([1, 2], x -> x + 1), {'a': 1}.a, [y FOR y IN [1]]",
        "SELECT region.upper(), arg_max(id, amount) FROM orders GROUP BY ALL",
        "DESCRIBE orders",
        "SUMMARIZE orders",
        "SHOW TABLES",
        "SELECT * FROM range(3), information_schema.tables",
        "SELECT quantile_cont(amount, 0.5), date_trunc('month', ts) FROM orders GROUP BY 2",
    ),
    "postgres": (
        "TABLE orders",
        "SELECT DISTINCT ON (region) region, amount::numeric(10, 2) FROM orders ORDER BY region",
        "SELECT string_agg(region, ',' ORDER BY id) FILTER (WHERE amount > 1) FROM orders",
        "SELECT e.value, d FROM orders, jsonb_array_elements('[1]') e, generate_series(1, 2) AS d",
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY amount) FROM orders",
        "SELECT date_trunc('month', ts) AT TIME ZONE 'UTC' FROM orders",
        "SELECT '{: 1}'::jsonb ->> 'a'",
        "EXPLAIN (ANALYZE, FORMAT JSON) SELECT 1",
        "SELECT $tag$; DROP TABLE orders$tag$, E'\\'; DROP TABLE orders; --'",
        "SELECT relname FROM pg_class",
    ),
    "mysql": (
        "SELECT DATE_FORMAT(ts, '%Y-%m'), GROUP_CONCAT(DISTINCT region SEPARATOR ',') FROM orders",
        "SELECT region, SUM(amount) FROM orders GROUP BY region WITH ROLLUP",
        "SELECT * FROM orders LIMIT 5, 10",
        "SELECT IF(amount > 1, 'a', 'b'), IFNULL(region, 'x') FROM `orders`",
        "SHOW TABLES",
    ),
}

ELSEWHERE: dict[str, tuple[str, ...]] = {
    "snowflake": ("SELECT * FROM @stage/x", "SELECT s.nextval FROM t", "SELECT SYSTEM$WAIT(1)"),
    "tsql": ("SELECT * FROM server.db.dbo.t", "SELECT * FROM t WITH (TABLOCKX)"),
    "bigquery": ("SELECT * FROM d.INFORMATION_SCHEMA.JOBS", "SELECT ML.PREDICT(1)"),
    "clickhouse": ("SELECT 1 SETTINGS readonly = 0", "SELECT * FROM s3('x')"),
    "oracle": (
        "SELECT * FROM t@link",
        "SELECT package.call FROM dual",
        "SELECT sys.dbms_random.value FROM dual",
        "SELECT * FROM v$session",
        "SELECT * FROM dba_users",
    ),
}
"""Attacks in dialects that the guard only judges as a tool of its own."""

DIALECTS = ("sqlite", "duckdb", "postgres", "mysql")


def attacks(dialect: str) -> list[str]:
    """Return all attacks on a dialect."""
    return [sql for name in ("any", dialect) for group in ATTACKS[name].values() for sql in group]


def legit(dialect: str) -> list[str]:
    """Return all that a dialect must allow."""
    return [*LEGIT["any"], *LEGIT[dialect]]
