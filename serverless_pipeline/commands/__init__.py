"""The words of the pipeline, a file for each: find out what is so or do what is asked, then show it."""
