"""The functions that the actions of the pipeline run, and the two that stand beside them.

::

    install        the action `Dependencies`
    run_task       the actions that run a task of the source
    deploy         the actions that deliver
    rollback       brings an environment back to a release on record; no action asks it
    lost_job       answers for a function that broke

    job/           a job of CodePipeline, from the event to the one answer
    artifacts/     fetched, unpacked, packed and delivered
    dependencies/  what a source needs, resolved, installed once, kept
    tasks/         a task of the source in a process of its own
    delivery/      the kinds of delivery, and the record of a release
"""
