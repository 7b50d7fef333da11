"""CodePipeline as the library sees it: the pipeline, its executions, the board, and the logs of actions."""
