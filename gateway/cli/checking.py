"""`askwire doctor`: one look after another, each with advice where something is not in order."""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Literal

import msgspec

from engine.kernels.doctor import examine
from engine.ports import PortError
from gateway.cli.leaving import FAILED, Usage
from gateway.kernels import build_kernels, environment_of, ground_of, told
from gateway.settings import Settings, SettingsError, from_environ

OLDEST: Final = (3, 11)
ROOM: Final = 1024**3
HOW: Final[dict[str, Literal["ok", "warning", "wrong"]]] = {
    "good": "ok",
    "fair": "warning",
    "bad": "wrong",
}
MARKS: Final = {"ok": "✓", "warning": "!", "wrong": "✗"}


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at, how it is, and what to do about it."""

    what: str
    how: Literal["ok", "warning", "wrong"]
    words: str
    advice: str | None = None


def run(chosen: argparse.Namespace) -> int:
    """Look at everything. Return 1 if something is wrong."""
    try:
        settings = from_environ(data=chosen.data, port=chosen.port)
    except SettingsError as wrong:
        raise Usage(str(wrong)) from None
    wrong_ones = 0
    for look in looks(settings):
        wrong_ones += look.how == "wrong"
        if chosen.json:
            sys.stdout.write(msgspec.json.encode(look).decode() + "\n")
        else:
            sys.stdout.write(f"{MARKS[look.how]} {look.what}: {look.words}\n")
            if look.advice:
                sys.stdout.write(f"    {look.advice}\n")
        sys.stdout.flush()
    return FAILED if wrong_ones else 0


def looks(settings: Settings) -> Iterator[Look]:
    """Take one look after another."""
    ways: tuple[Callable[[Settings], Look], ...] = (
        look_at_python,
        look_at_data,
        look_at_room,
        look_at_page,
        look_at_port,
        look_at_model,
        look_at_environment,
    )
    for look in ways:
        yield look(settings)
    yield from looks_at_kernels(settings)


def look_at_python(_: Settings) -> Look:
    """Is this Python new enough?"""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST:
        return Look(
            what="python", how="wrong", words=found, advice="Askwire needs Python 3.11 or newer."
        )
    return Look(what="python", how="ok", words=found)


def look_at_data(settings: Settings) -> Look:
    """Can sessions be kept?"""
    folder = settings.data
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
            os.fsync(file.fileno())
    except OSError as error:
        advice = "Make it writable, or choose another with --data or ASKWIRE_DATA."
        return Look(what="data", how="wrong", words=f"{folder}: {error.strerror}", advice=advice)
    return Look(what="data", how="ok", words=f"{folder} can be written")


def look_at_room(settings: Settings) -> Look:
    """Is there room on the disk?"""
    where = settings.data if settings.data.exists() else Path.cwd()
    free = shutil.disk_usage(where).free
    words = f"{free / ROOM:.1f} GiB free"
    if free < ROOM:
        return Look(
            what="disk", how="warning", words=words, advice="A full disk refuses new questions."
        )
    return Look(what="disk", how="ok", words=words)


def look_at_page(settings: Settings) -> Look:
    """Is there a page to show?"""
    page = settings.page or Path(__file__).parents[1] / "page"
    if not (page / "index.html").is_file():
        advice = "Build it with 'make setup'; the terminal and the API work without it."
        return Look(what="page", how="warning", words="the web chat is not built", advice=advice)
    return Look(what="page", how="ok", words="the web chat is there")


def look_at_port(settings: Settings) -> Look:
    """Can a server listen?"""
    from gateway.cli.serving import require_free

    try:
        require_free(settings.host, settings.port)
    except SettingsError as error:
        advice = "Perhaps a server runs already: open it, or choose another with --port."
        return Look(what="port", how="warning", words=str(error), advice=advice)
    return Look(what="port", how="ok", words=f"{settings.port} is free on {settings.host}")


def look_at_model(settings: Settings) -> Look:
    """Is there a model to ask?"""
    if settings.model == "builtin":
        return Look(what="model", how="ok", words="builtin: needs no key and no network")
    try:
        words = asyncio.run(_model_known(settings))
    except (PortError, SettingsError) as failure:
        advice = "See askwire models list, or set ASKWIRE_MODEL=builtin."
        return Look(what="model", how="wrong", words=str(failure), advice=advice)
    return Look(what="model", how="ok", words=words)


async def _model_known(settings: Settings) -> str:
    """Look whether its provider is known; nobody is asked anything."""
    from gateway.building import models_of

    models = models_of(settings)
    try:
        found = await models.get(settings.model)
        told = found.data or settings.model_data
        return f"{found.name}; it is told: {told}"
    finally:
        await models.close()


def look_at_environment(settings: Settings) -> Look:
    """What does Python code find, besides Python?"""
    found = environment_of(settings)()
    if not found.missing:
        return Look(what="environment", how="ok", words=found.words)
    advice = (
        f"'askwire equip' makes one with {', '.join(found.missing)}; or install them somewhere and "
        "name that Python with ASKWIRE_KERNEL_PYTHON."
    )
    return Look(what="environment", how="warning", words=found.words, advice=advice)


def looks_at_kernels(settings: Settings) -> Iterator[Look]:
    """How well is Python code kept away from the rest? Measured, not guessed."""
    if settings.jupyter_url is not None:
        yield _look_at_jupyter(settings)
        return
    runs = Path(tempfile.mkdtemp(prefix="askwire-"))
    try:
        found = asyncio.run(examine(ground_of(settings, runs), settings.isolation_minimum))
    except (OSError, ImportError, RuntimeError) as error:
        advice = "Python code will not run; SQL does."
        yield Look(what="kernels", how="wrong", words=str(error), advice=advice)
        return
    finally:
        shutil.rmtree(runs, ignore_errors=True)
    for one in found:
        yield Look(what=one.name, how=HOW[one.state], words=one.detail, advice=one.advice)


def _look_at_jupyter(settings: Settings) -> Look:
    try:
        isolation, _ = told(build_kernels(settings, settings.data, settings.data))
    except SettingsError as wrong:
        return Look(
            what="kernels", how="wrong", words=str(wrong), advice="Set ASKWIRE_JUPYTER_URL."
        )
    return Look(what="kernels", how="ok", words=isolation)
