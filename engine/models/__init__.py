"""Models: who proposes the next step."""
