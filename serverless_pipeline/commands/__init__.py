"""The words of the pipeline, a file for each: find out or do, answer a value; `show` prints it.

::

    up          from a plan to a stack: create it, update it, or say that nothing changed
    diff        what `up` would change
    wait        the operation in progress, to its end
    down        the way down, and the proof that nothing is left
    recover     the way out of UPDATE_ROLLBACK_FAILED
    drift       what was changed by hand
    lint        the templates as they are rendered

    run         publish the source, start an execution
    watch       an execution on the board to its end, and what that means; `run` goes on here
    status      how stack and pipeline stand
    log         events of the stacks, why an operation failed, what an action printed
    releases    what was released to each environment
    rollback    an environment back to a release on record

    outputs     what the stack tells other programs
    open        a page that the stack leads to
    stacks      the stacks that belong to the pipeline
    link        a link with which the console creates the stack
    policy      the smallest policy with which somebody can deploy
"""
