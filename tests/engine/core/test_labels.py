"""What a client keeps with a session, what goes with it, and waiting for a piece of its work."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from engine.effects import RemoveFiles
from engine.ports import Ended, Printed
from engine.queries import completed, every_session
from protocol import commands as c
from protocol import events as e
from protocol.commands import KernelExecute, SessionArchive, SessionDelete, SessionUpdate
from protocol.ids import SessionId
from protocol.items import Output
from tests.playbook import ME as BY
from tests.playbook import SESSION, Given
from tests.rig import ME, Rig, id_

CREATED = e.SessionCreated(session=SESSION, owner=BY, by=BY, labels={"a": "1", "b": "2"})


def update(**labels: str) -> c.SessionUpdate:
    """Return the wish to change labels."""
    return c.SessionUpdate(id=id_(), session=SESSION, labels=labels)


def test_labels_are_added_to_those_there_are_and_an_empty_text_takes_one_away() -> None:
    Given(CREATED).when(update(b="", c="3")).then(
        e.SessionUpdated(session=SESSION, by=BY, labels={"a": "1", "c": "3"})
    )


def test_what_names_no_label_changes_none() -> None:
    rename = c.SessionUpdate(id=id_(), session=SESSION, name="n")
    Given(CREATED).when(rename).then(e.SessionUpdated(session=SESSION, by=BY, name="n"))


@pytest.mark.parametrize("labels", [{"long": "x" * 201}, {f"l{n}": "x" for n in range(17)}])
def test_labels_are_small_and_few(labels: dict[str, str]) -> None:
    Given(CREATED).when(update(**labels)).refused("bad_message")


def test_a_session_may_be_deleted_with_its_files() -> None:
    delete = c.SessionDelete(id=id_(), session=SESSION, files=True)
    deleted = e.SessionDeleted(session=SESSION, by=BY, files=True)
    Given(CREATED).when(delete).then(deleted).doing(RemoveFiles())


async def test_labels_stand_in_lists_and_last() -> None:
    async with Rig().running() as rig:
        session = await rig.session(labels={"asked": "gpt-5.1"})
        await rig.restarted()
        (card,) = await every_session(rig.engine.rooms, ME.id)
        assert (card.session, card.labels) == (session, {"asked": "gpt-5.1"})
        live = await rig.engine.session(ME, session)
        assert live.viewer.show().labels == {"asked": "gpt-5.1"}


async def test_a_list_of_every_session_has_those_put_away_but_none_deleted() -> None:
    async with Rig().running() as rig:
        first, second, third = [await rig.session() for _ in range(3)]
        await rig.send(SessionArchive(id=id_(), session=first))
        await rig.send(SessionDelete(id=id_(), session=second))
        await rig.send(SessionUpdate(id=id_(), session=third, name="last"))
        listed = await every_session(rig.engine.rooms, ME.id)
        assert {card.session for card in listed} == {first, third}


async def test_files_are_removed_once_nothing_works_any_more_and_a_woken_session_waits() -> None:
    async with Rig(script={"slow": (Printed(stream="stdout", text="…"),)}).running() as rig:
        session = await rig.session()
        await rig.engine.world.files.store(session, "a.csv", _bytes())
        rig.kernels.kernel.held.clear()
        await rig.send(KernelExecute(id=id_(), session=session, code="slow"))
        await rig.until(session, e.ItemDelta, 2)
        await rig.send(SessionDelete(id=id_(), session=session, files=True))
        await rig.engine.rest()
        assert not rig.engine.world.files.folder(session).exists()
        assert rig.kernels.current(session) is None
        await rig.send(SessionUpdate(id=id_(), session=session, status="active"))
        assert await rig.engine.world.files.list(session) == ()


async def test_a_piece_of_work_can_be_waited_for() -> None:
    outputs = (Printed(stream="stdout", text="42\n"), Ended(outcome="ok"))
    async with Rig(script={"print(42)": outputs}).running() as rig:
        session = await rig.session()
        live = await rig.engine.session(ME, session)
        command = KernelExecute(id=id_(), session=session, code="print(42)")
        accepted = await rig.send(command)
        async with asyncio.timeout(10):
            code, output = await completed(live, accepted.item)
            again = await completed(live, accepted.item)
        assert (code.outcome, output.content) == ("ok", Output(stdout="42\n"))
        assert [it.item for it in again] == [code.item, output.item]
        assert not live.listened


async def test_part_of_a_file_can_be_read() -> None:
    async with Rig().running() as rig:
        files, session = rig.engine.world.files, SessionId("s_1")
        await files.store(session, "a.csv", _bytes())
        parts = [part async for part in files.read(session, "data/a.csv", 2, 5)]
        assert b"".join(parts) == b"234"


async def _bytes() -> AsyncIterator[bytes]:
    yield b"0123456789"
