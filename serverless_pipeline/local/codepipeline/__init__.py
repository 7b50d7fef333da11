"""CodePipeline for the embedded AWS.

::

    service      adds it to MiniStack: routing, IAM, CloudFormation
    api          the wire; shapes checks a request, operations do what it asks for, describe words the answers
    declaration  what a pipeline is; structure says what AWS refuses in it, variables finds its `#{...}`
    engine       moves executions through stages; flow says what comes next, worker performs an action
    execution    executions and the runs of their actions; results says how a run ended
    jobs         what a function is asked to do, and its answer
    providers    who performs actions: Source/S3, Invoke/Lambda, Approval/Manual
    roles        acting as a role, as far as its policies allow
    resource     AWS::CodePipeline::Pipeline
    store        everything it remembers, in memory
    page         a pipeline in the browser

Not imitated: execution modes but SUPERSEDED, conditions, rollback, triggers, polling of sources, custom actions,
webhooks, notifications of approvals, EventBridge events, `iam:PassRole` of the caller. What a declaration asks for and
cannot get is refused; an operation that is not there says so.
"""

from serverless_pipeline.local.codepipeline.page import render
from serverless_pipeline.local.codepipeline.service import register

__all__ = ["register", "render"]
