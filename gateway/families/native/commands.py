"""Any command over plain HTTP: the same message, the same reply as on the socket."""

from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency

from engine.engine import Engine
from gateway.faces.buckets import Buckets
from gateway.refusing import answer, refusal_of
from gateway.settings import Settings
from protocol.codec import decode_client, encode, id_of
from protocol.commands import AnyCommand, Hello, Ping, Pong
from protocol.refusals import Refused
from protocol.replies import Caller, Reply


def command_of(body: bytes, most: int) -> AnyCommand:
    """Return the command in a body of at most so many bytes."""
    if len(body) > most:
        raise Refused("frame_too_large", f"at most {most} bytes are read")
    command = decode_client(body)
    if isinstance(command, Hello | Ping | Pong):
        raise Refused("not_offered", "this belongs on a socket")
    return command


@post("/commands", operation_id="native.commands.send", status_code=200)
async def send_command(
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    settings: NamedDependency[Settings],
    buckets: NamedDependency[Buckets],
) -> Response[bytes]:
    """Send one command and get its reply; a refusal has the same body and a 4xx status."""
    body = await request.body()
    try:
        command = command_of(body, settings.frame_bytes)
        buckets.count(caller.id)
        result = await engine.handle(caller, command)
    except Refused as refused:
        return answer(refusal_of(refused, id_of(body)))
    reply = Reply(id=command.id, result=result)
    return Response(encode(reply), media_type="application/json")


ROUTES = (send_command,)
