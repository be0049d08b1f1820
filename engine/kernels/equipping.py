"""Making the environment in which Python of sessions runs, where `make setup` has not done it.

All of it blocks, for minutes where much must come over the network.
"""

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from engine.kernels.environment import MADE
from engine.ports import KernelFailed

_PLACES = (
    Path(__file__).with_name("kernel.lock"),
    Path(__file__).parents[2] / "requirements" / "kernel.lock",
)
"""In a wheel, and in the sources."""


def lock_file() -> Path:
    """Return the file that names every package, with its hash. Raise `KernelFailed`."""
    for place in _PLACES:
        if place.is_file():
            return place
    raise KernelFailed("not_equipped", "The list of packages is missing from this installation.")


def is_made(prefix: Path, lock: Path) -> bool:
    """Tell whether the environment below `prefix` is there, made of this list."""
    made = prefix / "kernel" / MADE
    return made.is_file() and made.read_bytes() == lock.read_bytes()


def equip(prefix: Path, server: str, lock: Path) -> None:
    """Make or mend the environment below `prefix` with the Python `server`. Raise `KernelFailed`.

    A running server takes it as soon as it is finished. Broken off, it is none yet.
    """
    home = prefix / "kernel"
    python, made = str(home / "bin" / "python"), home / MADE
    made.unlink(missing_ok=True)
    quiet = ("--quiet", "--no-input", "--disable-pip-version-check")
    install = ("install", *quiet, "--require-hashes", "-r", str(lock))
    if find_spec("pip") is not None:
        _run((server, "-m", "venv", "--without-pip", str(home)))
        _run((server, "-m", "pip", "--python", python, *install))
    else:  # as where uv has installed this
        _run((server, "-m", "venv", str(home)))
        _run((python, "-m", "pip", *install))
    _look_at_fonts(python, home / "share" / "matplotlib")
    shutil.copyfile(lock, made)


def _run(words: tuple[str, ...]) -> None:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError as error:
        raise KernelFailed("not_equipped", f"{words[0]} could not be run: {error}.") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        message = f"`{' '.join(words[:4])} …` failed: {said[-1] if said else 'it says nothing'}"
        hint = "What is there already is kept; run it again, or set ASKWIRE_KERNEL_PYTHON."
        raise KernelFailed("not_equipped", message, hint)


_FONTS = """
import importlib.util, os, sys
os.environ["MPLCONFIGDIR"] = sys.argv[1]
if importlib.util.find_spec("matplotlib"):
    import matplotlib.font_manager
"""


def _look_at_fonts(python: str, kept: Path) -> None:
    """Looking at all fonts takes seconds, and a kernel may write nothing that lasts: done once."""
    _run((python, "-I", "-c", _FONTS, str(kept)))
