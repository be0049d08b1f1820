"""Making finished pages small: what a completed item says, its deltas need not say again. Pure."""

from collections.abc import Collection

import msgspec

from protocol.codec import split_records
from protocol.pages import Page


class _Glance(msgspec.Struct, frozen=True):
    type: str
    item: str | None = None


_glance = msgspec.json.Decoder(_Glance)


def compacted(page: Page, open_items: Collection[str]) -> Page | None:
    """Return the page without deltas of items that are not open, or None if it has none."""
    raws = split_records(page.records)
    kept = [raw for raw in raws if not _finished_delta(_glance.decode(raw), open_items)]
    if len(kept) == len(raws):
        return None
    records = b",".join(bytes(raw) for raw in kept)
    return msgspec.structs.replace(page, records=records)


def _finished_delta(glance: _Glance, open_items: Collection[str]) -> bool:
    return glance.type == "item.delta" and glance.item not in open_items
