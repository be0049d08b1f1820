"""What a model says, read while it is still being said."""
