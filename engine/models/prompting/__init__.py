"""What models elsewhere are told: who they are, what the data is, what was said and done."""
