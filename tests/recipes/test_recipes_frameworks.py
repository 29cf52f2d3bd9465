"""Failures reported by frameworks: the wrong file is repaired, and no other."""

from __future__ import annotations

import anyio
import pytest

from otorepair_like.agents.protocol import Reason, Task
from otorepair_like.incident import Frame, Incident
from otorepair_like.recipes import Recipes

APP = "from flask import render_template, url_for\n\n\ndef index():\n    return render_template('indx.html', user=1)\n"
TEMPLATE = "{% if user %}{{ usr }}{% endif %}\n"
URLS = 'urlpatterns = [path("", index, name="note_list")]\n'
SCHEMA = 'S = """CREATE TABLE users (id INTEGER, name TEXT);"""\n'
ROUTES = '@app.route("/")\ndef index():\n    return ""\n'
DJANGO_TAG = "Did you forget to register or load this tag?"

REPAIRED = {
    "template of jinja": (
        "jinja2.exceptions.TemplateNotFound", "indx.html", ("app.py", 5),
        {"app.py": APP, "templates/index.html": TEMPLATE}, ("app.py", "'index.html'"),
    ),
    "template of django": (
        "django.template.exceptions.TemplateDoesNotExist", "notes/indx.html", ("v.py", 1),
        {"v.py": "page = 'notes/indx.html'\n", "notes/templates/notes/index.html": ""}, ("v.py", "notes/index.html"),
    ),
    "template without its folder": (
        "jinja2.exceptions.TemplateNotFound", "index.html", ("v.py", 1),
        {"v.py": "page = 'index.html'\n", "templates/shop/index.html": ""}, ("v.py", "'shop/index.html'"),
    ),
    "variable of a template": (
        "jinja2.exceptions.UndefinedError", "'usr' is undefined", ("templates/index.html", 1),
        {"app.py": APP, "templates/index.html": TEMPLATE}, ("templates/index.html", "{{ user }}"),
    ),
    "tag of jinja": (
        "jinja2.exceptions.TemplateSyntaxError",
        "Encountered unknown tag 'endfi'. Jinja was looking for the following tags: 'endif'.", ("app.py", 5),
        {"app.py": APP, "templates/a.html": "{% if x %}{% endfi %}\n"}, ("templates/a.html", "{% endif %}"),
    ),
    "filter of jinja": (
        "jinja2.exceptions.TemplateAssertionError", "No filter named 'uper'.", ("app.py", 5),
        {"app.py": APP, "templates/a.html": "{{ x | uper }}\n"}, ("templates/a.html", "| upper }}"),
    ),
    "endpoint": (
        "werkzeug.routing.exceptions.BuildError", "Could not build url for endpoint 'indx'.", ("templates/a.html", 1),
        {"app.py": ROUTES, "templates/a.html": "{{ url_for('indx') }}\n"}, ("templates/a.html", "url_for('index')"),
    ),
    "url name": (
        "django.urls.exceptions.NoReverseMatch", "Reverse for 'note_lst' not found. It is not a name.", ("u.py", 1),
        {"u.py": URLS, "templates/a.html": "{% url 'note_lst' %}\n"}, ("templates/a.html", "'note_list'"),
    ),
    "library of django": (
        "django.template.exceptions.TemplateSyntaxError", f"Invalid block tag on line 1: 'static'. {DJANGO_TAG}",
        ("u.py", 1), {"u.py": URLS, "templates/a.html": "{% static 'x.css' %}\n"},
        ("templates/a.html", "{% load static %}\n{% static"),
    ),
    "library below extends": (
        "django.template.exceptions.TemplateSyntaxError", "Invalid filter: 'intcomma'", ("u.py", 1),
        {"u.py": URLS, "templates/a.html": "{% extends 'b.html' %}\n{{ n|intcomma }}\n"},
        ("templates/a.html", "{% extends 'b.html' %}\n{% load humanize %}\n"),
    ),
    "field of a filter": (
        "django.core.exceptions.FieldError", "Cannot resolve keyword 'nmae' into field. Choices are: id, name",
        ("q.py", 1), {"q.py": "Note.objects.filter(nmae__startswith='a')\n"}, ("q.py", "filter(name__startswith="),
    ),
    "app of django": (
        "RuntimeError",
        "Model class shop.models.Item doesn't declare an explicit app_label and isn't in an application in "
        "INSTALLED_APPS.", ("shop/models.py", 1),
        {"shop/models.py": "class Item: pass\n", "site/settings.py": 'INSTALLED_APPS = [\n    "a",\n]\n'},
        ("site/settings.py", '    "a",\n    "shop",\n'),
    ),
    "on_delete": (
        "TypeError", "ForeignKey.__init__() missing 1 required positional argument: 'on_delete'", ("m.py", 1),
        {"m.py": "x = models.ForeignKey(User)\n"}, ("m.py", "models.ForeignKey(User, on_delete=models.CASCADE)"),
    ),
    "column": (
        "sqlite3.OperationalError", "no such column: nmae", ("q.py", 2),
        {"q.py": SCHEMA + 'rows = c.execute("SELECT nmae FROM users")\n'}, ("q.py", "SELECT name FROM users"),
    ),
    "table": (
        "sqlite3.OperationalError", "no such table: usres", ("q.py", 2),
        {"q.py": SCHEMA + 'rows = c.execute("SELECT name FROM usres")\n'}, ("q.py", "SELECT name FROM users"),
    ),
    "one value": (
        "sqlite3.ProgrammingError",
        "Incorrect number of bindings supplied. The current statement uses 1, and there are 3 supplied.", ("q.py", 1),
        {"q.py": 'c.execute("SELECT * FROM users WHERE name = ?", (name))\n'}, ("q.py", "(name,)"),
    ),
    "dependency": (
        "TypeError", "<generator object get_db at 0x7f> is not a callable object", ("m.py", 1),
        {"m.py": "def index(db=Depends(get_db())):\n    pass\n"}, ("m.py", "Depends(get_db)"),
    ),
}  # fmt: skip

LEFT = {
    "block without end": (
        "jinja2.exceptions.TemplateSyntaxError",
        "Unexpected end of template. Jinja was looking for the following tags: 'endfor'. The innermost block that "
        "needs to be closed is 'for'.", ("a.py", 1), {"a.py": "x = 1\n"}, "no end",
    ),
    "migration": (
        "django.db.utils.OperationalError", "no such table: notes_note", ("/lib/site-packages/django/db.py", 1),
        {"manage.py": "x = 1\n"}, "manage.py migrate",
    ),
    "two values of on_delete": (
        "TypeError", "ForeignKey.__init__() missing 1 required positional argument: 'on_delete'", ("m.py", 3),
        {"m.py": "a = FK(A, on_delete=CASCADE)\nb = FK(B, on_delete=PROTECT)\nx = models.ForeignKey(User)\n"},
        "PROTECT",
    ),
}  # fmt: skip


def ask(folder, kind, message, place, files):
    """Make one attempt of the recipes at a failure with this message."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    incident = Incident(kind, message, (Frame(place[0], place[1], own=True),), language="python")
    recipes = Recipes(folder, time_limit=30.0)  # a busy machine imports a framework slowly
    return anyio.run(recipes.repair, Task(incident, "", folder, 30.0), lambda event: None)


@pytest.mark.parametrize("case", REPAIRED)
def test_the_file_that_is_wrong_is_repaired(tmp_path, case):
    *told, files, (name, text) = REPAIRED[case]
    finished = ask(tmp_path, *told, files)
    assert finished.reason is Reason.OK, finished.text
    assert text in (tmp_path / name).read_text()
    assert all((tmp_path / other).read_text() == files[other] for other in files if other != name)


@pytest.mark.parametrize("case", LEFT)
def test_what_cannot_be_known_is_named(tmp_path, case):
    *told, files, says = LEFT[case]
    finished = ask(tmp_path, *told, files)
    assert finished.reason is Reason.NOTHING
    assert says in finished.text
    assert all((tmp_path / name).read_text() == text for name, text in files.items())
