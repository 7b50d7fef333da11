"""CodePipeline for the embedded AWS.

::

    __main__     prints what is imitated, as a page
    service      adds it to MiniStack: routing, IAM, sessions, CloudFormation
    webhook_deliveries  what comes to the addresses of webhooks
    page         a pipeline in the browser
      remarks      what of a declaration has no effect, told to stacks and to `local.status`
      resource     AWS::CodePipeline::Pipeline, through the operations of the wire
    bus          what the engine announces goes to EventBridge
    targets      a rule or a schedule starts the pipeline that is its target
    outsiders    AWS::CodePipeline::CustomActionType and Webhook, likewise
        wire/        the wire: a request is checked, authorized, carried out and answered
          engine/      moves executions through their stages
            providers/   who performs actions and examines rules
              model/       everything it remembers, in memory

Each package knows those that stand further in, and none that stand further out. A request enters at the outside, and
is told inwards; an answer to a job, a timer or a thread enters at the engine and goes no further out.

What is not imitated stands in `wire/boundary.py` and with each provider, and docs/embedded-aws.md is made of it.
Besides, `iam:PassRole` of the caller is not asked for.
"""

from serverless_pipeline.local.codepipeline.service import install

__all__ = ["install"]
