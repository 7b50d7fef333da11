"""The one place that touches MiniStack: each name of its that this product reaches for, and why.

MiniStack has no way to add to it, so its own functions are wrapped and its own tables read. Names with an underscore
are private, and another version may have others: a test fails by name for each that the installed MiniStack lacks, so
that a new version is a list of what to look at. Nothing else in this package imports `ministack`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = "1.5.33"
"""The MiniStack that these names were read in."""


@dataclass(frozen=True)
class Seam:
    """A name in a module of MiniStack's; `copies` are the modules that took it over when they were imported."""

    module: str
    name: str
    why: str
    copies: tuple[str, ...] = ()

    @property
    def value(self) -> Any:  # noqa: ANN401 - MiniStack is untyped
        """What stands there now."""
        return getattr(_module(self.module), self.name)

    def __call__(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as above
        return self.value(*arguments, **options)

    def replace(self, value: object) -> None:
        """Put something of ours in its place, wherever MiniStack looks for it."""
        for module in (self.module, *self.copies):
            setattr(_module(module), self.name, value)

    def wrap(self, wrapper: Callable[[Any], Any]) -> None:
        """Put in its place what `wrapper` makes of it."""
        self.replace(wrapper(self.value))


def _module(name: str) -> Any:  # noqa: ANN401 - as above
    return import_module(f"ministack.{name}")


# Sorted by MiniStack's module, then by name; each is read where it is used, so that nothing is imported before.

APPLICATION = Seam("app", "app", "the ASGI application that ours stands before")
DECOMPRESS = Seam("app", "_decompress_request_body", "unpacks whatever comes, however large it becomes")
DISPATCH = Seam(
    "app", "_dispatch_service_request", "hands on what a service cannot take, and says nothing of what is absent"
)
ENFORCE_DATA_PLANE = Seam("app", "_enforce_data_plane", "authorizes a request that the gate before services lets by")
HANDLE_S3_CONTROL = Seam("app", "_handle_s3_control_request", "does not know the account's Block Public Access")
LOADED_MODULES = Seam("app", "_loaded_modules", "the modules that forget everything when MiniStack is reset")
SERVICE_HANDLERS = Seam("app", "SERVICE_HANDLERS", "who answers the requests of a service, by its name")
SERVICE_REGISTRY = Seam("app", "SERVICE_REGISTRY", "the services that requests are authorized for and routed to")

FUNCTIONS_CAN_RUN = Seam("core.cloudfront_js", "available", "whether CloudFront Functions can be run here")

ACCESS_DENIED_RESPONSE = Seam(
    "core.iam_actions", "access_denied_response", "how a request is refused in the protocol of its service"
)
BOTOCORE_SERVICES = Seam(
    "core.iam_actions", "_BOTOCORE_SERVICE_MAP", "Lambda is missing among the services whose routes are looked up"
)
EXTRACT_RESOURCE_ARN = Seam(
    "core.iam_actions", "extract_resource_arn", "takes a change set that is named by its ARN for anything"
)
LAMBDA_ACTION = Seam("core.iam_actions", "_lambda_action", "guesses the action of a request to Lambda from its path")
MATCH_REST_ACTION = Seam(
    "core.iam_actions", "_match_rest_action", "finds the operation of a route in botocore's model of a service"
)
REQUEST_TAG_CONTEXT = Seam(
    "core.iam_actions", "request_tag_context", "tells of a request its tags alone, and no boundary"
)
SERVICE_TO_IAM_NAMESPACE = Seam(
    "core.iam_actions", "SERVICE_TO_IAM_NAMESPACE", "how IAM spells a service: `codepipeline:`"
)
UNSIGNED_OPERATIONS = Seam(
    "core.iam_actions", "unsigned_operations", "what a service does for those who have no key yet"
)

ANONYMOUS = Seam("core.iam_evaluator", "_anonymous", "whether a request carries no signature")
AUTHENTICATE = Seam("core.iam_evaluator", "authenticate", "checks signatures of version 2, that S3 takes")
AUTH_ERROR = Seam("core.iam_evaluator", "AuthError", "how a request is refused")
CALLER_ARN = Seam("core.iam_evaluator", "caller_arn", "who sent the request that is being served")
ENFORCE = Seam("core.iam_evaluator", "enforce", "lets a request without a key do what only S3's policies allow")
EVALUATE = Seam("core.iam_evaluator", "evaluate", "what identity policies decide")
EVALUATE_RESOURCE_POLICY = Seam("core.iam_evaluator", "evaluate_resource_policy", "what a resource policy decides")
EVALUATE_TRUST_POLICY = Seam("core.iam_evaluator", "evaluate_trust_policy", "whether a role lets a principal in")
EVAL_CONTEXT = Seam("core.iam_evaluator", "EvalContext", "a question to IAM: who does what to which resource")
FIND_ACCESS_KEY_ACCOUNT = Seam(
    "core.iam_evaluator", "find_iam_access_key_account", "the account that an access key belongs to"
)
GATHER_ROLE_POLICIES = Seam(
    "core.iam_evaluator", "_gather_role_policies", "the policies of a role, as `evaluate` reads them"
)
IS_ROOT_ACCESS_KEY = Seam(
    "core.iam_evaluator",
    "is_root_access_key",
    "counts well-known keys as root and checks no signature of theirs",
    copies=("services.sts",),
)
PIN_SIGNED_REQUEST = Seam(
    "core.iam_evaluator",
    "pin_signed_request",
    "keeps a request to check its signature when the whole body is there",
    copies=("app",),
)
REQUEST_CALLER_ARN = Seam("core.iam_evaluator", "request_caller_arn", "who signed a request, by its headers")
RESOLVE_CREDENTIAL = Seam("core.iam_evaluator", "resolve_credential", "the secret and the token of an access key")
SIGNED_REQUEST = Seam("core.iam_evaluator", "_signed_request", "tells an unsigned request from a signed one")
VERIFIED_KEY = Seam("core.iam_evaluator", "_verified_key", "the key whose signature was checked")

ACQUIRE_WORKER = Seam("core.lambda_runtime", "acquire_worker", "finds a free execution environment or makes one")
KILL_WORKERS = Seam("core.lambda_runtime", "kill_workers", "ends an execution environment amid its invocation")
RELEASE_WORKER = Seam("core.lambda_runtime", "release_worker", "lets an execution environment be found again")
RESERVED_VARIABLES = Seam(
    "core.lambda_runtime", "_RESERVED_RUNTIME_ENV_VARS", "the variables that a function's configuration cannot set"
)
WORKER_CLASS_FOR = Seam("core.lambda_runtime", "_worker_class_for", "chooses MiniStack's own execution environment")

ERROR_RESPONSE_JSON = Seam("core.responses", "error_response_json", "how a request to Lambda is refused")
FIX_ERROR_CONTENT_TYPE = Seam("core.responses", "fix_error_content_type", "the content type of a refusal, as AWS's")
GET_ACCOUNT_ID = Seam("core.responses", "get_account_id", "the account that a request acts in")
GET_REGION = Seam("core.responses", "get_region", "the region that a request acts in")
SET_REQUEST_ACCOUNT_ID = Seam("core.responses", "set_request_account_id", "the account of an event without a request")
SET_REQUEST_REGION = Seam("core.responses", "set_request_region", "the region of an event without a request")
SESSION_ACCOUNT = Seam("core.responses", "_account_from_sts_session", "the account that a session acts in")

DETECT_SERVICE = Seam("core.router", "detect_service", "the service that a request is for")
EXTRACT_ACCESS_KEY_ID = Seam("core.router", "extract_access_key_id", "the key that policies will be asked about")
IS_AWS_SERVICE_NAME = Seam("core.router", "_is_aws_service_name", "reads the models of all services to know a name")
SERVICE_PATTERNS = Seam("core.router", "SERVICE_PATTERNS", "how a request is told to be for a service")

DECODE_HEADER_VALUE = Seam("core.sigv4", "decode_header_value", "a header as text")
DERIVE_SIGNING_KEY = Seam("core.sigv4", "derive_signing_key", "the key of a day, a region and a service")
HEADER_SIGNING_DOCUMENTS = Seam("core.sigv4", "header_signing_documents", "what is signed of a request")
PARSE_HEADER_SIGNATURE = Seam("core.sigv4", "parse_header_signature", "the parts of a signature in the head")
PARSE_QUERY_SIGNATURE = Seam("core.sigv4", "parse_query_signature", "the parts of a signature in the address")
PRESIGNED_REQUEST_IS_EXPIRED = Seam("core.sigv4", "presigned_request_is_expired", "whether an address has expired")
REQUEST_TIME_FAILURE = Seam("core.sigv4", "request_time_failure", "how old a signature may be, by its service")

CREATE_HTTP_AUTHORIZER = Seam("services.apigateway", "_create_authorizer", "makes the authorizer of a document")
CREATE_HTTP_INTEGRATION = Seam("services.apigateway", "_create_integration", "makes the integration of a document")
CREATE_HTTP_ROUTE = Seam("services.apigateway", "_create_route", "makes the route of a document")
HTTP_APIS = Seam("services.apigateway", "_apis", "the HTTP and WebSocket APIs, whose addresses do not resolve")
HTTP_AUTHORIZERS = Seam("services.apigateway", "_authorizers", "the authorizers that an import replaces")
HTTP_INTEGRATIONS = Seam("services.apigateway", "_integrations", "the integrations that an import replaces")
HTTP_ROUTES = Seam("services.apigateway", "_routes", "the routes that an import replaces")
INVOKE_PROXY_OF_HTTP_API = Seam(
    "services.apigateway", "_invoke_lambda_proxy", "reaches functions that do not let the API in"
)

API_RESOURCES = Seam("services.apigateway_v1", "_resources", "the resources of each REST API, with their methods")
APIGATEWAY_ERROR = Seam("services.apigateway_v1", "_v1_error", "how a request to API Gateway is refused")
APIGATEWAY_RESPONSE = Seam("services.apigateway_v1", "_v1_response", "how a request to API Gateway is answered")
AUTHORIZERS = Seam("services.apigateway_v1", "_authorizers_v1", "the authorizers that an import replaces")
CREATE_DEPLOYMENT = Seam("services.apigateway_v1", "_create_deployment", "keeps no copy of what is deployed")
CREATE_RESOURCE = Seam("services.apigateway_v1", "_create_resource", "makes the resource at a path of a document")
DELETE_DEPLOYMENT = Seam("services.apigateway_v1", "_delete_deployment", "does not know of the copy")
DELETE_REST_API = Seam("services.apigateway_v1", "_delete_rest_api", "does not know of the copies")
DEPLOYMENTS = Seam("services.apigateway_v1", "_deployments_v1", "the deployments of each REST API")
EXECUTE_IN_SCOPE = Seam("services.apigateway_v1", "_execute_in_scope", "serves the resources as they are now")
GATEWAY_RESPONSES = Seam(
    "services.apigateway_v1", "_gateway_responses", "the answers to failures that an import replaces"
)
HANDLE_APIGATEWAY_REQUEST = Seam("services.apigateway_v1", "handle_request", "does not know PutRestApi")
IMPORT_PATH_ITEM = Seam(
    "services.apigateway_v1",
    "_import_path_item",
    "skips ANY methods, and of an integration all but its type and address",
)
IMPORT_SECURITY_SCHEMES = Seam(
    "services.apigateway_v1", "_import_security_schemes", "makes the authorizers that a document describes"
)
INVOKE_CUSTOM_OF_REST_API = Seam(
    "services.apigateway_v1", "_invoke_lambda_custom_v1", "reaches functions that do not let the API in"
)
INVOKE_PROXY_OF_REST_API = Seam(
    "services.apigateway_v1", "_invoke_lambda_proxy_v1", "reaches functions that do not let the API in"
)
MATCH_GREEDY_FALLBACK = Seam(
    "services.apigateway_v1", "_match_greedy_fallback", "looks for a path among the resources as they are now"
)
MATCH_RESOURCE_TREE = Seam(
    "services.apigateway_v1", "_match_resource_tree", "looks for a path among the resources as they are now"
)
METHOD_AUTHORIZATION_TYPE = Seam(
    "services.apigateway_v1", "method_authorization_type", "asks the resources as they are now who may call"
)
METHOD_SECURITY = Seam("services.apigateway_v1", "_method_security", "the authorization of an operation of a document")
PUT_GATEWAY_RESPONSE = Seam("services.apigateway_v1", "_put_gateway_response", "how an API answers failures")
PUT_INTEGRATION = Seam("services.apigateway_v1", "_put_integration", "gives a method its integration, whole")
PUT_INTEGRATION_RESPONSE = Seam("services.apigateway_v1", "_put_integration_response", "the responses of a mock")
PUT_METHOD = Seam("services.apigateway_v1", "_put_method", "gives a resource its method, ANY too")
PUT_METHOD_RESPONSE = Seam("services.apigateway_v1", "_put_method_response", "the statuses of a mock")
REST_API_VIEW = Seam("services.apigateway_v1", "_rest_api_view", "a REST API as its answers show it")
REST_APIS = Seam("services.apigateway_v1", "_rest_apis", "the REST APIs")
STAGES_FOR_API = Seam("services.apigateway_v1", "stages_for_api", "the stages, and the deployment of each")

CHANGE_SETS = Seam("services.cloudformation", "_change_sets", "the change sets")
STACKS = Seam("services.cloudformation", "_stacks", "the stacks, their resources and their parents")

FIND_CHANGE_SET = Seam("services.cloudformation.changesets", "_find_change_set", "finds a change set by name or ID")
RESOLVE_PROPS_FOR_DIFF = Seam(
    "services.cloudformation.changesets", "_resolve_props_for_diff", "compares resources whose condition does not hold"
)

DRIFT_READERS = Seam("services.cloudformation.drift", "_DRIFT_READERS", "look at resources with nobody's rights")

APPLY_TRANSFORMS = Seam(
    "services.cloudformation.engine",
    "_apply_transforms",
    "transforms SAM templates without their values, and those of nested stacks not at all",
    copies=("services.cloudformation.changesets", "services.cloudformation.handlers"),
)
DECLARED_TRANSFORMS = Seam("services.cloudformation.engine", "declared_transforms", "the transforms of a template")
EVALUATE_CONDITIONS = Seam("services.cloudformation.engine", "_evaluate_conditions", "which conditions hold")
PARSE_TEMPLATE = Seam(
    "services.cloudformation.engine",
    "_parse_template",
    "reads the template of a nested stack, and transforms none",
    copies=("services.cloudformation.changesets", "services.cloudformation.handlers"),
)
RESOLVE_PARAMETERS = Seam("services.cloudformation.engine", "_resolve_parameters", "the values of a nested stack")
RESOLVE_REFS = Seam(
    "services.cloudformation.engine",
    "_resolve_refs",
    "what a nested stack is given; puts addresses together that do not answer",
    copies=(
        "services.cloudformation.changesets",
        "services.cloudformation.handlers",
        "services.cloudformation.stacks",
    ),
)
TRANSFORM_FAILED = Seam("services.cloudformation.engine", "_TransformFailed", "a template that cannot be transformed")
TRANSFORM_PARAMETERS = Seam("services.cloudformation.engine", "_transform_parameters", "the values of a SAM template")
UNKNOWN_ATTRIBUTE = Seam(
    "services.cloudformation.engine",
    "_unknown_attribute_message",
    "takes outputs of a nested stack for a schema",
)
VALIDATE_TEMPLATE_SUPPORT = Seam(
    "services.cloudformation.engine",
    "validate_template_support",
    "lets update policies pass that nobody follows",
    copies=("services.cloudformation.changesets", "services.cloudformation.handlers"),
)
WITHOUT_TRANSFORM = Seam(
    "services.cloudformation.engine", "_without_transform", "a template whose other transforms are done"
)

CLOUDFORMATION_ACTIONS = Seam(
    "services.cloudformation.handlers",
    "_ACTION_HANDLERS",
    "the operations: change sets know no nested stacks, stacks no root, and nobody's rights are asked about",
)

CLOUDFORMATION_ERROR = Seam("services.cloudformation.helpers", "_error", "how a request is refused")
CLOUDFORMATION_XML = Seam("services.cloudformation.helpers", "_xml", "how a request is answered")
PARAMETER = Seam("services.cloudformation.helpers", "_p", "reads a parameter of a request")
RESOLVE_DOCUMENT = Seam("services.cloudformation.helpers", "_resolve_document", "fetches a nested template")

DELETE_RESOURCE = Seam(
    "services.cloudformation.provisioners",
    "_delete_resource",
    "deletes with nobody's rights",
    copies=("services.cloudformation.stacks",),
)
NAME_SEED = Seam("services.cloudformation.provisioners", "_NAME_SEED", "what a generated name is made of")
NESTED_STACK_LOOKUP_NAME = Seam(
    "services.cloudformation.provisioners", "_nested_stack_lookup_name", "the name of a nested stack by its physical ID"
)
PHYSICAL_NAME = Seam(
    "services.cloudformation.provisioners", "_physical_name", "makes another name for a resource that is updated"
)
PROVISION_RESOURCE = Seam(
    "services.cloudformation.provisioners",
    "_provision_resource",
    "makes with nobody's rights",
    copies=("services.cloudformation.stacks",),
)
REPLACING_PROPERTIES = Seam(
    "services.cloudformation.provisioners", "_REPLACING_PROPERTIES", "the properties that make another resource"
)
ZIP_INLINE = Seam(
    "services.cloudformation.provisioners", "_zip_inline", "makes an archive that its owner alone can read"
)
RESOURCE_HANDLERS = Seam(
    "services.cloudformation.provisioners",
    "_RESOURCE_HANDLERS",
    "forget boundaries and tags of buckets, delete buckets that hold something, and what nested stacks retain",
)
STACK_TAG_PROPERTY = Seam(
    "services.cloudformation.provisioners", "_STACK_TAG_PROPERTY", "lacks the buckets among what has a stack's tags"
)
UPDATE_RESOURCE = Seam(
    "services.cloudformation.provisioners",
    "_update_resource",
    "updates with nobody's rights, forgets attributes, and what it updates",
    copies=("services.cloudformation.stacks",),
)

ADD_EVENT = Seam(
    "services.cloudformation.stacks",
    "_add_event",
    "does not name a nested stack that failed",
    copies=("services.cloudformation.changesets", "services.cloudformation.handlers"),
)
DELETE_STACK_ASYNC = Seam("services.cloudformation.stacks", "_delete_stack_async", "deletes a stack as roots are")
DIFF_RESOURCES = Seam("services.cloudformation.stacks", "_diff_resources", "what changes between two templates")

CACHE_POLICIES = Seam("services.cloudfront", "_cache_policies", "how long a distribution keeps what it has")
CLOUDFRONT_ERROR = Seam("services.cloudfront", "_error", "how a request to CloudFront is refused")
CREATE_INVALIDATION = Seam("services.cloudfront", "_create_invalidation", "is complete at once, and takes any paths")
DISTRIBUTIONS = Seam("services.cloudfront", "_distributions", "the distributions and their configurations")
FETCH_FROM_ORIGIN = Seam("services.cloudfront", "_fetch_from_origin", "asks an origin each time: there is no cache")
FORWARDING_PREDICATES = Seam(
    "services.cloudfront", "_forwarding_predicates", "which headers, cookies and queries a policy takes into account"
)
GET_INVALIDATION = Seam("services.cloudfront", "_get_invalidation", "shows an invalidation as it was made")
HANDLE_VIEWER_REQUEST = Seam("services.cloudfront", "handle_viewer_request", "answers as a distribution is configured")
INVALIDATIONS = Seam("services.cloudfront", "_invalidations", "the invalidations of each distribution")
LIST_INVALIDATIONS = Seam("services.cloudfront", "_list_invalidations", "shows invalidations as they were made")
MANAGED_CACHE_POLICIES = Seam("services.cloudfront", "_MANAGED_CACHE_POLICIES", "the cache policies of AWS's own")
MATCH_BEHAVIOR = Seam("services.cloudfront", "_match_behavior", "the behavior for a path")
PARSE_DISTRIBUTION = Seam(
    "services.cloudfront", "parse_distribution_dataplane_config", "the behaviors of a distribution, as they are matched"
)

RECORD_METRIC = Seam("services.cloudwatch", "record_metric", "counts invocations by alias and version")

APPEND_LOG_EVENTS = Seam("services.cloudwatch_logs", "_append_log_events", "stores events without an ID")
FANOUT_TO_SUBSCRIPTION_FILTERS = Seam(
    "services.cloudwatch_logs", "_fanout_to_subscription_filters", "hands lines on to whoever subscribed to the group"
)
LOG_EVENTS_LOCK = Seam("services.cloudwatch_logs", "_log_events_lock", "is held while a stream loses its oldest events")
LOG_GROUPS = Seam("services.cloudwatch_logs", "_log_groups", "the groups, their streams and their events")
MAKE_GROUP_ARN = Seam(
    "services.cloudwatch_logs", "_make_group_arn", "a group that Lambda makes has an ARN as others do"
)

BUILD_ID = Seam("services.codebuild", "_build_id", "how a build is called")
BUILD_PROJECTS = Seam("services.codebuild", "_projects", "the projects and what is configured of them")
BUILDS = Seam("services.codebuild", "_builds", "the builds, which succeed at once")
CREATE_PROJECT = Seam("services.codebuild", "_create_project", "forgets half of what a project is made with")
PROJECT_SHAPE = Seam("services.codebuild", "_project_shape", "shows half of what a project has")
START_BUILD = Seam("services.codebuild", "_start_build", "builds nothing")
STOP_BUILD = Seam("services.codebuild", "_stop_build", "says of a build that has ended that it was stopped")
UPDATE_PROJECT = Seam("services.codebuild", "_update_project", "forgets half of what a project is changed to")

APPLY_INPUT_TRANSFORMER = Seam("services.eventbridge", "_apply_input_transformer", "makes the input of a target")
ARCHIVE_EVENT = Seam("services.eventbridge", "_archive_event", "keeps an event for its replay")
CRON_FIELDS = Seam("services.eventbridge", "_parse_cron_fields", "reads the window of a rule of a pipeline's condition")
CRON_NEXT_FIRE = Seam("services.eventbridge", "_cron_next_fire", "finds when such a window opens")
DISPATCH_EVENT = Seam(
    "services.eventbridge",
    "_dispatch_event",
    "hands an event to the rules of its bus; one of S3 without the version",
)
INVOKE_TARGET = Seam("services.eventbridge", "_invoke_target", "reaches targets that let no rule in, and no pipelines")
PATTERN_EVENT_VIEW = Seam("services.eventbridge", "_pattern_event_view", "an event as an input transformer reads it")
VALIDATE_TARGET_ARN = Seam("services.eventbridge", "_validate_target_arn", "takes a pipeline without a role")

AWS_MANAGED_POLICIES = Seam("services.iam", "_aws_managed_policies", "the managed policies of AWS that are here")
IAM_OPERATIONS = Seam("services.iam", "_IAM_HANDLERS", "make roles that everybody knows at once")
MAKE_AWS_MANAGED_RECORD = Seam("services.iam", "_make_aws_managed_record", "a managed policy of AWS that is added")
POLICY_KNOWN = Seam("services.iam", "policy_known", "whether there is a managed policy")
ROLES = Seam("services.iam", "_roles", "the roles of every account: whom they trust, what bounds them")
USERS = Seam("services.iam", "_users", "the users of every account: what bounds them")

CREATE_EVENT_SOURCE_MAPPING = Seam(
    "services.lambda_svc", "_create_esm", "makes mappings of sources that the function may not read"
)
CREATE_FUNCTION = Seam(
    "services.lambda_svc", "_create_function", "makes functions without code, and of runtimes that nothing runs"
)
EMIT_LAMBDA_LOGS = Seam(
    "services.lambda_svc",
    "_emit_lambda_logs",
    "stores the lines of an invocation when it is over, in a stream of its own",
)
ENSURE_REAPER_THREAD = Seam(
    "services.lambda_svc", "_ensure_reaper_thread", "ends execution environments that nobody invokes any more"
)
EXECUTE_FUNCTION = Seam("services.lambda_svc", "_execute_function", "executes, or says that there is no room")
EXECUTE_FUNCTION_DISPATCH = Seam(
    "services.lambda_svc", "_execute_function_dispatch", "runs an alias's own version, whatever its weights"
)
EXECUTE_PROVIDED_WARM = Seam(
    "services.lambda_svc", "_execute_function_provided_warm", "runs a bootstrap on an environment of MiniStack's"
)
EXECUTE_FUNCTION_WARM = Seam(
    "services.lambda_svc", "_execute_function_warm", "runs an invocation on an execution environment of MiniStack's"
)
FUNCTION_POLICY_FOR_ARN = Seam(
    "services.lambda_svc", "function_policy_for_arn", "the policy of a function, which services are not put to"
)
GET_FUNC_RECORD_FOR_QUALIFIER = Seam(
    "services.lambda_svc", "_get_func_record_for_qualifier", "finds the version that an invocation was routed to"
)
GET_FUNC_RECORD_FOR_REF = Seam(
    "services.lambda_svc", "_get_func_record_for_ref", "forgets the alias by which another service names a function"
)
INVOKE = Seam("services.lambda_svc", "_invoke", "answers an invocation with the alias's own version")
INVOKE_ASYNC_WITH_RETRY = Seam(
    "services.lambda_svc", "invoke_async_with_retry", "loses an event for which there is no room in seconds"
)
LAMBDA_FUNCTIONS = Seam("services.lambda_svc", "_functions", "the functions, their versions and their aliases")
QUALIFIER_OF_REQUEST = Seam(
    "services.lambda_svc",
    "_qualifier_from_path_or_query",
    "reads the alias or version from the request of an invocation",
)
RESOLVE_FUNCTION_URL = Seam("services.lambda_svc", "resolve_function_url", "finds the function of a function URL")
RESOLVE_FOREIGN_LAYER = Seam(
    "services.lambda_svc", "_resolve_cross_account_layer", "makes up a layer of another account, with nothing in it"
)
RESOLVE_LAYER_ZIP = Seam("services.lambda_svc", "_resolve_layer_zip", "the archive of a layer that is attached")
RESOLVE_NAME_AND_QUALIFIER = Seam(
    "services.lambda_svc", "_resolve_name_and_qualifier", "reads the alias or version from a name or ARN of a function"
)
ROUTE_ASYNC_FAILURE = Seam(
    "services.lambda_svc", "_route_async_failure", "runs the on-failure function whatever the roles say"
)
SCHEDULE_STATE_TRANSITION = Seam(
    "services.lambda_svc", "_schedule_state_transition", "decides how long a function is not ready"
)
UPDATE_FUNCTION_CONFIGURATION = Seam("services.lambda_svc", "_update_config", "takes a runtime that nothing runs")

BUCKET_HAS_VERSIONS = Seam("services.s3", "_bucket_has_versions", "a bucket with versions is not empty")
BUCKET_POLICIES = Seam("services.s3", "_bucket_policies", "who may list the bucket of a distribution")
BUCKET_TAGS = Seam("services.s3", "_bucket_tags", "the tags that CloudFormation does not set")
BUCKET_WEBSITES = Seam("services.s3", "_bucket_websites", "keeps the website configuration and serves nothing by it")
BUCKETS = Seam("services.s3", "_buckets", "the buckets and their objects")
CORS_PREFLIGHT = Seam("services.s3", "cors_preflight", "what a bucket tells a page before it asks")
CORS_RESPONSE_HEADERS = Seam("services.s3", "cors_response_headers", "what a bucket lets a page read")
DELIVER_S3_EVENT_TO_LAMBDA = Seam("services.s3", "_deliver_event_to_lambda", "reaches functions that do not let S3 in")
FIRE_S3_EVENT = Seam("services.s3", "_fire_s3_event", "knows the version, and keeps it from EventBridge")
INVALID_NOTIFICATIONS = Seam("services.s3", "_invalid_notification_config", "how S3 refuses notifications")
LIST_OBJECT_VERSIONS = Seam("services.s3", "_list_object_versions", "writes keys that no XML may hold")
OBJECT_DATA = Seam("services.s3", "_get_object_data", "reads the document of an API from a bucket")
POLICY_IS_PUBLIC = Seam("services.s3", "_policy_is_public", "whether a policy of a bucket lets everybody in")
PUBLIC_ACCESS_BLOCKED = Seam("services.s3", "_public_access_blocked", "asks a bucket, and its account never")
PUT_BUCKET_ACL = Seam("services.s3", "_put_bucket_acl", "the ACL that CloudFormation does not set")
PUT_OWNERSHIP_CONTROLS = Seam(
    "services.s3", "_put_bucket_ownership_controls", "the ownership controls that CloudFormation does not set"
)
S3CONTROL_ACCOUNT_ERROR = Seam("services.s3", "s3control_account_error", "refuses the settings of another account")
S3CONTROL_ERROR = Seam("services.s3", "s3control_error", "how S3 Control refuses")
SERVE_CLOUDFRONT_ORIGIN_FETCH = Seam(
    "services.s3", "serve_cloudfront_origin_fetch", "calls denied to CloudFront what is missing"
)
VALIDATE_NOTIFICATIONS = Seam("services.s3", "_validate_notification_configs", "looks at no function's policy")

DELIVER_SNS_TO_LAMBDA = Seam("services.sns", "_deliver_to_lambda", "reaches functions that do not let SNS in")
TOPIC_POLICY_ALLOWS = Seam("services.sns", "topic_policy_allows", "whether a topic lets a service in")

QUEUE_POLICY_ALLOWS = Seam("services.sqs", "queue_policy_allows", "whether a queue lets a service in")

CALL_LAMBDA_FROM_TASK = Seam("services.stepfunctions", "_call_lambda", "invokes functions whatever the role says")
EXECUTE_TASK = Seam("services.stepfunctions", "_execute_task", "does a task as nobody")
STATE_MACHINES = Seam("services.stepfunctions", "_state_machines", "the state machines and their roles")
TASK_FAILED = Seam("services.stepfunctions", "_ExecutionError", "how a task fails")

REGISTER_SESSION = Seam(
    "services.sts", "register_session", "signs in the root key and the sessions of functions and pipelines"
)


def seams() -> dict[str, Seam]:
    """Every seam by the name it has here."""
    return {name: value for name, value in globals().items() if isinstance(value, Seam)}
