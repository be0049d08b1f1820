"""Parts of paths and queries that several modules of this family take, with their bounds."""

from typing import Annotated

from litestar.params import PathParameter, QueryParameter

SessionName = Annotated[
    str, PathParameter(pattern="^[a-zA-Z0-9_-]+$", min_length=1, max_length=256)
]
"""The id of a session in a path. Whatever else stands there is 422, not 404."""
Offset = Annotated[int, QueryParameter(ge=0)]
Page = Annotated[int, QueryParameter(ge=1, le=200)]
"""How many messages or turns are wanted."""
