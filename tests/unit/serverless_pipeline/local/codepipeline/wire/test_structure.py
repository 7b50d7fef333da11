"""What AWS refuses in a declaration, row by row."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.codepipeline import providers
from serverless_pipeline.local.codepipeline.model.action_types import CustomActionType, Property
from serverless_pipeline.local.codepipeline.model.declaration import ActionType, Pipeline
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.providers import custom
from serverless_pipeline.local.codepipeline.wire import structure

if TYPE_CHECKING:
    from collections.abc import Callable

    Document = dict[str, Any]


STORE = {"type": "S3", "location": "there"}
TOPIC = "arn:aws:sns:us-east-1:111122223333:approvals"
APPROVAL = {"CustomData": "text", "ExternalEntityLink": "http://example.com", "NotificationArn": TOPIC}
NAMESPACE = (
    "Valid format for a pipeline execution variable reference is a namespace and a key separated by a period (.)."
    " The following pipeline execution variables are referencing a namespace that does not exist."
)


def action(name: str, category: str, provider: str, **more: Any) -> Document:
    return {
        "name": name,
        "actionTypeId": {"category": category, "owner": "AWS", "provider": provider, "version": "1"},
        **more,
    }


def source(name: str = "Source", output: str = "SourceOutput", **more: Any) -> Document:
    configuration = {"S3Bucket": "bucket", "S3ObjectKey": "key"}
    return action(
        name, "Source", "S3", **{"configuration": configuration, "outputArtifacts": [{"name": output}]} | more
    )


def invoke(name: str = "Build", **more: Any) -> Document:
    return action(name, "Invoke", "Lambda", **{"configuration": {"FunctionName": "f"}} | more)


def document() -> Document:
    """A pipeline that is right."""
    return {
        "name": "p",
        "roleArn": "arn:aws:iam::000000000000:role/r",
        "pipelineType": "V2",
        "artifactStore": {"type": "S3", "location": "store"},
        "stages": [
            {"name": "Source", "actions": [source()]},
            {"name": "Commit", "actions": [invoke(inputArtifacts=[{"name": "SourceOutput"}])]},
        ],
    }


def changed(change: Callable[[Document], object]) -> Document:
    declaration = copy.deepcopy(document())
    change(declaration)
    return declaration


def commit(*actions: Document) -> Callable[[Document], object]:
    """A change of the actions of the second stage."""
    return lambda declaration: declaration["stages"][1].update(actions=list(actions))


def test_a_declaration_that_is_right_is_accepted() -> None:
    structure.check(Pipeline.from_document(document(), "us-east-1"))


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["stages"].extend({"name": f"s{number}", "actions": [invoke()]} for number in range(48)),
        lambda d: d["stages"][1].update(actions=[invoke(f"a{number}") for number in range(50)]),
        lambda d: d["stages"][1].update(blockers=[]),
        lambda d: d["stages"][0]["actions"].append(source("Second", "SecondOutput")),
        lambda d: d["stages"][1].update(actions=[invoke(inputArtifacts=[{"name": "SourceOutput"}] * 5)]),
        lambda d: [
            d.update(variables=[{"name": "v"}]),
            d["stages"][1].update(
                actions=[invoke(configuration={"FunctionName": "f", "UserParameters": "#{variables.v}"})]
            ),
        ],
        lambda d: d.update(pipelineType="V1"),
        lambda d: [
            d.update(artifactStores={"us-east-1": d.pop("artifactStore"), "eu-west-1": STORE}),
            d["stages"][1]["actions"][0].update(region="eu-west-1"),
        ],
        lambda d: d["stages"][1].update(
            actions=[action("One", "Approval", "Manual"), action("Two", "Approval", "Manual", configuration=APPROVAL)]
        ),
    ],
    ids=[
        "50 stages",
        "50 actions",
        "no blocker",
        "two sources",
        "5 inputs",
        "a variable",
        "V1",
        "two regions",
        "approvals",
    ],
)
def test_what_aws_accepts_is_accepted(change: Callable[[Document], object]) -> None:
    structure.check(Pipeline.from_document(changed(change), "us-east-1"))


def test_a_pipeline_of_sources_only_is_refused() -> None:
    declaration = changed(lambda d: d["stages"][1].update(actions=[source("Other", "OtherOutput")]))

    with pytest.raises(Refusal, match="only be included in the first stage"):
        structure.check(Pipeline.from_document(declaration, "us-east-1"))


def test_an_input_may_come_from_a_lower_run_order_of_the_same_stage() -> None:
    first = invoke("First", outputArtifacts=[{"name": "Made"}], namespace="Mine")
    configuration = {"FunctionName": "f", "UserParameters": "#{Mine.v} #{codepipeline.PipelineExecutionId}"}
    second = invoke("Second", runOrder=2, inputArtifacts=[{"name": "Made"}], configuration=configuration)

    structure.check(Pipeline.from_document(changed(commit(first, second)), "us-east-1"))


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        pytest.param(
            lambda d: d["stages"].pop(),
            "InvalidStructureException",
            "Pipeline has only 1 stage(s). There should be a minimum of 2 stages in a pipeline",
            id="one stage",
        ),
        pytest.param(
            lambda d: d["stages"].extend({"name": f"s{i}", "actions": [invoke()]} for i in range(49)),
            "InvalidStructureException",
            "Pipeline has too many stages. There can only be up to 50 stages in a pipeline",
            id="51 stages",
        ),
        pytest.param(
            lambda d: d["stages"][1].update(actions=[]),
            "InvalidStageDeclarationException",
            "Stage 'Commit' has 0 actions; there must be 1 to 50",
            id="no action",
        ),
        pytest.param(
            commit(*(invoke(f"a{number}") for number in range(51))),
            "InvalidStageDeclarationException",
            "Stage 'Commit' has 51 actions; there must be 1 to 50",
            id="51 actions",
        ),
        pytest.param(
            lambda d: d["stages"][1].update(blockers=[{"name": "b", "type": "Schedule"}]),
            "InvalidStageDeclarationException",
            "The embedded AWS does not imitate blockers (stage 'Commit'); leave it out on the local target; disable the"
            " transition into the stage",
            id="a blocker",
        ),
        pytest.param(
            commit(invoke(configuration={"FunctionName": "f", "UserParameters": "#{.v}"})),
            "InvalidActionDeclarationException",
            f"{NAMESPACE}\nStageName=[Commit], ActionName=[Build], ActionConfigurationKey=[UserParameters],"
            " VariableReferenceText=[#{.v}]",
            id="a reference without a namespace",
        ),
        pytest.param(
            lambda d: d.update(artifactStores={"us-east-1": d["artifactStore"]}),
            "InvalidStructureException",
            "A pipeline must have either artifactStore or artifactStores, and not both",
            id="both kinds of store",
        ),
        pytest.param(
            lambda d: d["stages"][0]["actions"].append(invoke()),
            "InvalidStructureException",
            "Pipeline should start with a stage that only contains source actions",
            id="another action beside the source",
        ),
        pytest.param(
            lambda d: d["stages"][1]["actions"].append(source("Other", "OtherOutput")),
            "InvalidStructureException",
            "Source actions can only be included in the first stage of the pipeline",
            id="a source in a later stage",
        ),
        pytest.param(
            lambda d: d["stages"][1].update(name="Source"),
            "InvalidStageDeclarationException",
            "Stage name 'Source' is used more than once",
            id="a stage name twice",
        ),
        pytest.param(
            commit(invoke(), invoke()),
            "InvalidActionDeclarationException",
            "Action name 'Build' is used more than once in stage 'Commit'",
            id="an action name twice",
        ),
        pytest.param(
            commit(invoke(inputArtifacts=[{"name": "Nothing"}])),
            "InvalidActionDeclarationException",
            "Input Artifact Bundle Nothing in action Build is not declared as Output Artifact Bundle in any of the"
            " preceding actions",
            id="an input that nobody makes",
        ),
        pytest.param(
            commit(
                invoke("First", outputArtifacts=[{"name": "Made"}]), invoke("Beside", inputArtifacts=[{"name": "Made"}])
            ),
            "InvalidActionDeclarationException",
            "Input Artifact Bundle Made in action Beside is not declared as Output Artifact Bundle in any of the"
            " preceding actions",
            id="an input that is made at the same time",
        ),
        pytest.param(
            commit(invoke(outputArtifacts=[{"name": "SourceOutput"}])),
            "InvalidActionDeclarationException",
            "Output Artifact Bundle name must be unique within the pipeline."
            " SourceOutput has been used more than once.",
            id="an output twice",
        ),
        pytest.param(
            lambda d: d["stages"][0]["actions"][0].update(outputArtifacts=[]),
            "InvalidActionDeclarationException",
            "Action Source declares 0 output artifacts which is less than the minimum count (1)",
            id="too few outputs",
        ),
        pytest.param(
            commit(invoke(inputArtifacts=[{"name": "SourceOutput"}] * 6)),
            "InvalidActionDeclarationException",
            "Action Build declares 6 input artifacts which is more than the maximum count (5)",
            id="too many inputs",
        ),
        pytest.param(
            commit(invoke(configuration={})),
            "InvalidActionDeclarationException",
            "Action configuration for action 'Build' is missing required configuration 'FunctionName'",
            id="a configuration key missing",
        ),
        pytest.param(
            commit(invoke(configuration={"FunctionName": "f", "Function": "f"})),
            "InvalidActionDeclarationException",
            "Action configuration for action 'Build' contains unknown configuration 'Function'",
            id="a configuration key unknown",
        ),
        pytest.param(
            commit(
                action("Deploy", "Deploy", "CloudFormation", configuration={"ActionMode": "CREATE", "StackName": "s"})
            ),
            "InvalidActionDeclarationException",
            "ActionMode in action 'Deploy' is 'CREATE'; it must be one of CHANGE_SET_EXECUTE, CHANGE_SET_REPLACE,"
            " CREATE_UPDATE, DELETE_ONLY, REPLACE_ON_FAILURE",
            id="what a provider finds in a configuration",
        ),
        pytest.param(
            commit(action("Build", "Build", "CodeBiuld")),
            "InvalidActionDeclarationException",
            "ActionType (Category: 'Build', Provider: 'CodeBiuld', Owner: 'AWS', Version: '1') in action 'Build' is"
            " not available in region us-east-1 (the embedded AWS has Source/S3, Source/CodeStarSourceConnection,"
            " Source/ECR, Build/CodeBuild, Test/CodeBuild, Compute/Commands, Invoke/Lambda, Approval/Manual,"
            " Deploy/CloudFormation, Deploy/S3, Invoke/CodePipeline, Invoke/StepFunctions)",
            id="a provider that nobody has",
        ),
        pytest.param(
            commit(action("Build", "Deploy", "ECS")),
            "InvalidActionDeclarationException",
            "Action Build declares 0 input artifacts which is less than the minimum count (1)",
            id="an action of a provider that is not imitated without its artifacts",
        ),
        pytest.param(
            commit(action("Build", "Invoke", "CodePipeline")),
            "InvalidActionDeclarationException",
            "Action configuration for action 'Build' is missing required configuration 'PipelineName'",
            id="an action of a provider that is not imitated without its configuration",
        ),
        pytest.param(
            commit(
                action("Build", "Deploy", "ECS", inputArtifacts=[{"name": "SourceOutput"}], configuration={"A": "x"})
            ),
            "InvalidActionDeclarationException",
            "The embedded AWS does not imitate Deploy/ECS (action 'Build'); deliver by an Invoke/Lambda action on the"
            " local target, or set local_stub_providers",
            id="a provider that is not imitated",
        ),
        pytest.param(
            commit(
                action(
                    "Build",
                    "Build",
                    "CodeBuild",
                    inputArtifacts=[{"name": "SourceOutput"}],
                    configuration={"ProjectName": "shop", "BatchEnabled": "true"},
                )
            ),
            "InvalidActionDeclarationException",
            "The embedded AWS does not imitate BatchEnabled (action 'Build'); leave it out on the local target",
            id="a batch of builds",
        ),
        pytest.param(
            lambda d: [d.update(pipelineType="V1"), commit(action("Build", "Compute", "Commands"))(d)],
            "InvalidActionDeclarationException",
            "Commands Action can only be used with V2 pipelines.",
            id="commands in V1",
        ),
        pytest.param(
            commit(action("Build", "Compute", "Commands", inputArtifacts=[{"name": "SourceOutput"}])),
            "InvalidActionDeclarationException",
            "Action Build must have at least one command",
            id="a Commands action without commands",
        ),
        pytest.param(
            commit(
                action(
                    "Build",
                    "Compute",
                    "Commands",
                    commands=["make"],
                    inputArtifacts=[{"name": "SourceOutput"}],
                    outputArtifacts=[{"name": "Made"}],
                )
            ),
            "InvalidActionDeclarationException",
            "Output artifact Made of action Build must name its files",
            id="an artifact of commands without files",
        ),
        pytest.param(
            commit(invoke(commands=["make"])),
            "InvalidActionDeclarationException",
            "commands, environmentVariables, outputVariables and the files of output artifacts are for Commands"
            " actions only, and action Build is none",
            id="commands of another action",
        ),
        pytest.param(
            lambda d: d.update(pipelineType="V1", executionMode="QUEUED"),
            "InvalidStructureException",
            "QUEUED or PARALLEL mode can only be used with V2 pipelines",
            id="a mode in V1",
        ),
        pytest.param(
            lambda d: [d.pop("pipelineType"), d.update(variables=[{"name": "v"}])],
            "InvalidStructureException",
            "Pipeline variable can only be used with V2 pipelines",
            id="a variable where no type is stated",
        ),
        pytest.param(
            lambda d: d.update(pipelineType="V1", triggers=[{}]),
            "InvalidStructureException",
            "Triggers on tag can only be used with V2 pipelines",
            id="a trigger in V1",
        ),
        pytest.param(
            lambda d: d.update(triggers=[{"gitConfiguration": {"sourceActionName": "Source"}}]),
            "InvalidStructureException",
            "Triggers for connections must reference a CodeStarSourceConnection action.",
            id="a trigger without a connection",
        ),
        pytest.param(
            lambda d: [d.update(pipelineType="V1"), d["stages"][1].update(onFailure={"result": "RETRY"})],
            "InvalidStageDeclarationException",
            "Stage level conditions can only be used with V2 pipelines.",
            id="a condition in V1",
        ),
        pytest.param(
            lambda d: d.update(variables=[{"name": "v"}, {"name": "v"}]),
            "InvalidStructureException",
            "Variable names must be unique. The following variable name is already in use: v",
            id="a variable twice",
        ),
        pytest.param(
            lambda d: d["stages"][0]["actions"][0]["configuration"].update(S3ObjectKey="#{variables.v}"),
            "InvalidStructureException",
            "Variables at the pipeline level cannot be used in source actions.\nStageName=[Source],"
            " ActionName=[Source], ActionConfigurationKey=[S3ObjectKey], VariableReferenceText=[#{variables.v}]",
            id="a variable of the pipeline in a source",
        ),
        pytest.param(
            commit(invoke(configuration={"FunctionName": "f", "UserParameters": "#{variables.v}"})),
            "InvalidStructureException",
            "The referenced variables haven't been declared.\nStageName=[Commit], ActionName=[Build],"
            " ActionConfigurationKey=[UserParameters], VariableReferenceText=[#{variables.v}]",
            id="a variable that is not declared",
        ),
        pytest.param(
            commit(invoke(configuration={"FunctionName": "f", "UserParameters": "#{Nobody.v}"})),
            "InvalidActionDeclarationException",
            f"{NAMESPACE}\nStageName=[Commit], ActionName=[Build], ActionConfigurationKey=[UserParameters],"
            " VariableReferenceText=[#{Nobody.v}]",
            id="a namespace that is not there",
        ),
        pytest.param(
            commit(
                invoke("First", namespace="Mine"),
                invoke("Beside", configuration={"FunctionName": "f", "UserParameters": "#{Mine.v}"}),
            ),
            "InvalidActionDeclarationException",
            f"{NAMESPACE}\nStageName=[Commit], ActionName=[Beside], ActionConfigurationKey=[UserParameters],"
            " VariableReferenceText=[#{Mine.v}]",
            id="a namespace that is filled at the same time",
        ),
        pytest.param(
            commit(invoke("First", namespace="Mine"), invoke("Second", namespace="Mine")),
            "InvalidActionDeclarationException",
            "Namespace 'Mine' is used more than once",
            id="a namespace twice",
        ),
        pytest.param(
            commit(invoke(namespace="SourceOutput")),
            "InvalidActionDeclarationException",
            "Namespace 'SourceOutput' is the name of an artifact, too",
            id="a namespace like an artifact",
        ),
        pytest.param(
            commit(invoke(region="eu-west-1")),
            "InvalidStructureException",
            "Your pipeline contains actions in more than one region. Use 'pipeline.artifactStores' instead of"
            " 'pipeline.artifactStore' to declare an artifact store for each region",
            id="another region with a single store",
        ),
        pytest.param(
            lambda d: [
                d.update(artifactStores={"us-east-1": d.pop("artifactStore")}),
                d["stages"][1]["actions"][0].update(region="eu-west-1"),
            ],
            "InvalidStructureException",
            "Your pipeline must have an artifact store, such as an artifact bucket, for each region where you have an"
            " action. The following region is missing in 'pipeline.artifactStores': eu-west-1.",
            id="a region without a store",
        ),
        pytest.param(
            lambda d: d.pop("artifactStore"),
            "InvalidStructureException",
            "A pipeline must have either artifactStore or artifactStores, and not both",
            id="no store",
        ),
    ],
)
def test_a_declaration_that_aws_refuses_is_refused_in_its_words(
    change: Callable[[Document], object], code: str, message: str
) -> None:
    declaration = changed(change)

    with pytest.raises(Refusal) as refused:
        structure.check(Pipeline.from_document(declaration, "us-east-1"))

    assert (refused.value.code, refused.value.message) == (code, message)


ASKED = "sending notifications for the approval action Gate"
SPECIFIED = f"has been specified for {ASKED}, but"


@pytest.mark.parametrize(
    ("arn", "words"),
    [
        ("approvals", f"you specified for {ASKED} contains a format error."),
        ("arn:aws:sns:us-east-1::approvals", f"you specified for {ASKED} contains a format error."),
        (
            "arn:aws:sqs:us-east-1:1:q",
            f"{SPECIFIED} the AWS service for this ARN cannot be used to send approval requests.",
        ),
        ("arn:aws:sns:eu-west-1:1:t", f"{SPECIFIED} the ARN is not in the same region as the pipeline."),
    ],
)
def test_a_topic_of_an_approval_must_be_one_of_the_region(arn: str, words: str) -> None:
    gate = action("Gate", "Approval", "Manual", configuration={"NotificationArn": arn})

    with pytest.raises(Refusal) as refused:
        structure.check(Pipeline.from_document(changed(commit(gate)), "us-east-1"))

    assert (refused.value.code, refused.value.message) == (
        "InvalidActionDeclarationException",
        f"The ARN {arn} {words}",
    )


def test_a_topic_that_a_variable_names_is_looked_at_when_it_is_told() -> None:
    gate = action("Gate", "Approval", "Manual", configuration={"NotificationArn": "#{variables.Topic}"})
    declaration = changed(commit(gate)) | {"variables": [{"name": "Topic"}]}

    structure.check(Pipeline.from_document(declaration, "us-east-1"))


def many(count: int) -> Document:
    """A pipeline of so many actions, 50 to a stage at most; one of them is its source."""
    names = [f"a{number}" for number in range(count - 1)]
    stages = [names[start : start + 50] for start in range(0, len(names), 50)]
    declared = [
        {"name": f"s{number}", "actions": [invoke(name) for name in part]} for number, part in enumerate(stages)
    ]
    return document() | {"stages": [document()["stages"][0], *declared]}


def test_a_pipeline_has_500_actions_at_most() -> None:
    structure.check(Pipeline.from_document(many(500), "us-east-1"))

    with pytest.raises(Refusal) as refused:
        structure.check(Pipeline.from_document(many(501), "us-east-1"))

    assert (refused.value.code, refused.value.message) == (
        "InvalidStructureException",
        "Pipeline has too many actions (501). There can only be up to 500 actions in a pipeline",
    )


MILL = {"category": "Build", "owner": "Custom", "provider": "Mill", "version": "1"}


def check_custom(configuration: dict[str, str]) -> str:
    """What is refused of a custom action that has a queryable key; empty if nothing is."""
    project = Property("Project", required=True, key=True, secret=False, queryable=True)
    known = custom.provider(CustomActionType(ActionType(**MILL), (0, 1), (0, 1), (project,)))
    build = {"name": "Build", "actionTypeId": MILL, "configuration": configuration}
    declaration = changed(lambda d: d["stages"][1].update(actions=[build]))
    pipeline = Pipeline.from_document(declaration, "us-east-1")
    try:
        structure.check(pipeline, lambda kind: known if kind.provider == "Mill" else providers.find(kind))
    except Refusal as refusal:
        return refusal.message
    return ""


@pytest.mark.parametrize("value", ["shop", "a-b_C9", "x" * 20])
def test_a_custom_action_is_taken_where_its_type_is_known(value: str) -> None:
    assert check_custom({"Project": value}) == ""


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ({}, "missing required configuration 'Project'"),
        ({"Project": "p", "Other": "x"}, "contains unknown configuration 'Other'"),
        ({"Project": "x" * 21}, "must have 20 characters at most"),
        ({"Project": "a b"}, "must have 20 characters at most"),
    ],
)
def test_a_custom_action_is_held_to_its_type(configuration: dict[str, str], words: str) -> None:
    assert words in check_custom(configuration)


def connected(git: Document, **configuration: str) -> Document:
    """A pipeline from a connection, with a trigger."""
    required = {"ConnectionArn": "arn", "FullRepositoryId": "ada/app", "BranchName": "main"}
    one = source()
    one["actionTypeId"]["provider"] = "CodeStarSourceConnection"
    one["configuration"] = required | configuration
    trigger = {"providerType": "CodeStarSourceConnection", "gitConfiguration": {"sourceActionName": "Source", **git}}
    declaration = document()
    declaration["stages"][0]["actions"] = [one]
    return {**declaration, "triggers": [trigger]}


def test_a_trigger_of_pushes_is_accepted() -> None:
    structure.check(Pipeline.from_document(connected({"push": [{"tags": {"includes": ["v*"]}}]}), "us-east-1"))


@pytest.mark.parametrize(
    ("declaration", "code", "message"),
    [
        (
            connected({"pullRequest": [{"events": ["OPEN"]}]}),
            "InvalidStructureException",
            (
                "The embedded AWS does not imitate triggers[].gitConfiguration.pullRequest (pipeline 'p'); a git"
                " repository of this machine has no pull requests; leave it out on the local target"
            ),
        ),
        (
            connected({}, OutputArtifactFormat="CODEBUILD_CLONE_REF"),
            "InvalidActionDeclarationException",
            (
                "The embedded AWS does not imitate OutputArtifactFormat CODEBUILD_CLONE_REF (action 'Source'); use"
                " CODE_ZIP on the local target, which brings the files without the history"
            ),
        ),
    ],
)
def test_what_a_repository_of_this_machine_cannot_do_is_refused_by_name(
    declaration: Document, code: str, message: str
) -> None:
    with pytest.raises(Refusal) as refused:
        structure.check(Pipeline.from_document(declaration, "us-east-1"))

    assert (refused.value.code, refused.value.message) == (code, message)
