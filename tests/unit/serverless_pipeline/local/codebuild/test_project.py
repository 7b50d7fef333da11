from __future__ import annotations

from serverless_pipeline.local.codebuild import project


def test_the_properties_of_a_template_are_the_members_of_the_api() -> None:
    variable = {"Name": "A", "Value": "true"}
    properties = {
        "Source": {"Type": "NO_SOURCE", "BuildSpec": "x"},
        "Environment": {"PrivilegedMode": "true", "EnvironmentVariables": [variable]},
        "TimeoutInMinutes": "10",
        "VpcConfig": {"VpcId": "v"},
    }

    assert project.from_properties(properties) == {
        "source": {"type": "NO_SOURCE", "buildspec": "x"},
        "environment": {"privilegedMode": True, "environmentVariables": [{"name": "A", "value": "true"}]},
        "timeoutInMinutes": 10,
        "vpcConfig": {"vpcId": "v"},
    }


def test_what_has_no_effect_is_said() -> None:
    document = {
        "environment": {"privilegedMode": True, "image": "i"},
        "vpcConfig": {"vpcId": "v"},
        "cache": {"type": "S3"},
        "logsConfig": {"cloudWatchLogs": {"status": "DISABLED"}},
    }

    assert list(project.notes(document)) == [
        "VpcConfig: builds run on the network of this laptop",
        "PrivilegedMode: there is no Docker in a build",
        "Cache: each build begins without one",
        "LogsConfig: the log goes to CloudWatch Logs although it is disabled there",
        "Image i: a build has the programs of this laptop",
    ]
    assert list(project.notes({"cache": {"type": "NO_CACHE"}})) == []


def test_what_is_not_imitated_is_refused_by_name() -> None:
    document = {
        "name": "p",
        "buildBatchConfig": {"serviceRole": "r"},
        "badgeEnabled": False,
        "logsConfig": {"s3Logs": {"status": "ENABLED"}},
    }

    assert list(project.mistakes(document)) == [
        "The embedded AWS does not imitate buildBatchConfig of a CodeBuild project; leave it out on the local target",
        "The embedded AWS does not imitate logsConfig.s3Logs; logs go to CloudWatch Logs",
    ]
    assert list(project.mistakes({"name": "p", "source": {}, "tags": []})) == []
