"""The sub-commands. Each is a door to a module of its own, imported when it is used."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from otorepair_like.cli.command import Argument, Command
from otorepair_like.cli.folders import workspace_of
from otorepair_like.cli.parse import Parser
from otorepair_like.config import here
from otorepair_like.kinds import FLAG, WHEN, Option, choice, number, options_of, text
from otorepair_like.options import Settings

ID = "an attempt's id or a failure's #id, as the screen shows them; the first characters suffice"


def folder(meaning: str) -> Option[str]:
    """Return the option that names a workspace."""
    return Option(text("DIR"), "", f"{meaning} (default: the workspace of the settings)")


def colour() -> Option[str]:
    """Return the option for colour."""
    return Option(WHEN, "auto", "colour the output; auto: if it goes to a terminal")


class DemoCommand(Command):
    def run(self) -> int:
        from otorepair_like.cli.commands.demo import demo

        return demo()


class RecipesCommand(Command):
    def run(self) -> int:
        from otorepair_like.cli.commands.recipes import recipes

        return recipes()


class FixCommand(Command):
    log = Argument("FILE", "output of the failed program; -: read it from stdin")
    workspace = folder("folder of the source files")
    apply = Option(FLAG, False, "write the repair into the workspace; otherwise it is only printed")

    def run(self) -> int:
        from otorepair_like.cli.commands.fix import fix

        return fix(self.log, Path(workspace_of(self.workspace)), apply=self.apply)


class DetectCommand(Command):
    file = Argument("FILE", "recorded output; -: read it from stdin")
    stream = Option(choice("stderr", "stdout", metavar="STREAM"), "stderr", "the stream it was printed on")
    json = Option(FLAG, False, "print one JSON object per failure")

    def run(self) -> int:
        from otorepair_like.cli.commands.detect import detect

        return detect(self.file, self.stream, self.json)


class HistoryCommand(Command):
    attempt = Argument("ID", f"show one in full: {ID}", required=False)
    workspace = folder("folder whose attempts are shown")
    limit = Option(number(1), 20, "show this many, newest first", "-n")
    json = Option(FLAG, False, "print a JSON list")
    color = colour()

    def run(self) -> int:
        from otorepair_like.cli.commands.history import history

        workspace = Path(workspace_of(self.workspace))
        return history(workspace, self.attempt or None, as_json=self.json, color=self.color, limit=self.limit)


class WhyCommand(Command):
    failure = Argument(
        "ID", "a failure's #id, as the screen shows it; the first characters suffice", required=False
    )
    workspace = folder("folder in which the program failed")
    json = Option(FLAG, False, "print a JSON object")

    def run(self) -> int:
        from otorepair_like.cli.commands.why import why

        return why(Path(workspace_of(self.workspace)), self.failure or "", as_json=self.json)


class ShowCommand(Command):
    attempt = Argument("ID", ID)
    workspace = folder("folder in which the attempt was made")
    json = Option(FLAG, False, "print a JSON object, with events and prompt")
    color = colour()

    def run(self) -> int:
        from otorepair_like.cli.commands.show import show

        return show(Path(workspace_of(self.workspace)), self.attempt, as_json=self.json, color=self.color)


class ReportCommand(Command):
    attempt = Argument("ID", ID, required=False)
    workspace = folder("folder in which the attempt was made")
    latest = Option(FLAG, False, "report on the last attempt")

    def run(self) -> int:
        from otorepair_like.cli.commands.show import report

        return report(Path(workspace_of(self.workspace)), self.attempt, latest=self.latest)


class UndoCommand(Command):
    attempt = Argument("ID", ID, required=False)
    workspace = folder("folder in which the repair was made")

    def run(self) -> int:
        from otorepair_like.cli.commands.undo import undo

        return undo(Path(workspace_of(self.workspace)), self.attempt)


class RedoCommand(Command):
    attempt = Argument("ID", ID, required=False)
    workspace = folder("folder in which the repair was made")

    def run(self) -> int:
        from otorepair_like.cli.commands.undo import redo

        return redo(Path(workspace_of(self.workspace)), self.attempt)


class RulesCommand(Command):
    action = Argument("ACTION", "list (the default), promote or drop", required=False)
    rule = Argument("ID", "the rule to promote or drop, as listed", required=False)
    workspace = folder("folder whose rules are meant")
    json = Option(FLAG, False, "print the list as JSON")

    def run(self) -> int:
        from otorepair_like.cli.commands.rules import rules

        workspace = Path(workspace_of(self.workspace))
        return rules(workspace, self.action or "list", self.rule, as_json=self.json)


class TrustCommand(Command):
    workspace = folder("folder of the project")
    forget = Option(FLAG, False, "trust it no longer")

    def run(self) -> int:
        from otorepair_like.cli.commands.trust import trust

        return trust(self.workspace, take_back=self.forget)


class EventsCommand(Command):
    schema = Option(FLAG, False, "print the JSON Schema of all events")

    def run(self) -> int:
        from otorepair_like.cli.commands.events import show

        return show(as_schema=self.schema)


class DoctorCommand(Command, Settings):
    takes_run_options = True
    json = Option(FLAG, False, "print the checks as a JSON object")

    def run(self) -> int:
        from otorepair_like.cli.commands.doctor import doctor

        return doctor(self.given, here())


class ConfigCommand(Command, Settings):
    takes_run_options = True
    json = Option(FLAG, False, "print the settings as a JSON object")

    def run(self) -> int:
        from otorepair_like.cli.commands.config import show

        return show(self.given, os.environ, here())


def call(name: str, args: Sequence[str]) -> int:
    """Run the sub-command ``name`` with ``args`` and return its exit code.

    Raises:
        UsageError: it does not take ``args``.
    """
    from otorepair_like.cli import help  # noqa: A004

    command = Command.registered[name]
    parsed = Parser(options_of(command), command.title()).parse(args)
    if parsed.wants:
        print(help.version_text() if parsed.wants == "version" else help.command_page(command))
        return 0
    return command(parsed).run()
