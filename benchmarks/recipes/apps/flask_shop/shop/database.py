"""Products and orders in sqlite."""

import sqlite3

from flask import current_app, g

SCHEMA = """
DROP TABLE IF EXISTS products;
DROP TABLE IF EXISTS orders;
CREATE TABLE products (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    price REAL NOT NULL,
    stock INTEGER NOT NULL
);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    product_id INTEGER NOT NULL,
    quantity INTEGER NOT NULL
);
"""
PRODUCTS = [("tea", 3.5, 10), ("cup", 7.25, 4), ("spoon", 1.2, 0)]


def connection():
    if "connection" not in g:
        g.connection = sqlite3.connect(current_app.config["DATABASE"])
        g.connection.row_factory = sqlite3.Row
    return g.connection


def close(error=None):
    opened = g.pop("connection", None)
    if opened is not None:
        opened.close()


def create():
    connection().executescript(SCHEMA)
    connection().executemany("INSERT INTO products (title, price, stock) VALUES (?, ?, ?)", PRODUCTS)
    connection().commit()


def products():
    return connection().execute("SELECT id, title, price, stock FROM products ORDER BY title").fetchall()


def product(product_id):
    return connection().execute("SELECT id, title, price, stock FROM products WHERE id = ?", (product_id,)).fetchone()


def order(product_id, quantity):
    cursor = connection().execute("INSERT INTO orders (product_id, quantity) VALUES (?, ?)", (product_id, quantity))
    connection().execute("UPDATE products SET stock = stock - ? WHERE id = ?", (quantity, product_id))
    connection().commit()
    return cursor.lastrowid
