"""DSAgent's words: rounds of a reply with its tags, a plan, one code block and its result.

`telling` folds a log into moments; `streaming` says moments as server-sent events, `talking` as
messages of their socket. What is looked up beside the log comes in by `shown`.
"""
