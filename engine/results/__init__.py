"""Kept rows of tables: written once, paged, sorted, searched and exported without a query."""
