"""The sub-commands, read by Typer. Each is a door to a module of its own, imported when it is used."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from otorepair_like.cli import folders
from otorepair_like.cli.names import SUB_COMMANDS
from otorepair_like.errors import UsageError

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None)
Workspace = Annotated[
    str, typer.Option(help="folder whose history is meant; default: the one of the settings")
]
Color = Annotated[str, typer.Option(help="auto, always or never")]
ID_HELP = "beginning of an attempt's id, or of its failure's fingerprint, as after the # on the screen"
Json = Annotated[bool, typer.Option("--json", help="as JSON")]


def call(args: list[str]) -> int:
    """Run the sub-command in ``args`` and return its exit code.

    Raises:
        UsageError: Typer cannot read ``args``.
    """
    try:
        return int(app(args, prog_name="otorepair", standalone_mode=False) or 0)
    except Exception as error:
        # Typer's or click's own: newer Typers bring a click that has no public name.
        said = getattr(error, "format_message", None)
        if said is None:
            raise
        raise UsageError(f"otorepair {args[0]}", said(), f"see otorepair {args[0]} --help") from None


def workspace_of(given: str) -> Path:
    return Path(folders.workspace_of(given))


@app.command(help=SUB_COMMANDS["demo"])
def demo() -> int:
    from otorepair_like.cli.demo import demo as play

    return play()


@app.command(help=SUB_COMMANDS["recipes"])
def recipes() -> int:
    from otorepair_like.cli.recipes import recipes as show

    return show()


@app.command(help=SUB_COMMANDS["fix"])
def fix(
    log: Annotated[str, typer.Argument(metavar="FILE|-", help="output with a traceback; -: read stdin")],
    workspace: Workspace = "",
    apply: Annotated[bool, typer.Option("--apply", help="write the repair into the workspace")] = False,
) -> int:
    from otorepair_like.cli.fix import fix as mend

    return mend(log, workspace_of(workspace), apply=apply)


@app.command(help=SUB_COMMANDS["detect"])
def detect(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="recorded output; -: read stdin")],
    stream: Annotated[str, typer.Option(help="stdout or stderr: where it was printed")] = "stderr",
    as_json: Json = False,
) -> int:
    from otorepair_like.cli.detect import detect as show

    return show(file, stream, as_json)


@app.command(help=SUB_COMMANDS["history"])
def history(
    attempt: Annotated[str, typer.Argument(metavar="[ID]", help="one attempt, whole")] = "",
    workspace: Workspace = "",
    as_json: Json = False,
    limit: Annotated[int, typer.Option("-n", "--limit", min=1, help="how many, newest first")] = 20,
    color: Color = "auto",
) -> int:
    from otorepair_like.cli.history import history as show

    return show(workspace_of(workspace), attempt or None, as_json=as_json, color=color, limit=limit)


@app.command(help=SUB_COMMANDS["show"])
def show(
    attempt: Annotated[str, typer.Argument(metavar="ID", help=ID_HELP)],
    workspace: Workspace = "",
    as_json: Json = False,
    color: Color = "auto",
) -> int:
    from otorepair_like.cli.show import show as print_it

    return print_it(workspace_of(workspace), attempt, as_json=as_json, color=color)


@app.command(help=SUB_COMMANDS["report"])
def report(
    attempt: Annotated[str, typer.Argument(metavar="[ID]", help=ID_HELP)] = "",
    workspace: Workspace = "",
    latest: Annotated[bool, typer.Option("--latest", help="the last attempt")] = False,
) -> int:
    from otorepair_like.cli.show import report as print_it

    return print_it(workspace_of(workspace), attempt, latest=latest)


@app.command(help=SUB_COMMANDS["undo"])
def undo(
    attempt: Annotated[str, typer.Argument(metavar="[ID]", help=ID_HELP)] = "",
    workspace: Workspace = "",
) -> int:
    from otorepair_like.cli.undo import undo as take_back

    return take_back(workspace_of(workspace), attempt)


@app.command(help=SUB_COMMANDS["redo"])
def redo(
    attempt: Annotated[str, typer.Argument(metavar="[ID]", help=ID_HELP)] = "",
    workspace: Workspace = "",
) -> int:
    from otorepair_like.cli.undo import redo as put_in_again

    return put_in_again(workspace_of(workspace), attempt)


@app.command(
    help=SUB_COMMANDS["doctor"] + "; takes the options of a run",
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
def doctor(context: typer.Context) -> int:
    from otorepair_like.cli.doctor import doctor as look

    return look(context.args, folders.here())


@app.command(help=SUB_COMMANDS["rules"])
def rules(
    action: Annotated[str, typer.Argument(metavar="[list|promote|drop]")] = "list",
    rule: Annotated[str, typer.Argument(metavar="[ID]", help="of the rule, as listed")] = "",
    workspace: Workspace = "",
    as_json: Json = False,
) -> int:
    from otorepair_like.cli.rules import rules as work_on

    return work_on(workspace_of(workspace), action, rule, as_json=as_json)


@app.command(
    help=SUB_COMMANDS["config"] + "; takes the options of a run",
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
def config(context: typer.Context) -> int:
    from otorepair_like.cli.config import show

    return show(context.args, os.environ, Path.cwd())


@app.command(help=SUB_COMMANDS["events"])
def events(
    schema: Annotated[bool, typer.Option("--schema", help="print the JSON Schema of all events")] = False,
) -> int:
    from otorepair_like.cli.events import show

    return show(as_schema=schema)
