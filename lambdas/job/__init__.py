"""A job of CodePipeline: the event, the attempt, and the one answer."""
