"""Every addition to MiniStack, in the order in which they stand around each other: the last one is asked first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.local import codebuild, codepipeline, connections, repositories
from serverless_pipeline.local.apigateway import deployments, documents, permissions, rest_api, stage_variables
from serverless_pipeline.local.cloudformation import (
    addresses,
    authority,
    bucket_access,
    caller,
    change_sets,
    code_deploy,
    deletion,
    failed_transforms,
    generated_names,
    managed_policies,
    nested,
    nested_transforms,
    origin,
    properties,
    references,
    remarks,
    serverless,
    taken_names,
    validation,
)
from serverless_pipeline.local.cloudformation import eventual as eventual_change_sets
from serverless_pipeline.local.cloudfront import invalidations
from serverless_pipeline.local.cloudfront import origin as cloudfront_origin
from serverless_pipeline.local.cloudfront import remarks as cloudfront_remarks
from serverless_pipeline.local.cloudfront.cache import CACHE
from serverless_pipeline.local.codebuild import project as build_project
from serverless_pipeline.local.codebuild import service as build_service
from serverless_pipeline.local.codepipeline import remarks as pipeline_remarks
from serverless_pipeline.local.codepipeline import resource as pipeline_resource
from serverless_pipeline.local.codepipeline.providers.work import Timing
from serverless_pipeline.local.connections import service as connections_service
from serverless_pipeline.local.eventual import aliases as eventual_aliases
from serverless_pipeline.local.eventual import buckets, deletions, policies, quotas
from serverless_pipeline.local.eventual import functions as eventual_functions
from serverless_pipeline.local.eventual import roles as eventual_roles
from serverless_pipeline.local.functions import (
    aliases,
    event_sources,
    inline_code,
    layers,
    logs,
    lost_events,
    pool,
    refusals,
    report,
    waiting_events,
)
from serverless_pipeline.local.gate import handover
from serverless_pipeline.local.iam import (
    condition_keys,
    deliveries,
    function_actions,
    function_urls,
    root_key,
    sessions,
    trust,
)
from serverless_pipeline.local.protocol import dispatch, failure, listings
from serverless_pipeline.local.s3 import account as s3_account
from serverless_pipeline.local.s3 import versions

if TYPE_CHECKING:
    from pathlib import Path

    from serverless_pipeline.local.functions.place import Place
    from serverless_pipeline.local.modes import Modes

ACCOUNT = "000000000000"


def add(place: Place, modes: Modes, key: str, secret: str, project: Path | None = None) -> None:
    """Add all; functions run at `place`, `key` with its secret is the account's own, `project` is whose it is."""
    root_key.install(key, secret, ACCOUNT)
    s3_account.install(blocks=modes.block_public_access)
    versions.install()
    _add_to_requests()
    _add_to_functions(place, modes)
    _add_to_stacks(place.url)
    cloudfront_origin.install(CACHE)
    invalidations.install(CACHE, modes.eventual)
    remarks.install(
        {
            cloudfront_remarks.KIND: cloudfront_remarks.of_distribution,
            refusals.FUNCTION: report.difference_of_function,
            pipeline_resource.TYPE: pipeline_remarks.of_pipeline,
            build_project.TYPE: build_service.remark,
            **dict.fromkeys(connections_service.TYPES, connections_service.sentence),
        }
    )
    codebuild.install(place)
    repositories.choose(modes.repositories, project)
    connections.install()
    timing = Timing.read(modes.codepipeline_timing)
    codepipeline.install(place.url, timing, stub_providers=modes.stub_providers)
    _add_rights()
    if modes.eventual:
        _slow_down(modes.eventual)
    failure.install()


def _add_to_requests() -> None:
    """Whose request it is, what of it reaches a service, and how it is answered."""
    for addition in (sessions, handover, dispatch, listings):
        addition.install()


def _add_to_functions(place: Place, modes: Modes) -> None:
    """Lambda, and who may invoke it."""
    logs.install()
    pool.install(place, modes.concurrency)
    layers.install()
    report.install(place)
    for addition in (aliases, function_actions, function_urls, condition_keys):
        addition.install()
    lost_events.install(place.url)
    for addition in (waiting_events, refusals, inline_code, event_sources, deliveries):
        addition.install()


def _add_to_stacks(url: str) -> None:
    """REST APIs, and CloudFormation, which makes them."""
    for addition in (
        *(rest_api, documents, deployments, stage_variables, permissions),
        *(nested, generated_names, deletion, bucket_access, properties, managed_policies, taken_names),
        *(code_deploy, serverless, nested_transforms, change_sets, failed_transforms, references, origin),
        *(validation,),
    ):
        addition.install()
    addresses.install(url)


def _add_rights() -> None:
    """Who acts in a stack, and whom a role lets in: before all that is done there."""
    for addition in (caller, authority, trust):
        addition.install()


def _slow_down(seconds: float) -> None:
    """What takes its time, around what is done at once."""
    eventual_change_sets.install(seconds)
    eventual_functions.install(seconds)
    for addition in (deletions, eventual_aliases, eventual_roles, policies, buckets):
        addition.install(seconds)
    quotas.install()
