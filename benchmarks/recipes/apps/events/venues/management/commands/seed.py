from datetime import datetime, timezone
from decimal import Decimal

from django.core.management.base import BaseCommand

from venues.models import Show, Venue

SHOWS = [("Arena", 1200, "Brass night", "music", "25.00"), ("Cellar", 40, "Two chairs", "theatre", "12.50")]


class Command(BaseCommand):
    help = "Fill an empty database."

    def add_arguments(self, parser):
        parser.add_argument("--year", type=int, default=2030)

    def handle(self, *args, **options):
        for name, capacity, title, genre, price in SHOWS:
            venue, _ = Venue.objects.get_or_create(name=name, defaults={"capacity": capacity})
            starts = datetime(options["year"], 5, 1, 20, tzinfo=timezone.utc)
            Show.objects.create(venue=venue, title=title, genre=genre, starts=starts, price=Decimal(price))
        Venue.objects.create(name="Old Barn", closed=True)
        self.stdout.write(self.style.SUCCESS(f"{Venue.objects.count()} venues"))
