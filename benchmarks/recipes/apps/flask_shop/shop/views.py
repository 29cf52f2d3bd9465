"""The pages."""

import json

from flask import Blueprint, Response, current_app, jsonify, render_template, request, url_for

from shop import database
from shop.pricing import Cart, total

pages = Blueprint("pages", __name__)


@pages.route("/")
def index():
    items = database.products()
    currency = current_app.config["CURRENCY"]
    return render_template("shop/index.html", products=items, currency=currency)


@pages.route("/product/<int:product_id>")
def detail(product_id):
    product = database.product(product_id)
    if product is None:
        return render_template("shop/missing.html", number=product_id), 404
    gross = total(product["title"], product["price"])
    return render_template("shop/detail.html", product=product, gross=gross)


@pages.route("/order", methods=["POST"])
def order():
    data = request.get_json()
    product_id, quantity = data["product"], data["quantity"]
    number = database.order(product_id, quantity)
    return jsonify({"order": number, "see": url_for("pages.detail", product_id=product_id)})


@pages.route("/cart")
def cart():
    wanted = request.args.getlist("item")
    filled = Cart()
    for title in wanted:
        for product in database.products():
            if product["title"] == title:
                filled.add(title, product["price"])
    answer = {"size": filled.size, "total": str(filled.total())}
    return Response(json.dumps(answer), mimetype="application/json")


@pages.route("/stock")
def stock():
    levels = {product["title"]: product["stock"] for product in database.products()}
    empty = [title for title, left in levels.items() if left == 0]
    return jsonify({"levels": levels, "empty": empty})
