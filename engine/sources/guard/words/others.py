"""What queries in dialects without an adapter of ours may name: the guard as a tool of its own."""

from typing import Final

FUNCTIONS: Final = frozenset(
    """
    abs any_value approx_count_distinct approx_quantile approx_quantiles approx_top_k
    array_agg array_concat array_contains array_cat array_length array_size array_slice
    array_to_string arrayconcat arraycount arraydistinct arrayexists arrayfilter arrayfirst
    arrayjoin arraymap arrayreduce arrayreverse arraysort arraysum argmax argmin avg avgif
    bit_and bit_or ceil ceiling charindex checksum_agg choose coalesce concat concat_ws
    contains corr count countif covar_pop covar_samp cume_dist current_date current_timestamp
    date date_add date_diff date_part date_sub date_trunc dateadd datediff datediff_big
    datefromparts datename datepart datetime datetime2fromparts datetimefromparts day decode
    dense_rank div editdistance endswith eomonth exp extract farm_fingerprint first_value
    flatten floor format format_date format_datetime format_timestamp formatdatetime
    generate_array generate_date_array getdate getutcdate greatest group_concat groupuniqarray
    grouping grouping_id hour iff ifnull iif initcap instr isdate isnull isnumeric
    json_extract json_extract_scalar json_query json_value jsonextract jsonextractfloat
    jsonextractint jsonextractraw jsonextractstring kurtosis lag last_day last_value lead
    least left len length listagg ln log log10 lower lpad ltrim max max_by maxif md5 median
    min min_by minif minute mod mode month months_between multiif nth_value ntile nullif nvl
    nvl2 object_construct parse_date parse_json parse_timestamp patindex percent_rank
    percentile_cont percentile_disc pow power quantile quantileexact quantiles quantiletdigest
    quarter rank ratio_to_report regexp_contains regexp_count regexp_extract regexp_instr
    regexp_like regexp_replace regexp_substr repeat replace replicate reverse right round
    row_number rpad rtrim safe_cast safe_divide second sign skewness soundex split split_part
    splitbychar splitbystring sqrt square startswith stddev stddev_pop stddev_samp stdev
    stdevp str strcspn string_agg strpos struct stuff substr substring sum sumif summap
    switchoffset sysdatetime sysutcdatetime time timestamp timestamp_add timestamp_diff
    timestamp_micros timestamp_millis timestamp_seconds timestamp_trunc timestampadd
    timestampdiff to_char to_date to_decimal to_json to_json_string to_number to_time
    to_timestamp to_varchar to_variant today todate todatetime todatetimeoffset todayofmonth
    todayofweek tofloat64 toint32 toint64 tohour tominute tomonth topk toquarter tostartofday
    tostartofhour tostartofinterval tostartofminute tostartofmonth tostartofquarter
    tostartofweek tostartofyear tostring tounixtimestamp toyear toyyyymm toyyyymmdd translate
    trim trunc try_cast try_convert try_parse try_to_date try_to_number try_to_timestamp
    typeof unicode uniq uniqcombined uniqexact uniqhll12 upper var_pop var_samp variance week
    weekofyear year yesterday zeroifnull
    """.split()
)
"""Functions that only compute, over the dialects."""

TABLE_FUNCTIONS: Final = frozenset(
    "flatten unnest generate_series numbers explode posexplode string_split openjson values".split()
)

SYSTEM_SCHEMAS: Final = frozenset(
    """
    sys system mysql performance_schema pg_catalog account_usage snowflake master msdb tempdb
    information_schema
    """.split()
)
PSEUDO_COLUMNS: Final = frozenset(("nextval", "currval"))
"""Words that draw from a sequence when they stand behind its name."""

INTERNAL_PREFIXES: Final = ("v$", "gv$", "x$", "dba_", "cdb_")
INTERNAL: Final = frozenset(
    """
    all_users all_source all_views all_triggers all_db_links all_tab_privs all_directories
    user_users user_source user_db_links user_tab_privs user_sys_privs user_role_privs
    """.split()
)
"""What Oracle's own views are called that show more than shapes."""
