"""Names for things. All are opaque strings, chosen by whoever creates the thing."""

from typing import NewType

SessionId = NewType("SessionId", str)
"""A session, `s_…`; or a caller's inbox, `inbox:<caller>`."""

RunId = NewType("RunId", str)
ItemId = NewType("ItemId", str)
ApprovalId = NewType("ApprovalId", str)
QuestionId = NewType("QuestionId", str)
InputId = NewType("InputId", str)
ResultId = NewType("ResultId", str)
"""Kept rows of a table, for paging and export."""

UploadId = NewType("UploadId", str)
CallerId = NewType("CallerId", str)

CommandId = NewType("CommandId", str)
"""Ties an answer to its command on one connection. It may repeat on another."""

Key = NewType("Key", str)
"""Makes a command act once for its caller, however often and wherever it is sent."""

Epoch = NewType("Epoch", str)
"""One unbroken history of a log. It changes only when history was lost or made anew."""

INBOX = "inbox:"


def inbox_of(caller: CallerId) -> SessionId:
    """Return the id of the log that tells `caller` about all of their sessions."""
    return SessionId(INBOX + caller)
