"""What runs inside a kernel's process, before and beside the code of people.

Imports the standard library only (and ipykernel, where it is started), never the server's packages:
this folder is all of the server that a kernel can see.
"""
