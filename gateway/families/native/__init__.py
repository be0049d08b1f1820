"""The native API: sessions, commands, sources, results and files, under `/api/v1`."""

from gateway.families.native import (
    audit,
    commands,
    connections,
    files,
    grants,
    kernels,
    me,
    meanings,
    models,
    privacy,
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
        *meanings.ROUTES,
        *privacy.ROUTES,
        *uploads.ROUTES,
        *models.ROUTES,
        *results.ROUTES,
        *files.ROUTES,
        *kernels.ROUTES,
        *grants.ROUTES,
        *audit.ROUTES,
    ),
)
