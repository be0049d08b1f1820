"""What a caller has allowed for always: kept beside the sessions, listed, taken back at will."""

import hashlib
from collections.abc import Sequence

import msgspec

from engine.gates import Granted
from engine.ports import Document
from engine.state import Session, scope_of
from engine.world import Store
from protocol.commands import AnyCommand, ApprovalResolve, ApprovalRevoke
from protocol.events import Subject
from protocol.ids import ApprovalId, CallerId, SessionId

KIND = "grant"
MOST = 500


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A step that need not be asked about in any session of its caller, and where that was said."""

    id: str
    subject: Subject
    scope: str
    session: SessionId
    approval: ApprovalId | None = None
    at: str = ""


class Always:
    """What a command allows, or takes back, in every session of its caller, if it is granted.

    Whatever dies in between, a gate is rather asked at once too often: what is taken back is gone
    before the log says so, and what is allowed is kept after.
    """

    def __init__(self, store: Store, session: Session, command: AnyCommand) -> None:
        self._store = store
        self._session = session.session
        self._owner = session.owner or CallerId("")
        self._command = command
        self._grant = _grant_of(session, command)

    async def before(self) -> None:
        """Take back, before the command is decided."""
        if self._grant is not None and isinstance(self._command, ApprovalRevoke):
            id = _id(self._owner, self._grant.subject, self._grant.scope)
            await take_back(self._store, self._owner, id)

    async def after(self) -> None:
        """Allow, now that the command is kept."""
        if self._grant is not None and isinstance(self._command, ApprovalResolve):
            subject, scope = self._grant.subject, self._grant.scope
            approval = self._command.approval
            await keep(self._store, self._owner, subject, scope, self._session, approval)


def _grant_of(session: Session, command: AnyCommand) -> Granted | None:
    match command:
        case ApprovalResolve(remember="always", verdict="approve" | "edit"):
            request = session.approvals.get(command.approval)
            item = session.item(request.item) if request is not None else None
            if request is None or item is None or request.remembers is None:
                return None
            return Granted(subject=request.subject, scope=scope_of(item))
        case ApprovalRevoke():
            kept = session.remembered.get(command.approval)
            return kept.grant if kept is not None and kept.always else None
        case _:
            return None


async def keep(
    store: Store,
    caller: CallerId,
    subject: Subject,
    scope: str,
    session: SessionId,
    approval: ApprovalId | None = None,
) -> None:
    """Keep a grant. The same again changes nothing but where and when it was given."""
    id = _id(caller, subject, scope)
    grant = Grant(id=id, subject=subject, scope=scope, session=session, approval=approval)
    body = msgspec.json.encode(grant)
    await store.put(Document(kind=KIND, id=id, owner=caller, body=body))


async def all_of(store: Store, caller: CallerId) -> Sequence[Grant]:
    """Return what a caller has allowed for always."""
    return [_read(document) for document in await store.list(KIND, caller, limit=MOST)]


async def one_of(store: Store, caller: CallerId, id: str) -> Grant | None:
    """Return a grant of this caller's, or None."""
    document = await store.get(KIND, id)
    return _read(document) if document is not None and document.owner == caller else None


async def granted_to(store: Store, caller: CallerId) -> frozenset[Granted]:
    """Return the same as what gates look at."""
    grants = await all_of(store, caller)
    return frozenset(Granted(subject=grant.subject, scope=grant.scope) for grant in grants)


async def take_back(store: Store, caller: CallerId, id: str) -> bool:
    """Forget a grant of this caller's; return whether there was one."""
    if await one_of(store, caller, id) is None:
        return False
    await store.delete(KIND, id)
    return True


def _read(document: Document) -> Grant:
    grant = msgspec.json.decode(document.body, type=Grant)
    return msgspec.structs.replace(grant, at=document.at)


def _id(caller: CallerId, subject: Subject, scope: str) -> str:
    """Name the grant by what it is, so that the same one is kept once."""
    return "g_" + hashlib.sha256("\0".join((caller, subject, scope)).encode()).hexdigest()[:16]
