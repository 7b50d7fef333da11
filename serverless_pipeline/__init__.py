"""Continuous delivery without servers: an AWS CodePipeline of Lambda functions that run the project's own Invoke tasks.

The map::

    tasks/        pipeline, local: the words a user types; nothing else is imported to list them
    session       what a task begins with: settings, the way to AWS, the first line
      settings    the section `pipeline` of invoke.yaml
      aws         the only place that makes clients
      errors      what can go wrong, and the exit codes

    up            blueprint (templates, bundle, source in bucket) -> change_set -> operation (events) -> console
    diff          blueprint -> change_set -> preview (changes) -> console
    run, watch    source -> codepipeline (execution) -> watching (board, logs) -> console
    status        report (stack, codepipeline)
    rollback      releases (records in the artifact bucket) -> the function `rollback` -> console
    down          teardown (bucket, stack, logs)

    archive       reproducible zips, for a project's own `package` task as well
    assets        where cfn/ and lambdas/ lie
    patience      how often to look, when to give up, what Ctrl-C means
    local/        AWS on a laptop; only session and tasks/ reach for it, and only when the target is local
"""
