"""The words, written down for others: JSON Schema, AsyncAPI, TypeScript and a page for people.

`json_schema()` and `asyncapi()` are what a server shows at `/schema.json` and `/asyncapi.json`.
`python -m protocol.schema --write` writes the files that are kept, `--check` compares them.
"""

from protocol.schema.as_asyncapi import asyncapi
from protocol.schema.as_json_schema import json_schema
from protocol.schema.breaking import breaking

__all__ = ["asyncapi", "breaking", "json_schema"]
