"""Askwire, held to what it promises. Folders mirror the packages; `shape` has the house rules."""
