"""DSAgent's API, as its document promises it: at the root, and whole under `/dsagent`.

Its VS Code extension reads what a kernel holds by name, where the released server and other clients
have lists; under `/dsagent/vscode` it gets that.
"""

from litestar.di import Provide

from gateway.families.dsagent import (
    artifacts,
    chat,
    exports,
    files,
    history,
    hitl,
    kernel,
    keys,
    refusing,
    sessions,
    socket,
)
from gateway.families.dsagent.ledger import LEDGER
from gateway.families.shape import Family
from gateway.pages import documents, health

FAMILY = Family(
    name="dsagent",
    prefix="/",
    own="/dsagent",
    claims=("/api/sessions", "/ws/chat", "/dsagent"),
    routes=(
        *sessions.ROUTES,
        *exports.ROUTES,
        *chat.ROUTES,
        *hitl.ROUTES,
        *history.ROUTES,
        *kernel.ROUTES,
        *files.ROUTES,
        *artifacts.ROUTES,
        *socket.ROUTES,
    ),
    beside=(*health.ROUTES, *documents.ROUTES),
    variants={"/vscode": kernel.BY_NAME},
    guards=(keys.require_key,),
    dependencies={"caller": Provide(keys.caller_of)},
    says_no=refusing.HANDLERS,
    ledger=LEDGER,
)
