"""Sample data: an invented shop and two series about its surroundings, made at set-up.

Nothing here is read from anywhere: every name, price, temperature and review comes out of a seeded
generator, so each machine gets the same data and it may be used for anything. `write` makes the
files; `python -m engine.sample DIR` is the same from a shell.
"""

from engine.sample.making import CSV_NAMES, SHOP_NAME, write

__all__ = ["CSV_NAMES", "SHOP_NAME", "write"]
