"""Invoke/StepFunctions: a state machine is started; a standard one is waited for, an express one is not.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-StepFunctions.html
AWS does not say how the file in the output artifact is called; here it is `output.json`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from serverless_pipeline import aws
from serverless_pipeline.local.codepipeline.model import variables
from serverless_pipeline.local.codepipeline.providers import failures, members
from serverless_pipeline.local.codepipeline.providers.failures import UnusableError
from serverless_pipeline.local.codepipeline.providers.work import Failed, Provider, Succeeded, Working

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serverless_pipeline.local.codepipeline.model.declaration import Action
    from serverless_pipeline.local.codepipeline.providers.work import Outcome, Work

OUTPUT = "output.json"
_FILE = "FilePath"
_TYPES = ("Literal", _FILE)
_LARGEST_INPUT = 256 * 1024
"""https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""


def start(work: Work) -> Outcome:
    """Start the state machine, or look how far its execution is."""
    from botocore.exceptions import ClientError

    machine = work.run.resolved_configuration["StateMachineArn"]
    try:
        client = work.credentials.client("stepfunctions", work.region)
        return _look(client, work) if work.continuation else _begin(client, work, machine)
    except UnusableError as error:
        return Failed("ConfigurationError", str(error))
    except ClientError as error:
        if aws.code(error) == "StateMachineDoesNotExist":
            return Failed("ConfigurationError", f"There is no state machine {machine}; create it, or name another one")
        return failures.of_client(error, work, f"run the state machine {machine}")


def check(action: Action) -> Iterator[str]:
    """What of the configuration AWS would not take."""
    yield from _mistakes(action.name, action.configuration, has_input=bool(action.inputs))


def _mistakes(action: str, configuration: Mapping[str, str], *, has_input: bool) -> Iterator[str]:
    kind = configuration.get("InputType", "Literal")
    if kind not in _TYPES and not any(variables.references(kind)):
        yield f"InputType in action '{action}' is '{kind}'; it must be one of {', '.join(_TYPES)}"
    if kind == _FILE and not configuration.get("Input"):
        yield f"Action configuration for action '{action}' is missing required configuration 'Input'"
    if kind == _FILE and not has_input:
        yield f"Action {action} declares 0 input artifacts which is less than the minimum count (1) of {_FILE}"


def _begin(client: Any, work: Work, machine: str) -> Outcome:  # noqa: ANN401 - a boto3 client
    configuration = work.run.resolved_configuration
    if mistake := next(_mistakes(work.run.action.name, configuration, has_input=bool(work.run.inputs)), ""):
        raise UnusableError(mistake)
    is_express = client.describe_state_machine(stateMachineArn=machine)["type"] == "EXPRESS"
    if is_express and work.run.outputs:
        raise UnusableError("An express state machine has no output; take away the outputArtifacts of the action")
    prefix = configuration.get("ExecutionNamePrefix", "")
    name = f"{prefix}-{work.run.id}" if prefix else work.run.id
    execution = client.start_execution(stateMachineArn=machine, name=name, input=_input(work))["executionArn"]
    if is_express:
        return Succeeded(f"Started {name}", execution, variables={"StateMachineArn": machine})
    return Working(execution, Succeeded("Running", execution, external_url=_url(work, execution)))


def _input(work: Work) -> str:
    configuration = work.run.resolved_configuration
    value = configuration.get("Input", "")
    if configuration.get("InputType") != _FILE:
        return value or "{}"
    reference = f"{work.run.inputs[0].name}{members.SEPARATOR}{value}"
    return members.read(work, reference, _LARGEST_INPUT).decode()


def _look(client: Any, work: Work) -> Outcome:  # noqa: ANN401 - a boto3 client
    execution = work.continuation
    state = client.describe_execution(executionArn=execution)
    status = state["status"]
    if status in ("RUNNING", "PENDING_REDRIVE"):
        return Working(execution)
    if status != "SUCCEEDED":
        why = ": ".join(state[part] for part in ("error", "cause") if state.get(part))
        return Failed("JobFailed", f"The execution {execution} ended {status}{f' ({why})' if why else ''}")
    if work.run.outputs:
        members.write(work, work.run.outputs[0], OUTPUT, state.get("output") or "{}")
    values = {"StateMachineArn": state["stateMachineArn"], "ExecutionArn": execution}
    return Succeeded(f"Ended {status}", execution, variables=values)


def _url(work: Work, execution: str) -> str:
    region = work.region
    return f"https://{region}.console.aws.amazon.com/states/home?region={region}#/executions/details/{quote(execution)}"


PROVIDER = Provider(
    category="Invoke",
    name="StepFunctions",
    inputs=(0, 1),
    outputs=(0, 1),
    required=("StateMachineArn",),
    optional=("ExecutionNamePrefix", "InputType", "Input"),
    start=start,
    check=check,
    timeout=7 * 24 * 3600.0,
)
