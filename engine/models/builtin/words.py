"""Tokens and lemmas: the first room. Text goes in, words with their base forms come out."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

import msgspec
import simplemma
import snowballstemmer  # type: ignore[import-untyped]

from engine.models.builtin.abbreviations import expanded

Kind = Literal["word", "number", "quoted", "date", "mark"]

LONGEST = 2_000
"""Characters of a question that are read; what follows is not a question any more."""

_TOKEN = re.compile(
    r"""
    (?P<quoted>"[^"\n]{1,200}"|“[^”\n]{1,200}”|‘[^’\n]{1,200}’|`[^`\n]{1,200}`
        |(?<![\w])'[^'\n]{1,200}'(?!\w))
    |(?P<date>\b\d{4}-\d{1,2}-\d{1,2}\b)
    |(?P<number>[$€£]?(?<![\w.])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\w)|[$€£]?(?<![\w.])\d+(?:\.\d+)?(?![\w]))
    |(?P<scaled>[$€£]?\b\d+(?:\.\d+)?[kKmM]\b)
    |(?P<possessive>['’]s?\b|(?<=s)['’](?=\s|$))
    |(?P<word>[^\W\d_]+n['’]t\b|[^\W\d_]+\.(?:[^\W\d_]\.)+|\w+)
    |(?P<mark>[,;?!.:()%/&=<>+*-]+)
    """,
    re.VERBOSE,
)
_CAMEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_]+")
_NUMBERS = {
    "zero": 0, "single": 1,
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "twenty": 20, "thirty": 30, "fifty": 50,
    "hundred": 100,
}  # fmt: skip
_SCALES = {"thousand": 1_000, "k": 1_000, "million": 1_000_000, "m": 1_000_000, "billion": 10**9}
_SPANS = ("hour", "minute", "day", "week", "month", "year", "dozen", "hundred", "thousand")
_BEFORE_ONE = frozenset(
    {"than", "least", "most", "exactly", "only", "just", "over", "between", "equals", "top"}
)


class Token(msgspec.Struct, frozen=True):
    """One word, number or mark. `value` is set for numbers; `lemma` is in lower case."""

    text: str
    lower: str
    lemma: str
    kind: Kind
    start: int
    end: int
    value: float | int | None = None

    @property
    def proper(self) -> bool:
        """Whether it is written like a name."""
        return self.kind == "quoted" or self.text[:1].isupper()


@lru_cache(maxsize=20_000)
def lemma(word: str) -> str:
    """Return the base form of an English word in lower case; unknown words stay as they are."""
    lower = word.lower()
    if len(lower) < 3 or not lower.isalpha():
        return lower
    if lower in _KEPT or not _VOWELS & set(lower):
        return lower  # `chk` is short for something, and no form of a word
    found = str(simplemma.lemmatize(lower, lang="en")).lower()
    return _IRREGULAR.get(found, found)


_VOWELS = frozenset("aeiouy")
_KEPT = frozenset({"data", "media", "best", "worst", "left", "does", "did", "was", "were", "is"})
_IRREGULAR = {"persons": "person", "people": "person"}


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return the stem, so that `produced`, `product` and `production` may meet."""
    return str(snowballstemmer.stemmer("english").stemWord(lemma(word)))


@lru_cache(maxsize=20_000)
def known(word: str) -> bool:
    """Whether a dictionary has this word."""
    return bool(simplemma.is_known(word, lang="en"))


def _number(text: str) -> float | int:
    plain = text.lstrip("$€£").replace(",", "")
    return float(plain) if "." in plain else int(plain)


def tokens(text: str) -> tuple[Token, ...]:
    """Cut a text into tokens. Never raises, whatever the text."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text[:LONGEST]):
        token = _token(match, found)
        if token is not None:
            found.append(token)
    return tuple(_scaled(found))


def _token(match: re.Match[str], before: list[Token]) -> Token | None:
    text, kind = match.group(), match.lastgroup or "mark"
    start, end = match.span()
    if kind == "quoted":
        inner = text[1:-1].strip()
        return Token(inner, inner.lower(), inner.lower(), "quoted", start, end) if inner else None
    if kind == "date":
        return Token(text, text, text, "date", start, end)
    if kind == "number":
        return Token(text, text.lower(), text.lower(), "number", start, end, _number(text))
    if kind == "scaled":
        scaled = _number(text[:-1]) * _SCALES[text[-1].lower()]
        return Token(text, text.lower(), text.lower(), "number", start, end, scaled)
    if kind == "possessive":
        return Token("'s", "'s", "'s", "mark", start, end)
    if kind == "mark":
        return Token(text, text, text, "mark", start, end)
    lower = text.lower().replace("’", "'")
    value: float | int | None = _NUMBERS.get(lower)
    if lower in ("a", "an") and before and before[-1].lower in ("than", "over", "least", "most"):
        after = match.string[match.end() :].lstrip().lower()
        value = 1 if after.startswith(_SPANS) else None
    if lower == "one" and before and before[-1].lower in _BEFORE_ONE:
        value = 1
    if value is not None:
        return Token(text, lower, lower, "number", start, end, value)
    return Token(text, lower, lemma(lower), "word", start, end)


def _scaled(found: list[Token]) -> list[Token]:
    """Join `5 million` into one number."""
    joined: list[Token] = []
    for token in found:
        last = joined[-1] if joined else None
        scale = _SCALES.get(token.lower) if token.kind == "word" and len(token.lower) > 1 else None
        if scale and last is not None and last.value is not None:
            text = f"{last.text} {token.text}"
            joined[-1] = Token(
                text, text.lower(), text.lower(), "number", last.start, token.end,
                last.value * scale,
            )  # fmt: skip
        else:
            joined.append(token)
    return joined


def parts(name: str, vocabulary: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Split the name of a table or column into lemmas: snake, camel and glued words alike."""
    found: list[str] = []
    for piece in _CAMEL.findall(name.replace("_", " ")):
        lower = piece.lower()
        found.extend(_unglue(lower, vocabulary))
    return _person(tuple(lemma(expanded(word)) for word in found)) or (name.lower(),)


def terse(names: Iterable[str]) -> bool:
    """Whether names are made of short forms, so that even what looks like a word may be one."""
    pieces = {
        piece.lower() for name in names for piece in _CAMEL.findall(name.replace("_", " "))
        if len(piece) > 1 and piece.isalpha()
    }  # fmt: skip
    short = [piece for piece in pieces if expanded(piece) != piece or not known(piece)]
    return len(short) >= 0.3 * len(pieces)


def _person(words: tuple[str, ...]) -> tuple[str, ...]:
    """`fname` and `l_name` are first and last names everywhere."""
    joined = "".join(words)
    if joined in _PERSON:
        return (_PERSON[joined], "name")
    return words


_PERSON = {"fname": "first", "lname": "last", "mname": "middle", "firstname": "first",
           "lastname": "last",
           "surname": "last"}  # fmt: skip


def _unglue(word: str, vocabulary: frozenset[str]) -> tuple[str, ...]:
    """Cut `countrylanguage` in two if both halves are words and one is known to the schema."""
    if len(word) < 7 or known(word):
        return (word,)
    for cut in range(len(word) - 3, 2, -1):
        head, tail = word[:cut], word[cut:]
        if (head in vocabulary and known(tail)) or (tail in vocabulary and known(head)):
            return (head, tail)
    for cut in range(len(word) - 3, 3, -1):
        head, tail = word[:cut], word[cut:]
        if len(tail) >= 4 and known(head) and known(tail):
            return (head, tail)
    return (word,)


def spaced(text: str) -> str:
    """Return the canonical form under which values are found: words in lower case, one space."""
    return " ".join(re.findall(r"\w+", text.lower()))
