"""The functions that the actions of the pipeline run, and the two that stand beside them."""
