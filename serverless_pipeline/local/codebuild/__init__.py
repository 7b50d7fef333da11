"""CodeBuild for the embedded AWS: builds that run as processes in a sandbox, where MiniStack only notes them.

::

    service    CodeBuild's operations and CloudFormation's projects, in the place of MiniStack's
      order      a request to StartBuild and the project it is for, as an order
        build      one build, from its source to its artifacts
          runner     the agent with its plan, its output and its end
            agent      the program that runs the phases in the sandbox
          workshop   where a build runs, and with which programs
          buildspec  what a build does
          variables  what it finds in its environment
          transfer   sources from S3, artifacts to S3
          log        its log stream
        project    what of a project is kept, refused or without effect

Each knows those that stand further in. A build of a Commands action of CodePipeline begins at `build`.

What is not imitated: Docker, images, VPCs, caches, reports and batches, sources that are no objects of S3, on-failure
with RETRY, and buildspecs of version 0.1. A build that uses them is refused by name, or its log says so.
"""

from serverless_pipeline.local.codebuild.service import install

__all__ = ["install"]
