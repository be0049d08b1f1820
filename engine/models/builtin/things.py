"""Things: what words of a question may mean in a schema."""

import msgspec

from engine.models.builtin.schema import Column
from engine.models.builtin.values import Hit


class TableLink(msgspec.Struct, frozen=True):
    """A table that may be meant."""

    table: str
    score: float


class ColumnLink(msgspec.Struct, frozen=True):
    """A column that may be meant. `loose` when only a part of its name was said."""

    column: Column
    score: float
    loose: bool = False


class Thing(msgspec.Struct, frozen=True):
    """Tokens `first` up to `last` and all that they may mean in this schema."""

    first: int
    last: int
    size: int
    tables: tuple[TableLink, ...] = ()
    columns: tuple[ColumnLink, ...] = ()
    values: tuple[Hit, ...] = ()
    metric: str = ""
    segment: str = ""
    owned: bool = False
    """Whether the owner of the data said that these words mean this."""

    @property
    def score(self) -> float:
        """How sure it is that these words speak of the schema."""
        scores = [
            *(link.score for link in self.tables),
            *(link.score for link in self.columns),
            *(hit.score for hit in self.values),
        ]
        return max(scores, default=1.0 if self.metric or self.segment else 0.0)
