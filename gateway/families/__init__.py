"""The APIs that this server speaks: one package each, all over the same engine."""
