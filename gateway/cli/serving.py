"""`askwire serve`: the server in the foreground."""

import argparse
import logging
import socket
import sys
import threading
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from client.failures import Unreachable
from gateway.cli.leaving import FAILED, Usage
from gateway.settings import Settings, SettingsError, from_environ


def run(chosen: argparse.Namespace) -> int:
    """Serve until the process is told to stop."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    try:
        settings = settings_of(chosen)
        settings.require_safe()
        require_free(settings.host, settings.port)
    except SettingsError as wrong:
        raise Usage(str(wrong)) from None
    from gateway.daemon import serve  # the whole server: what is above is said without waiting

    try:
        serve(settings, lambda url: _announce(url, settings, chosen.open))
    except* (SettingsError, OSError) as wrong:
        failed: BaseException = wrong
    else:
        return 0
    return _failed(failed)


def settings_of(chosen: argparse.Namespace) -> Settings:
    """Return the settings: what was said on the command line, then the environment."""
    return from_environ(
        host=chosen.host,
        port=chosen.port,
        data=chosen.data,
        token=chosen.token,
        sources=sources_of(chosen.source) or None,
        sample=False if chosen.no_sample else None,
    )


def sources_of(given: Sequence[str]) -> dict[str, str]:
    """Read `name=path`; a path alone is named for its file."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, path = text.partition("=")
        if not equals:
            name, path = Path(text).stem, text
        if not Path(path).exists():
            raise SettingsError(f"there is no {path}; --source takes NAME=PATH of what is there")
        found[name] = path
    return found


def require_free(host: str, port: int) -> None:
    """Raise `SettingsError` if somebody listens there: two servers could share a port unnoticed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # Connections of a server that was killed may linger; they are in nobody's way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            words = f"port {port} on {host} cannot be used: {error.strerror}"
            raise SettingsError(f"{words}; choose another with --port") from None


def _announce(url: str, settings: Settings, open_page: bool) -> None:
    # It asks the server for a ticket: not on the loop that would have to answer.
    told = (url, settings, open_page)
    threading.Thread(target=_say_where, args=told, daemon=True).start()


def _say_where(url: str, settings: Settings, open_page: bool) -> None:
    page = url
    token = settings.token or next(iter(settings.tokens.values()), None)
    if token is not None:
        page = f"{url}/login?ticket={_ticket(url, token)}"
        sys.stdout.write(f"Askwire listens on {url}\nLog in once, within a minute: {page}\n")
    else:
        sys.stdout.write(f"Askwire listens on {url}\n")
    sys.stdout.flush()
    if open_page:
        webbrowser.open(page)


def _ticket(url: str, token: str) -> str:
    import urllib.request

    import msgspec

    headers = {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"{url}/api/v1/tickets", b"", headers, method="POST")
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as said:
            made: dict[str, Any] = msgspec.json.decode(said.read())
    except OSError as error:
        raise Unreachable(f"{url} gave no ticket: {error}") from error
    return str(made["ticket"])


def _failed(error: BaseException) -> int:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    sys.stderr.write(f"askwire serve: {error}\n")
    return FAILED
