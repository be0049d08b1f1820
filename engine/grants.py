"""What a caller has allowed for always: kept beside the sessions, listed, taken back at will."""

import hashlib
from collections.abc import Sequence

import msgspec

from engine.gates import Granted
from engine.ports import Document
from engine.world import Store
from protocol.events import Subject
from protocol.ids import CallerId, SessionId

KIND = "grant"
MOST = 500


class Always(msgspec.Struct, frozen=True, kw_only=True):
    """A step that need not be asked about in any session of its caller."""

    id: str
    subject: Subject
    scope: str
    session: SessionId
    at: str = ""


async def keep(
    store: Store, caller: CallerId, subject: Subject, scope: str, session: SessionId
) -> None:
    """Keep a grant. The same again changes nothing but when it was given."""
    always = Always(id=_id(caller, subject, scope), subject=subject, scope=scope, session=session)
    body = msgspec.json.encode(always)
    await store.put(Document(kind=KIND, id=always.id, owner=caller, body=body))


async def all_of(store: Store, caller: CallerId) -> Sequence[Always]:
    """Return what a caller has allowed for always."""
    documents = await store.list(KIND, caller, limit=MOST)
    return [
        msgspec.structs.replace(msgspec.json.decode(document.body, type=Always), at=document.at)
        for document in documents
    ]


async def granted_to(store: Store, caller: CallerId) -> frozenset[Granted]:
    """Return the same as what gates look at."""
    return frozenset(
        Granted(subject=always.subject, scope=always.scope)
        for always in await all_of(store, caller)
    )


async def take_back(store: Store, caller: CallerId, id: str) -> bool:
    """Forget a grant of this caller's; return whether there was one."""
    document = await store.get(KIND, id)
    if document is None or document.owner != caller:
        return False
    await store.delete(KIND, id)
    return True


def _id(caller: CallerId, subject: Subject, scope: str) -> str:
    """Name the grant by what it is, so that the same one is kept once."""
    return "g_" + hashlib.sha256("\0".join((caller, subject, scope)).encode()).hexdigest()[:16]
