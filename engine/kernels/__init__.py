"""Where Python code of people runs: isolated processes behind the `Kernel` port."""
