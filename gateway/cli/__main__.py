"""`python -m gateway.cli`: the same as `askwire`."""

import sys

from gateway.cli import main

sys.exit(main())
