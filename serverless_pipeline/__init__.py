"""Continuous delivery without servers: an AWS CodePipeline of Lambda functions that run the project's own Invoke tasks.

The map; each uses only what stands above it::

    errors           what can go wrong, and the exit codes
    tags             the tags that a project chooses for everything in its stacks
    settings/        the section `pipeline` of invoke.yaml, as typed values
    aws/             the only place that makes clients and knows an endpoint; refusals, pages
    patience         when to look again, when to give up, what Ctrl-C means
    console          how things look on a terminal: data on stdout, progress on stderr
    output           the forms of what a word prints: text, json, yaml
    archive          reproducible zips, for a project's own `package` task as well
    assets           where `cfn/` and `lambdas/` lie
    interpreters     the Pythons of this laptop
    functions        the names of the pipeline's functions
    jinja            how templates are rendered: a project's folders first, then ours

    cloudformation/  stacks and what is nested in them, change sets, operations and their events
    environment/     the project's own template, read and packaged; it runs beside the source as well
    codepipeline/    the pipeline, its executions, the board on which they are watched, the logs
    project/         what is delivered: templates, bundle, source; the plan, and what stands already

    commands/        a file per word: find out or do, then show
    init/            a folder that knows nothing of all this gets the files it needs
    local/           AWS on a laptop; nothing else is loaded with it, nor it with anything before it is needed

    session          what a task begins with: settings, the way to AWS, the first line
    tasks/           pipeline, local: the words that a user types; nothing heavy is imported to list them
    __main__         the program serverless-pipeline, which writes those files

One word from end to end::

    invoke pipeline.up: tasks/pipeline -> session -> commands/up -> project/plan (templates, bundle)
                        -> cloudformation/change_set -> cloudformation/operation (events) -> console
"""
