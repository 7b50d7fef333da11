"""A task of the source in a process of its own, and what it prints."""
