"""How long `/health` takes, beside whatever else goes on in the same server."""

import statistics
import time

import httpx

from tests.gateway.serving import Served

PROBES = 40


class Probe:
    """Asks for health, and keeps how long each answer took, in seconds."""

    def __init__(self, served: Served) -> None:
        self._url = f"{served.url}/health"

    async def median(self, probes: int = PROBES) -> float:
        """Ask so many times, one after the other, on one connection."""
        taken: list[float] = []
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            await client.get(self._url)
            for _ in range(probes):
                began = time.perf_counter()
                assert (await client.get(self._url)).is_success
                taken.append(time.perf_counter() - began)
        return statistics.median(taken)
