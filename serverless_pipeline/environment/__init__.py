"""An environment is a template of the project: read, and its local paths packaged as AWS's own command does it.

It runs on the laptop, and in a function beside the source, where there is no boto3 and no cfn-lint: it needs PyYAML,
and Jinja for a template whose name ends with `.j2`. The map; each uses only what stands above it::

    nodes         the nodes of a YAML document as values: short forms written out, no key twice
    notation      YAML and JSON as CloudFormation reads them
    text          a file as text: UTF-8, and no larger than CloudFormation takes
    paths         where a path of the project leads, and that it leads nowhere else
    document      a template as it stands in its file
    values        the values of an environment: parameters and tags
    delivery      what the pipeline itself fills, as the template's metadata say

    local_paths   the table: which property of which type may hold a local path
    places        where in a template one stands
    folder        the files of a folder, as they belong into a zip
    artifacts     what lies at local paths, as assets that their content names
    packaging     a template and its assets, ready for CloudFormation
    nesting       the templates that a template nests

    shape         all of a template by which the pipeline is made
    __main__      the program that the function runs beside a commit
"""
