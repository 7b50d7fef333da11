"""API Gateway: PutRestApi, and deployments that keep what their stages serve."""
