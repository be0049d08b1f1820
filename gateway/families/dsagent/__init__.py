"""DSAgent's API, as its document promises it: at the root, and whole under `/dsagent`."""

from litestar.di import Provide

from gateway.families.dsagent import keys, refusing
from gateway.families.shape import Family
from gateway.pages import health

FAMILY = Family(
    name="dsagent",
    prefix="/",
    own="/dsagent",
    claims=("/api/sessions", "/ws/chat", "/dsagent"),
    routes=(),
    beside=health.ROUTES,
    guards=(keys.require_key,),
    dependencies={"caller": Provide(keys.caller_of)},
    says_no=refusing.HANDLERS,
)
