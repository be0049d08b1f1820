"""What SQLite queries may name."""

from typing import Final

FUNCTIONS: Final = frozenset(
    """
    abs acos acosh asin asinh atan atan2 atanh avg bm25 ceil ceiling char coalesce concat
    concat_ws cos cosh count cume_dist current_date current_time current_timestamp date
    datetime degrees dense_rank exists exp first_value floor format glob group_concat hex
    highlight if ifnull iif instr json json_array json_array_length json_error_position
    json_extract json_group_array json_group_object json_insert json_object json_patch
    json_pretty json_quote json_remove json_replace json_set json_type json_valid jsonb
    jsonb_array jsonb_extract jsonb_group_array jsonb_group_object jsonb_insert
    jsonb_object jsonb_patch jsonb_remove jsonb_replace jsonb_set julianday lag last_value
    lead length like likelihood likely ln log log10 log2 lower ltrim max median min mod
    nth_value ntile nullif octet_length percent_rank percentile percentile_cont
    percentile_disc pi pow power printf quote radians random rank replace round row_number
    rtrim sign sin sinh snippet soundex sqlite_version sqrt stddev strftime string_agg
    substr substring subtype sum tan tanh time timediff total trim trunc typeof unhex
    unicode unistr unixepoch unlikely upper
    """.split()
)
"""Functions that only compute. Loading of code, tokenizers, file and blob makers are absent."""

BOMBS: Final = frozenset(("printf", "format"))
"""Allowed with a plain literal format only: a width taken from an argument (`%*c`) makes
gigabytes in one step that no progress handler interrupts."""

TABLE_FUNCTIONS: Final = frozenset(
    """
    json_each json_tree jsonb_each jsonb_tree generate_series pragma_table_info
    pragma_table_xinfo pragma_table_list pragma_index_list pragma_index_info
    pragma_index_xinfo pragma_foreign_key_list
    """.split()
)
"""Functions that may stand in FROM. Pragmas that set or reveal anything but shapes are absent."""

INTERNAL_PREFIXES: Final = ("sqlite_", "pragma_", "fts3", "fts4", "fts5", "rtree_")
INTERNAL: Final = frozenset(("dbstat", "bytecode", "tables_used", "completion", "fsdir", "csv"))
"""Tables that SQLite itself provides: they show its schema, its storage or files."""
