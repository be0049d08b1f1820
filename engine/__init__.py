"""The work: sessions, runs, gates, and the ports to models, kernels, sources and stores."""
