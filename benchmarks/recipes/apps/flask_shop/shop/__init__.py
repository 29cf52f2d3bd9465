"""A small shop."""

from flask import Flask

from shop import database
from shop.views import pages


def create_app(path="shop.db"):
    app = Flask(__name__)
    app.config["DATABASE"] = path
    app.config["CURRENCY"] = "EUR"
    app.register_blueprint(pages)
    app.teardown_appcontext(database.close)
    with app.app_context():
        database.create()
    return app
