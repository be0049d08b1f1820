"""The thinking: from a question to an answer, one step at a time, each step read off the log."""
