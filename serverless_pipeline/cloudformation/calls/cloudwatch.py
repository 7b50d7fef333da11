"""Amazon CloudWatch: alarms and dashboards.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
"""

from collections.abc import Mapping

from serverless_pipeline.cloudformation.calls.model import Calls, Resource, of, regional

_watch = of("cloudwatch")
_DASHBOARDS = "arn:{partition}:cloudwatch::{account}:dashboard/"

ALARM = regional("cloudwatch", "alarm:{stack}-*", one="alarm:{id}")
DASHBOARD = Resource(f"{_DASHBOARDS}{{id}}", (f"{_DASHBOARDS}{{stack}}-*", f"{_DASHBOARDS}{{logical}}-*"))
"""The name of a dashboard that has none begins with its logical ID: nothing of the stack is in it."""


def _alarm(name: str) -> Calls:
    return Calls(
        ALARM,
        create=_watch(f"{name} DescribeAlarms ListTagsForResource"),
        read=_watch("DescribeAlarms ListTagsForResource"),
        update=_watch(f"{name} DescribeAlarms ListTagsForResource"),
        delete=_watch("DeleteAlarms DescribeAlarms"),
        tag=_watch("TagResource"),
        untag=_watch("UntagResource"),
    )


TYPES: Mapping[str, Calls] = {
    "AWS::CloudWatch::Alarm": _alarm("PutMetricAlarm"),
    "AWS::CloudWatch::CompositeAlarm": _alarm("PutCompositeAlarm"),
    "AWS::CloudWatch::Dashboard": Calls(
        DASHBOARD,
        create=_watch("PutDashboard GetDashboard"),
        read=_watch("GetDashboard ListTagsForResource"),
        update=_watch("PutDashboard ListTagsForResource"),
        delete=_watch("DeleteDashboards GetDashboard"),
        tag=_watch("TagResource"),
        untag=_watch("UntagResource"),
    ),
}
