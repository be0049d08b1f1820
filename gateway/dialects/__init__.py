"""Dialects: the log of a session, said in the words of another system. Pure folds."""
