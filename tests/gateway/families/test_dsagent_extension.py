"""DSAgent's VS Code extension against the real server: every call it makes, from end to end."""

from pathlib import Path

import pytest

from tests.gateway.families.dsagent_chatting import PLANNED, SHOWN, Held, person, python, whole
from tests.gateway.serving import serving
from tests.golden.dsagent.extension import Failed

DRAW = """
import os
os.makedirs("artifacts", exist_ok=True)
open("artifacts/total.txt", "w").write("60")
print("drawn")
"""
SCRIPTS = {"How many?": PLANNED, "Draw it": (python(DRAW), PLANNED[1])}


async def test_a_new_chat_is_streamed_and_approved_and_kept(tmp_path: Path) -> None:
    async with serving(tmp_path, model=Held(SCRIPTS)) as served, person(served) as extension:
        made = await extension.new_chat(model="gpt-5.1", hitl_mode="plan_only")
        assert (made["model"], made["hitl_mode"]) == ("gpt-5.1", "plan_only")
        session = made["id"]
        events = []
        async for name, data in extension.chat(session, "How many?"):
            events.append((name, data))
            if name == "hitl_request":
                waiting = await extension.waiting(session)
                assert waiting["awaiting_type"] == data["request_type"] == "plan"
                assert waiting["pending_plan"]["raw_text"] == data["plan"]["raw_text"]
                done = await extension.approve(session, "and be quick")
                assert done == {"success": True, "message": "Approved"}
        assert [name for name, _ in events] == [
            "thinking",
            "llm_response",
            "plan",
            "hitl_request",
            "code_executing",
            "code_result",
            "round_complete",
            "thinking",
            "llm_response",
            "plan",
            "round_complete",
            "done",
        ]
        words = "Processing... (gpt-5.1 is not offered here: builtin answers)"
        assert events[0] == ("thinking", {"message": words})
        assert events[4] == ("code_executing", {"code": SHOWN})
        assert (events[5][1]["success"], events[5][1]["stdout"]) == (True, " n\n60")
        assert events[-2][1]["answer"] == "There are 60."
        turns = await extension.history(session)
        assert [turn["content"] for turn in turns] == [
            data["content"] for name, data in events if name == "round_complete"
        ]
        assert turns[0]["execution_result"]["output"] == " n\n60"
        heard = [turn.text for turn in served.model.prompts[-1].turns if hasattr(turn, "text")]
        assert any("and be quick" in text for text in heard), "the model never heard the feedback"


async def test_sessions_are_listed_changed_exported_put_away_and_deleted(tmp_path: Path) -> None:
    async with serving(tmp_path, model=Held(SCRIPTS)) as served, person(served) as extension:
        session = (await extension.new_chat())["id"]
        await whole(extension.chat(session, "How many?"))
        changed = await extension.update(session, name="Orders", model="claude", hitl_mode="full")
        assert (changed["name"], changed["model"]) == ("Orders", "claude")
        assert changed["hitl_mode"] == "full"
        assert [it["id"] for it in await extension.sessions()] == [session]
        assert (await extension.session(session))["served_by"] == "builtin"
        assert (await extension.export(session))["id"] == session
        cells = (await extension.notebook(session))["cells"]
        assert any("COUNT" in "".join(cell["source"]) for cell in cells)
        assert (await extension.archive(session))["status"] == "archived"
        await extension.delete(session)
        with pytest.raises(Failed, match="404"):
            await extension.session(session)


@pytest.mark.kernel
async def test_cells_files_and_artifacts_work_as_it_expects(tmp_path: Path) -> None:
    async with (
        serving(tmp_path, model=Held(SCRIPTS)) as served,
        person(served, prefix="/dsagent/vscode") as extension,
    ):
        session = (await extension.new_chat())["id"]
        added = await extension.attach(session, "a.csv", b"x\n1\n2\n")
        assert added == [{"filename": "a.csv", "size": 6, "path": "data/a.csv"}]
        assert [it["name"] for it in await extension.files(session)] == ["a.csv"]
        read = "import pandas as pd\nread = pd.read_csv('data/a.csv')\nn = len(read)\nprint(n)"
        ran = await extension.execute(session, read)
        assert (ran["success"], ran["stdout"]) == (True, "2\n")
        seen = await extension.kernel(session)
        assert seen["variables"] == {
            "n": {"type": "int", "value": "2"},
            "read": {"type": "DataFrame", "value": "2 × 1", "shape": "(2, 1)"},
        }
        frame = seen["dataframes"]["read"]
        assert (frame["shape"], frame["dtypes"]) == ([2, 1], {"x": "int64"})
        assert seen["imports"] == ["pandas as pd"]
        failed = await extension.execute(session, "1 / 0")
        assert failed["success"] is False
        assert "ZeroDivisionError" in failed["error"]
        assert "\x1b" not in failed["error"]
        events = await whole(extension.chat(session, "Draw it"))
        result = next(data for name, data in events if name == "code_result")
        assert (result["success"], result["stdout"]) == (True, "drawn\n")
        (artifact,) = await extension.artifacts(session)
        assert (artifact["name"], await extension.artifact(artifact)) == ("total.txt", b"60")
        await extension.delete_artifact(session, "total.txt")
        assert await extension.artifacts(session) == []
        assert await extension.file(session, "a.csv") == b"x\n1\n2\n"
        await extension.delete_file(session, "a.csv")
        for category in ("data", "artifacts", "notebooks"):
            assert await extension.files(session, category) == []
        emptied = await extension.reset(session)
        assert emptied == await extension.kernel(session)
        assert (emptied["variables"], emptied["dataframes"], emptied["imports"]) == ({}, {}, [])


async def test_every_answer_to_a_gate_does_what_it_says(tmp_path: Path) -> None:
    async with serving(tmp_path, model=Held(SCRIPTS)) as served, person(served) as extension:
        session = (await extension.new_chat(hitl_mode="plan_only"))["id"]
        plan = "1. [ ] Count them twice\n2. [ ] Say it"
        events = []
        async for name, data in extension.chat(session, "How many?"):
            events.append((name, data))
            if name == "hitl_request":
                with pytest.raises(Failed, match="requires modified_plan or modified_code"):
                    await extension.respond(session, "modify")
                with pytest.raises(Failed, match="requires a message"):
                    await extension.respond(session, "feedback")
                with pytest.raises(Failed, match="Unknown action: dance"):
                    await extension.respond(session, "DANCE")
                done = await extension.respond(session, "modify", modified_plan=plan)
                assert done["message"] == "Plan modification accepted"
        plans = [data["raw_text"] for name, data in events if name == "plan"]
        assert plans[1].startswith("1. [ ] Count them twice")
        with pytest.raises(Failed, match="not awaiting feedback"):
            await extension.approve(session)
        await extension.update(session, hitl_mode="none")
        with pytest.raises(Failed, match="HITL is not enabled"):
            await extension.reject(session)
        with pytest.raises(Failed, match="No agent found for session nobody"):
            await extension.waiting("nobody")
