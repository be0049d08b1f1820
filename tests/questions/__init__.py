"""The project's own questions: five generated databases, forty questions each, with their SQL."""
