from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.cloudformation import calls
from serverless_pipeline.project import lint, rights, templates
from serverless_pipeline.settings import Settings
from tests.support import ROOT, environments

from .conftest import BOUNDARY, BUCKET, LOCAL, ONE, decode, render

if TYPE_CHECKING:
    from serverless_pipeline.project.environment_template import EnvironmentTemplate

    from .conftest import Rendered

FUNCTION = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"
API = "arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/"
S3 = "arn:${AWS::Partition}:s3:::"
ROLE = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/"
LOG = "arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:/aws/lambda/{}:*"
STACK = "arn:${AWS::Partition}:cloudformation:${AWS::Region}:${AWS::AccountId}:stack/"
OWN = {
    *("InstallRole", "RunTaskRole", "DeployRole", "RollbackRole", "ReportLostJobRole", "PipelineRole"),
    *("InstallActionRole", "RunTaskActionRole", "DeployActionRole"),
}
"""The roles of the pipeline itself; each environment has one besides, whose rights follow from its template."""
NAMELESS = ("logs:Describe", "apigateway:", "s3:ListAllMyBuckets")
"""What no name of a stack can bound: the table of CloudFormation's calls says so, entry by entry."""


def of_each(pattern: str) -> set[str]:
    """A pattern for each environment, with the name of its stack."""
    return {pattern.replace("{}", f"${{StackName}}-{name}") for name in ("test", "prod")}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def text(resource: Any) -> str:
    """A resource as it is written: what `!Sub` is told, or the name of what `!Ref` and `!GetAtt` mean."""
    if isinstance(resource, str):
        return resource
    ((_, value),) = resource.items()
    return ".".join(value) if isinstance(value, list) else str(value)


def allowed(rendered: Rendered, role: str) -> dict[str, tuple[set[str], set[str]]]:
    """Actions and resources of a role's statements by their Sid."""
    return {
        statement["Sid"]: (set(listed(statement["Action"])), {text(item) for item in listed(statement["Resource"])})
        for name, statement in rendered.statements()
        if name == role and statement["Effect"] == "Allow"
    }


def test_only_what_aws_cannot_scope_is_allowed_on_everything(rendered: Rendered) -> None:
    everywhere: dict[str, set[str]] = {}
    for role, statement in rendered.statements():
        if role in OWN and "*" in listed(statement["Resource"]):
            everywhere.setdefault(role, set()).update(listed(statement["Action"]))

    answers = {"codepipeline:PutJobSuccessResult", "codepipeline:PutJobFailureResult"}
    functions = any(one.type == "lambda" for one in rendered.template.shape.deliveries)
    assert everywhere == {
        "InstallRole": answers,
        "RunTaskRole": answers,
        "DeployRole": answers | ({"cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"} if functions else set()),
        "ReportLostJobRole": {"codepipeline:PutJobFailureResult"},
    }


@pytest.mark.parametrize("role", ["InstallRole", "RunTaskRole", "DeployRole"])
def test_a_function_with_jobs_may_hand_a_lost_one_on(rendered: Rendered, role: str) -> None:
    assert allowed(rendered, role)["ReportLostJob"] == (
        {"lambda:InvokeFunction"},
        {f"{FUNCTION}${{StackName}}-report-lost-job"},
    )


def test_no_role_allows_a_family_of_actions(rendered: Rendered) -> None:
    actions = [
        action
        for role, statement in rendered.statements()
        if role in OWN and statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
    ]

    assert [action for action in actions if "*" in action] == []


def test_a_star_in_a_resource_only_ends_it_or_stands_for_what_lies_in_it(rendered: Rendered) -> None:
    starred = [
        text(resource)
        for role, statement in rendered.statements()
        for resource in listed(statement["Resource"])
        if role in OWN and "*" in text(resource) and text(resource) != "*"
    ]

    ends: tuple[str, ...] = (
        ":*",
        "}/*",
        "}-app-*",
        "/assets/*",
        "/cache/*",
        "/cache/dependencies/*",
        "/releases/*",
        "/*/SourceOutp/*",
        "/*/Dependenci/*",
        "/restapis/*",
        "/restapis/*/deployments",
        "/restapis/*/stages/*",
    )
    ends += tuple(f"-{name.lower()}{end}" for name in rendered.settings.environments for end in ("-*", "-*/*", "/*"))
    assert [resource for resource in starred if not resource.endswith(ends)] == []


@pytest.mark.parametrize(
    ("role", "function"),
    [
        ("InstallRole", "${StackName}-install"),
        ("RunTaskRole", "${StackName}-run-task"),
        ("DeployRole", "${StackName}-deploy"),
        ("RollbackRole", "${StackName}-rollback"),
    ],
)
def test_a_function_writes_its_own_log_only(local: Rendered, role: str, function: str) -> None:
    group = {LOG.format(function)}

    assert allowed(local, role)["WriteOwnLog"] == ({"logs:CreateLogStream", "logs:PutLogEvents"}, group)


def test_running_tasks_needs_nothing_but_a_log_and_an_answer(local: Rendered) -> None:
    assert set(allowed(local, "RunTaskRole")) == {"WriteOwnLog", "AnswerTheJob", "ReportLostJob"}


def test_installing_needs_its_cache_besides(local: Rendered) -> None:
    statements = allowed(local, "InstallRole")

    assert set(statements) == {"WriteOwnLog", "AnswerTheJob", "ReportLostJob", "KeepDependencies"}
    assert statements["KeepDependencies"] == (
        {"s3:GetObject", "s3:PutObject"},
        {S3 + "${ArtifactBucket}/cache/dependencies/*"},
    )


def test_a_jobs_session_reaches_nothing_that_later_jobs_trust(rendered: Rendered) -> None:
    denied = [
        (role, statement["Action"], {text(one) for one in statement["Resource"]})
        for role, statement in rendered.statements()
        if statement["Effect"] == "Deny" and role in OWN
    ]

    bucket = f"{S3}${{ArtifactBucket}}"
    folders = {f"{bucket}/{name}/*" for name in ("assets", "cache", "releases")}
    source, dependencies = f"{bucket}/*/SourceOutp/*", f"{bucket}/*/Dependenci/*"
    assert denied == [
        ("PipelineRole", "s3:*", folders),
        ("InstallActionRole", "s3:*", folders),
        ("InstallActionRole", "s3:PutObject", {source}),
        ("RunTaskActionRole", "s3:*", folders),
        ("RunTaskActionRole", "s3:PutObject", {source, dependencies}),
        ("DeployActionRole", "s3:*", folders),
    ]


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


@pytest.mark.parametrize(("kind", "function"), [("Install", "install"), ("RunTask", "run-task"), ("Deploy", "deploy")])
def test_the_session_of_a_job_invokes_no_function_but_its_own(local: Rendered, kind: str, function: str) -> None:
    statements = allowed(local, f"{kind}ActionRole")

    assert statements == {
        "InvokeFunction": ({"lambda:InvokeFunction"}, {FUNCTION + "${StackName}-" + function}),
        "ReadAndWriteArtifacts": (
            {"s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:AbortMultipartUpload"},
            {S3 + "${ArtifactBucket}/*"},
        ),
    }


def test_the_pipeline_itself_invokes_nothing_and_assumes_the_roles_of_its_actions(local: Rendered) -> None:
    resources = local.documents["roles"]["Resources"]
    names = [f"{kind}ActionRole" for kind in ("Install", "RunTask", "Deploy")]

    policy = resources["PipelinePolicy"]["Properties"]
    trusts = [resources[name]["Properties"]["AssumeRolePolicyDocument"]["Statement"] for name in names]
    invoking = {name for name, one in local.statements() if "lambda:InvokeFunction" in listed(one["Action"])}

    assert "PipelineRole" not in invoking
    assert policy["Roles"] == [{"Ref": "PipelineRole"}]
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Sid": "AssumeActionRoles",
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Resource": [{"Fn::GetAtt": [name, "Arn"]} for name in names],
        }
    ]
    principal = {"AWS": {"Fn::GetAtt": ["PipelineRole", "Arn"]}}
    assert trusts == [[{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]] * 3


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
    statements = allowed(local, "DeployRole")

    reached = {sid: resources for sid, (_, resources) in statements.items()}
    assert reached == {
        "WriteOwnLog": {LOG.format("${StackName}-deploy")},
        "AnswerTheJob": {"*"},
        "ReportLostJob": {FUNCTION + "${StackName}-report-lost-job"},
        "DeployFunctions": of_each(FUNCTION + "{}-*"),
        "WatchShifts": {"*"},
        "ImportApis": {API + "*"},
        "DeployApis": {API + "*/deployments"},
        "ReadStages": {API + "*/stages/*"},
        "ListSites": of_each(S3 + "{}-*"),
        "DeploySites": of_each(S3 + "{}-*/*"),
        "DeployStacks": {*of_each(STACK + "{}/*"), *of_each(STACK + "{}-*/*"), STACK + "${StackName}-app-*"},
        "ReadOwnTags": {STACK + "${StackName}/*"},
        "LendRolesToStacks": {"TestStackRole.Arn", "ProdStackRole.Arn", ROLE + "${StackName}-app-*"},
        "PublishAssets": {S3 + "${ArtifactBucket}/assets/*"},
        "PutReleasesOnRecord": {S3 + "${ArtifactBucket}/releases/*"},
        "FindAssets": {S3 + "${ArtifactBucket}"},
    }
    assert statements["ReadOwnTags"][0] == {"cloudformation:DescribeStacks"}


def test_the_deploy_role_lends_the_roles_of_stacks_to_cloudformation_only(local: Rendered) -> None:
    (statement,) = (one for _, one in local.statements() if one["Sid"] == "LendRolesToStacks")

    assert statement["Action"] == "iam:PassRole"
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}}


@pytest.mark.parametrize(
    ("template", "kinds"),
    [
        ("nothing to deliver", set()),
        ("a function", {"DeployFunctions", "WatchShifts"}),
        ("two sites", {"ListSites", "DeploySites"}),
        (
            "dromedary",
            {"DeployFunctions", "WatchShifts", "ImportApis", "DeployApis", "ReadStages", "ListSites", "DeploySites"},
        ),
    ],
)
def test_what_is_delivered_decides_what_the_deploy_role_may_do(template: str, kinds: set[str]) -> None:
    stacks = {"DeployStacks", "ReadOwnTags", "LendRolesToStacks", "PublishAssets", "FindAssets", "PutReleasesOnRecord"}

    statements = allowed(render(LOCAL, template), "DeployRole")

    assert set(statements) == {"WriteOwnLog", "AnswerTheJob", "ReportLostJob"} | stacks | kinds


def test_the_rollback_role_reads_releases_moves_what_exists_and_publishes_nothing(local: Rendered) -> None:
    statements = allowed(local, "RollbackRole")

    deploys = allowed(local, "DeployRole")
    assert statements == {
        "WriteOwnLog": ({"logs:CreateLogStream", "logs:PutLogEvents"}, {LOG.format("${StackName}-rollback")}),
        "FindReleases": ({"s3:ListBucket"}, {S3 + "${ArtifactBucket}"}),
        "ReadReleases": ({"s3:GetObject"}, {S3 + "${ArtifactBucket}/*"}),
        "MoveAliases": (
            {"lambda:GetAlias", "lambda:GetFunctionConfiguration", "lambda:UpdateAlias"},
            of_each(FUNCTION + "{}-*"),
        ),
        "ReadApis": ({"apigateway:GET"}, {API + "*"}),
        "MoveStages": ({"apigateway:PATCH"}, {API + "*/stages/*"}),
        "ListSites": deploys["ListSites"],
        "DeploySites": deploys["DeploySites"],
    }


def test_only_where_a_distribution_is_told_may_a_role_tell_it() -> None:
    site = environments.site(Distribution="Edge")
    template = environments.template({"Site": site, "Edge": {"Type": "AWS::CloudFront::Distribution"}})
    roles = decode(templates.render(ONE, templates.ACCOUNT, ROOT / "cfn", template)["roles"])["Resources"]

    telling = {
        name: [one["Action"] for one in policy["PolicyDocument"]["Statement"] if one["Sid"] == "TellDistributions"]
        for name in ("DeployRole", "RollbackRole")
        for policy in roles[name]["Properties"]["Policies"]
    }

    actions = ["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"]
    assert telling == {"DeployRole": [actions], "RollbackRole": [actions]}
    assert "TellDistributions" not in allowed(render(ONE, "two sites"), "DeployRole")


def test_the_rollback_of_what_has_nothing_delivered_only_reads_releases() -> None:
    statements = allowed(render(LOCAL, "nothing to deliver"), "RollbackRole")

    assert set(statements) == {"WriteOwnLog", "FindReleases", "ReadReleases"}


def test_each_environment_has_a_role_for_cloudformation_with_the_rights_of_its_template(rendered: Rendered) -> None:
    given = rights.of(rendered.settings, rendered.template)

    for name in rendered.settings.environments:
        assert [one for role, one in rendered.statements() if role == f"{name}StackRole"] == given[name]


def test_what_cloudformation_may_do_is_bounded_to_the_names_of_its_stack(rendered: Rendered) -> None:
    for name in rendered.settings.environments:
        for statement in (one for role, one in rendered.statements() if role == f"{name}StackRole"):
            nameless = all(action.startswith(NAMELESS) for action in listed(statement["Action"]))
            unbounded = [
                text(resource)
                for resource in listed(statement["Resource"])
                if f"${{StackName}}-{name.lower()}" not in text(resource) and "/assets/*" not in text(resource)
            ]

            assert unbounded == [] or nameless or statement["Effect"] == "Deny", statement


def test_rights_that_a_role_cannot_hold_itself_are_policies_that_it_has() -> None:
    resources = {kind.replace(":", ""): {"Type": kind} for kind in calls.TYPES}
    template = environments.template(resources)
    texts = templates.render(BUCKET, templates.ACCOUNT, ROOT / "cfn", template)

    rendered = decode(texts["roles"])["Resources"]

    policies = [f"ProdStackPolicy{number}" for number in range(1, len(rights.documents(every(template))) + 1)]
    assert len(policies) > 1
    assert rendered["ProdStackRole"]["Properties"]["ManagedPolicyArns"] == [{"Ref": name} for name in policies]
    assert "Policies" not in rendered["ProdStackRole"]["Properties"]
    held = [one for name in policies for one in rendered[name]["Properties"]["PolicyDocument"]["Statement"]]
    assert held == every(template)
    assert list(lint.lint("roles", texts["roles"])) == []


def every(template: EnvironmentTemplate) -> list[dict[str, Any]]:
    return rights.of(BUCKET, template)["Prod"]


def test_every_role_is_bounded_where_a_boundary_is_chosen() -> None:
    resources = render(replace(BUCKET, permissions_boundary=BOUNDARY)).documents["roles"]["Resources"].values()

    boundaries = [one["Properties"].get("PermissionsBoundary") for one in resources if one["Type"] == "AWS::IAM::Role"]

    assert boundaries == [{"Ref": "PermissionsBoundary"}] * 11


@pytest.mark.parametrize(
    ("role", "service"),
    [
        ("PipelineRole", "codepipeline.amazonaws.com"),
        ("InstallRole", "lambda.amazonaws.com"),
        ("RunTaskRole", "lambda.amazonaws.com"),
        ("DeployRole", "lambda.amazonaws.com"),
        ("RollbackRole", "lambda.amazonaws.com"),
        ("ReportLostJobRole", "lambda.amazonaws.com"),
        ("TestStackRole", "cloudformation.amazonaws.com"),
        ("ProdStackRole", "cloudformation.amazonaws.com"),
    ],
)
def test_a_role_is_assumed_by_the_one_service_that_needs_it(local: Rendered, role: str, service: str) -> None:
    document = local.documents["roles"]["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]

    assert document["Statement"] == [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]
