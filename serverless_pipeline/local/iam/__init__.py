"""IAM and STS: the root key, sessions, roles, and the action of a request."""
