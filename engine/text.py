"""Text that came from outside, made into text that every encoding can carry. Pure."""

from collections.abc import Mapping
from typing import Any


def whole(text: str) -> str:
    """Return the text with its surrogates joined to the characters they are halves of.

    JSON may escape half of a character, and Python reads it; but UTF-8 cannot write it (RFC 3629,
    3), and so neither can the log. A half without its other becomes U+FFFD.
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def whole_in(value: Any) -> Any:
    """Return plain data with all its texts whole."""
    match value:
        case str():
            return whole(value)
        case Mapping():
            return {whole_in(name): whole_in(part) for name, part in value.items()}
        case list() | tuple():
            return [whole_in(part) for part in value]
        case _:
            return value
