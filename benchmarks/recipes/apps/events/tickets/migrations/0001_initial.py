import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [("venues", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254)),
                (
                    "quantity",
                    models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1)]),
                ),
                ("created", models.DateTimeField(auto_now_add=True)),
                (
                    "show",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="orders", to="venues.show"),
                ),
            ],
            options={"ordering": ["-created"]},
        ),
    ]
