"""Stored pages made into the page a reader asked for."""

from collections.abc import Sequence

import msgspec

from protocol.pages import Page


class Place(msgspec.Struct, frozen=True):
    """The one field of a record that a store knows of."""

    seq: int


def joined(pages: Sequence[Page]) -> Page:
    """Return pages that follow each other as one, in one copy of their bytes."""
    first, last = pages[0], pages[-1]
    if first is last:
        return first
    records = b",".join(page.records for page in pages if page.records)
    return Page(
        session=first.session,
        epoch=first.epoch,
        after=first.after,
        upto=last.upto,
        records=records,
    )


def later_part(page: Page, after: int) -> Page:
    """Return what of `page` lies after a position inside it.

    Positions are numbers of records and not indexes: compaction may have taken some out.
    """
    if after <= page.after:
        return page
    raws = msgspec.json.decode(b"[%b]" % page.records, type=list[msgspec.Raw])
    skipped = 0
    for raw in raws:
        if msgspec.json.decode(raw, type=Place).seq > after:
            break
        skipped += 1
    return Page(
        session=page.session,
        epoch=page.epoch,
        after=after,
        upto=page.upto,
        records=b",".join(bytes(raw) for raw in raws[skipped:]),
    )
