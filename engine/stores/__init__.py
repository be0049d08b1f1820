"""Where logs and documents are kept. Each adapter is one object for both ports, so that an append
with its receipt and document is atomic.
"""
