import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Venue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("slug", models.SlugField(unique=True)),
                ("capacity", models.PositiveIntegerField(default=100)),
                ("closed", models.BooleanField(default=False)),
            ],
            options={"ordering": ["name"]},
        ),
        migrations.CreateModel(
            name="Show",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=120)),
                ("genre", models.CharField(choices=[("music", "Music"), ("theatre", "Theatre")], default="music", max_length=10)),
                ("starts", models.DateTimeField()),
                ("price", models.DecimalField(decimal_places=2, max_digits=6)),
                (
                    "venue",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="shows", to="venues.venue"),
                ),
            ],
            options={"ordering": ["starts"]},
        ),
    ]
