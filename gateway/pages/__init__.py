"""What stands beside the API: health, the protocol's documents, and the web chat itself."""

from gateway.pages.chat import page_routes

__all__ = ["page_routes"]
