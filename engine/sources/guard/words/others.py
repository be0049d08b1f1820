"""What queries in dialects without an adapter of ours may name: the guard as a tool of its own."""

from typing import Final

FUNCTIONS: Final = frozenset(
    """
    abs add_months adddays addhours addminutes addmonths addquarters addseconds addweeks
    addyears any_value anylast approx_count_distinct approx_quantile approx_quantiles
    approx_top_k arbitrary argmax argmaxif argmin argminif array_agg array_cat
    array_concat array_contains array_join array_length array_max array_min array_size
    array_slice array_sort array_to_string arrayavg arrayconcat arraycount arraycumsum
    arraydistinct arrayelement arrayenumerate arrayexists arrayfilter arrayfirst arrayjoin
    arraymap arraymax arraymin arrayreduce arrayreverse arrayslice arraysort
    arraystringconcat arraysum assumenotnull at_timezone avg avgif bit_and bit_or bitand
    bool_and bool_or bround cardinality ceil ceiling charindex checksum checksum_agg
    choose coalesce codepoint collect_list collect_set concat concat_ws
    conditional_change_event conditional_true_event contains corr count countif covar_pop
    covar_samp covarpop covarsamp cume_dist current_date current_timestamp cutquerystring
    date date_add date_diff date_format date_parse date_part date_sub date_trunc dateadd
    datediff datediff_big datefromparts datename datepart datetime datetime2fromparts
    datetimefromparts day day_of_month day_of_week day_of_year dayofmonth dayofweek
    dayofyear decode dense_rank div domain editdistance element_at empty endswith eomonth
    every exp explode_outer extract farm_fingerprint first_value flatten floor format
    format_date format_datetime format_number format_string format_timestamp
    formatdatetime from_iso8601_date from_iso8601_timestamp from_unixtime
    from_utc_timestamp generate_array generate_date_array geometric_mean get_json_object
    getdate getutcdate greatest group_concat grouparray grouparraymovingsum groupbitand
    groupbitor grouping grouping_id groupuniqarray hamming_distance has histogram hour iff
    ifnull iif initcap instr is_finite is_infinite is_nan isdate isjson isnotnull isnull
    isnumeric json_array_contains json_array_length json_extract json_extract_scalar
    json_format json_parse json_query json_size json_value jsonextract jsonextractbool
    jsonextractfloat jsonextractint jsonextractkeysandvalues jsonextractraw
    jsonextractstring jsonhas jsonlength kurtosis lag laginframe last_day last_value lead
    leadinframe least left len length lengthutf8 levenshtein levenshtein_distance listagg
    ln lnnvl locate log log10 lower lowerutf8 lpad ltrim map_agg map_concat
    map_from_entries map_keys map_values mapkeys mapvalues max max_by maxif md5 median
    medianexact min min_by minif minute mod mode month months_between multiif multimap_agg
    named_struct nanvl neighbor new_time next_day normalize notempty now nth_value ntile
    nullif numeric_histogram numtodsinterval numtoyminterval nvl nvl2 object_construct
    parse_date parse_json parse_timestamp patindex percent_rank percentile
    percentile_approx percentile_cont percentile_disc pmod posexplode_outer pow power
    quantile quantileexact quantileif quantiles quantilesexact quantiletdigest
    quantiletiming quarter rank ratio_to_report regexp_contains regexp_count
    regexp_extract regexp_instr regexp_like regexp_replace regexp_substr regr_intercept
    regr_r2 regr_slope remainder repeat replace replaceall replaceone replaceregexpall
    replaceregexpone replicate reverse right round row_number rpad rtrim runningdifference
    safe_cast safe_divide second sequence shiftleft shiftright sign simplelinearregression
    size skewness slice sort_array soundex split split_part splitbychar splitbyregexp
    splitbystring sqrt square stack startswith stats_mode stddev stddev_pop stddev_samp
    stddevpop stddevsamp stdev stdevp str strcspn string_agg strpos struct stuff substr
    substring substringutf8 subtractdays subtracthours subtractminutes subtractmonths
    subtractquarters subtractseconds subtractweeks subtractyears sum sumif summap
    sumwithoverflow switchoffset sysdatetime sysutcdatetime time timestamp timestamp_add
    timestamp_diff timestamp_micros timestamp_millis timestamp_seconds timestamp_trunc
    timestampadd timestampdiff to_char to_date to_decimal to_iso8601 to_json
    to_json_string to_number to_time to_timestamp to_timestamp_tz to_unixtime
    to_utc_timestamp to_varchar to_variant todate todatetime todatetimeoffset today
    todayofmonth todayofweek todayofyear todecimal32 todecimal64 tofixedstring tofloat32
    tofloat64 tohour toint16 toint32 toint64 toint8 toisoweek toisoyear tolowcardinality
    tominute tomonth tonullable topk toquarter tosecond tostartofday
    tostartoffifteenminutes tostartoffiveminutes tostartofhour tostartofinterval
    tostartofminute tostartofmonth tostartofquarter tostartoftenminutes tostartofweek
    tostartofyear tostring touint16 touint32 touint64 touint8 tounixtimestamp toweek
    toyear toyyyymm toyyyymmdd translate trim trunc truncate try_cast try_convert
    try_parse try_to_date try_to_number try_to_timestamp tuple tupleelement typeof unicode
    uniq uniqcombined uniqexact uniqexactif uniqhll12 uniqif unix_timestamp upper
    upperutf8 var var_pop var_samp variance varp varpop varsamp week week_of_year
    weekofyear width_bucket year year_of_week yesterday zeroifnull zip
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
