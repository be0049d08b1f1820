"""What PostgreSQL queries may name: functions that compute, and tables of shapes."""

from typing import Final

FUNCTIONS: Final = frozenset(
    """
    abbrev abs acos acosd acosh age akeys any_value area array array_agg array_append
    array_cat array_dims array_fill array_length array_lower array_ndims array_position
    array_positions array_prepend array_remove array_replace array_reverse array_sample
    array_shuffle array_sort array_to_json array_to_string array_to_tsvector array_upper
    ascii asin asind asinh atan atan2 atan2d atand atanh avals avg bit bit_and bit_count
    bit_length bit_or bit_xor bool bool_and bool_or box bpchar broadcast btrim cardinality
    casefold cash_words cbrt ceil ceiling center char char_length character_length chr
    cidr circle clock_timestamp coalesce col_description concat concat_ws convert
    convert_from convert_to corr cos cosd cosh cot cotd count covar_pop covar_samp crc32
    crc32c cume_dist current_catalog current_database current_date current_role
    current_schema current_schemas current_timestamp current_user daitch_mokotoff date
    date_add date_bin date_cmp_timestamp date_part date_subtract date_trunc datemultirange
    daterange decode defined degrees dense_rank diagonal diameter difference digest div
    dmetaphone each encode enum_first enum_last enum_range erf erfc every exist exp
    extract factorial family first first_value float4 float8 floor format format_type
    gamma gcd gen_random_uuid generate_series generate_subscripts get_bit get_byte
    greatest grouping hashtext hashtextextended height histogram host hostmask hstore
    inet_merge inet_same_family initcap int2 int4 int4multirange int4range int8
    int8multirange int8range interval is_normalized isclosed isempty isfinite ishorizontal
    isopen isparallel isperp isvertical json_agg json_array json_array_elements
    json_array_elements_text json_array_length json_arrayagg json_build_array
    json_build_object json_each json_each_text json_exists json_object json_object_agg
    json_object_agg_strict json_object_agg_unique json_object_keys json_objectagg
    json_populate_record json_populate_recordset json_query json_scalar json_serialize
    json_strip_nulls json_to_record json_to_recordset json_to_tsvector json_typeof
    json_value jsonb_agg jsonb_array_elements jsonb_array_elements_text jsonb_array_length
    jsonb_build_array jsonb_build_object jsonb_delete jsonb_each jsonb_each_text
    jsonb_insert jsonb_object jsonb_object_agg jsonb_object_agg_strict
    jsonb_object_agg_unique jsonb_object_keys jsonb_path_exists jsonb_path_exists_tz
    jsonb_path_match jsonb_path_match_tz jsonb_path_query jsonb_path_query_array
    jsonb_path_query_array_tz jsonb_path_query_first jsonb_path_query_first_tz
    jsonb_path_query_tz jsonb_populate_record jsonb_populate_recordset jsonb_pretty
    jsonb_set jsonb_set_lax jsonb_strip_nulls jsonb_to_record jsonb_to_recordset
    jsonb_to_tsvector jsonb_typeof justify_days justify_hours justify_interval lag last
    last_value lcm lead least left length levenshtein levenshtein_less_equal lgamma line
    ln localtime localtimestamp log log10 lower lower_inc lower_inf lpad lseg ltrim
    macaddr macaddr8 macaddr8_set7bit make_date make_interval make_time make_timestamp
    make_timestamptz masklen max md5 metaphone min min_scale mod mode money multirange
    name netmask network normalize now npoints nth_value ntile nullif num_nonnulls
    num_nulls numeric nummultirange numnode numrange obj_description octet_length oid
    overlaps overlay parse_ident path percent_rank percentile_cont percentile_disc
    pg_column_size pg_database_size pg_get_constraintdef pg_get_expr pg_get_indexdef
    pg_indexes_size pg_relation_size pg_size_bytes pg_size_pretty pg_table_is_visible
    pg_table_size pg_total_relation_size pg_typeof phraseto_tsquery pi plainto_tsquery
    point polygon position pow power querytree quote_ident quote_literal quote_nullable
    radians radius random random_normal range_agg range_intersect_agg range_merge rank
    regexp_count regexp_instr regexp_like regexp_match regexp_matches regexp_replace
    regexp_split_to_array regexp_split_to_table regexp_substr regr_avgx regr_avgy
    regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy repeat replace
    reverse right round row row_number row_to_json rpad rtrim scale session_user set_bit
    set_byte set_masklen setweight sha224 sha256 sha384 sha512 sign similarity sin sind
    sinh slice slope soundex split_part sqrt st_area st_asewkt st_asgeojson st_astext
    st_aswkt st_azimuth st_buffer st_centroid st_closestpoint st_collect st_contains
    st_coveredby st_covers st_crosses st_difference st_disjoint st_distance
    st_distancesphere st_distancespheroid st_dwithin st_endpoint st_envelope st_equals
    st_extent st_geogfromtext st_geohash st_geometrytype st_geomfromgeojson
    st_geomfromtext st_intersection st_intersects st_isvalid st_length st_linefromtext
    st_m st_makeenvelope st_makeline st_makepoint st_npoints st_numpoints st_overlaps
    st_perimeter st_point st_pointfromtext st_polygonfromtext st_setsrid st_simplify
    st_srid st_startpoint st_touches st_transform st_union st_within st_x st_y st_z
    starts_with statement_timestamp stddev stddev_pop stddev_samp strict_word_similarity
    string_agg string_to_array string_to_table strip strpos substr substring sum tan tand
    tanh text time time_bucket timeofday timestamp timestamp_cmp_date timestamptz timetz
    timezone to_ascii to_char to_date to_hex to_json to_jsonb to_number to_regclass
    to_regtype to_timestamp to_tsquery to_tsvector transaction_timestamp translate trim
    trim_array trim_scale trunc ts_delete ts_filter ts_headline ts_rank ts_rank_cd
    tsmultirange tsquery_phrase tsrange tstzmultirange tstzrange tsvector_to_array
    unaccent unistr unnest upper upper_inc upper_inf user uuid_generate_v4 uuidv4 uuidv7
    var_pop var_samp varbit varchar variance version websearch_to_tsquery width
    width_bucket word_similarity xid xml_is_well_formed xml_is_well_formed_content
    xml_is_well_formed_document xmlagg xmlcomment xmlconcat xmlconcat2 xmlelement
    xmlexists xmlforest xpath xpath_exists
    """.split()
)
"""Immutable or stable functions of PostgreSQL and well-known extensions, and a few harmless
volatile ones. A name stands here only if none of its overloads writes, waits, signals or runs
text as SQL."""

CATALOGUE: Final = frozenset(
    """
    pg_attribute pg_class pg_constraint pg_description pg_enum pg_index pg_indexes pg_matviews
    pg_namespace pg_sequences pg_tables pg_type pg_views
    """.split()
)
"""Tables of pg_catalog that describe shapes and hold no data, settings or passwords."""

INFORMATION: Final = frozenset(
    """
    check_constraints columns constraint_column_usage constraint_table_usage domains
    element_types key_column_usage referential_constraints schemata statistics
    table_constraints tables views
    """.split()
)
"""Views of information_schema that describe shapes."""
