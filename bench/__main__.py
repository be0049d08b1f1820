"""Run the measurements one after the other: `python -m bench [NAME...]`, all without a name.

Each measurement is a module of this folder with a `main()` that prints its figures. Figures are
ratios to a peer or to a floor measured in the same run, because a number without its machine says
little; the machine is named all the same.
"""

import asyncio
import importlib
import os
import pkgutil
import platform
import sys
from collections.abc import Callable
from pathlib import Path


def measurements() -> dict[str, Callable[[], object]]:
    """Every module of this folder that can be run as a measurement."""
    names = [found.name for found in pkgutil.iter_modules([str(Path(__file__).parent)])]
    modules = {name: importlib.import_module(f"bench.{name}") for name in names if name[0] != "_"}
    return {name: module.main for name, module in modules.items() if hasattr(module, "main")}


def main(wanted: list[str]) -> None:
    """Run what is wanted, or all."""
    found = measurements()
    if unknown := [name for name in wanted if name not in found]:
        sys.exit(f"no measurement called {', '.join(unknown)}; there are {', '.join(found)}")
    print(f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}")
    print(f"Python {platform.python_version()}")
    for name in wanted or found:
        print(f"\n== {name}", flush=True)
        said = found[name]()
        if asyncio.iscoroutine(said):
            asyncio.run(said)


if __name__ == "__main__":
    main(sys.argv[1:])
