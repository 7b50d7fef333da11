"""Lambda: execution environments of functions, their logs, aliases, and what becomes of lost events."""
