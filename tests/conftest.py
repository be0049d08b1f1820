"""What holds for all tests."""

from tests import laws

laws.keep()
