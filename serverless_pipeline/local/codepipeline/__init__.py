"""CodePipeline for the embedded AWS.

::

    service      adds it to MiniStack: routing, IAM, sessions, CloudFormation
      page         a pipeline in the browser
      resource     AWS::CodePipeline::Pipeline, through the operations of the wire
        wire/        the wire: a request is checked, authorized, carried out and answered
          engine/      moves executions through their stages
            providers/   who performs actions: Source/S3, Invoke/Lambda, Approval/Manual
              model/       everything it remembers, in memory

Each package knows those that stand further in, and none that stand further out. A request enters at the outside, and
is told inwards; an answer to a job, a timer or a thread enters at the engine and goes no further out.

Not imitated: execution modes but SUPERSEDED, conditions, rollback, triggers, polling of sources, custom actions,
webhooks, notifications of approvals, EventBridge events, `iam:PassRole` of the caller. What a declaration asks for and
cannot get is refused; an operation that is not there says so.
"""

from serverless_pipeline.local.codepipeline.service import install

__all__ = ["install"]
