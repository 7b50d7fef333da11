from __future__ import annotations

import re

from awscli.customizations.cloudformation import artifact_exporter as aws

from serverless_pipeline.environment import local_paths
from serverless_pipeline.environment.local_paths import METADATA, RULES, Rule

NO_MEANING = {("AWS::Glue::Job", "Command.ScriptLocation"), ("AWS::CloudFormation::Stack", "TemplateURL")} | {
    ("AWS::Serverless::Application", "Location")
}
"""Where `aws cloudformation package` would take the template's folder as well, if only nothing were said: a folder is
neither a script nor a template."""


def rules() -> dict[tuple[str, str], Rule]:
    return {(kind, rule.property): rule for table in (RULES, METADATA) for kind, of in table.items() for rule in of}


def theirs() -> dict[tuple[str, str], type[aws.Resource]]:
    exporters = [*aws.RESOURCES_EXPORT_LIST, *aws.METADATA_EXPORT_LIST]
    return {(exporter.RESOURCE_TYPE, exporter.PROPERTY_NAME): exporter for exporter in exporters}


def test_all_that_aws_cloudformation_package_packages_is_in_the_table() -> None:
    assert set(theirs()) - set(rules()) == set()


def test_the_rest_is_what_sam_package_packages() -> None:
    assert set(rules()) - set(theirs()) == {
        ("AWS::ApiGatewayV2::Api", "BodyS3Location"),
        ("AWS::AppSync::FunctionConfiguration", "CodeS3Location"),
        ("AWS::AppSync::Resolver", "CodeS3Location"),
        ("AWS::CloudFormation::ModuleVersion", "ModulePackage"),
        ("AWS::CloudFormation::ResourceVersion", "SchemaHandlerPackage"),
        ("AWS::CloudFormation::StackSet", "TemplateURL"),
        ("AWS::Serverless::GraphQLApi", "Functions.*.CodeUri"),
        ("AWS::Serverless::GraphQLApi", "Resolvers.*.*.CodeUri"),
        ("AWS::Serverless::GraphQLApi", "SchemaUri"),
        ("AWS::Serverless::HttpApi", "DefinitionUri"),
    }


def test_an_object_is_named_in_the_form_of_aws() -> None:
    names = ("BUCKET_NAME_PROPERTY", "OBJECT_KEY_PROPERTY", "VERSION_PROPERTY")
    forms = {key: tuple(filter(None, (getattr(one, name, None) for name in names))) for key, one in theirs().items()}

    assert {key: rules()[key].form for key in forms} == forms


def test_a_file_becomes_a_zip_where_aws_makes_it_one() -> None:
    forced = {key for key, exporter in theirs().items() if exporter.FORCE_ZIP}

    assert {key for key in theirs() if rules()[key].content == "zip"} == forced


def test_nothing_means_the_templates_folder_where_aws_says_so() -> None:
    meant = {key for key, exporter in theirs().items() if exporter.PACKAGE_NULL_PROPERTY}

    assert {key for key, rule in rules().items() if rule.instead is not None} == meant - NO_MEANING


def test_the_rules_stand_in_their_order_with_their_sources() -> None:
    of_aws = [kind for kind in RULES if any(kind == known for known, _ in theirs())]

    assert of_aws == sorted(of_aws)
    assert len(re.findall(r"https://\S+[/.](?:html|py)?", local_paths.__doc__ or "")) == 3
