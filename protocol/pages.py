"""A page: records of one log that are shown together, kept as the bytes that go on the wire."""

import msgspec

from protocol.ids import Epoch, SessionId


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that happened in `session` after position `after` up to and with `upto`.

    `records` holds the JSON objects of the records, in order, joined by commas and without
    brackets: two pages that follow each other are joined by joining their bytes. Deltas of finished
    items may be missing from it; `after` and `upto` stay true all the same.
    """

    session: SessionId
    epoch: Epoch
    after: int
    upto: int
    records: bytes

    def frame(self) -> bytes:
        """Return the page as the JSON message that a client gets."""
        head = b'{"type":"page","session":%b,"epoch":%b,"after":%d,"upto":%d,"records":[%b]}'
        quote = msgspec.json.encode
        return head % (quote(self.session), quote(self.epoch), self.after, self.upto, self.records)

    def joined(self, later: "Page") -> "Page":
        """Return this page and the one right after it as one."""
        if later.after != self.upto or later.epoch != self.epoch:
            raise ValueError(f"page after {later.after} does not follow {self.upto}")
        records = b",".join(part for part in (self.records, later.records) if part)
        return Page(
            session=self.session,
            epoch=self.epoch,
            after=self.after,
            upto=later.upto,
            records=records,
        )
