"""The words a user types. `from serverless_pipeline.tasks import pipeline`, then `ns.add_collection(pipeline)`.

::

    pipeline      the pipeline's own words: up, diff, status, run, …
    local         those of the embedded AWS: up, down, status, env
    words         what the words of the pipeline have in common: options that say where to act, and a session there

To list them nothing is imported but Invoke and the settings.
"""
