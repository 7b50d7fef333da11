from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.settings import Settings

from .conftest import render

if TYPE_CHECKING:
    from .conftest import Rendered

FUNCTION = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"
API = "arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/"
S3 = "arn:${AWS::Partition}:s3:::"


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def text(resource: Any) -> str:
    """A resource as it is written: what `!Sub` is given, or the name of what `!Ref` and `!GetAtt` mean."""
    if isinstance(resource, str):
        return resource
    ((_, value),) = resource.items()
    return ".".join(value) if isinstance(value, list) else str(value)


def allowed(rendered: Rendered, role: str) -> dict[str, tuple[set[str], set[str]]]:
    """Actions and resources of a role's statements by their Sid."""
    return {
        statement["Sid"]: (set(listed(statement["Action"])), {text(item) for item in listed(statement["Resource"])})
        for name, statement in rendered.statements()
        if name == role
    }


def test_only_what_aws_cannot_scope_is_allowed_on_everything(rendered: Rendered) -> None:
    everywhere: dict[str, set[str]] = {}
    for role, statement in rendered.statements():
        if "*" in listed(statement["Resource"]):
            everywhere.setdefault(role, set()).update(listed(statement["Action"]))

    answers = {"codepipeline:PutJobSuccessResult", "codepipeline:PutJobFailureResult"}
    assert everywhere == {
        "InstallRole": answers,
        "RunTaskRole": answers,
        "DeployRole": answers | {"cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"},
        "ReportLostJobRole": {"codepipeline:PutJobFailureResult"},
    }


@pytest.mark.parametrize("role", ["InstallRole", "RunTaskRole", "DeployRole"])
def test_a_function_with_jobs_may_hand_a_lost_one_on(rendered: Rendered, role: str) -> None:
    assert allowed(rendered, role)["ReportLostJob"] == (
        {"lambda:InvokeFunction"},
        {f"{FUNCTION}${{StackName}}-report-lost-job"},
    )


def test_no_role_allows_a_family_of_actions(rendered: Rendered) -> None:
    actions = [action for _, statement in rendered.statements() for action in listed(statement["Action"])]

    assert [action for action in actions if "*" in action] == []


def test_a_star_in_a_resource_only_ends_it_or_stands_for_what_lies_in_it(rendered: Rendered) -> None:
    starred = [
        text(resource)
        for _, statement in rendered.statements()
        for resource in listed(statement["Resource"])
        if "*" in text(resource) and text(resource) != "*"
    ]

    assert [
        resource for resource in starred if resource.count("*") > 1 or not resource.endswith((":*", "}/*", "}-app-*"))
    ] == []


@pytest.mark.parametrize(
    ("role", "function"),
    [
        ("InstallRole", "${StackName}-install"),
        ("RunTaskRole", "${StackName}-run-task"),
        ("DeployRole", "${StackName}-deploy"),
        ("RollbackRole", "${StackName}-rollback"),
        ("ApplicationRole", "${StackName}-${EnvironmentName}-api"),
    ],
)
def test_a_function_writes_its_own_log_only(local: Rendered, role: str, function: str) -> None:
    group = f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:/aws/lambda/{function}:*"

    assert allowed(local, role)["WriteOwnLog"] == ({"logs:CreateLogStream", "logs:PutLogEvents"}, {group})


@pytest.mark.parametrize("role", ["InstallRole", "RunTaskRole"])
def test_installing_and_running_tasks_needs_nothing_but_a_log_and_an_answer(local: Rendered, role: str) -> None:
    assert set(allowed(local, role)) == {"WriteOwnLog", "AnswerTheJob", "ReportLostJob"}


def test_tasks_may_have_the_secrets_that_the_settings_name_and_no_other() -> None:
    rendered = render(
        Settings(
            stack_name="shop",
            package_secrets={
                "A": "secretsmanager:shop/npm:token",
                "B": "secretsmanager:shop/npm",
                "C": "ssm:/shop/key",
            },
            test_secrets={"D": "ssm:plain"},
        )
    )

    here = "${AWS::Region}:${AWS::AccountId}"
    statements = allowed(rendered, "RunTaskRole")
    assert statements["ReadSecrets"] == (
        {"secretsmanager:GetSecretValue"},
        {f"arn:${{AWS::Partition}}:secretsmanager:{here}:secret:shop/npm-??????"},
    )
    assert statements["ReadParameters"] == (
        {"ssm:GetParameter"},
        {f"arn:${{AWS::Partition}}:ssm:{here}:parameter/{name}" for name in ("shop/key", "plain")},
    )
    assert not {"ReadSecrets", "ReadParameters"} & allowed(rendered, "InstallRole").keys()


def test_the_pipeline_invokes_its_three_functions(local: Rendered) -> None:
    functions = {FUNCTION + "${StackName}-" + name for name in ("install", "run-task", "deploy")}

    assert allowed(local, "PipelineRole")["InvokeFunctions"] == ({"lambda:InvokeFunction"}, functions)


def test_the_pipeline_hands_artifacts_over_whole_or_takes_their_parts_back(local: Rendered) -> None:
    assert allowed(local, "PipelineRole")["ReadAndWriteArtifacts"] == (
        {"s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:AbortMultipartUpload"},
        {S3 + "${ArtifactBucket}/*"},
    )


def test_the_pipeline_reads_one_object_of_the_source_bucket(local: Rendered) -> None:
    assert allowed(local, "PipelineRole")["ReadSource"] == (
        {"s3:GetObject", "s3:GetObjectVersion"},
        {S3 + "${SourceBucket}/${SourceKey}"},
    )


def test_the_pipeline_uses_one_connection_instead_if_the_source_is_github(github: Rendered) -> None:
    statements = allowed(github, "PipelineRole")

    assert "ReadSource" not in statements
    assert statements["UseConnection"] == (
        {"codeconnections:UseConnection", "codestar-connections:UseConnection"},
        {"ConnectionArn"},
    )


def test_the_deploy_role_reaches_the_environments_and_nothing_else(local: Rendered) -> None:
    names = ("Test", "Prod")

    reached = {sid: resources for sid, (_, resources) in allowed(local, "DeployRole").items()}

    assert reached["DeployFunctions"] == {
        FUNCTION + "${" + name + "Function}" + versions for name in names for versions in ("", ":*")
    }
    assert reached["ImportApis"] == {API + "${" + name + "RestApi}" for name in names}
    assert reached["DeployApis"] == {API + "${" + name + "RestApi}/deployments" for name in names}
    assert reached["ReadStages"] == {API + "${" + name + "RestApi}/stages/" + name.lower() for name in names}
    assert reached["ListSites"] == {S3 + "${" + name + "SiteBucket}" for name in names}
    assert reached["DeploySites"] == {S3 + "${" + name + "SiteBucket}/*" for name in names}
    assert reached["DeployStacks"] == {
        "arn:${AWS::Partition}:cloudformation:${AWS::Region}:${AWS::AccountId}:stack/${StackName}-app-*"
    }
    assert len(reached) == len(["WriteOwnLog", "AnswerTheJob", "ReportLostJob", "LendRolesToStacks", "WatchShifts"]) + 7


def test_the_deploy_role_lends_the_roles_of_stacks_to_cloudformation_only(local: Rendered) -> None:
    (statement,) = (one for _, one in local.statements() if one["Sid"] == "LendRolesToStacks")

    assert statement["Action"] == "iam:PassRole"
    assert text(statement["Resource"]) == "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${StackName}-app-*"
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}}


def test_the_rollback_role_reads_releases_moves_what_exists_and_publishes_nothing(local: Rendered) -> None:
    names = ("Test", "Prod")

    statements = allowed(local, "RollbackRole")

    assert statements["FindReleases"] == ({"s3:ListBucket"}, {S3 + "${ArtifactBucket}"})
    assert statements["ReadReleases"] == ({"s3:GetObject"}, {S3 + "${ArtifactBucket}/*"})
    assert statements["MoveAliases"] == (
        {"lambda:GetAlias", "lambda:GetFunctionConfiguration", "lambda:UpdateAlias"},
        {FUNCTION + "${" + name + "Function}" + versions for name in names for versions in ("", ":*")},
    )
    assert statements["ReadApis"] == ({"apigateway:GET"}, {API + "${" + name + "RestApi}/*" for name in names})
    stages = {API + "${" + name + "RestApi}/stages/" + name.lower() for name in names}
    assert statements["MoveStages"] == ({"apigateway:PATCH"}, stages)
    deploys = allowed(local, "DeployRole")
    assert [statements[sid] for sid in ("ListSites", "DeploySites")] == [deploys["ListSites"], deploys["DeploySites"]]
    assert len(statements) == len(["WriteOwnLog"]) + 7


def test_the_application_counts_in_its_own_table(local: Rendered) -> None:
    assert allowed(local, "ApplicationRole")["CountVotes"] == (
        {"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:UpdateItem"},
        {"Table.Arn"},
    )


@pytest.mark.parametrize(
    ("role", "service"),
    [
        ("PipelineRole", "codepipeline.amazonaws.com"),
        ("InstallRole", "lambda.amazonaws.com"),
        ("RunTaskRole", "lambda.amazonaws.com"),
        ("DeployRole", "lambda.amazonaws.com"),
        ("RollbackRole", "lambda.amazonaws.com"),
    ],
)
def test_a_role_is_assumed_by_the_one_service_that_needs_it(local: Rendered, role: str, service: str) -> None:
    document = local.documents["roles"]["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]

    assert document["Statement"] == [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]
