"""Templates of environments with many functions, with several sites, and with nothing that the pipeline fills."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
OPEN = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}


def functions(names: Iterable[str]) -> dict[str, Any]:
    """Functions, each delivered behind an alias of its own from the folder of its name."""
    resources: dict[str, Any] = {"Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}}}
    for name in names:
        resources |= _function(name)
    return {"Resources": resources}


def _function(name: str) -> dict[str, Any]:
    place = {"ZipFile": "def handler(event, context):\n    return 'nothing yet'\n"}
    return {
        name: {
            "Type": "AWS::Lambda::Function",
            "Metadata": {"Delivery": {"Path": f"functions/{name}", "Alias": "live"}},
            "Properties": {
                "FunctionName": {"Fn::Sub": f"${{AWS::StackName}}-{name}"},
                "Handler": "index.handler",
                "Runtime": "python3.13",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": place,
            },
        },
        f"{name}Version": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": name}}},
        f"{name}Alias": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {
                "FunctionName": {"Ref": name},
                "FunctionVersion": {"Fn::GetAtt": [f"{name}Version", "Version"]},
                "Name": "live",
            },
        },
    }


def serverless_functions(names: Iterable[str]) -> dict[str, Any]:
    """The same functions as SAM has them, for CloudFormation alone."""
    shared = {"Handler": "index.handler", "Runtime": "python3.13"}
    resources = {
        name: {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": f"functions/{name}/"}} for name in names
    }
    return {"Transform": "AWS::Serverless-2016-10-31", "Globals": {"Function": shared}, "Resources": resources}


def sites(names: Iterable[str]) -> dict[str, Any]:
    """Sites, each delivered from the folder of its name; an output says where it answers."""
    body: dict[str, Any] = {"Resources": {}, "Outputs": {}}
    for name in names:
        body["Resources"][name] = {
            "Type": "AWS::S3::Bucket",
            "Metadata": {"Delivery": {"Path": f"sites/{name}"}},
            "Properties": {
                "WebsiteConfiguration": {"IndexDocument": "index.html"},
                "PublicAccessBlockConfiguration": OPEN,
            },
        }
        reading = {"Fn::Sub": f"${{{name}.Arn}}/*"}
        statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": reading}
        body["Resources"][f"{name}Policy"] = {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {
                "Bucket": {"Ref": name},
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
            },
        }
        body["Outputs"][f"{name}Url"] = {"Value": {"Fn::Sub": f"${{{name}.WebsiteURL}}/"}}
    return body


def parameter(value: str) -> dict[str, Any]:
    """A parameter of Systems Manager, which CloudFormation alone delivers; an output says its value."""
    resource = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}}
    return {"Resources": {"Note": resource}, "Outputs": {"Note": {"Value": {"Fn::GetAtt": ["Note", "Value"]}}}}


def write(folder: Path, *parts: dict[str, Any]) -> None:
    """Write a template of all these parts."""
    body: dict[str, Any] = {"AWSTemplateFormatVersion": "2010-09-09"}
    for part in parts:
        for section, content in part.items():
            body[section] = {**body.get(section, {}), **content} if isinstance(content, dict) else content
    (folder / "template.yaml").write_text(json.dumps(body, indent=2))
