"""What can go wrong, as a tree; every error is an `invoke.Exit`, so a task raises it and the user reads one message.

::

    Error (1)                  an operation failed
    ├── Misconfigured (2)      usage or configuration; nothing was changed
    ├── Different (3)          a difference was found and `--fail` asked for it
    ├── TimedOut (4)           the operation goes on, the waiting ended
    ├── AwaitingApproval (5)   a person has to decide
    ├── Interrupted (130)      Ctrl-C; the operation goes on
    └── NoCredentials (253)    boto3 found nobody to act as
"""

try:
    from invoke import Exit
except ModuleNotFoundError:  # beside a project's source in a function, where no task reads what is raised

    class Exit(Exception):  # type: ignore[no-redef]  # noqa: D101
        def __init__(self, message: str, code: int) -> None:
            super().__init__(message)
            self.message, self.code = message, code


class Error(Exit):
    """An operation failed.

    The message says what failed and where; `hint` is the next command or step, shown on a line of its own.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.hint = hint
        text = f"{message}\n  Next: {hint}" if hint else message
        super().__init__(text, self.exit_code)

    def __str__(self) -> str:
        """The whole message, hint included."""
        return str(self.message)


class Misconfigured(Error):
    """The words of a command or of `invoke.yaml` are off; nothing was changed."""

    exit_code = 2


class Different(Error):
    """A difference was found and the user asked to fail on one."""

    exit_code = 3


class TimedOut(Error):
    """The waiting ended before the operation did."""

    exit_code = 4


class AwaitingApproval(Error):
    """The pipeline waits for a person."""

    exit_code = 5


class Interrupted(Error):
    """The user pressed Ctrl-C; what runs on AWS goes on."""

    exit_code = 130


class NoCredentials(Error):
    """The account cannot be reached: no credentials, or refused ones."""

    exit_code = 253
