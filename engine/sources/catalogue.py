"""A source's catalogue, kept until the data is known to have changed, and the rules upon it."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from engine.ports import Catalogue, CatalogueChange, Checked, Meaning, SourceFailed, TableInfo
from engine.sources.children.profile import SAMPLES
from engine.sources.drift import Memory, forgetful
from engine.sources.guard import Policy, check
from engine.sources.guard.expanding import METRIC, SEGMENT, Terms
from engine.sources.guard.policy import columns_of, keys_of, private_view
from engine.sources.privacy import OPEN, Privacy, policy_of, version_of
from engine.sources.semantic.viewing import seen_of
from protocol.items import Finding

Describe = Callable[[], Awaitable[Sequence[TableInfo]]]
Stamp = Callable[[], Awaitable[object]]

MOST_SAMPLES = 20_000
FRESH_SECONDS = 5.0
"""A catalogue is not made anew more often than this, however busily the data changes."""


class KeptCatalogue:
    """Makes the catalogue when it is first asked for, and again when `stamp` changes.

    What the owner says of the source, and keeps back of it, is applied here, for the catalogue and
    for the guard alike: what is seen of one and the same survey changes at once when they change.
    """

    def __init__(
        self,
        source: str,
        dialect: str,
        describe: Describe,
        stamp: Stamp,
        policy: Policy | None = None,
        address: str = "",
    ) -> None:
        """`address` says where the source points, without a password."""
        self._source = source
        self.dialect = dialect
        self._describe = describe
        self._stamp = stamp
        self._given = self._policy = policy
        # Callers may see the name of the rules; where the server reaches its data is not theirs.
        self._address = _hash(address)
        self._privacy, self._said = OPEN, Meaning()
        self._rules_name = version_of(OPEN) if policy is None else _hash(policy)
        self._said_name = ""
        self._memory = forgetful()
        self._terms = Terms()
        self._tables: tuple[TableInfo, ...] | None = None
        """All tables, the hidden ones too."""
        self._kept: Catalogue | None = None
        self._stale = True
        self._kept_stamp: object = None
        self._made = 0.0
        self._changes: tuple[CatalogueChange, ...] = ()
        self._changed_at = ""
        self._lock = asyncio.Lock()

    async def get(self, refresh: bool = False) -> Catalogue:
        """Return the catalogue. Callers at the same time share one making of it."""
        async with self._lock:
            stamp = await self._stamp()
            old = time.monotonic() - self._made > FRESH_SECONDS
            if self._stale or refresh or (old and stamp != self._kept_stamp):
                described = within_bounds(await self._describe())
                remembered = await self._memory.compare(described)
                self._changes, self._changed_at = remembered.changes, remembered.changed_at
                await self._take(described)
                self._kept_stamp = stamp
                self._made = time.monotonic()
                self._stale = False
            assert self._kept is not None, "made above, or before"
            return self._kept

    def forget(self) -> None:
        """Make it anew when it is next asked for."""
        self._stale = True

    @property
    def rules(self) -> str:
        """Name where the source points and which policy is in force."""
        return f"{self._address}#{self._rules_name}"

    @property
    def waits(self) -> bool:
        """Whether the tables must be looked at before the guard can go by rules or definitions."""
        said = self._said.metrics or self._said.segments
        return self._tables is None and (self._privacy.restricts or bool(said))

    @property
    def tables(self) -> tuple[TableInfo, ...]:
        """All tables that were seen, the hidden ones too: for whoever makes the rules."""
        return self._tables or ()

    def remember(self, memory: Memory) -> None:
        """Compare with what this remembers, from the next look on."""
        self._memory = memory

    def rule(self, privacy: Privacy, said: Meaning) -> None:
        """Put rules and meaning in force, at once."""
        self._privacy, self._said = privacy, said
        self._rules_name, self._said_name = version_of(privacy), _hash(said)
        if self._tables is not None:
            self._put(self._parts(self._tables, privacy, said))

    def still(self, rules: str) -> None:
        """Raise `SourceFailed` if other rules are in force by now: no more rows come by the old."""
        if rules != self.rules:
            raise SourceFailed(
                "query_failed",
                "The rules of this source were changed while the query ran, so it was stopped.",
                "Ask again.",
            )

    def check(self, sql: str, max_rows: int | None = None) -> Checked:
        """Ask the guard, by the rules in force."""
        if self._privacy.restricts and self._tables is None:
            words = "This source has rules, and its tables are not known yet; ask again."
            return Checked(
                ok=False, findings=(Finding(code="policy", message=words),), rules=self.rules
            )
        checked = check(
            sql,
            dialect=self.dialect,
            max_rows=max_rows,
            policy=self._policy,
            columns=self._terms.columns,
            terms=self._terms,
        )
        return msgspec.structs.replace(checked, rules=self.rules + self._defined(sql))

    async def _take(self, tables: tuple[TableInfo, ...]) -> None:
        """Make what is seen of new tables; of thousands, beside the loop."""
        rules = (self._privacy, self._said)
        parts = await asyncio.to_thread(self._parts, tables, *rules)
        self._tables = tables
        # Whoever made other rules meanwhile must not find the old ones in force again.
        same = rules[0] is self._privacy and rules[1] is self._said
        self._put(parts if same else self._parts(tables, self._privacy, self._said))

    def _parts(
        self, tables: tuple[TableInfo, ...], privacy: Privacy, said: Meaning
    ) -> tuple[Policy, Terms, tuple[TableInfo, ...]]:
        """Return the policy, the words of its SQL, and the tables that are seen. Pure."""
        given = self._given if privacy == OPEN else None
        policy = given or policy_of(privacy, tables)
        seen = private_view(policy, tables)
        meaning = seen_of(said, seen, policy, self.dialect)
        keys = keys_of(policy, tables, meaning.joins)
        return policy, Terms(meaning=meaning, columns=columns_of(tables), keys=keys), seen

    def _put(self, parts: tuple[Policy, Terms, tuple[TableInfo, ...]]) -> None:
        """Let this be what is seen and said, all at once."""
        self._policy, self._terms, seen = parts
        meaning = self._terms.meaning
        self._kept = Catalogue(
            source=self._source,
            dialect=self.dialect,
            tables=seen,
            version=version(seen, self._rules_name, meaning),
            changes=tuple(one for one in self._changes if self._may_tell(one)),
            changed_at=self._changed_at,
            meaning=meaning,
        )

    def _may_tell(self, change: CatalogueChange) -> bool:
        """Tell whether a change is of something that is seen."""
        policy = self._policy
        if policy is None or not policy.restricts:
            return True
        hidden = change.column is not None and policy.drops(change.table, change.column)
        # Which keys there were and are names other tables.
        return not hidden and not policy.hides(change.table) and change.what != "keys_changed"

    def _defined(self, sql: str) -> str:
        """Name the definitions, if SQL may use one: other definitions make other SQL of it."""
        upper = sql.upper()
        return f":{self._said_name}" if METRIC in upper or SEGMENT in upper else ""


def within_bounds(tables: Sequence[TableInfo], most: int = MOST_SAMPLES) -> tuple[TableInfo, ...]:
    """Keep all values of the columns with the fewest, and a few of the others, `most` in all."""
    counts = sorted(len(column.samples) for table in tables for column in table.columns)
    kept, whole = 0, 0
    for place, count in enumerate(counts):
        if kept + count + SAMPLES * (len(counts) - place - 1) > most:
            break
        kept, whole = kept + count, count
    else:
        return tuple(tables)
    return tuple(
        msgspec.structs.replace(
            table,
            columns=tuple(
                column
                if len(column.samples) <= max(whole, SAMPLES)
                else msgspec.structs.replace(column, samples=column.samples[:SAMPLES])
                for column in table.columns
            ),
        )
        for table in tables
    )


def version(tables: Sequence[TableInfo], rules: str = "", meaning: Meaning | None = None) -> str:
    """Name the shape of the tables, the rules and the meaning: other ones have another name."""
    shape = [
        (
            table.schema,
            table.name,
            [
                (column.name, column.native, column.nullable, column.primary)
                for column in table.columns
            ],
            [(key.columns, key.to_table, key.to_columns) for key in table.foreign_keys],
        )
        for table in tables
    ]
    return _hash((shape, rules, meaning))


def _hash(value: object) -> str:
    packed = msgspec.msgpack.encode(value, order="sorted")
    return hashlib.sha256(packed).hexdigest()[:16]
