"""Amazon Route 53 and AWS Certificate Manager: names, and the certificates for them.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonroute53.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscertificatemanager.html
"""

from collections.abc import Mapping

from serverless_pipeline.cloudformation.calls.model import ANYTHING, Calls, Resource, of, regional

_acm, _route53 = of("acm"), of("route53")
_ca = of("acm-pca")("GetCertificate IssueCertificate")
_ROOT = "arn:{partition}:route53:::"

CERTIFICATE = Resource("{id}", regional("acm", "certificate/*", one="").patterns)
"""The ID of a certificate is drawn by the service."""
CHANGE = Resource(f"{_ROOT}change/*", (f"{_ROOT}change/*",))
ZONE = Resource(f"{_ROOT}hostedzone/{{id}}", (f"{_ROOT}hostedzone/*",))
"""The ID of a zone is drawn by the service."""
OF_ZONE = Resource(f"{_ROOT}hostedzone/{{HostedZoneId}}", (f"{_ROOT}hostedzone/{{HostedZoneId}}",))
"""A zone that a template names by its ID, or any if it is named by its name."""

QUERY_LOGGING = Resource(f"{_ROOT}queryloggingconfig/*", (f"{_ROOT}queryloggingconfig/*",))

_CHANGE = _route53("ChangeResourceRecordSets GetChange GetHostedZone ListHostedZones ListResourceRecordSets")
_RECORDS = Calls(
    OF_ZONE,
    create=_CHANGE,
    read=_route53("GetHostedZone ListHostedZones ListResourceRecordSets"),
    update=_CHANGE,
    delete=_CHANGE,
    elsewhere={"route53:GetChange": CHANGE, "route53:ListHostedZones": ANYTHING},
)

TYPES: Mapping[str, Calls] = {
    "AWS::CertificateManager::Certificate": Calls(
        CERTIFICATE,
        create=_acm("RequestCertificate DescribeCertificate"),
        read=_acm("DescribeCertificate ListTagsForCertificate"),
        update=_acm("UpdateCertificateOptions DescribeCertificate"),
        delete=_acm("DeleteCertificate DescribeCertificate"),
        properties={
            "CertificateAuthorityArn": _ca,
            "DomainValidationOptions": _route53("ChangeResourceRecordSets"),
        },
        tag=_acm("AddTagsToCertificate"),
        untag=_acm("RemoveTagsFromCertificate"),
        elsewhere={
            "acm:RequestCertificate": ANYTHING,
            "route53:ChangeResourceRecordSets": Resource(
                ZONE.arn, (f"{_ROOT}hostedzone/{{id}}",), each="DomainValidationOptions.*.HostedZoneId"
            ),
            **dict.fromkeys(
                _ca,
                Resource("{CertificateAuthorityArn}", regional("acm-pca", "certificate-authority/*", one="").patterns),
            ),
        },
    ),
    "AWS::Route53::HostedZone": Calls(
        ZONE,
        create=_route53("CreateHostedZone GetChange GetHostedZone"),
        read=_route53("GetHostedZone ListQueryLoggingConfigs ListTagsForResource"),
        update=_route53("UpdateHostedZoneComment GetChange GetHostedZone ListQueryLoggingConfigs ListTagsForResource"),
        delete=_route53("DeleteHostedZone GetChange GetHostedZone ListQueryLoggingConfigs"),
        properties={
            "HostedZoneFeatures": _route53("UpdateHostedZoneFeatures"),
            "QueryLoggingConfig": _route53("CreateQueryLoggingConfig"),
            "VPCs": (*_route53("AssociateVPCWithHostedZone DisassociateVPCFromHostedZone"), "ec2:DescribeVpcs"),
        },
        removals={
            "HostedZoneFeatures": _route53("UpdateHostedZoneFeatures"),
            "QueryLoggingConfig": _route53("DeleteQueryLoggingConfig"),
        },
        tag=_route53("ChangeTagsForResource"),
        untag=_route53("ChangeTagsForResource"),
        tags_in="HostedZoneTags",
        elsewhere={
            "ec2:DescribeVpcs": ANYTHING,
            "route53:CreateHostedZone": ANYTHING,
            "route53:DeleteQueryLoggingConfig": QUERY_LOGGING,
            "route53:GetChange": CHANGE,
        },
    ),
    "AWS::Route53::RecordSet": _RECORDS,
    # a type without handlers; it calls what one record set does, for each
    "AWS::Route53::RecordSetGroup": _RECORDS,
}
