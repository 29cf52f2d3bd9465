from django.db.models import Avg, Max
from django.http import JsonResponse
from django.views import View
from django.views.generic import DetailView, ListView

from .models import Show, Venue


class VenueList(ListView):
    template_name = "venues/venue_list.html"
    context_object_name = "venues"
    paginate_by = 10

    def get_queryset(self):
        queryset = Venue.objects.open_only().with_show_count()
        if wanted := self.request.GET.get("q"):
            queryset = queryset.filter(name__icontains=wanted)
        return queryset


class VenueDetail(DetailView):
    model = Venue

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["shows"] = self.object.shows.select_related("venue")
        return context


class Prices(View):
    def get(self, request, *args, **kwargs):
        figures = Show.objects.aggregate(average=Avg("price"), highest=Max("price"))
        genres = list(Show.objects.values_list("genre", flat=True).distinct().order_by("genre"))
        return JsonResponse({"average": float(figures["average"]), "highest": str(figures["highest"]), "genres": genres})
