from django.db import models
from django.urls import reverse
from django.utils.text import slugify


class VenueQuerySet(models.QuerySet):
    def open_only(self):
        return self.filter(closed=False)

    def with_show_count(self):
        return self.annotate(show_count=models.Count("shows")).order_by("name")


class Venue(models.Model):
    name = models.CharField(max_length=80)
    slug = models.SlugField(unique=True)
    capacity = models.PositiveIntegerField(default=100)
    closed = models.BooleanField(default=False)

    objects = VenueQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        if not self.slug:
            self.slug = slugify(self.name)
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return reverse("venues:detail", kwargs={"slug": self.slug})


class Show(models.Model):
    class Genre(models.TextChoices):
        MUSIC = "music", "Music"
        THEATRE = "theatre", "Theatre"

    venue = models.ForeignKey(Venue, related_name="shows", on_delete=models.CASCADE)
    title = models.CharField(max_length=120)
    genre = models.CharField(max_length=10, choices=Genre.choices, default=Genre.MUSIC)
    starts = models.DateTimeField()
    price = models.DecimalField(max_digits=6, decimal_places=2)

    class Meta:
        ordering = ["starts"]

    def seats_left(self):
        return self.venue.capacity - sum(order.quantity for order in self.orders.all())
