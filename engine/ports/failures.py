"""How adapters fail. Each failure is fit for a person to read; nothing else leaves an adapter."""

from protocol.items import ErrorInfo


class PortError(Exception):
    """An adapter could not do what was asked. `info` is fit for a person to read."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.info = ErrorInfo(code=code, message=message, hint=hint)


class StoreFailed(PortError):
    """The log could not be written or read: disk full, file gone, server down."""


class SourceFailed(PortError):
    """A source refused or failed. Data values never stand in the message."""


class ModelFailed(PortError):
    """A model could not be reached or broke off."""


class ToolFailed(PortError):
    """A tool could not be reached, or failed."""


class KernelFailed(PortError):
    """A kernel could not be had, or died."""


class Conflict(Exception):
    """The place in the log is taken: somebody else wrote. Fold again and decide again."""
