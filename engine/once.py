"""Commands with a key: each acts once, however often and wherever it is sent."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Final

from protocol.ids import CallerId, Key

REMEMBERED: Final = 16_384
"""How many keys this process knows by heart; older ones are found in the store."""
Known = tuple[CallerId, Key]


class Once:
    """What is being granted by key, and what was."""

    def __init__(self) -> None:
        self._going: dict[Known, asyncio.Future[Any]] = {}
        self._granted: OrderedDict[Known, Any] = OrderedDict()

    async def act(self, caller: CallerId, key: Key, grant: Callable[[], Awaitable[Any]]) -> Any:
        """Return what `grant` returns, or what it did for this key before.

        While it is being granted for somebody else, wait and share the outcome. If they leave in
        the middle, it is tried anew here: whether theirs was kept is found out by the store.
        """
        known = (caller, key)
        while (going := self._going.get(known)) is not None:
            await asyncio.wait({going})
            if not going.cancelled():
                return going.result()
        if known in self._granted:
            return self._granted[known]
        return await self._first(known, grant)

    async def _first(self, known: Known, grant: Callable[[], Awaitable[Any]]) -> Any:
        going: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._going[known] = going
        try:
            result = await grant()
        except asyncio.CancelledError:
            going.cancel()
            raise
        except BaseException as failure:
            going.set_exception(failure)
            going.exception()  # somebody else may wait for it, or nobody: both are well
            raise
        else:
            going.set_result(result)
            self._granted[known] = result
            if len(self._granted) > REMEMBERED:
                self._granted.popitem(last=False)
            return result
        finally:
            del self._going[known]
