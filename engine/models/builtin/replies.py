"""Replies: what is said where no query runs — greetings, how a question was read, what is not
known.
"""

from collections.abc import Sequence

from engine.models.builtin import explaining, suggesting
from engine.models.builtin.chips import chips
from engine.models.builtin.compiler import Reading
from engine.models.builtin.conversation import Remark
from engine.models.builtin.linking import Linker
from engine.models.builtin.strangers import FORETELLING, near
from engine.models.builtin.words import lemma

UNCHANGED = (
    "The last reading has no part like that, or it cannot become what you wrote. "
    "Nothing was changed and nothing was run."
)
_ROLES = {
    "measure": "Figure", "table": "Rows of", "filter": "Only where", "time": "Time",
    "grouping": "For each", "order": "Sorted by", "limit": "Limit",
}  # fmt: skip


def reply(linker: Linker, kind: Remark, last: Reading | None) -> tuple[str, tuple[str, ...]]:
    """Answer a remark about the conversation; return the text and questions to go on with.

    `last` is the reading that stands, None if nothing was asked yet.
    """
    if last is not None and last.query is None:
        last = None
    offers = suggesting.questions(linker)
    match kind:
        case "thanks":
            return "You are welcome.", _further(linker, last, offers)
        case "how" | "why" if last is not None:
            opening = (
                "The data says what is so, but not why. "
                "Looking at it by another column, or over time, may show it.\n\n"
                if kind == "why"
                else ""
            )
            return opening + _read(last), _further(linker, last, offers)
        case "how" | "why":
            return _with("Nothing was asked yet.", offers), offers
        case "undo":
            return _with("There is nothing left to undo.", offers), offers
        case "anew":
            return _with("What was asked before is forgotten.", offers), offers
        case "write":
            return "Sorry, I only read data: nothing was changed, and nothing was run.", offers
        case "help":
            return _with(_HELP, offers), offers
        case _:
            return _with("Hello! Ask me about this data in plain English.", offers), offers


_HELP = (
    "I answer questions about this data, in English or SQL: counts, totals, averages, rankings, "
    "shares, and figures over time. After an answer you can go on: “by month”, “only …”, "
    "“without …”, “top 3”, “as a pie”, “show me the rows”, “how did you read this?”, “undo”."
)


def _with(text: str, offers: Sequence[str]) -> str:
    if not offers:
        return text
    return f"{text} For example:\n\n" + "\n".join(f"- {offer}" for offer in offers)


def _further(linker: Linker, last: Reading | None, offers: tuple[str, ...]) -> tuple[str, ...]:
    if last is None or last.query is None:
        return offers
    return suggesting.following(linker, last.query, last.sql)


def _read(reading: Reading) -> str:
    """Say how a question was read: each part, what was left out, and the SQL."""
    assert reading.query is not None
    lines = [f"- {_ROLES[chip.role]}: {chip.text}" for chip in chips(reading.query)]
    said = [word.removeprefix("~") for word in reading.unread]
    if said:
        lines.append(f"- Not used: {', '.join(said)}")
    what = explaining.sentence(reading.query)
    return f"I read it so: {what}\n\n" + "\n".join(lines) + f"\n\n```sql\n{reading.sql}\n```"


def lost(linker: Linker, reading: Reading) -> tuple[str, tuple[str, ...]]:
    """Say that a question was not understood, and what could be asked instead."""
    if reading.kept and not reading.strange:
        text = f"Sorry, I could not tell what “{reading.part}” should change in the last question"
        return f"{text}, so the last answer stands.", ()
    if reading.part and not reading.kept:
        return UNCHANGED, ()
    offers = suggesting.questions(linker)
    if reading.strange and not _foreign(reading):
        return _unknown(linker, reading, offers)
    text = "Sorry, I could not work out what to ask of this data; I read English, and SQL."
    words = [word.removeprefix("~") for word in reading.unread[:4]]
    if not _foreign(reading) and (close := near(linker, words)):
        text += f" Did you mean {_quoted(close, ' or ')}?"
    if offers:
        text += " These I could answer:\n\n" + "\n".join(f"- {offer}" for offer in offers)
    return text, offers


def _unknown(
    linker: Linker, reading: Reading, offers: tuple[str, ...]
) -> tuple[str, tuple[str, ...]]:
    """Name the words that mean nothing here, and what they may have been meant to be."""
    text = f"Sorry, I do not know {_quoted(reading.strange, ' and ')} here"
    if {lemma(word.lower()) for said in reading.strange for word in said.split()} & FORETELLING:
        text = "Sorry, I tell what the data holds, and do not foretell"
    close = near(linker, [word for said in reading.strange for word in said.split()])
    if reading.kept:
        text += ", so I changed nothing: the last answer stands."
    else:
        text += ", so I ran nothing."
    if close:
        text += f" Did you mean {_quoted(close, ' or ')}?"
    if not reading.kept and offers:
        text += " These I could answer:\n\n" + "\n".join(f"- {offer}" for offer in offers)
    return text, () if reading.kept else offers


def _quoted(words: Sequence[str], last: str) -> str:
    quoted = [f"“{word}”" for word in words[:4]]
    return last.join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]


def _foreign(reading: Reading) -> bool:
    """Whether so much is unknown that it is no English."""
    return not reading.kept and len(reading.unread) > 3
