"""Rule/LambdaInvoke: a function says whether the condition is met, by the answer to its job.

AWS documents the keys and not the event; here it is that of an Invoke action, and its answer is one as well.
https://docs.aws.amazon.com/codepipeline/latest/userguide/rule-reference-LambdaInvoke.html
"""

from __future__ import annotations

from dataclasses import replace

from serverless_pipeline.local.codepipeline.providers import invoke_lambda

PROVIDER = replace(invoke_lambda.PROVIDER, category="Rule", name="LambdaInvoke", outputs=(0, 0))
