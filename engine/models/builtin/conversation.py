"""Conversation: what is said about the conversation itself, and asks nothing of the data."""

import re
from types import MappingProxyType
from typing import Literal

Remark = Literal["", "hello", "thanks", "help", "how", "why", "undo", "anew", "write"]

_THANKS = (
    "(many )?thanks|thank you|thx|cheers|great|nice|cool|ok|okay|perfect|good|super|wow|well done|"
    "good job|wonderful|awesome|got it|i see|bye|goodbye|see you"
)
_MORE = "so much|very much|a lot|job|work|one|that is all|that's (all|it)"
_REMARKS: MappingProxyType[Remark, re.Pattern[str]] = MappingProxyType(
    {
        "hello": re.compile(
            r"(hi|hello|hey|howdy|greetings|good (morning|afternoon|evening|day))"
            r"( there| again| all| everyone)?"
        ),
        "thanks": re.compile(rf"({_THANKS})(,? ({_THANKS}|{_MORE}))*"),
        "help": re.compile(
            r"help( me| please)?|what can (you do|i ask|i do)( here)?|how does (this|it) work|"
            r"how do (you|i use (this|it)|i ask) ?(work)?|(who|what) are you|what do you do|"
            r"give me (some )?examples|examples"
        ),
        "how": re.compile(
            r"how (did|do|have) you (read|understand|understood|get|got|find|found|calculate|"
            r"compute|arrive at|interpret|come to|come up with)( (this|that|it|my question|these|"
            r"the answer|the result|those))?|explain( (this|that|it|yourself|the answer))?|"
            r"what did you do|what does (this|that|it) mean|what do you mean|"
            r"(show|give)( me)?( the)? (sql|query|plan)|how so"
        ),
        "why": re.compile(r"why|why (is|was) (that|this|it)( so)?|how come|but why|why so|why not"),
        "undo": re.compile(
            r"(please )?(undo|revert|take back)( (that|this|it|the last( one| step| change)?|"
            r"last))?|(go )?back|go one back|one step back|never ?mind|forget (that|it|this)|"
            r"no,? not that|cancel that"
        ),
        "anew": re.compile(
            r"start (over|again|anew|from scratch)|reset|clear( all| everything)?|"
            r"(a )?new question|forget everything|from the beginning"
        ),
    }
)
_WRITES = re.compile(
    r"^\W*((drop|alter|create) (table|database|view|index|schema)|delete (from|all|the|every|my)|"
    r"truncate|insert into|update [\w.\"]+ set|grant|revoke)\b",
    re.IGNORECASE,
)
_AROUND = re.compile(r"^[\W_]+|[\W_]+$")


def remark(text: str) -> Remark:
    """Return what sort of remark a saying is, empty if it asks something of the data."""
    if _WRITES.match(text):
        return "write"
    plain = " ".join(_AROUND.sub("", text).lower().replace("’", "'").split())
    if not plain or len(plain) > 60:
        return ""
    plain = plain.removeprefix("please ").removesuffix(" please").rstrip(" ,")
    for kind, words in _REMARKS.items():
        if words.fullmatch(plain):
            return kind
    return ""
