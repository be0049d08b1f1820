"""The words of Askwire: every message that crosses the wire, defined once.

Imports msgspec and the standard library only. A program that speaks to a server needs nothing else.
"""
