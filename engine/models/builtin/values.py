"""The index of cell values: which columns hold a word that somebody said."""

from collections import defaultdict

import msgspec

from engine.models.builtin import lexicon
from engine.models.builtin.schema import Column, Schema
from engine.models.builtin.words import Token, lemma, spaced


class Hit(msgspec.Struct, frozen=True):
    """A value as it stands in a column, and how sure it is that this one was meant."""

    table: str
    column: str
    value: str
    score: float


class Values:
    """Sampled values of all text columns, found by their words. Never changed once made."""

    def __init__(self, schema: Schema) -> None:
        exact: defaultdict[str, list[Hit]] = defaultdict(list)
        bases: defaultdict[str, list[Hit]] = defaultdict(list)
        starts: defaultdict[str, list[Hit]] = defaultdict(list)
        self.longest = 1
        for table in schema.tables.values():
            for column in table.columns:
                if column.kind in ("number", "date") and not column.coded:
                    continue
                self._add(column, exact, bases, starts)
        self._exact, self._bases, self._starts = dict(exact), dict(bases), dict(starts)
        self._firsts = {key.partition(" ")[0] for key in (*exact, *bases)}

    def _add(
        self,
        column: Column,
        exact: dict[str, list[Hit]],
        bases: dict[str, list[Hit]],
        starts: dict[str, list[Hit]],
    ) -> None:
        for sample in column.info.samples:
            key = spaced(sample)
            if not key or len(key) > 80:
                continue
            words = key.split()
            self.longest = max(self.longest, min(len(words), 8))
            hit = Hit(column.table, column.name, sample, 1.0)
            exact.setdefault(key, []).append(hit)
            base = " ".join(lemma(word) for word in words)
            if base != key:
                bases.setdefault(base, []).append(hit)
            if len(words) > 1 and len(words[0]) > 2:
                starts.setdefault(words[0], []).append(hit)

    def exact(self, text: str) -> tuple[Hit, ...]:
        """Return the columns that hold exactly this, whatever the case and marks."""
        return tuple(self._exact.get(spaced(text), ()))

    def starts_one(self, word: Token) -> bool:
        """Whether any value begins with this word or its base form."""
        first = spaced(word.text).partition(" ")[0]
        return first in self._firsts or lemma(first) in self._firsts

    def like(self, words: tuple[Token, ...]) -> tuple[Hit, ...]:
        """Return columns that hold these words, or their base forms, or the place of a people."""
        text = spaced(" ".join(token.text for token in words))
        if found := self._exact.get(text):
            return tuple(found)
        base = " ".join(lemma(word) for word in text.split())
        found = [*self._exact.get(base, ()), *self._bases.get(base, ())] if base else []
        if found:
            return tuple(_weaker(hit, 0.95) for hit in dict.fromkeys(found))
        if len(words) == 1:
            return self._sex(lemma(text)) or self._place(text)
        return ()

    def _sex(self, word: str) -> tuple[Hit, ...]:
        """Women are those whose gender is F or female."""
        for group, codes in ((lexicon.WOMEN, ("f", "female", "w")), (lexicon.MEN, ("m", "male"))):
            if word in group:
                found = [hit for code in codes for hit in self._exact.get(code, ())]
                return tuple(
                    _weaker(h, 0.9) for h in found if h.column.lower() in ("gender", "sex")
                )
        return ()

    def _place(self, word: str) -> tuple[Hit, ...]:
        """`Asian` means Asia: the ending says of where, the beginning says where."""
        if (full := lexicon.PLACES.get(word)) and (found := self._exact.get(full)):
            return tuple(_weaker(hit, 0.85) for hit in found)
        for ending in ("n", "an", "ian", "ese", "ish", "i"):
            if word.endswith(ending) and len(word) - len(ending) >= 4:
                head = word[: -len(ending)]
                for tail in ("", "a", "e", "y"):
                    if found := self._exact.get(head + tail):
                        return tuple(_weaker(hit, 0.85) for hit in found)
        return ()

    def beginning(self, words: tuple[Token, ...]) -> tuple[Hit, ...]:
        """Return values of several words that begin with these."""
        text = spaced(" ".join(token.text for token in words))
        first = text.split()[0] if text else ""
        found = [
            h for h in self._starts.get(first, ()) if f"{spaced(h.value)} ".startswith(f"{text} ")
        ]
        return tuple(_weaker(hit, 0.7) for hit in found) if len(found) <= 3 else ()


def _weaker(hit: Hit, factor: float) -> Hit:
    return Hit(hit.table, hit.column, hit.value, hit.score * factor)


def truth(column: Column, wanted: bool) -> str | int | bool:
    """Return how a boolean column writes yes or no."""
    words = lexicon.TRUE if wanted else lexicon.FALSE
    for sample in column.info.samples:
        if sample.strip().lower() in words:
            return _typed(column, sample.strip())
    opposite = lexicon.FALSE if wanted else lexicon.TRUE
    for sample in column.info.samples:
        if sample.strip().lower() in opposite:
            return _typed(column, _pair(sample.strip()))
    native = f"{column.info.type} {column.info.native}".lower()
    return wanted if "bool" in native else int(wanted)


def _typed(column: Column, sample: str) -> str | int | bool:
    native = f"{column.info.type} {column.info.native}".lower()
    if column.info.type == "boolean" and sample.lower() in ("true", "false"):
        return sample.lower() == "true"
    if sample in ("0", "1") and ("bool" in native or "int" in native):
        return int(sample)
    return sample


def _pair(sample: str) -> str:
    pairs = {"1": "0", "t": "f", "true": "false", "y": "n", "yes": "no", "on": "off"}
    both = pairs | {no: yes for yes, no in pairs.items()}
    other = both[sample.lower()]
    return other.upper() if sample.isupper() else other.title() if sample.istitle() else other
