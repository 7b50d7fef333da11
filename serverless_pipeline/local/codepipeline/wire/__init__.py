"""CodePipeline on the wire: a request is checked, authorized, carried out and answered.

::

    api            JSON 1.1 and the operation that a request names
    authorization  who calls, and which resource IAM has to allow for it
    shapes         whether a request fits the service model
    operations/    a function per operation, grouped by what it is about
    structure      what AWS refuses in a declaration
    conditions     what AWS refuses in the conditions of stages
    boundary       where the imitation ends: each member is done or refused by name
    documents      pipelines, executions and runs as the operations answer them
    links          where a person sees what somebody else's service does
    state          the document of GetPipelineState
    paging         a list in pages

It knows the engine, the providers and the model; they know nothing of it.
"""
