"""Kept rows: to page through, and to take away as a file. The query does not run again."""

from typing import Literal

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from engine.engine import Engine
from engine.ports import ResultPage
from engine.results.shortening import shortened
from engine.results_of import result_of
from gateway.sending import saved_as
from protocol.replies import Caller

Format = Literal["csv", "xlsx", "parquet", "json"]
MEDIA: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
}
MOST = 10_000


@get("/results/{result:str}", operation_id="native.results.get")
async def get_result(
    result: FromPath[str],
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    offset: FromQuery[int] = 0,
    limit: FromQuery[int] = 200,
    sort: FromQuery[str | None] = None,
    descending: FromQuery[bool] = False,
    search: FromQuery[str | None] = None,
    whole: FromQuery[bool] = False,
) -> ResultPage | Stream:
    """Return rows of a result; or, with a name such as `t_1.csv`, the whole of it as a file.

    Very long texts are cut in rows, unless `whole` asks for them; they never are in files.
    """
    name, _, ending = result.rpartition(".")
    if name and ending in MEDIA:
        return await export(engine, caller, name, ending)
    found = await result_of(engine.world, caller.id, result)
    page = await engine.world.results.page(
        found, max(offset, 0), min(max(limit, 1), MOST), sort, descending, search
    )
    return page if whole else msgspec.structs.replace(page, rows=shortened(page.rows))


async def export(engine: Engine, caller: Caller, name: str, format: Format) -> Stream:
    """Return a result as a file to be saved."""
    found = await result_of(engine.world, caller.id, name)
    headers = {"Content-Disposition": saved_as(f"{name}.{format}")}
    chunks = engine.world.results.export(found, format)
    return Stream(chunks, media_type=MEDIA[format], headers=headers)


ROUTES = (get_result,)
