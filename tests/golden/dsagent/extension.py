"""What DSAgent's VS Code extension asks of a server, and what it reads of the answers.

Written from the contract: the calls, the fields it relies on, and how it reads a stream (lines that
begin with `event: ` or `data: `; an end without `done` is an end). It sees nothing else, so what it
cannot see here it cannot show there.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec

Event = tuple[str, dict[str, Any]]


class Extension:
    """The API client of the extension, with its server address and its key."""

    def __init__(self, url: str, key: str | None = None) -> None:
        headers = {"X-API-Key": key} if key else {}
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=60, trust_env=False)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator["Extension"]:
        """Check the server's health, as it does when it connects, and serve until the end."""
        async with self._http:
            health = await self._http.get("/health")
            assert health.is_success, health.text
            yield self

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        answer = await self._http.request(method, path, **more)
        if not answer.is_success:
            raise Failed(answer.status_code, answer.text)
        return answer

    async def _json(self, method: str, path: str, **more: Any) -> Any:
        return (await self._ask(method, path, **more)).json()

    # --- Sessions ---

    async def new_chat(
        self, model: str = "gpt-5.1", hitl_mode: str = "none", name: str = ""
    ) -> Any:
        """Open a session: the extension always names a model and a mode."""
        body = {"model": model, "hitl_mode": hitl_mode, **({"name": name} if name else {})}
        made = await self._json("POST", "/api/sessions", json=body)
        return {key: made[key] for key in ("id", "name", "created_at", "model", "hitl_mode")}

    async def sessions(self) -> list[Any]:
        """List the sessions: an object with `sessions`, or a bare list."""
        found = await self._json("GET", "/api/sessions")
        return list(found["sessions"] if isinstance(found, dict) else found)

    async def session(self, id: str) -> Any:
        """Read one session."""
        return await self._json("GET", f"/api/sessions/{id}")

    async def update(self, id: str, **changes: Any) -> Any:
        """Change a session."""
        return await self._json("PUT", f"/api/sessions/{id}", json=changes)

    async def delete(self, id: str) -> None:
        """Delete a session."""
        await self._ask("DELETE", f"/api/sessions/{id}")

    async def archive(self, id: str) -> Any:
        """Put a session away."""
        return await self._json("POST", f"/api/sessions/{id}/archive")

    async def export(self, id: str) -> Any:
        """Download a session."""
        return await self._json("GET", f"/api/sessions/{id}/export")

    async def notebook(self, id: str) -> Any:
        """Download a session's notebook."""
        return await self._json("GET", f"/api/sessions/{id}/notebook")

    async def history(self, id: str) -> list[Any]:
        """Load what was said."""
        path = f"/api/sessions/{id}/turns"
        return list((await self._json("GET", path, params={"limit": 50, "offset": 0}))["turns"])

    # --- Chat ---

    async def chat(self, id: str, message: str) -> AsyncIterator[Event]:
        """Send a message and read the stream, line by line, until it ends."""
        body = {"message": message}
        request = self._http.stream("POST", f"/api/sessions/{id}/chat/stream", json=body)
        async with request as answer:
            if not answer.is_success:
                raise Failed(answer.status_code, (await answer.aread()).decode())
            name = ""
            async for line in answer.aiter_lines():
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: "):
                    yield name, msgspec.json.decode(line[6:])

    # --- Approvals ---

    async def waiting(self, id: str) -> Any:
        """Ask whether a person is waited for."""
        return await self._json("GET", f"/api/sessions/{id}/hitl/status")

    async def respond(self, id: str, action: str, **more: str) -> Any:
        """Answer with any action."""
        body = {"action": action, **more}
        return await self._json("POST", f"/api/sessions/{id}/hitl/respond", json=body)

    async def approve(self, id: str, feedback: str | None = None) -> Any:
        """Say yes: it sends a body, also where the original reads none."""
        body = {"feedback": feedback}
        return await self._json("POST", f"/api/sessions/{id}/hitl/approve", json=body)

    async def reject(self, id: str, reason: str | None = None) -> Any:
        """Say no."""
        return await self._json("POST", f"/api/sessions/{id}/hitl/reject", json={"reason": reason})

    # --- Kernel ---

    async def kernel(self, id: str) -> Any:
        """Show variables and data frames: it takes the keys of what it gets for their names."""
        kernel = await self._json("GET", f"/api/sessions/{id}/kernel")
        return {
            **kernel,
            "variables": _entries(kernel["variables"]),
            "dataframes": _entries(kernel["dataframes"]),
        }

    async def execute(self, id: str, code: str) -> Any:
        """Run a cell."""
        return await self._json("POST", f"/api/sessions/{id}/kernel/execute", json={"code": code})

    async def reset(self, id: str) -> Any:
        """Forget the variables."""
        return await self._json("POST", f"/api/sessions/{id}/kernel/reset")

    # --- Files ---

    async def attach(self, id: str, name: str, data: bytes, category: str = "data") -> list[Any]:
        """Upload a file, its category in the query."""
        files = [("files", (name, data))]
        path = f"/api/sessions/{id}/files"
        return list(await self._json("POST", path, params={"category": category}, files=files))

    async def files(self, id: str, category: str = "data") -> list[Any]:
        """List the files of a category."""
        path = f"/api/sessions/{id}/files"
        return list((await self._json("GET", path, params={"category": category}))["files"])

    async def file(self, id: str, name: str, category: str = "data") -> bytes:
        """Download a file."""
        path = f"/api/sessions/{id}/files/{name}"
        return (await self._ask("GET", path, params={"category": category})).content

    async def delete_file(self, id: str, name: str, category: str = "data") -> None:
        """Delete a file."""
        path = f"/api/sessions/{id}/files/{name}"
        await self._ask("DELETE", path, params={"category": category})

    async def artifacts(self, id: str) -> list[Any]:
        """List the artifacts, as after each result and at the end."""
        return list((await self._json("GET", f"/api/sessions/{id}/artifacts"))["artifacts"])

    async def artifact(self, artifact: Mapping[str, Any]) -> bytes:
        """Download an artifact from the address that the list gave."""
        return (await self._ask("GET", artifact["url"])).content

    async def delete_artifact(self, id: str, name: str) -> None:
        """Delete an artifact."""
        await self._ask("DELETE", f"/api/sessions/{id}/artifacts/{name}")


def _entries(found: Any) -> Mapping[str, Any]:
    """Return what JavaScript calls the entries of an object, or of a list."""
    return found if isinstance(found, dict) else {str(n): it for n, it in enumerate(found)}


class Failed(Exception):
    """The server said no."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status
        self.text = text
