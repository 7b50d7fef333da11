"""What a project can choose: the flat scalars of the section `pipeline` in `invoke.yaml`, and the values they mean.

::

    settings      Settings: typed, each with a default, never invalid
    source        where the source comes from: WorkingTree, S3, GitHub, or Undescribed
    shift         how the alias of production moves to a new version
    timing        how long the embedded CodePipeline waits
    variables     what a task finds in its environment: values, and secrets by their place
    section       the outside form: text, numbers and booleans by name, read into those values and written from them
    mistakes      InvalidSettings: all that is wrong, told together
"""

from serverless_pipeline.settings.mistakes import InvalidSettings
from serverless_pipeline.settings.settings import LOCAL_REGION, Settings, Target
from serverless_pipeline.settings.shift import Shift
from serverless_pipeline.settings.source import S3, GitHub, Source, Undescribed, WorkingTree

__all__ = [
    "LOCAL_REGION",
    "S3",
    "GitHub",
    "InvalidSettings",
    "Settings",
    "Shift",
    "Source",
    "Target",
    "Undescribed",
    "WorkingTree",
]
