"""The native API: sessions, commands, sources, results and files, under `/api/v1`."""

from gateway.families.native import (
    commands,
    connections,
    files,
    grants,
    me,
    models,
    results,
    sessions,
    sources,
    uploads,
)
from gateway.families.shape import Family

FAMILY = Family(
    name="native",
    prefix="/api/v1",
    routes=(
        *me.ROUTES,
        *sessions.ROUTES,
        *commands.ROUTES,
        *sources.ROUTES,
        *connections.ROUTES,
        *uploads.ROUTES,
        *models.ROUTES,
        *results.ROUTES,
        *files.ROUTES,
        *grants.ROUTES,
    ),
)
