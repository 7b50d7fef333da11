"""What is wrong with settings, told together."""

from collections.abc import Iterable

from serverless_pipeline.errors import Misconfigured


class InvalidSettings(Misconfigured):
    """Settings that cannot be; each mistake begins with the name of its setting."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        count = "a mistake" if len(self.mistakes) == 1 else f"{len(self.mistakes)} mistakes"
        listed = "\n".join(f"  - {mistake}" for mistake in self.mistakes)
        super().__init__(
            f"The section `pipeline` of invoke.yaml has {count}:\n{listed}",
            hint="mend invoke.yaml (or INVOKE_PIPELINE_<NAME>), then type the same command again",
        )


def refuse(mistakes: Iterable[str]) -> None:
    """Let pass what has no mistake.

    Raises:
        InvalidSettings: there is one, or more.
    """
    if listed := tuple(mistakes):
        raise InvalidSettings(listed)
