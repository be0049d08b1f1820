"""All settings, in one frozen struct, read once. Nothing else looks at the environment."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from protocol.choices import DataPolicy

PREFIX: Final = "ASKWIRE_"
KEYS: Final = {
    "OPENAI_API_KEY": "openai",
    "ANTHROPIC_API_KEY": "anthropic",
    "GROQ_API_KEY": "groq",
    "OPENROUTER_API_KEY": "openrouter",
    "MISTRAL_API_KEY": "mistral",
    "DEEPSEEK_API_KEY": "deepseek",
}
"""Variables in which people keep keys of model providers anyway."""
URLS: Final = {
    "OPENAI_BASE_URL": "openai",
    "ANTHROPIC_BASE_URL": "anthropic",
    "OLLAMA_HOST": "ollama",
}
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


class SettingsError(Exception):
    """A setting is wrong; the message says which, and what would be right."""


class FolderTaken(SettingsError):
    """Another server uses the data folder."""


def data_home(environ: Mapping[str, str]) -> Path:
    """Return where a person's data lives by default (XDG base directory specification)."""
    base = environ.get("XDG_DATA_HOME") or str(Path(environ.get("HOME", ".")) / ".local" / "share")
    return Path(base) / "askwire"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one server is made of. Each can be set as `ASKWIRE_<NAME>`."""

    host: str = "127.0.0.1"
    port: int = 8000
    data: Path = Path(".askwire")
    """Where the log, results, uploads and workspaces are kept."""
    sources: dict[str, str] = {}
    """Names and paths of what can be asked: a SQLite file, or a folder or file for DuckDB."""
    sample: bool = True
    """Whether the sample data is offered; it is made on the first start."""
    token: str | None = None
    """Who knows it may come in. Needed to listen on anything but the loopback."""
    tokens: dict[str, str] = {}
    """More callers: id to token."""
    origins: tuple[str, ...] = ()
    """Foreign origins whose pages may speak to this server, such as `https://example.org`."""
    hosts: tuple[str, ...] = ()
    """Names under which this server is called, besides the loopback's and `host`."""
    page: Path | None = None
    """The built web chat; by default the one that came with the package."""
    model: str = "builtin"
    model_data: DataPolicy = "schema"
    """What of the data a model outside may be told: `none`, `schema`, `samples` or `results`."""
    model_data_most: DataPolicy = "results"
    """The most of it that a session or a run may choose."""
    model_keys: dict[str, str] = {}
    """Keys of model providers by name; `OPENAI_API_KEY` and its kin are read, too."""
    model_urls: dict[str, str] = {}
    """Addresses of model providers by name, such as `local=http://127.0.0.1:8080/v1`."""
    model_prices: dict[str, str] = {}
    """US dollars for a million tokens read and written, such as `openai/a-model=2.5:10`."""
    heartbeat: float = 20.0
    hello_seconds: float = 5.0
    send_seconds: float = 10.0
    body_seconds: float = 30.0
    """How long a request may be silent before the next bytes of its body come."""
    frame_bytes: int = 1024 * 1024
    commands_per_second: int = 50
    sessions_per_socket: int = 256
    sockets: int = 10_000
    """How many sockets may be open at once; each costs about 160 KiB."""
    text_chars: int = 20_000
    upload_bytes: int = 512 * 1024 * 1024
    max_rounds: int = 12
    max_tokens: int | None = None
    """How many tokens of models outside a run may take, read and written; unset: any number."""
    max_seconds: float = 600.0
    max_rows: int = 100_000
    query_seconds: float = 30.0
    ask_above_rows: int | None = None
    """A query from which its source expects more rows waits for a person, whatever the mode."""
    ask_above_cost: float | None = None
    """The same for what the source's own planner calls its cost."""
    approval_seconds: float | None = None
    """How long an approval waits before it expires and its run ends; by default for ever."""
    kernel: Literal["ipykernel", "eval"] = "ipykernel"
    """Where Python runs: in IPython, or in a plain worker that starts sooner and can less."""
    kernel_python: Path | None = None
    """The Python of kernels; by default the environment that set-up made, else the server's own."""
    jupyter_url: str | None = None
    """A Jupyter Server or Gateway in which Python runs instead of here, if there is one."""
    jupyter_token: str | None = None
    """What lets us in there."""
    kernel_seconds: float = 300.0
    kernel_cpu_seconds: float = 600.0
    """Processor time of one cell, of all processors and processes together."""
    kernel_memory_mb: int = 3072
    kernel_output_bytes: int = 4 * 1024 * 1024
    warm_kernels: int = 1
    isolation_minimum: int = 0
    dsagent_key_in_url: bool = False
    """Whether DSAgent's socket takes `?api_key=` too. Addresses end up in the logs of others."""
    dsagent_upload_mb: float = 50.0
    """The largest file that DSAgent's API takes, in MiB; 0 leaves it to `upload_bytes`."""

    @property
    def authenticated(self) -> bool:
        """Whether callers must say who they are."""
        return bool(self.token or self.tokens)

    @property
    def local(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in LOOPBACK

    def require_safe(self) -> None:
        """Raise `SettingsError` if strangers could come in."""
        if not self.local and not self.authenticated:
            raise SettingsError(
                f"listening on {self.host} lets others in: set ASKWIRE_TOKEN (or --token) first, "
                "or listen on 127.0.0.1"
            )


def from_environ(environ: Mapping[str, str] | None = None, **chosen: Any) -> Settings:
    """Read settings from the environment; what is `chosen` wins.

    Raise `SettingsError` for a value that does not fit, or a name that is not known, with the
    nearest one that is.
    """
    environ = os.environ if environ is None else environ
    known = {PREFIX + name.upper(): name for name in Settings.__struct_fields__}
    values: dict[str, Any] = {"data": data_home(environ)}
    for variable, text in environ.items():
        if not variable.startswith(PREFIX):
            continue
        if variable not in known:
            near = get_close_matches(variable, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise SettingsError(f"there is no setting {variable}{hint}")
        values[known[variable]] = _parsed(known[variable], text)
    for names, where in ((KEYS, "model_keys"), (URLS, "model_urls")):
        kept = {known: environ[name] for name, known in names.items() if environ.get(name)}
        values[where] = {**kept, **values.get(where, {})}
    values.update({name: value for name, value in chosen.items() if value is not None})
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"a setting does not fit: {error}") from None


def secret_of(variable: str, environ: Mapping[str, str] | None = None) -> str:
    """Return a secret that stands in the environment under a name of the person's choice."""
    environ = os.environ if environ is None else environ
    if variable not in environ:
        raise SettingsError(f"there is no {variable} in the environment")
    return environ[variable]


def _parsed(name: str, text: str) -> Any:
    """Read paths, lists as comma separated, mappings as `name=value` pairs."""
    if name in ("data", "page", "kernel_python"):
        return Path(text).expanduser()
    if name in ("origins", "hosts"):
        return [part.strip() for part in text.split(",") if part.strip()]
    if name in ("sources", "tokens", "model_keys", "model_urls", "model_prices"):
        pairs = (part.partition("=") for part in text.split(",") if part.strip())
        return {key.strip(): value.strip() for key, _, value in pairs}
    return text
