from django.conf import settings


def site(request):
    return {"site_title": "Evenings", "currency": settings.TICKETS["currency"]}
