"""What runs left in the workspace: listed by type, taken and removed."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

import msgspec
from litestar import Request, delete, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from engine.clock import stamp_at
from engine.engine import Engine
from engine.workspace.files import FileInfo
from gateway.families.dsagent.files import place_of
from gateway.families.dsagent.finding import found
from gateway.families.dsagent.parameters import SessionName
from gateway.families.dsagent.refusing import Declined
from gateway.sending import name_of, send
from protocol.replies import Caller

PLACES: Final = ("artifacts", "")
"""Where code leaves its files: where it should, and beside it. Of one name, the first counts."""
TYPES: Final = {
    "image": "png jpg jpeg gif svg webp bmp",
    "document": "pdf html htm md txt doc docx",
    "data": "csv tsv json jsonl parquet xlsx xls feather arrow db sqlite duckdb",
    "model": "pkl pickle joblib h5 hdf5 pt pth onnx keras safetensors",
    "code": "py sql r js sh",
    "notebook": "ipynb",
}
"""Which endings make which type; all others are `other`."""


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a run left. `url` can be asked for as it is."""

    name: str
    size: int
    modified: str
    type: str
    url: str


class ArtifactList(msgspec.Struct, frozen=True, kw_only=True):
    """The artifacts of a session, the newest first."""

    artifacts: Sequence[Artifact]
    total: int
    session_id: str


# --- Translations ---


def type_of(name: str) -> str:
    """Return what a file is, by its ending."""
    ending = name.rpartition(".")[2].lower()
    return next((kind for kind, endings in TYPES.items() if ending in endings.split()), "other")


def artifacts_of(files: Sequence[FileInfo], session_id: str, kind: str | None) -> ArtifactList:
    """Return the artifacts among a session's files, each name once."""
    placed = [file for file in files if file.path.rpartition("/")[0] in PLACES]
    placed.sort(key=lambda file: PLACES.index(file.path.rpartition("/")[0]), reverse=True)
    some = {name_of(file): file for file in placed if kind in (None, type_of(file.path))}
    newest = sorted(some.values(), key=lambda file: file.changed_at, reverse=True)
    shown = [_artifact(file, session_id) for file in newest]
    return ArtifactList(artifacts=shown, total=len(shown), session_id=session_id)


def _artifact(file: FileInfo, session_id: str) -> Artifact:
    name = name_of(file)
    return Artifact(
        name=name,
        size=file.size,
        modified=stamp_at(file.changed_at),
        type=type_of(name),
        url=f"/api/sessions/{session_id}/artifacts/{quote(name)}",
    )


# --- Handlers ---


@get("/api/sessions/{session_id:str}/artifacts", operation_id="dsagent.artifacts.list")
async def get_artifacts(
    session_id: SessionName,
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    type: FromQuery[str | None] = None,
) -> ArtifactList:
    """List what runs left, all or of one type, the newest first."""
    live = await found(engine, caller, session_id)
    return artifacts_of(await engine.world.files.list(live.session), session_id, type)


@get(
    "/api/sessions/{session_id:str}/artifacts/{filename:str}", operation_id="dsagent.artifacts.get"
)
async def get_artifact(
    request: Request[Any, Any, Any],
    session_id: SessionName,
    filename: FromPath[str],
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
) -> Stream:
    """Return an artifact to be saved, or the range of it that was asked for."""
    live = await found(engine, caller, session_id)
    file = await place_of(engine, live.session, filename, *PLACES)
    if file is None:
        raise Declined(404, f"Artifact {filename} not found")
    return send(engine.world.files, live.session, file, request.headers)


@delete(
    "/api/sessions/{session_id:str}/artifacts/{filename:str}",
    operation_id="dsagent.artifacts.delete",
    status_code=204,
)
async def delete_artifact(
    session_id: SessionName,
    filename: FromPath[str],
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
) -> None:
    """Remove an artifact."""
    live = await found(engine, caller, session_id)
    file = await place_of(engine, live.session, filename, *PLACES)
    if file is None:
        raise Declined(404, f"Artifact {filename} not found")
    await engine.world.files.delete(live.session, file.path)


ROUTES = (get_artifacts, get_artifact, delete_artifact)
