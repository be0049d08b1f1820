"""Ways to carry the pages of a log: a socket, an event stream, a long poll. All carry the same."""
