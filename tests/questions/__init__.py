"""The project's own questions: five generated databases, forty questions each, with reference SQL."""
