"""What moves executions through their stages. It knows the model and the providers, and nothing of the wire.

::

    engine         the cycle of an execution: start, advance, perform, answer, end
    announcements  what changed, as an event for the bus of the account
    flow           what comes next in a stage
    admission      who may enter a stage
    rollbacks      a stage that runs alone, with what an earlier execution brought to it
    results        how a run of an action looks after what was said of it
    interventions  what people do to it: stop, retry, override, open and close a way, cancel
    detection      starts an execution when a source has changed
    worker         performs one action, whatever goes wrong
    job_data       what the job of an action is about
    schedule       clock, threads and timers; the tests have one that they move by hand

Every change of the model happens under the store's lock; what takes time (assuming roles, calling AWS) happens on a
thread per action, without it.
"""
