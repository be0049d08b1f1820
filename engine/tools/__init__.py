"""Adapters of `engine.ports.Tools`."""
