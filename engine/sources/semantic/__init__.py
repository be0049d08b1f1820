"""What an owner says of the data: read from YAML, held against the catalogue, kept, and used.

The structs are in `engine.ports.meaning`, because models use them too.
"""
