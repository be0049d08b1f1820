"""Processes that do the reading: what runs away in one is killed, and nothing else notices."""
