"""The doors: sockets, HTTP, the command line. Faces show, families adapt; none of them decides."""
