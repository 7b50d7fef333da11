"""What moves executions through their stages."""
