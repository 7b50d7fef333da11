"""The functions that the actions of the pipeline run, and the two that stand beside them.

install         Source -> Dependencies
run_task        a task of the source, with its dependencies -> the output artifacts
deploy          one artifact -> a function, an API, a site or a stack
rollback        an environment, back to a release on record
lost_job        the answer for a function that broke; no part of their bundle, it stands in the template

job/            a job of CodePipeline, from the event to the one answer
execution/      the execution environment: clean for the next job, or at its end
artifacts/      fetched, unpacked, packed and delivered
dependencies/   installed once, kept for the next job
tasks/          a task in a process of its own, and what it prints
delivery/       what is delivered, and how
"""
