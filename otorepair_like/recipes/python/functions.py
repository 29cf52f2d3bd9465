"""The functions of the project, as a failing call sees them: parameters and results."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from otorepair_like.recipes.case import Case
from otorepair_like.recipes.python.scope import FUNCTIONS
from otorepair_like.recipes.python.source import Source

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class FunctionMatch:
    """A function of the project, and the class whose method it is."""

    source: Source
    node: Function
    owner: ast.ClassDef | None

    @property
    def decorators(self) -> set[str]:
        """Return the last names of its decorators."""
        return {
            called_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
            for decorator in self.node.decorator_list
        }

    @property
    def parameters(self) -> list[str]:
        """Return the names of its parameters, without ``self`` for a method."""
        arguments = self.node.args
        names = [
            argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        ]
        return names[1:] if self.owner and "staticmethod" not in self.decorators else names

    @property
    def required(self) -> int:
        """Count the parameters without a default, ``self`` excluded."""
        arguments = self.node.args
        keyword_only = sum(default is None for default in arguments.kw_defaults)
        return len(self.parameters) - len(arguments.defaults) - (len(arguments.kwonlyargs) - keyword_only)

    @property
    def returns(self) -> list[ast.expr]:
        """Return the values of its ``return`` statements."""
        statements = (node for node in own_nodes(self.node) if isinstance(node, ast.Return))
        return [node.value for node in statements if node.value is not None]


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function, without those of functions inside it."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)


def called_name(node: ast.AST) -> str:
    """Return ``total`` for ``total``, ``self.total`` and ``cart.lines.total``; ``""`` for anything else."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def find_functions(case: Case, name: str) -> list[FunctionMatch]:
    """Return all functions and methods of the project with this name, or this qualified name."""
    holder_name, _, bare = name.replace(".<locals>", "").rpartition(".")
    class_name = holder_name.rpartition(".")[2]
    matches = []
    for file in case.project.mentions(bare):
        source = case.project.source(file)
        for node in source.find(ast.stmt) if source else ():
            if source and isinstance(node, Function) and node.name == bare:
                above = source.parents.get(node)
                owner = above if isinstance(above, ast.ClassDef) else None
                if not class_name or (owner and owner.name == class_name) or (not owner and holder_name):
                    matches.append(FunctionMatch(source, node, owner))
    methods = [match for match in matches if class_name and match.owner and match.owner.name == class_name]
    return methods or matches


def only_function(case: Case, called: ast.expr, name: str = "") -> FunctionMatch | None:
    """Return the one function that a call means; of several, ``f()`` means no method and ``x.f()`` means one.

    Args:
        called: the callee.
        name: its qualified name, if the message has it.
    """
    matches = find_functions(case, name or called_name(called))
    if len(matches) > 1:
        of_module = isinstance(called, ast.Attribute) and is_module(case, called.value)
        method = isinstance(called, ast.Attribute) and not of_module
        matches = [match for match in matches if bool(match.owner) == method]
        if isinstance(called, ast.Attribute) and of_module:
            stem = called_name(called.value)
            matches = [
                match
                for match in matches
                if case.project.module_name(match.source.path).rpartition(".")[2] == stem
            ]
    return matches[0] if len(matches) == 1 else None


def is_module(case: Case, node: ast.expr) -> bool:
    """Return whether an expression names a module of the project."""
    return any(name.rpartition(".")[2] == called_name(node) for name in case.project.modules)
