"""Reading: marks become a draft, a draft becomes a plan."""
