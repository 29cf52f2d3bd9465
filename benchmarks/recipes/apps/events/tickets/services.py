from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum

from .models import Order


def fee():
    return Decimal(settings.TICKETS["fee"])


@transaction.atomic
def place_order(show, email, quantity):
    order = Order.objects.create(show=show, email=email, quantity=quantity)
    return order, order.total + fee()


def revenue():
    rows = Order.objects.annotate(paid=F("quantity") * F("show__price")).values("show__title").annotate(all=Sum("paid"))
    return {row["show__title"]: str(row["all"]) for row in rows.order_by("show__title")}
