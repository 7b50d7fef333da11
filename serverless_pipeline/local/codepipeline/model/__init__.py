"""What CodePipeline remembers: pipelines, executions, jobs, and the store that holds them."""
