"""What a reading statement may be made of, apart from functions."""

from typing import Final

NODES: Final = frozenset(
    """
    Add Adjacent Alias Aliases All Any AtIndex AtTimeZone Between BitString BitwiseAnd
    BitwiseLeftShift BitwiseNot BitwiseOr BitwiseRightShift BitwiseXor Boolean Bracket
    ByteString CTE CharacterSet Column ColumnDef Comprehension Connect Cube DPipe DataType
    DataTypeParam Describe Distance DistanceNd Distinct Div Dot EQ Escape Except
    ExtendsLeft ExtendsRight Fetch Filter Final FormatJson From FromTimeZone GT GTE Glob
    Group GroupingSets Having HavingMax HexString Hint ILike Identifier IgnoreNulls In
    IndexTableHint IntDiv Intersect Interval IntervalOp IntervalSpan Introducer Is JSON
    JSONColumnDef JSONExtractQuote JSONKeyValue JSONPath JSONPathFilter JSONPathKey
    JSONPathRecursive JSONPathRoot JSONPathScript JSONPathSelector JSONPathSlice
    JSONPathSubscript JSONPathUnion JSONPathWildcard JSONSchema JSONValue Join JoinHint
    Kwarg LT LTE Lambda Lateral Like Limit LimitOptions Literal Match MatchRecognize
    MatchRecognizeMeasure Mod Mul NEQ National Neg NestedJSONSelect Not Null NullSafeEQ
    NullSafeNEQ Offset OnCondition OpenJSONColumnDef Order Ordered
    OverflowTruncateBehavior Overlaps Paren Pivot PivotAlias PivotAny PositionalColumn
    PreWhere Prior PropertyEQ PseudoType Pseudocolumn Qualify RawString
    RecursiveWithSearch RespectNulls Rollup Select Selectable Show SimilarTo Slice Star
    Sub Subquery Summarize Table TableAlias TableColumn TableFromRows TableSample TimeUnit
    TranslateCharacters Tuple Unary UnicodeString Union UnpivotColumns Values Var Variadic
    Version Where Window WindowSpec With WithFill WithTableHint WithinGroup
    XMLKeyValueOption XMLNamespace
    """.split()
)
"""Class names of nodes that read, compare or compute. Every node that writes, locks, sets, runs
or names a parameter is absent, and so is whatever a later parser learns."""

SELECT_PARTS: Final = frozenset(
    """
    with_ with kind expressions hint distinct from_ from joins laterals match prewhere where
    connect group having qualify windows distribute sort cluster order limit offset sample
    pivots operation_modifiers this expression alias side on using by_name
    """.split()
)
"""Parts of SELECT and of set operations. `into`, `locks`, `settings`, `format` and `options`
write, lock or change how the server behaves, and are absent."""

TABLE_PARTS: Final = frozenset(
    """
    this alias db catalog laterals joins pivots hints version sample ordinality only indexed
    column_defs rows_from
    """.split()
)
"""Parts of a table's place in FROM. Change feeds, partitions and file formats are absent."""

MODIFIERS: Final = frozenset(
    """
    STRAIGHT_JOIN HIGH_PRIORITY SQL_SMALL_RESULT SQL_BIG_RESULT SQL_BUFFER_RESULT SQL_NO_CACHE
    """.split()
)
"""Words after SELECT that only advise the planner. SQL_CALC_FOUND_ROWS would undo the row limit."""

TABLE_HINTS: Final = frozenset("NOLOCK READUNCOMMITTED READPAST".split())
"""Table hints that take no lock."""

SAMPLINGS: Final = frozenset("BERNOULLI SYSTEM SYSTEM_ROWS SYSTEM_TIME RESERVOIR ROW BLOCK".split())
"""Ways of sampling: any other could be somebody's own code."""

SHOWS: Final = frozenset(("TABLES", "ALL TABLES", "COLUMNS", "INDEX"))
"""What SHOW may show: shapes, never grants, settings or other people's statements."""
