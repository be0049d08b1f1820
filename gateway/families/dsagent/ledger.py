"""What became of each operation of DSAgent 0.9.1, in the order of its own document."""

from typing import Final

from gateway.families.ledgers import Entry

_S: Final = "/api/sessions"
_ONE: Final = f"{_S}/{{session_id}}"

LEDGER: Final = (
    Entry(
        method="GET",
        path="/health",
        how="kept",
        note="The time ends in `Z`. `/health/live` says the same.",
    ),
    Entry(
        method="GET",
        path="/health/ready",
        how="translated",
        note="`ready` and `checks` as there, and more beside them. The original always answers "
        "200; here it is 503 while the log cannot be read or the server closes, so that a load "
        "balancer need not read the body.",
    ),
    Entry(
        method="POST",
        path=_S,
        how="kept",
        note="Quick: no kernel starts. Any `model` is taken and shown as `model`; one that is not "
        "here is served by the server's default, and `served_by` says by which. An unknown "
        "`hitl_mode` is 400 as in `PUT`: the original takes it and never asks. `model`, "
        "`hitl_mode` and `served_by` stand in every Session. Ids and times are UTC.",
    ),
    Entry(
        method="GET",
        path=_S,
        how="kept",
        note="`message_count` is counted; `kernel_variables` is 0 and `workspace_path` null, as "
        "there. Only the caller's own sessions; one made elsewhere under a name with a dot is left "
        "out, because no path of this API can name it.",
    ),
    Entry(
        method="GET",
        path=_ONE,
        how="kept",
        note="A session of somebody else's is 404.",
    ),
    Entry(
        method="PUT",
        path=_ONE,
        how="kept",
        note="`model` works while a session is in use (always 400 there) and is 400 only if blank. "
        "`plan` is shown as `plan_only`. A mode changed while an approval waits leaves it waiting. "
        "`error` is a status of this API alone; `archived` stops the run, as `archive` does.",
    ),
    Entry(
        method="DELETE",
        path=_ONE,
        how="kept",
        note="The run is cancelled and its stream ended as one that was aborted; the kernel ends "
        "and the files go. The log stays for 30 days, as for every deleted session, so that it can "
        "be woken, without its files.",
    ),
    Entry(
        method="POST",
        path=f"{_ONE}/archive",
        how="kept",
        note="The run is cancelled, the kernel ends. An archived session takes no chat and no code "
        "(400) until its status is `active` again; the original silently starts another kernel.",
    ),
    Entry(
        method="GET",
        path=f"{_ONE}/export",
        how="translated",
        note="The same fields. Messages are never cut or summed up, so the bounds are null and the "
        "counts 0; `kernel_snapshot` is what a running kernel holds now, by name and type; "
        "`plan_*` are filled; `parent_id` and `logs_path` are gone with what they pointed to.",
    ),
    Entry(
        method="GET",
        path=f"{_ONE}/notebook",
        how="translated",
        note="Written from the log, so that it runs from top to bottom; a session in which nothing "
        "was done gives the newest file of `notebooks/`.",
    ),
    Entry(
        method="POST",
        path=f"{_ONE}/chat",
        how="kept",
        note="Waits at every gate of its mode, as the document promises (there it never does). A "
        "second chat while one goes on waits its turn; one sent while an approval waits is "
        "feedback on it. When the model asks the person something, the question is the answer, and "
        "the next chat is the reply. An empty message is 400. Where rounds or time run out, the "
        "reply ends with why, in brackets. A server that restarts says 503; the run goes on.",
    ),
    Entry(
        method="POST",
        path=f"{_ONE}/chat/stream",
        how="kept",
        note="The same events in the same order and bytes. `content` is composed of what the "
        "round made, in their tags, each closed as documented. SQL is code too, under a first line "
        "`-- SQL on <source>`; a table is text in `stdout`, its first 20 rows and where the rest "
        "is; a chart is drawn on this server's page, here it is only named. "
        "`hitl_request` comes at every gate of the mode and has `answer`, `message`, "
        "`approval_id`, `options` and `expires_at` too. `thinking` says so when the asked model is "
        "not here. Where rounds or time run out, an `llm_response` says it before `done`. `plan` "
        "comes again when it is further. Comments every 15 s keep proxies awake. A second stream "
        "on a session waits its turn, silent. Leaving stops nothing and opens no gate. A DELETE "
        "ends it with `round_complete` and `done`, a restart of the server with `error`.",
    ),
    Entry(
        method="GET",
        path=f"{_ONE}/chat/stream",
        how="added",
        note="The `connectToStream` of the document's example: the same events again, from the "
        "start of the run or after `Last-Event-ID`. There it is 405.",
    ),
    Entry(
        method="GET",
        path=f"{_ONE}/messages",
        how="translated",
        note="Ids and `has_code`, `has_plan` as documented, `code` and `has_answer` as shipped. "
        "`user` is only ever the human, `system` a failure; a reply stands before what its code "
        "gave, not after; nothing is summed up. `execution_time`, always 0.0 there, is left out.",
    ),
    Entry(
        method="GET",
        path=f"{_ONE}/turns",
        how="kept",
        note="Each is what `round_complete` told, `execution_result` with its pictures included; "
        "`round` counts from 1 for each question, as it did live. A question that failed, or has "
        "no reply yet, is there too.",
    ),
    Entry(
        method="GET",
        path=f"{_ONE}/kernel",
        how="kept",
        note="Lists as there. The VS Code extension expects maps and shows numbers for names; "
        "under `/dsagent/vscode` it gets them. No code runs for it, so it never disturbs a cell; "
        "while one runs the lists are empty. A kernel that was ended to save memory tells what it "
        "held, with `is_running` false. `value_preview` is filled. `dtypes` are told from column "
        "types.",
    ),
    Entry(method="GET", path=f"{_ONE}/kernel/variables", how="kept", note="As in `kernel`."),
    Entry(
        method="POST",
        path=f"{_ONE}/kernel/execute",
        how="kept",
        note="Waits its turn behind a cell that runs. The traceback has no colour codes. A data "
        "frame as the last value is a table, in `stdout` as text. Plots are in `images` (there "
        "they are lost), with `mime` and `format`. `output` is `stdout` again.",
    ),
    Entry(
        method="POST",
        path=f"{_ONE}/kernel/reset",
        how="kept",
        note="`is_running` stays true. Under `/dsagent/vscode` maps, as in `kernel`.",
    ),
    Entry(
        method="POST",
        path=f"{_ONE}/files",
        how="kept",
        note="`category` as a form field (documented) and as a query parameter (shipped); the form "
        "wins. Names are made safe. The size is bounded by `ASKWIRE_DSAGENT_UPLOAD_MB`.",
    ),
    Entry(method="GET", path=f"{_ONE}/files", how="kept"),
    Entry(
        method="GET",
        path=f"{_ONE}/files/{{filename}}",
        how="kept",
        note="With an entity tag and one range at a time; for several at once the whole is sent.",
    ),
    Entry(method="DELETE", path=f"{_ONE}/files/{{filename}}", how="kept"),
    Entry(
        method="GET",
        path=f"{_ONE}/artifacts",
        how="kept",
        note="What lies in `artifacts/`, and what code left beside the folders. `url` is "
        "URL-encoded.",
    ),
    Entry(method="GET", path=f"{_ONE}/artifacts/{{filename}}", how="kept", note="As for files."),
    Entry(method="DELETE", path=f"{_ONE}/artifacts/{{filename}}", how="kept"),
    Entry(
        method="GET",
        path=f"{_ONE}/hitl/status",
        how="kept",
        note="Also for a session without anything in memory, and after a restart. `approval_id`, "
        "`options`, `message` and `expires_at` are added.",
    ),
    Entry(
        method="POST",
        path=f"{_ONE}/hitl/respond",
        how="kept",
        note="Each action does what it says, and reaches the model. `approve` after a failure goes "
        "on with the error told; `retry` is for failures alone, `skip` for code and failures, else "
        "400. A `modified_code` that the guard refuses is 400. `approval_id`, if sent, must "
        "name what waits. Of two answers one is taken, the other 400. Every one is kept with who "
        "gave it.",
    ),
    Entry(
        method="POST",
        path=f"{_ONE}/hitl/approve",
        how="kept",
        note="`message` as a query parameter or in a JSON body, or `feedback` there.",
    ),
    Entry(
        method="POST",
        path=f"{_ONE}/hitl/reject",
        how="kept",
        note="`message` as a query parameter or in a JSON body, or `reason` there.",
    ),
    Entry(
        method="WebSocket",
        path="/ws/chat/{session_id}",
        how="translated",
        note="The shipped messages, sent while things happen: `code_executing` before the code "
        "runs, `hitl_request` at every gate and to who comes later, and `complete` after each "
        "chat, however it went (a failure is one `error` before it). A foreign page is refused, "
        "and so is an unknown session (the original makes one). The key comes as `X-API-Key`; "
        "`?api_key=` only if `ASKWIRE_DSAGENT_KEY_IN_URL` allows it. Refusals come after "
        "accepting: an `error`, then close 4401 (key) or 4403 (origin, session). All sockets of a "
        "session are told everything, also of `execute`; `cancel` is heard at once and stops "
        "model, query and Python. `id` is added: `?after=<id>` goes on from there. `?hitl_mode=` "
        "may ask for more approvals than the session, never for fewer; `?model=` changes nothing.",
    ),
    Entry(
        method="GET",
        path="/docs",
        how="translated",
        note="A page of this server's own, which loads nothing from elsewhere.",
    ),
    Entry(
        method="GET",
        path="/redoc",
        how="not offered",
        note="A second page of the same; the original's loads a script from a CDN.",
    ),
    Entry(
        method="GET",
        path="/openapi.json",
        how="translated",
        note="Of this whole server; this API is tagged `dsagent`.",
    ),
)
