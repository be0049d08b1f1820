"""Run the measurements one after the other: `python -m bench [NAME...]`, all without a name.

Each measurement is a module of this folder with a `main()` that returns its figures and goals, or
prints them itself. Figures are ratios to a peer or to a floor measured in the same run, because a
number without its machine says little; the machine is named all the same. What was returned is also
kept as JSON in bench/results/.
"""

import asyncio
import importlib
import pkgutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from bench._figures import Figure, Goal, machine, told

RESULTS: Final = Path(__file__).parent / "results"


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
    where = machine()
    print("\n".join(f"{name:<12}{value}" for name, value in where.items()))
    kept: dict[str, list[Figure | Goal]] = {}
    for name in wanted or found:
        print(f"\n== {name}", flush=True)
        said = found[name]()
        if asyncio.iscoroutine(said):
            said = asyncio.run(said)
        if isinstance(said, list):
            kept[name] = said
            print("\n".join(told(one) for one in said), flush=True)
    RESULTS.mkdir(parents=True, exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    path = RESULTS / f"{stamp}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode({"where": where, **kept})))
    print(f"\n{path}")


if __name__ == "__main__":
    main(sys.argv[1:])
