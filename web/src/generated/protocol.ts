// The words of the wire. Written by `make docs` from protocol/; to change them, change those.
// A field with `?` is left out when it holds its default; no field is null to say so.

/** What JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
/** A JSON value as its column's type says. */
export type Cell = Json;

export type SessionId = string;
export type RunId = string;
export type ItemId = string;
export type ApprovalId = string;
export type QuestionId = string;
export type InputId = string;
export type ResultId = string;
export type UploadId = string;
export type CallerId = string;
export type CommandId = string;
export type Key = string;
export type Epoch = string;
export type Kind =
  | "thought"
  | "plan"
  | "code"
  | "output"
  | "table"
  | "chart"
  | "image"
  | "artifact"
  | "tool"
  | "answer"
  | "error";
export type Language = "sql" | "python";
export type StepStatus = "pending" | "active" | "done" | "skipped";
export type ColumnType =
  | "text"
  | "integer"
  | "int64"
  | "float"
  | "decimal"
  | "boolean"
  | "date"
  | "time"
  | "timestamp"
  | "timestamptz"
  | "interval"
  | "uuid"
  | "json"
  | "bytes"
  | "list"
  | "unknown";
export type Mode =
  | "none"
  | "plan_only"
  | "on_error"
  | "plan_and_answer"
  | "full"
  | "auto_execute"
  | "review_first"
  | "generate_only";
export type GateRule = "auto" | "ask" | "never";
export type DataPolicy = "none" | "schema" | "samples" | "results";
export type Subject = "plan" | "sql" | "python" | "error" | "answer" | "tool";
export type Verdict = "approve" | "edit" | "reject" | "retry" | "skip" | "feedback";
export type Settled =
  | "approve"
  | "edit"
  | "reject"
  | "retry"
  | "skip"
  | "feedback"
  | "cancelled"
  | "expired";
export type Remember = "once" | "session" | "always";
export type SessionStatus = "active" | "paused" | "completed" | "archived" | "deleted";
export type Activity = "idle" | "working" | "waiting";
export type RunOutcome = "answered" | "cancelled" | "failed" | "exhausted" | "rejected";
export type ItemOutcome = "ok" | "failed" | "skipped" | "interrupted";
export type WhenBusy = "reject" | "enqueue" | "interrupt";
export type Advice = "fix" | "retry" | "stop";
export type RefusalCode =
  | "bad_message"
  | "unknown_type"
  | "frame_too_large"
  | "hello_expected"
  | "unauthenticated"
  | "not_yours"
  | "not_allowed"
  | "rate_limited"
  | "too_many_sessions"
  | "overloaded"
  | "restarting"
  | "storage_full"
  | "storage_failed"
  | "internal"
  | "unknown_session"
  | "session_exists"
  | "session_closed"
  | "not_following"
  | "text_empty"
  | "text_too_long"
  | "run_active"
  | "queue_full"
  | "unknown_run"
  | "unknown_approval"
  | "approval_settled"
  | "digest_changed"
  | "verdict_not_offered"
  | "edit_missing"
  | "edit_refused"
  | "unknown_question"
  | "answers_mismatch"
  | "unknown_input"
  | "unknown_item"
  | "unknown_source"
  | "unknown_model"
  | "unknown_result"
  | "guard_refused"
  | "source_failed"
  | "model_failed"
  | "kernel_unavailable"
  | "kernel_idle"
  | "upload_refused"
  | "upload_too_large"
  | "version_changed"
  | "not_found"
  | "not_offered";

// --- Parts -----------------------------------------------------------------------------------

/** One column of a table, in order. */
export interface Column {
  name: string;
  /** Left out: "unknown". */
  type?: ColumnType;
  nullable?: boolean;
}

/** One line of a plan. */
export interface Step {
  text: string;
  /** Left out: "pending". */
  status?: StepStatus;
}

/** One thing that was understood of the question, as a person can check it. */
export interface Chip {
  role: "measure" | "filter" | "time" | "grouping" | "order" | "limit" | "table";
  text: string;
  id?: string;
  choices?: string[];
}

/**
 * One rich output of Python: a MIME type and its data (text, or base64 for binary types).
 *
 * A later one with the same `id` takes its place: a progress bar, a picture drawn anew.
 */
export interface Display {
  mime: string;
  data: Json;
  id?: string;
}

/** What went wrong, in words a person can act on. */
export interface ErrorInfo {
  code: string;
  message: string;
  hint?: string;
}

/** One remark of the guard. */
export interface Finding {
  code: string;
  message: string;
  /** Left out: "error". */
  severity?: "error" | "warning" | "info";
}

/**
 * Where Python runs: in IPython or a plain worker of this server, or a Jupyter server at `url`.
 *
 * The token of that server stands in no message.
 */
export interface KernelHome {
  kind: "ipykernel" | "eval" | "jupyter_server";
  url?: string;
}

/**
 * Which steps wait for a person, and for how long. What is left out follows the mode.
 *
 * `approval_seconds` is how long an approval waits before it expires; 0 is for ever, and left out
 * the server's setting holds.
 */
export interface Gates {
  plan?: GateRule;
  sql?: GateRule;
  python?: GateRule;
  error?: GateRule;
  answer?: GateRule;
  tool?: GateRule;
  approval_seconds?: number;
}

/** A file that came with a question, uploaded before. */
export interface Attachment {
  name: string;
  upload?: UploadId;
  mime?: string;
  size?: number;
}

/** Choices for one run; what is left out follows the session, then the server. */
export interface RunOptions {
  model?: string;
  mode?: Mode;
  source?: string;
  max_rounds?: number;
  max_seconds?: number;
  max_rows?: number;
  explain?: boolean;
  data?: DataPolicy;
  max_tokens?: number;
}

/** Tokens of a run; `cost` in US dollars where it is known. */
export interface Usage {
  input_tokens?: number;
  output_tokens?: number;
  cost?: number;
}

/** One question to a person, with options to click or room for free text. */
export interface Prompted {
  title: string;
  text?: string;
  options?: string[];
  multiple?: boolean;
  /** Left out: true. */
  free_text?: boolean;
}

/** What a step would cost, as far as the source can tell. */
export interface EstimateInfo {
  rows?: number;
  bytes?: number;
  cost?: number;
}

/** An edit, as it was and as it is, with a unified diff for the eye. */
export interface Change {
  before: string;
  after: string;
  diff: string;
}

/** A name in the kernel. `size` is in bytes where it is known. */
export interface VariableSeen {
  name: string;
  type: string;
  preview?: string;
  size?: number;
}

/** A data frame in the kernel. */
export interface FrameSeen {
  name: string;
  rows: number;
  columns?: Column[];
}

/** Who is asking. */
export interface Caller {
  id: CallerId;
  name?: string;
  roles?: string[];
}

/** What one connection may do. */
export interface Limits {
  frame_bytes: number;
  commands_per_second: number;
  sessions_per_socket: number;
  text_chars: number;
  upload_bytes: number;
}

/** Where a client stands in a session, as it comes (back). */
export interface Following {
  session: SessionId;
  epoch?: Epoch;
  after?: number | "tail" | "snapshot";
}

// --- Content of items ------------------------------------------------------------------------

/** Reasoning, shown quietly. */
export interface ThoughtContent {
  kind: "thought";
  text: string;
}

/** What will be done. A plan is always replaced whole. */
export interface PlanContent {
  kind: "plan";
  steps: Step[];
  reading?: Chip[];
}

/** SQL or Python, as it ran or would have run. */
export interface CodeContent {
  kind: "code";
  language: Language;
  text: string;
  source?: string;
  explanation?: string;
}

/** What Python printed and returned. `truncated` says that more was printed than was kept. */
export interface OutputContent {
  kind: "output";
  stdout?: string;
  stderr?: string;
  result?: string;
  displays?: Display[];
  truncated?: boolean;
}

/** Rows, kept under `result`. `truncated` says that a limit cut them. */
export interface TableContent {
  kind: "table";
  columns: Column[];
  row_count: number;
  truncated?: boolean;
  result?: ResultId;
  title?: string;
}

/** A Vega-Lite spec. Its data is inline, or the rows of `result`. */
export interface ChartContent {
  kind: "chart";
  spec: { [key: string]: Json };
  title?: string;
  result?: ResultId;
}

/** A picture: base64 `data`, or a `url` on this server. */
export interface ImageContent {
  kind: "image";
  mime: string;
  data?: string;
  url?: string;
  title?: string;
}

/** A file that the run left in the workspace. `size` is in bytes. */
export interface ArtifactContent {
  kind: "artifact";
  name: string;
  mime: string;
  size: number;
  url: string;
}

/** A call of a tool that is not SQL or Python. */
export interface ToolContent {
  kind: "tool";
  name: string;
  arguments: { [key: string]: Json };
  result?: Json;
  error?: string;
}

/** What the run says in the end, as Markdown. `sources` are the items it rests on. */
export interface AnswerContent {
  kind: "answer";
  text: string;
  sources?: ItemId[];
  suggestions?: string[];
  cited?: string[];
}

/** A failure worth an item of its own, such as a Python exception. */
export interface ErrorContent {
  kind: "error";
  message: string;
  name?: string;
  traceback?: string;
}

// --- Events ----------------------------------------------------------------------------------

/** A session exists. The first record of every session's log. */
export interface SessionCreated {
  type: "session.created";
  run?: RunId;
  session: SessionId;
  owner: CallerId;
  by: CallerId;
  name?: string;
  source?: string;
  model?: string;
  agent?: string;
  /** Left out: "none". */
  mode?: Mode;
  gates?: Gates;
  data?: DataPolicy;
  labels?: { [key: string]: string };
}

/** Fields that are present have changed. `activity` is told in a caller's inbox only. */
export interface SessionUpdated {
  type: "session.updated";
  run?: RunId;
  session: SessionId;
  by: CallerId;
  name?: string;
  source?: string;
  model?: string;
  mode?: Mode;
  gates?: Gates;
  data?: DataPolicy;
  labels?: { [key: string]: string };
  status?: SessionStatus;
  activity?: Activity;
}

/** Put away; it can be read, and woken by `session.update` with status `active`. */
export interface SessionArchived {
  type: "session.archived";
  run?: RunId;
  session: SessionId;
  by: CallerId;
}

/**
 * To be forgotten. Until the server purges it, status `active` brings it back.
 *
 * With `files`, its files are gone at once, for good.
 */
export interface SessionDeleted {
  type: "session.deleted";
  run?: RunId;
  session: SessionId;
  by: CallerId;
  files?: boolean;
}

/** A question waits until the run before it is over. */
export interface RunQueued {
  type: "run.queued";
  run: RunId;
  text: string;
  by: CallerId;
  attachments?: Attachment[];
  options?: RunOptions;
  key?: Key;
}

/** Work on a question has begun. */
export interface RunStarted {
  type: "run.started";
  run: RunId;
  text: string;
  by: CallerId;
  attachments?: Attachment[];
  options?: RunOptions;
  key?: Key;
}

/** A person said something to the run while it works; the next round hears it. */
export interface RunSteered {
  type: "run.steered";
  run: RunId;
  text: string;
  by: CallerId;
}

/** The run is over. Nothing of this run follows. */
export interface RunFinished {
  type: "run.finished";
  run: RunId;
  outcome: RunOutcome;
  answer?: string;
  error?: ErrorInfo;
  usage?: Usage;
  elapsed_ms?: number;
}

/** The model is asked for the next step. Rounds count from 1. */
export interface RoundStarted {
  type: "round.started";
  run: RunId;
  round: number;
}

/** All that the model asked for in this round is done. */
export interface RoundFinished {
  type: "round.finished";
  run: RunId;
  round: number;
}

/** Something begins to appear, `of` the item it comes from; the rest is what is known. */
export interface ItemStarted {
  type: "item.started";
  run?: RunId;
  item: ItemId;
  kind: Kind;
  of?: ItemId;
  language?: Language;
  source?: string;
  columns?: Column[];
  name?: string;
  arguments?: { [key: string]: Json };
  title?: string;
}

/**
 * More of an open item: text; text of a stream; rows; or a display of a MIME type.
 *
 * A display with an id takes the place of an earlier one of the item with the same `display`.
 * `clear` takes back all text and displays that came before, as `clear_output()` of Python does.
 */
export interface ItemDelta {
  type: "item.delta";
  run?: RunId;
  item: ItemId;
  text?: string;
  stream?: "stdout" | "stderr";
  rows?: Cell[][];
  mime?: string;
  data?: Json;
  display?: string;
  clear?: boolean;
}

/** The item as it is for good; what its deltas said no longer counts. */
export interface ItemCompleted {
  type: "item.completed";
  run?: RunId;
  item: ItemId;
  content: AnyContent;
  /** Left out: "ok". */
  outcome?: ItemOutcome;
  error?: ErrorInfo;
  elapsed_ms?: number;
}

/**
 * The guard has read a proposal: `text` is what was given, `sql` what will run.
 *
 * `rules` names what it was judged by: where the source points and what policy holds there. It is
 * said again, with what is new, when the guard judges otherwise just before the text runs.
 */
export interface CheckFinished {
  type: "check.finished";
  run?: RunId;
  item: ItemId;
  ok: boolean;
  findings?: Finding[];
  sql?: string;
  text?: string;
  explanation?: string;
  rules?: string;
}

/** The code has passed every gate: its kernel or source is got ready, and given it. */
export interface CodeStarted {
  type: "code.started";
  run?: RunId;
  item: ItemId;
}

/** The tool has been given its arguments: from here on it may have had effects. */
export interface ToolCalled {
  type: "tool.called";
  run?: RunId;
  item: ItemId;
}

/** A file appeared in the workspace. `size` is in bytes. */
export interface ArtifactCreated {
  type: "artifact.created";
  run?: RunId;
  name: string;
  mime: string;
  size: number;
  url: string;
  item?: ItemId;
}

/**
 * The run waits for a person.
 *
 * Exactly one `approval.resolved` with this id follows, also when the run is cancelled: a client
 * may rely on it to take its card down. `digest` names exactly what would run (text, source,
 * policy); `text` is that text. In an inbox `session` says where it waits.
 */
export interface ApprovalRequested {
  type: "approval.requested";
  run?: RunId;
  approval: ApprovalId;
  item: ItemId;
  subject: Subject;
  /** Left out: ["approve","reject"]. */
  options?: Verdict[];
  digest?: string;
  text?: string;
  reason?: string;
  estimate?: EstimateInfo;
  expires_at?: string;
  remembers?: string;
  session?: SessionId;
}

/**
 * The answer, by a person; or `cancelled` or `expired` when nobody gave one.
 *
 * After an edit, `digest` names what may run in place of what was asked about.
 */
export interface ApprovalResolved {
  type: "approval.resolved";
  run?: RunId;
  approval: ApprovalId;
  verdict: Settled;
  by?: CallerId;
  text?: string;
  changed?: Change;
  remember?: Remember;
  digest?: string;
  session?: SessionId;
}

/** What this approval let be remembered holds no more: its gate asks again. */
export interface ApprovalRevoked {
  type: "approval.revoked";
  run?: RunId;
  approval: ApprovalId;
  by: CallerId;
}

/** The run asks the person something, and waits. */
export interface QuestionAsked {
  type: "question.asked";
  run?: RunId;
  question: QuestionId;
  prompts: Prompted[];
  item?: ItemId;
  expires_at?: string;
  session?: SessionId;
}

/**
 * The answers, a list for each prompt; empty when the run ended without them.
 *
 * `expired` when nobody answered in time; then the run is ended.
 */
export interface QuestionAnswered {
  type: "question.answered";
  run?: RunId;
  question: QuestionId;
  answers?: string[][];
  by?: CallerId;
  expired?: boolean;
  session?: SessionId;
}

/** Python's `input()` waits. A `password` must not be shown while it is typed. */
export interface InputRequested {
  type: "input.requested";
  run?: RunId;
  input: InputId;
  prompt?: string;
  password?: boolean;
  item?: ItemId;
  expires_at?: string;
}

/**
 * The input was given, or its cell is over. What was typed is not told.
 *
 * `expired` when nobody gave it in time; then the cell is stopped, and the run that it is of.
 */
export interface InputReplied {
  type: "input.replied";
  run?: RunId;
  input: InputId;
  by?: CallerId;
  expired?: boolean;
}

/**
 * Something is about to leave this server, `to` a host: what of the data goes with it.
 *
 * Recorded once for each request. `tables` were described, `samples` counts values of columns,
 * `rows` those of the `results` named; `size` is the request's, in bytes.
 */
export interface ModelAsked {
  type: "model.asked";
  run?: RunId;
  model: string;
  to: string;
  data: DataPolicy;
  tables?: string[];
  samples?: number;
  rows?: number;
  results?: ResultId[];
  size?: number;
}

/**
 * One call of a model was paid for.
 *
 * `cached_tokens` are those of the input that were cheaper because the model had them already.
 * `estimated` says that we counted, since the model did not tell.
 */
export interface UsageCounted {
  type: "usage.counted";
  run?: RunId;
  model: string;
  input_tokens: number;
  output_tokens: number;
  cost?: number;
  cached_tokens?: number;
  estimated?: boolean;
}

/** A fresh kernel serves the session, in this isolation, with this Python. */
export interface KernelStarted {
  type: "kernel.started";
  run?: RunId;
  isolation?: string;
  environment?: string;
}

/** The kernel has been given the item's code: from here on it may have had effects. */
export interface KernelBusy {
  type: "kernel.busy";
  run?: RunId;
  item?: ItemId;
}

/** The kernel is done with the item. */
export interface KernelIdle {
  type: "kernel.idle";
  run?: RunId;
  item?: ItemId;
}

/** The kernel is gone, and with it its variables. `code` names why, such as `idle`. */
export interface KernelDied {
  type: "kernel.died";
  run?: RunId;
  reason?: string;
  code?: string;
}

/** A person reset the kernel: its variables are gone. */
export interface KernelRestarted {
  type: "kernel.restarted";
  run?: RunId;
  by?: CallerId;
  reason?: string;
  isolation?: string;
}

/**
 * From its next cell on the session's Python runs in a home of its own; without one, with all.
 *
 * Somebody has chosen it for this session. What runs goes on until then.
 */
export interface KernelMoved {
  type: "kernel.moved";
  run?: RunId;
  home?: KernelHome;
  by?: CallerId;
}

// --- What a client sends ---------------------------------------------------------------------

/** The first frame. `token` or `ticket` only where the handshake did not say who it is. */
export interface Hello {
  type: "hello";
  id: CommandId;
  client?: string;
  token?: string;
  ticket?: string;
  follow?: Following[];
}

/** Are you there? Either side may ask; the other says `pong`. */
export interface Ping {
  type: "ping";
  id?: CommandId;
}

/** I am here. */
export interface Pong {
  type: "pong";
  id?: CommandId;
}

/** Open a session, under an own id if one is given. */
export interface SessionCreate {
  type: "session.create";
  id: CommandId;
  key?: Key;
  session?: SessionId;
  name?: string;
  source?: string;
  model?: string;
  agent?: string;
  /** Left out: "none". */
  mode?: Mode;
  gates?: Gates;
  data?: DataPolicy;
  labels?: { [key: string]: string };
}

/**
 * Change what is given. Status `active` wakes an archived session and undoes a delete.
 *
 * Labels are added to those there are; an empty text takes one away.
 */
export interface SessionUpdate {
  type: "session.update";
  id: CommandId;
  key?: Key;
  session: SessionId;
  name?: string;
  source?: string;
  model?: string;
  mode?: Mode;
  gates?: Gates;
  data?: DataPolicy;
  labels?: { [key: string]: string };
  status?: SessionStatus;
}

/** Put a session away. A run that is going on is cancelled. */
export interface SessionArchive {
  type: "session.archive";
  id: CommandId;
  key?: Key;
  session: SessionId;
}

/**
 * Delete a session. A run that is going on is cancelled.
 *
 * It can be brought back for a while; with `files`, without its files, which go at once.
 */
export interface SessionDelete {
  type: "session.delete";
  id: CommandId;
  key?: Key;
  session: SessionId;
  files?: boolean;
}

/** Send me every page after this position: a number, `tail` (from now on) or `snapshot`. */
export interface SessionFollow {
  type: "session.follow";
  id: CommandId;
  key?: Key;
  session: SessionId;
  epoch?: Epoch;
  after?: number | "tail" | "snapshot";
}

/** Send me no more of this session on this connection. */
export interface SessionUnfollow {
  type: "session.unfollow";
  id: CommandId;
  key?: Key;
  session: SessionId;
}

/** Ask a question. Free text while an approval waits is feedback on that approval. */
export interface RunStart {
  type: "run.start";
  id: CommandId;
  key?: Key;
  session: SessionId;
  text: string;
  attachments?: Attachment[];
  options?: RunOptions;
  /** Left out: "reject". */
  when_busy?: WhenBusy;
}

/** Tell the run something while it works. */
export interface RunSteer {
  type: "run.steer";
  id: CommandId;
  key?: Key;
  session: SessionId;
  run: RunId;
  text: string;
}

/** Stop the run, and what it runs. */
export interface RunCancel {
  type: "run.cancel";
  id: CommandId;
  key?: Key;
  session: SessionId;
  run: RunId;
}

/** Answer an approval. `digest`, if given, must be that of the request. */
export interface ApprovalResolve {
  type: "approval.resolve";
  id: CommandId;
  key?: Key;
  session: SessionId;
  approval: ApprovalId;
  verdict: Verdict;
  text?: string;
  plan?: Step[];
  code?: string;
  /** Left out: "once". */
  remember?: Remember;
  digest?: string;
}

/** Take back what this approval let be remembered, for the session or for always. */
export interface ApprovalRevoke {
  type: "approval.revoke";
  id: CommandId;
  key?: Key;
  session: SessionId;
  approval: ApprovalId;
}

/** Answer a question: for each of its prompts a list of texts. */
export interface QuestionAnswer {
  type: "question.answer";
  id: CommandId;
  key?: Key;
  session: SessionId;
  question: QuestionId;
  answers: string[][];
}

/** Type a line into Python's `input()`. */
export interface InputReply {
  type: "input.reply";
  id: CommandId;
  key?: Key;
  session: SessionId;
  input: InputId;
  text: string;
}

/** Run Python of one's own in the session's kernel. */
export interface KernelExecute {
  type: "kernel.execute";
  id: CommandId;
  key?: Key;
  session: SessionId;
  code: string;
}

/** Stop what the kernel is doing; variables stay. */
export interface KernelInterrupt {
  type: "kernel.interrupt";
  id: CommandId;
  key?: Key;
  session: SessionId;
}

/** Forget all variables. */
export interface KernelReset {
  type: "kernel.reset";
  id: CommandId;
  key?: Key;
  session: SessionId;
}

/** End the kernel; the next code starts a fresh one. */
export interface KernelRestart {
  type: "kernel.restart";
  id: CommandId;
  key?: Key;
  session: SessionId;
}

/** Say what the kernel holds. */
export interface KernelInspect {
  type: "kernel.inspect";
  id: CommandId;
  key?: Key;
  session: SessionId;
}

/** Say how code could go on at a place, by what the kernel holds. */
export interface KernelComplete {
  type: "kernel.complete";
  id: CommandId;
  key?: Key;
  session: SessionId;
  code: string;
  cursor: number;
}

/** Empty the kernel and run the cells again that worked so far, all in one, as one's own. */
export interface KernelRestore {
  type: "kernel.restore";
  id: CommandId;
  key?: Key;
  session: SessionId;
}

/** Run SQL of one's own, through the guard. */
export interface QueryRun {
  type: "query.run";
  id: CommandId;
  key?: Key;
  session: SessionId;
  source: string;
  sql: string;
  max_rows?: number;
}

/** Stop a query that `query.run` started. */
export interface QueryCancel {
  type: "query.cancel";
  id: CommandId;
  key?: Key;
  session: SessionId;
  item: ItemId;
}

// --- What commands give ----------------------------------------------------------------------

/** The new session and where its log stands. */
export interface Created {
  session: SessionId;
  epoch: Epoch;
  upto: number;
}

/** Done; its events stand at or before this position. */
export interface Upto {
  upto: number;
}

/** Pages follow. Not `recovered`: the position could not be served, a snapshot comes first. */
export interface Followed {
  epoch: Epoch;
  recovered: boolean;
  upto: number;
}

/** The run that was started or queued; or the one that got this text as feedback. */
export interface RunAccepted {
  run: RunId;
  upto: number;
}

/** The item in which the work shows. */
export interface ItemAccepted {
  item: ItemId;
  upto: number;
}

/**
 * What the kernel holds. Variables are missing while it is busy.
 *
 * In the state `none` they say what it held when it was ended for idleness. `cells` counts what
 * `kernel.restore` would run again.
 */
export interface KernelSeen {
  state: "none" | "starting" | "idle" | "busy" | "dead";
  isolation?: string;
  variables?: VariableSeen[];
  dataframes?: FrameSeen[];
  imports?: string[];
  environment?: string;
  cells?: number;
}

/** What could stand in place of the code from `start` to `end`. */
export interface KernelCompleted {
  matches?: string[];
  start?: number;
  end?: number;
}

/** No more pages of that session on this connection. */
export interface Unfollowed {
  upto?: number;
}

// --- Screens ---------------------------------------------------------------------------------

/** An item: open with what has come so far, or completed with its content. */
export interface ItemSeen {
  item: ItemId;
  kind: Kind;
  run?: RunId;
  of?: ItemId;
  at?: string;
  language?: Language;
  source?: string;
  columns?: Column[];
  name?: string;
  arguments?: { [key: string]: Json };
  title?: string;
  text?: string;
  stdout?: string;
  stderr?: string;
  rows?: Cell[][];
  displays?: Display[];
  check?: CheckFinished;
  content?: AnyContent;
  outcome?: ItemOutcome;
  error?: ErrorInfo;
  elapsed_ms?: number;
}

/** An approval, open while `verdict` is missing. */
export interface ApprovalSeen {
  request: ApprovalRequested;
  at?: string;
  verdict?: Settled;
  by?: CallerId;
  text?: string;
  changed?: Change;
  resolved_at?: string;
}

/** A run: queued, going on, or over with its outcome. */
export interface RunSeen {
  run: RunId;
  text: string;
  by: CallerId;
  at?: string;
  queued?: boolean;
  key?: Key;
  attachments?: Attachment[];
  options?: RunOptions;
  round?: number;
  items?: ItemId[];
  steered?: string[];
  outcome?: RunOutcome;
  answer?: string;
  error?: ErrorInfo;
  usage?: Usage;
  asked?: ModelAsked[];
  elapsed_ms?: number;
}

/** A file in the workspace. `size` is in bytes. */
export interface ArtifactSeen {
  name: string;
  mime: string;
  size: number;
  url: string;
}

/**
 * Something that need not be asked again, until `approval.revoke` of its approval.
 *
 * `scope` says in words what it allows; `remember` whether here or in every session.
 */
export interface Grant {
  subject: string;
  scope: string;
  approval: ApprovalId;
  /** Left out: "session". */
  remember?: Remember;
  by?: CallerId;
  at?: string;
}

/** The whole session, as a person sees it. `items` holds all, also those without a run. */
export interface Screen {
  session: SessionId;
  name?: string;
  owner?: CallerId;
  source?: string;
  model?: string;
  agent?: string;
  /** Left out: "none". */
  mode?: Mode;
  gates?: Gates;
  data?: DataPolicy;
  labels?: { [key: string]: string };
  messages?: number;
  /** Left out: "active". */
  status?: SessionStatus;
  /** Left out: "idle". */
  activity?: Activity;
  created_at?: string;
  updated_at?: string;
  runs?: RunSeen[];
  items?: { [key: string]: ItemSeen };
  approvals?: { [key: string]: ApprovalSeen };
  questions?: QuestionAsked[];
  inputs?: InputRequested[];
  artifacts?: ArtifactSeen[];
  grants?: Grant[];
  kernel?: string;
  isolation?: string;
  home?: KernelHome;
  usage?: Usage;
}

/** A session as its owner's inbox tells of it. */
export interface Doing {
  session: SessionId;
  name?: string;
  source?: string;
  /** Left out: "none". */
  mode?: Mode;
  /** Left out: "active". */
  status?: SessionStatus;
  /** Left out: "idle". */
  activity?: Activity;
  created_at?: string;
  updated_at?: string;
  model?: string;
  labels?: { [key: string]: string };
  messages?: number;
}

/** The fold of a caller's inbox: their sessions, and the approvals that wait anywhere. */
export interface Inbox {
  session: SessionId;
  sessions?: { [key: string]: Doing };
  approvals?: { [key: string]: ApprovalRequested };
  questions?: QuestionAsked[];
}

// --- What a server sends ---------------------------------------------------------------------

/** The answer to hello. `heartbeat` is the seconds between pings. */
export interface Welcome {
  type: "welcome";
  id: CommandId;
  caller: Caller;
  server: string;
  heartbeat: number;
  limits: Limits;
}

/** Granted. `result` is what `results.RESULTS` says for the command. */
export interface Reply {
  type: "reply";
  id: CommandId;
  result?: AnyResult;
}

/** Not granted, why, and what to do. `id` is missing when the command's could not be read. */
export interface Refusal {
  type: "refusal";
  id?: CommandId;
  code: RefusalCode;
  detail: string;
  advice: Advice;
  retry_after?: number;
}

/** Everything that happened in `session` between two positions. */
export interface PageMessage {
  type: "page";
  session: SessionId;
  epoch: Epoch;
  after: number;
  upto: number;
  records: AnyRecord[];
}

/** The fold of the log up to `upto`: a `Screen`, or an `Inbox` for a caller's inbox. */
export interface Snapshot {
  type: "snapshot";
  session: SessionId;
  epoch: Epoch;
  upto: number;
  state: AnyState;
}

/** Are you there? Say `pong`, or the socket is dropped after a while. */
export interface ServerPing {
  type: "ping";
  id?: CommandId;
}

/** I am here. */
export interface ServerPong {
  type: "pong";
  id?: CommandId;
}

// --- Unions ----------------------------------------------------------------------------------

export type AnyContent =
  | ThoughtContent
  | PlanContent
  | CodeContent
  | OutputContent
  | TableContent
  | ChartContent
  | ImageContent
  | ArtifactContent
  | ToolContent
  | AnswerContent
  | ErrorContent;

export type AnyEvent =
  | SessionCreated
  | SessionUpdated
  | SessionArchived
  | SessionDeleted
  | RunQueued
  | RunStarted
  | RunSteered
  | RunFinished
  | RoundStarted
  | RoundFinished
  | ItemStarted
  | ItemDelta
  | ItemCompleted
  | CheckFinished
  | CodeStarted
  | ToolCalled
  | ArtifactCreated
  | ApprovalRequested
  | ApprovalResolved
  | ApprovalRevoked
  | QuestionAsked
  | QuestionAnswered
  | InputRequested
  | InputReplied
  | ModelAsked
  | UsageCounted
  | KernelStarted
  | KernelBusy
  | KernelIdle
  | KernelDied
  | KernelRestarted
  | KernelMoved;

export type AnyCommand =
  | SessionCreate
  | SessionUpdate
  | SessionArchive
  | SessionDelete
  | SessionFollow
  | SessionUnfollow
  | RunStart
  | RunSteer
  | RunCancel
  | ApprovalResolve
  | ApprovalRevoke
  | QuestionAnswer
  | InputReply
  | KernelExecute
  | KernelInterrupt
  | KernelReset
  | KernelRestart
  | KernelInspect
  | KernelComplete
  | KernelRestore
  | QueryRun
  | QueryCancel;

export type AnyResult =
  | Created
  | Upto
  | Followed
  | RunAccepted
  | ItemAccepted
  | KernelSeen
  | KernelCompleted
  | Unfollowed;

export type AnyState = Screen | Inbox;

export type ClientMessage =
  | Hello
  | Ping
  | Pong
  | SessionCreate
  | SessionUpdate
  | SessionArchive
  | SessionDelete
  | SessionFollow
  | SessionUnfollow
  | RunStart
  | RunSteer
  | RunCancel
  | ApprovalResolve
  | ApprovalRevoke
  | QuestionAnswer
  | InputReply
  | KernelExecute
  | KernelInterrupt
  | KernelReset
  | KernelRestart
  | KernelInspect
  | KernelComplete
  | KernelRestore
  | QueryRun
  | QueryCancel;

export type ServerMessage =
  | Welcome
  | Reply
  | Refusal
  | PageMessage
  | Snapshot
  | ServerPing
  | ServerPong;

/** What each command gives when it is granted. */
export interface Results {
  "session.create": Created;
  "session.update": Upto;
  "session.archive": Upto;
  "session.delete": Upto;
  "session.follow": Followed;
  "session.unfollow": Unfollowed;
  "run.start": RunAccepted;
  "run.steer": Upto;
  "run.cancel": Upto;
  "approval.resolve": Upto;
  "approval.revoke": Upto;
  "question.answer": Upto;
  "input.reply": Upto;
  "kernel.execute": ItemAccepted;
  "kernel.interrupt": Upto;
  "kernel.reset": Upto;
  "kernel.restart": Upto;
  "kernel.inspect": KernelSeen;
  "kernel.complete": KernelCompleted;
  "kernel.restore": ItemAccepted;
  "query.run": ItemAccepted;
  "query.cancel": Upto;
}

/** Where a record stands: `seq` in its session's log, `at` in time (RFC 3339, UTC). */
export interface Place {
  seq: number;
  at: string;
}
/** An event with its place, as one flat object. */
export type Recorded<E extends AnyEvent = AnyEvent> = E & Place;
export type AnyRecord = Recorded;

export type EventType = AnyEvent["type"];
export type EventOf<T extends EventType> = Extract<AnyEvent, { type: T }>;
export type RecordOf<T extends EventType> = Recorded<EventOf<T>>;
export type ContentOf<K extends Kind> = Extract<AnyContent, { kind: K }>;
export type CommandType = AnyCommand["type"];
export type CommandOf<T extends CommandType> = Extract<AnyCommand, { type: T }>;
export type ResultOf<T extends CommandType> = Results[T];

export const JSON_SUBPROTOCOL = "askwire.v1.json";
export const MSGPACK_SUBPROTOCOL = "askwire.v1.msgpack";
export const INBOX = "inbox:";

/** What to do about each refusal. */
export const ADVICE: { readonly [code in RefusalCode]: Advice } = {
  bad_message: "fix",
  unknown_type: "fix",
  frame_too_large: "fix",
  hello_expected: "fix",
  unauthenticated: "fix",
  not_yours: "stop",
  not_allowed: "stop",
  rate_limited: "retry",
  too_many_sessions: "fix",
  overloaded: "retry",
  restarting: "retry",
  storage_full: "retry",
  storage_failed: "retry",
  internal: "retry",
  unknown_session: "fix",
  session_exists: "fix",
  session_closed: "fix",
  not_following: "fix",
  text_empty: "fix",
  text_too_long: "fix",
  run_active: "retry",
  queue_full: "retry",
  unknown_run: "fix",
  unknown_approval: "fix",
  approval_settled: "stop",
  digest_changed: "fix",
  verdict_not_offered: "fix",
  edit_missing: "fix",
  edit_refused: "fix",
  unknown_question: "fix",
  answers_mismatch: "fix",
  unknown_input: "fix",
  unknown_item: "fix",
  unknown_source: "fix",
  unknown_model: "fix",
  unknown_result: "fix",
  guard_refused: "fix",
  source_failed: "retry",
  model_failed: "retry",
  kernel_unavailable: "retry",
  kernel_idle: "stop",
  upload_refused: "fix",
  upload_too_large: "fix",
  version_changed: "fix",
  not_found: "fix",
  not_offered: "stop",
};

/** Why a socket was closed, and whether to come back as one was. */
export const CLOSES = {
  4400: {
    reason: "bad frame",
    advice: "Send one message a frame, as text for JSON and as binary for MessagePack.",
    reconnect: false,
  },
  4401: {
    reason: "who are you",
    advice: "Get a token once and come back with it.",
    reconnect: false,
  },
  4403: {
    reason: "not yours",
    advice: "This origin or caller may not use this server.",
    reconnect: false,
  },
  4408: {
    reason: "no hello",
    advice: "Send hello within five seconds of opening.",
    reconnect: false,
  },
  4413: {
    reason: "frame too large",
    advice: "Keep frames within the limit that welcome told; upload files over HTTP.",
    reconnect: false,
  },
  4429: {
    reason: "too many",
    advice: "Send fewer commands a second, or follow fewer sessions on one socket.",
    reconnect: false,
  },
  4508: {
    reason: "too slow",
    advice: "No byte was taken for a while. Follow again from where you were.",
    reconnect: true,
  },
  1011: {
    reason: "our fault",
    advice: "Something broke here. Come back and follow from where you were.",
    reconnect: true,
  },
  1012: {
    reason: "restarting",
    advice: "The server comes back in a moment; nothing is lost.",
    reconnect: true,
  },
  1013: {
    reason: "overloaded",
    advice: "Come back a little later.",
    reconnect: true,
  },
} as const;
export type CloseCode = keyof typeof CLOSES;
