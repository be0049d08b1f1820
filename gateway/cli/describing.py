"""`askwire schema`: the protocol as JSON Schema, AsyncAPI, TypeScript or a page to read."""

import argparse
import sys


def run(chosen: argparse.Namespace) -> int:
    """Print the protocol in one form."""
    sys.stdout.write(_written(chosen.form))
    return 0


def _written(form: str) -> str:
    from protocol.schema.__main__ import WRITERS

    names = {
        "jsonschema": "docs/protocol/schema.json",
        "asyncapi": "docs/protocol/asyncapi.json",
        "typescript": "web/src/generated/protocol.ts",
        "markdown": "docs/protocol.md",
    }
    return WRITERS[names[form]]()
