"""Which commands there are in a package of the domain, and which of them a state machine builds."""

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from hypothesis.stateful import RuleBasedStateMachine

from domain.ledger.command import Command


def commands_of(package: ModuleType) -> set[str]:
    """The names of the commands' classes; what several of them have in common is none."""
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        import_module(module.name)
    return {
        each.__name__
        for each in _below(Command)
        if each.__module__.startswith(f"{package.__name__}.") and "name" in vars(each)
    }


def built_by(machine: type[RuleBasedStateMachine]) -> set[str]:
    """What is called by name in the machine and in the classes that it consists of."""
    parts = [each for each in machine.__mro__ if each.__module__.startswith("tests.")]
    return {
        node.func.id
        for part in parts
        for node in ast.walk(ast.parse(inspect.getsource(part)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def _below(command: type[Command]) -> Iterator[type[Command]]:
    for each in command.__subclasses__():
        yield each
        yield from _below(each)
