"""The folders of a session: what was uploaded, what its code left, its notebook."""
