"""The words a user types. `from serverless_pipeline.tasks import pipeline`, then `ns.add_collection(pipeline)`."""
