"""The words of the pipeline, a file for each: find out what is so or do what is asked, then show it.

::

    diff, up, wait, recover           the stack changes
    down                              the stack goes
    run, watch                        an execution
    releases, rollback                what was delivered, and the way back to it
    status, stacks, outputs, open     how it stands, and where
    log, drift                        what happened, and what somebody changed by hand
    link, lint, policy                the templates: for others, by cfn-lint, as the rights they need
"""
