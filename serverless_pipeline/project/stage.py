"""The stage of an environment: its stack, the tasks before delivery, what fills the stack, its tests.

The text of an action is a query string as `Fn::Sub` reads it: `${…}` is a parameter of the pipeline's template, `#{…}`
a variable of CodePipeline.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from serverless_pipeline.environment.delivery import Output, Reference
from serverless_pipeline.project import parameters, variables
from serverless_pipeline.project.query import asked, asked_literally, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.environment.delivery import Delivery
    from serverless_pipeline.project.environment_template import EnvironmentTemplate
    from serverless_pipeline.project.environments import Environment
    from serverless_pipeline.settings import Settings

PACKAGE = "PackageOutput"
"""The artifact that holds the packaged template, and what has no artifact of its own."""

_CAPABILITIES = "CAPABILITY_IAM,CAPABILITY_NAMED_IAM,CAPABILITY_AUTO_EXPAND"
_STACK, _TEST = "Stack", "FunctionalTest"
_DEPLOY, _RUN = "DeployFunction", "RunTaskFunction"
_SITE = "s3"
"""Sites come after the functions and APIs that they call."""


@dataclass(frozen=True)
class Action:
    """An action that invokes a function; `order` counts from the stack's own, which is the first with 0."""

    name: str
    function: str
    inputs: tuple[str, ...]
    asks: str
    order: int
    outputs: tuple[str, ...] = ()
    namespace: str = ""


@dataclass(frozen=True)
class Stage:
    """What the actions of one environment's stage have in common; `before` is the environment that accepted the change.

    `shift` is what is asked of each delivery of a function.
    """

    settings: Settings
    template: EnvironmentTemplate
    environment: Environment
    before: Environment | None = None
    shift: str = ""

    def actions(self) -> list[Action]:
        """The actions in the order in which they run."""
        preparing = [*self._tasks(self.settings.tasks_before_delivery, 1), *self._builds(1)]
        delivering = list(self._deliveries(2 if preparing else 1))
        tested = max((action.order for action in (*preparing, *delivering)), default=0) + 1
        testing = list(self._test(tested))
        after = self._tasks(self.settings.tasks_after_test, tested + len(testing))
        return [self._stack(), *preparing, *delivering, *testing, *after]

    def output(self, name: str) -> str:
        """An output of the environment's stack, as a later action names it."""
        return f"#{{{self._stack_action}.{name}}}"

    @property
    def _stack_action(self) -> str:
        """The name of the action that delivers the stack, and of the namespace of its variables."""
        return f"Deploy{self.environment.name}{_STACK}"

    def _stack(self) -> Action:
        words = {
            "type": "cloudformation",
            "template": "template.json",
            "stack": f"${{StackName}}-{self.environment.lower}",
            "role": f"${{{self.environment.name}StackRoleArn}}",
            "capabilities": _CAPABILITIES,
            "deliveries": "deliveries.json",
            "configuration": f"values/{self.environment.lower}.json" if self.settings.template_configuration else "",
            "loss": "allow" if self.settings.data_loss == "allow" else "",
        }
        query = asked({key: value for key, value in words.items() if value}) + self._values()
        return self._delivering(_STACK, PACKAGE, query, 0)

    def _values(self) -> str:
        """The parameters of the stack that the pipeline knows; those of the settings go before its own."""
        declared = self.template.shape.parameters
        own = parameters.of_settings(self.settings, self.environment)
        decided = parameters.decided(self.settings, self.environment) | own
        fixed = {name: value for name, value in decided.items() if name in own or name in declared}
        query = asked({f"Parameter.{name}": f"${{{name}}}" for name in declared if name not in decided})
        return query + asked_literally({f"Parameter.{name}": value for name, value in fixed.items()})

    def _deliveries(self, order: int) -> Iterator[Action]:
        for one in sorted(self.template.shape.deliveries, key=lambda one: one.type == _SITE):
            is_site = one.type == _SITE
            later = is_site and any(other.type != _SITE for other in self.template.shape.deliveries)
            query = asked({"type": one.type, **dict(self._parameters(one))})
            query += asked({} if one.output or one.task else {"path": one.file})
            query += self.shift if one.type == "lambda" else ""
            yield self._delivering(one.name, self._artifact(one), query, order + later, is_built=bool(one.task))

    def _delivering(self, name: str, artifact: str, query: str, order: int, *, is_built: bool = False) -> Action:
        """An action that delivers: what was tested before, unless it was built for this environment; on record."""
        action = f"Deploy{self.environment.name}{name}"
        execution = "#{codepipeline.PipelineExecutionId}"
        query += f"&release={self.environment.lower}/{execution}/#{{Package.Version}}/{name}"
        if self.before and not is_built:
            query += f"&tested=#{{Deploy{self.before.name}{name}.ArtifactDigest}}"
        return Action(action, _DEPLOY, (artifact,), query.removeprefix("&"), order, namespace=action)

    def _artifact(self, delivery: Delivery) -> str:
        return f"{self.environment.name}{delivery.name}Output" if delivery.task else delivery.output or PACKAGE

    def _parameters(self, delivery: Delivery) -> Iterator[tuple[str, str]]:
        for name, value in delivery.parameters.items():
            match value:
                case Reference(logical_id):
                    yield name, self.output(f"Ref_{logical_id}")
                case Output(output_name):
                    yield name, self.output(output_name)
                case str():
                    yield name, literal(value).replace("{environment}", self.environment.lower)
        if delivery.type == _SITE:
            yield "version", "#{Package.Version}"

    def _builds(self, order: int) -> Iterator[Action]:
        """The tasks that make what is delivered, once for each environment."""
        for one in self.template.shape.deliveries:
            if one.task:
                artifact = self._artifact(one)
                yield self._task(f"Build{self.environment.name}{one.name}", one.task, order, {artifact: one.path})

    def _tasks(self, names: tuple[str, ...], order: int) -> Iterator[Action]:
        """The project's own tasks; a name may begin with that of the one environment that it is for."""
        for name in names:
            environment, _, task = name.partition(".")
            if environment not in self.settings.environments:
                environment, task = self.environment.name, name
            if environment == self.environment.name:
                yield self._task(_title(task), task, order)

    def _test(self, order: int) -> Iterator[Action]:
        if self.settings.test_task:
            yield self._task(_TEST, "${TestTask}", order)

    def _task(self, action: str, task: str, order: int, paths: dict[str, str] | None = None) -> Action:
        """An action that runs a task, which finds the outputs of the stack in its environment."""
        tests = self.template.test_outputs(self.settings).items()
        query = asked({"task": task}) + asked_literally(paths or {})
        query += asked({f"Env.{name}": self.output(value) for name, value in tests})
        query += variables.folder(self.settings) + variables.of_tests(self.settings)
        inputs = ("SourceOutput", "DependenciesOutput") if self.settings.requirements else ("SourceOutput",)
        return Action(action, _RUN, inputs, query.removeprefix("&"), order, outputs=tuple(paths or {}))


def _title(task: str) -> str:
    """`load-test` as the name of an action: `LoadTest`."""
    return "".join(word[:1].upper() + word[1:] for word in task.replace("_", "-").replace(".", "-").split("-"))
