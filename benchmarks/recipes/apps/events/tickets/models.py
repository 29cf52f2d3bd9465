from django.core.validators import MinValueValidator
from django.db import models


class Order(models.Model):
    show = models.ForeignKey("venues.Show", on_delete=models.PROTECT, related_name="orders")
    email = models.EmailField()
    quantity = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created"]

    @property
    def total(self):
        return self.show.price * self.quantity
