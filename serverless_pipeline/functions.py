"""The names of the pipeline's functions, after the name of the stack and a hyphen; the templates read them here too."""

INSTALL = "install"
RUN_TASK = "run-task"
DEPLOY = "deploy"
LOST_JOB = "report-lost-job"
ROLLBACK = "rollback"

ALL = (INSTALL, RUN_TASK, DEPLOY, LOST_JOB, ROLLBACK)


def name(stack: str, function: str) -> str:
    """The name of a function of the stack."""
    return f"{stack}-{function}"
