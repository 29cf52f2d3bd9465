import os
from datetime import date, datetime
from pathlib import Path

import click

from .. import __version__
from ..core.models import Account, AccountKind, Entry, Money
from ..core.services import report
from ..core.services.book import Book
from ..io.database import Database
from .formats import as_table, numbered


class State:
    def __init__(self, path):
        self.database = Database(path)
        self.book = Book(self.database)


@click.group()
@click.version_option(__version__)
@click.option("--file", "path", default=lambda: os.environ.get("LEDGER_FILE", "books.sqlite3"))
@click.pass_context
def cli(context, path):
    """Keep books."""
    context.obj = State(path)


@cli.command("open")
@click.argument("code")
@click.argument("title")
@click.option("--kind", type=click.Choice([kind.value for kind in AccountKind]), default="asset")
@click.option("--label", "labels", multiple=True)
@click.pass_obj
def open_account(state, code, title, kind, labels):
    account = Account(code=code, title=title, kind=AccountKind(kind), labels=list(labels))
    state.database.save_account(account)
    click.echo(account.describe())


@cli.command()
@click.argument("source")
@click.argument("target")
@click.argument("amount")
@click.option("--on", "booked", default="2024-02-01")
@click.option("--memo", default="transfer")
@click.pass_obj
def book(state, source, target, amount, booked, memo):
    money = Money.parse(amount)
    entry = Entry(booked=datetime.strptime(booked, "%Y-%m-%d").date(), memo=memo)
    entry.add(source, -money).add(target, money)
    number = state.book.post(entry)
    click.echo(f"entry {number}: {memo} {money.formatted()} {money.currency}")


@cli.command()
@click.pass_obj
def summary(state):
    accounts = state.database.load_accounts()
    for line in report.summary_lines(state.book, accounts):
        click.echo(line)
    click.echo(f"worth {report.net_worth(state.book, accounts)}")
    code, amount = state.book.largest()
    click.secho(f"largest {code} {amount.formatted()}", bold=True)


@cli.command()
@click.option("--first", default="2024-01-01")
@click.option("--last", default="2024-12-31")
@click.pass_obj
def history(state, first, last):
    page = int(os.environ.get("LEDGER_PAGE", "2"))
    entries = list(state.book.between(date.fromisoformat(first), date.fromisoformat(last)))
    for start in range(0, len(entries), page):
        click.echo(as_table(["date", "memo"], [(e.booked, e.memo) for e in entries[start : start + page]]))


@cli.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.pass_obj
def export(state, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    lines = numbered(account.describe() for account in state.database.load_accounts())
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    click.echo(f"wrote {target.name}")
