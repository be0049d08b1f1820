"""What this server calls itself."""

from importlib.metadata import PackageNotFoundError, version


def _version() -> str:
    try:
        return version("askwire")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "0.0.0"


VERSION = _version()
SERVER = f"askwire/{VERSION}"
