"""Sessions that DSAgent left on disk, read as what they are: input that nobody vouches for.

`left` finds them, `past` reads what was said in them, `becoming` makes events of ours of it.
"""
