"""Reading one text out of JSON that is still being written."""

import re
from collections.abc import Iterator
from typing import Final

_PLAIN: Final = re.compile(r'[^"\\]*')
_ESCAPES: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class MainText:
    """The text under `key` of the outermost object: of a string, or of a list line by line.

    Pieces may be cut anywhere, also inside an escape or between two surrogates. What is not JSON
    gives what could be read, and never an error: whoever has all of it will know.
    """

    def __init__(self, key: str) -> None:
        self._key = key
        self._nest: list[str] = []
        self._awaits_key = False
        self._name: list[str] | None = None
        self._current = ""
        self._escape: str | None = None
        self._high = ""
        self._in_string = False
        self._is_main = False
        self._elements = 0
        self._said: list[str] = []

    @property
    def text(self) -> str:
        """All of it so far."""
        return "".join(self._said)

    def feed(self, piece: str) -> str:
        """Take in more JSON, and return the text that it adds."""
        new: list[str] = []
        at = 0
        while at < len(piece):
            if not self._in_string:
                new.extend(self._structure(piece[at]))
                at += 1
            elif self._escape is not None:
                new.extend(self._heard(self._unescaped(piece[at])))
                at += 1
            else:
                plain = _PLAIN.match(piece, at)
                assert plain is not None, "it matches nothing, too"
                new.extend(self._heard(plain[0]))
                at = plain.end()
                if at < len(piece):
                    self._mark(piece[at])
                    at += 1
        self._said += new
        return "".join(new)

    def _structure(self, mark: str) -> Iterator[str]:
        match mark:
            case '"':
                self._in_string = True
                if self._awaits_key:
                    self._name = []
                else:
                    yield from self._begin()
            case "{" | "[":
                self._nest.append(mark)
                self._awaits_key = mark == "{"
            case "}" | "]":
                if self._nest:
                    self._nest.pop()
                self._awaits_key = False
            case ":":
                self._awaits_key = False
            case ",":
                self._awaits_key = bool(self._nest) and self._nest[-1] == "{"
            case _:
                pass

    def _begin(self) -> Iterator[str]:
        listed = self._nest == ["{", "["]
        self._is_main = self._current == self._key and (self._nest == ["{"] or listed)
        if self._is_main and listed:
            if self._elements:
                yield "\n"
            self._elements += 1

    def _mark(self, mark: str) -> None:
        if mark == "\\":
            self._escape = ""
            return
        self._in_string, self._is_main, self._high = False, False, ""
        if self._name is not None:
            if len(self._nest) == 1:
                self._current = "".join(self._name)
            self._name = None

    def _unescaped(self, mark: str) -> str:
        assert self._escape is not None, "only called inside an escape"
        if not self._escape and mark != "u":
            self._escape = None
            return _ESCAPES.get(mark, mark)
        self._escape += mark
        if len(self._escape) < 5:
            return ""
        digits, self._escape = self._escape[1:], None
        try:
            return self._whole(chr(int(digits, 16)))
        except ValueError:
            return ""

    def _whole(self, char: str) -> str:
        """Put two surrogates together: JSON escapes what is not of the basic plane as a pair."""
        if "\ud800" <= char <= "\udbff":
            self._high = char
            return ""
        high, self._high = self._high, ""
        if "\udc00" <= char <= "\udfff":
            if not high:
                return "\ufffd"
            return (high + char).encode("utf-16", "surrogatepass").decode("utf-16")
        return char

    def _heard(self, text: str) -> Iterator[str]:
        if not text:
            return
        if self._name is not None:
            self._name.append(text)
        elif self._is_main:
            yield text
