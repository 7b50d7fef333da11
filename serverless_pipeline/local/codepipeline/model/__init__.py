"""What CodePipeline remembers, without a clock and without AWS; it knows nothing of the other packages.

::

    scope         an account and a region
    declaration   a pipeline: its stages, their actions, artifact stores and variables
    triggers      which pushes start a pipeline
    action_types  types of actions that somebody made known
    secrets       values of a configuration that are not shown
    conditions    what is examined before a stage and at its end
    variables     the `#{namespace.key}` in a configuration
    execution     an execution: its way through the stages, its variables and artifacts
    action_run    each time that an action ran
    jobs          what a function or a worker is asked to do, and the one answer it gives
    webhooks      what somebody outside may start
    store         the pipelines of each account and region, their stages and executions, and the jobs
    refusal       how the service says no
"""
