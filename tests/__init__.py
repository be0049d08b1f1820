"""Askwire, held to what it promises. The folders mirror the packages; `shape` holds the house rules."""
