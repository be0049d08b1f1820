"""Linking: which tables, columns and values the words of a question may mean, with scores."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set

import msgspec
from rapidfuzz import fuzz, process

from engine.models.builtin import lexicon
from engine.models.builtin.abbreviations import ABBREVIATIONS, begins, condenses, shortens
from engine.models.builtin.derivation import nouns
from engine.models.builtin.schema import Column, Schema, Table, named
from engine.models.builtin.synonyms import SYNONYMS
from engine.models.builtin.terms import Terms
from engine.models.builtin.things import ColumnLink, TableLink, Thing
from engine.models.builtin.values import Hit, Values
from engine.models.builtin.words import Token, known, stem, terse

SURE = 0.5
"""Links below this are no links."""
_SKIPPED = frozenset({"of", "the", "a", "an", "'s", "for"})
_NEVER_VALUES = frozenset(
    "a an and are as at be by do for from has have how if in is it its me no not of off on or so "
    "that the then this to was we what when which who will with all any name names type new".split()
)


class Linker:
    """Finds the terms of one schema in questions. Made once per catalogue; then only read."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.values = Values(schema)
        self.terms = Terms(schema)
        self._columns: defaultdict[str, list[Column]] = defaultdict(list)
        self._tables: defaultdict[str, list[Table]] = defaultdict(list)
        for table in schema.tables.values():
            for word in table.words:
                self._tables[word].append(table)
            for column in table.columns:
                for word in column.words:
                    self._columns[word].append(column)
        self._noise = lexicon.TABLE_NOISE | _shared(schema)
        self._words = sorted({*self._tables, *self._columns})
        self._terse = terse(name for table in schema.tables.values() for name in named(table.info))
        self._stems: defaultdict[str, list[str]] = defaultdict(list)
        for word in self._words:
            self._stems[stem(word)].append(word)
        self._nouns: defaultdict[str, list[str]] = defaultdict(list)
        for word in self._words:
            for noun in nouns(word) if known(word) else ():
                self._nouns[noun].append(word)
        self._glued: defaultdict[str, list[Column]] = defaultdict(list)
        for table in schema.tables.values():
            for column in table.columns:
                for last in (2, 3):
                    if len(column.words) >= last:
                        self._glued["".join(column.words[:last])].append(column)
        self._seen: dict[str, dict[str, float]] = {}

    def things(self, words: Sequence[Token]) -> list[Thing]:
        """Return every span that may mean something here; spans overlap."""
        meanings = [self._meanings(token) for token in words]
        found: list[Thing] = []
        # In `codes of countries` the last word is a table, in `date of birth` it is not.
        named = {
            first
            for first, token in enumerate(words)
            for thing in (self._tabled(words, first, meanings) if token.kind == "word" else ())
            if thing.tables[0].score > 0.9
        }
        for first, token in enumerate(words):
            if token.kind == "quoted":
                found.append(self._quoted(words, first))
            elif token.kind == "word":
                found.extend(self._named(words, first, meanings, named))
            if token.kind in ("word", "number"):
                found.extend(self._valued(words, first))
        return _joined([*found, *self.terms.things(words)])

    def near(self, word: str, count: int = 3) -> list[str]:
        """Return the words of this schema that look most like one that means nothing here."""
        found = process.extract(word, self._words, scorer=fuzz.WRatio, limit=count, score_cutoff=70)
        return [str(match[0]) for match in found]

    def means(self, word: str) -> bool:
        """Whether a table or column is called so, or nearly."""
        return max(self._mean(word).values(), default=0.0) > 0.9

    def says(self, column: Column, word: str) -> bool:
        """Whether a column's name has a word, or its short form."""
        if word in column.words:
            return True
        return any(self._stands_for(part, word) for part in column.words)

    def says_of(self, part: str, word: str) -> bool:
        """Whether a part of a table's name is a word, or short for it."""
        return part == word or self._stands_for(part, word)

    def _stands_for(self, part: str, word: str) -> bool:
        """Whether a part of a name is short for a word, and no word itself."""
        if begins(part, word):
            return self._terse or not known(part)
        return shortens(part, word) and not known(part)

    # --- Words of names ---------------------------------------------------------------------

    def _meanings(self, token: Token) -> dict[str, float]:
        """Return the words of the schema that this one may stand for."""
        if token.kind != "word" or token.lower == "no":
            return {}  # `no` denies; numbers are called so in names only
        if token.lemma not in self._seen:
            if len(self._seen) > 20_000:
                self._seen.clear()
            self._seen[token.lemma] = self._mean(token.lemma)
        return self._seen[token.lemma]

    def _mean(self, base: str) -> dict[str, float]:
        found: dict[str, float] = {}

        def add(word: str, score: float) -> None:
            if word in self._tables or word in self._columns:
                found[word] = max(score, found.get(word, 0.0))

        add(base, 1.0)
        if base in lexicon.TABLE_NOISE or len(base) < 2:
            return found
        for word in self._stems.get(stem(base), ()):
            add(word, 0.93)
        for other in SYNONYMS.get(base, ()):
            add(other, 0.76)
        made = nouns(base) if known(base) and base not in found else frozenset[str]()
        for noun in made:
            add(noun, 0.74 if noun.endswith(("er", "or")) else 0.82)
        for verb in self._nouns.get(base, ()) if base not in found else ():
            add(verb, 0.82)
        for opposite in lexicon.OPPOSITES:
            if base.startswith(opposite) and len(base) > len(opposite) + 2:
                for word in self._denied(base[len(opposite) :]):
                    add(word, 0.9)
        for word in self._words:
            if base in ABBREVIATIONS.get(word, ()):
                add(word, 0.9)
            elif self._stands_for(word, base):
                add(word, 0.86)
            elif not known(word) and any(shortens(word, noun) for noun in made):
                add(word, 0.8)
            elif self._terse and not known(word) and condenses(word, base):
                add(word, 0.78)
            elif _akin(word, base):
                add(word, 0.62)
        for column in self._glued.get(base, ()):
            add(column.words[0], 0.9)
        for short, long in ABBREVIATIONS.items():
            if short == base:
                for word in long:
                    add(word, 0.85)
        if not found and len(base) >= 5 and not known(base):
            for word, score, _ in process.extract(base, self._words, limit=3, score_cutoff=82):
                if len(word) >= 4:
                    add(str(word), 0.8 * float(score) / 100)
        return found

    def _denied(self, base: str) -> Iterator[str]:
        """`unresolved`, `inactive`: only what may be or not be has an opposite of this kind."""
        for word in self._words:
            if word in self._tables or (stem(word) != stem(base) and not _akin(word, base)):
                continue
            columns = self._columns.get(word, ())
            if any(self._open(column) for column in columns):
                yield word

    def _open(self, column: Column) -> bool:
        key = self.schema.pointing(column.table, column.name) is not None
        return column.kind in ("bool", "date") or key

    def _tabled(
        self, words: Sequence[Token], first: int, meanings: Sequence[dict[str, float]]
    ) -> Iterable[Thing]:
        starts = meanings[first]
        tables = {table.name: table for word in starts for table in self._tables.get(word, ())}
        for table in tables.values():
            last, size, score, _ = _run(first, words, meanings, table.words, (), self._noise, None)
            said = {word for token in meanings[first:last] for word in token}
            if (
                not (said & set(table.words)) - lexicon.GENERIC
                and set(table.words) - lexicon.GENERIC
            ):
                continue  # `names` alone is not a table of names
            if any(_participle(token) for token in words[first + 1 : last]):
                continue  # `tickets tagged` are tickets, whatever table links both
            if score >= SURE:
                yield Thing(first, last, size, tables=(TableLink(table.name, score),))

    def _named(
        self,
        words: Sequence[Token],
        first: int,
        meanings: Sequence[dict[str, float]],
        named: Set[int],
    ) -> Iterable[Thing]:
        yield from self._tabled(words, first, meanings)
        starts = meanings[first]
        stops = None if first in named else named
        columns = {(c.table, c.name): c for word in starts for c in self._columns.get(word, ())}
        for column in columns.values():
            owner = self.schema.tables[column.table].words
            last, size, score, full = _run(
                first, words, meanings, column.words, owner, lexicon.GENERIC, stops
            )
            if score >= SURE:
                yield Thing(first, last, size, columns=(ColumnLink(column, score, not full),))
        yield from self._initials(words, first)

    def _initials(self, words: Sequence[Token], first: int) -> Iterable[Thing]:
        """`miles per gallon` is what `mpg` stands for."""
        for size in (2, 3, 4):
            span = words[first : first + size]
            if len(span) < size or any(token.kind != "word" for token in span):
                return
            short = "".join(token.lower[0] for token in span)
            for column in self._columns.get(short, ()) if size > 2 or not known(short) else ():
                if len(column.words) == 1 and not all(len(t.lower) < 4 for t in span):
                    yield Thing(first, first + size, size, columns=(ColumnLink(column, 0.9),))

    # --- Values -----------------------------------------------------------------------------

    def _quoted(self, words: Sequence[Token], at: int) -> Thing:
        hits = self.values.exact(words[at].text)
        return Thing(at, at + 1, 2, values=tuple(hits))

    def _valued(self, words: Sequence[Token], first: int) -> Iterable[Thing]:
        longest = self.values.longest if self.values.starts_one(words[first]) else 1
        for size in range(min(longest, 7, len(words) - first), 0, -1):
            span = tuple(words[first : first + size])
            if any(token.kind in ("quoted", "date") for token in span):
                continue
            if span[-1].kind == "mark" or (size == 1 and not _may_be_value(span[0], first)):
                continue
            proper = all(token.proper or token.kind != "word" for token in (span[0], span[-1]))
            proper = proper and (first > 0 or size > 1)
            hits = self.values.like(span)
            if not hits and proper and size > 1:
                hits = self.values.beginning(span)
            if not hits and size == 1 and first and words[first].proper and len(span[0].text) > 3:
                hits = self.values.beginning(span)
            if hits:
                factor = 1.0 if proper else 0.97 if size > 1 else 0.9
                yield Thing(first, first + size, size, values=_damped(hits, factor))


def _shared(schema: Schema) -> frozenset[str]:
    """Words that many tables have in their names tell little of which one is meant."""
    counts: defaultdict[str, int] = defaultdict(int)
    for table in schema.tables.values():
        if len(table.words) > 1:
            for word in set(table.words):
                counts[word] += 1
    limit = max(2, len(schema.tables) // 3)
    return frozenset(word for word, count in counts.items() if count > limit)


def _may_be_value(token: Token, place: int) -> bool:
    """Words of the language are values only where they are written like names."""
    if token.kind == "number":
        return False
    if (token.lower,) in lexicon.CUES and (place == 0 or not token.proper):
        return False
    if token.lower in _NEVER_VALUES or token.lower in _SKIPPED:
        return token.text.isupper() and len(token.text) > 1
    return len(token.text) > 2 or token.text.isupper()


def _participle(token: Token) -> bool:
    return token.lower != token.lemma and token.lower.endswith(("ed", "ing"))


def _damped(hits: Iterable[Hit], factor: float) -> tuple[Hit, ...]:
    return tuple(msgspec.structs.replace(hit, score=hit.score * factor) for hit in hits)


def _akin(one: str, other: str) -> bool:
    """Whether two words grow from one root: `employee` and `employed`, `arrange` and
    `arrangement`.
    """
    same = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        same += 1
    return same >= 5 and same >= 0.66 * max(len(one), len(other))


def _run(
    first: int,
    words: Sequence[Token],
    meanings: Sequence[dict[str, float]],
    name: tuple[str, ...],
    owner: tuple[str, ...],
    generic: frozenset[str],
    stops: Set[int] | None,
) -> tuple[int, int, float, bool]:
    """Read as many tokens from `first` on as belong to a name; return end, size, score, whether
    whole.
    """
    left, rest = list(name), [word for word in owner if word not in name]
    scores: list[float] = []
    last, size, at, between = first, 0, first, 0
    while at < len(words):
        best = _best(meanings[at], left)
        if best is not None and size and best[1] < 0.85:
            best = None
        if best is not None and best[0] in lexicon.CUES_IN_NAMES:
            # `in` may be a part of the name, but never begins or ends what was said of it.
            begins = size or best[0] == name[0]
            if not begins or at + 1 >= len(words) or _best(meanings[at + 1], left) is None:
                break
            left.remove(best[0])
            at += 1
            continue
        if best is not None:
            left.remove(best[0])
            scores.append(best[1])
        elif (
            size and at > first and (own := _best(meanings[at], rest)) is not None and own[1] > 0.9
        ):
            # `customer names` may hold the table's word, but never ends with it.
            rest.remove(own[0])
            at += 1
            between += 1
            continue
        elif size and stops is not None and words[at].lower in _SKIPPED and at + 1 < len(words):
            more = words[at + 1].lower in _SKIPPED and at + 2 < len(words)
            if not more and _best(meanings[at + 1], [w for w in left if w not in owner]) is None:
                break
            at += 1
            if at in stops or (words[at].lower in _SKIPPED and at + 1 in stops):
                break
            continue
        else:
            break
        at += 1
        last, size, between = at, size + 1 + between, 0
    if not scores:
        return first, 0, 0.0, False
    score = sum(scores) / len(scores) * (0.35 + 0.65 * _covered(name, left, owner, generic))
    return last, size, score, not [word for word in left if word not in owner]


def _best(meanings: dict[str, float], names: Sequence[str]) -> tuple[str, float] | None:
    fitting = [(word, meanings[word]) for word in names if word in meanings]
    return max(fitting, key=lambda pair: pair[1]) if fitting else None


def _covered(
    name: tuple[str, ...], left: Sequence[str], owner: tuple[str, ...], generic: frozenset[str]
) -> float:
    """Return how much of a name was said; what the table says anyway counts little."""
    words = list(name)
    special = [word for word in name if word not in generic and word not in owner]

    def weight(word: str) -> float:
        if word in owner:
            return 0.15
        if len(word) == 1 and len(words) > 1:
            return 0.1  # a unit: `cap_t`
        if len(word) < 3 and word in lexicon.CUES_IN_NAMES:
            return 0.1
        if word in generic and special:
            return 0.5
        # The last word of a compound says what it is: a surface area is an area.
        return 2.0 if len(words) > 1 and word == words[-1] else 1.0

    total = sum(weight(word) for word in name)
    missing = sum(weight(word) for word in left)
    return (total - missing) / total if total else 0.0


def _joined(found: Iterable[Thing]) -> list[Thing]:
    """Bring together all that the same tokens may mean, best first."""
    spans: defaultdict[tuple[int, int], list[Thing]] = defaultdict(list)
    for thing in found:
        spans[thing.first, thing.last].append(thing)
    return [_one(things) for things in spans.values()]


def _one(things: list[Thing]) -> Thing:
    tables = sorted((t for x in things for t in x.tables), key=lambda t: -t.score)
    columns = sorted((c for x in things for c in x.columns), key=lambda c: -c.score)
    values = sorted((v for x in things for v in x.values), key=lambda v: -v.score)
    size = max(thing.size for thing in things)
    return Thing(
        things[0].first, things[0].last, size, tuple(tables), tuple(columns),
        tuple(dict.fromkeys(values)),
        next((x.metric for x in things if x.metric), ""),
        next((x.segment for x in things if x.segment), ""),
        any(x.owned for x in things),
    )  # fmt: skip
