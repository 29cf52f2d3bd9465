from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET

from venues.models import Show

from . import services
from .forms import OrderForm
from .models import Order


@csrf_exempt
def order(request, show_id):
    show = get_object_or_404(Show, pk=show_id)
    form = OrderForm(request.POST or None, show=show)
    if request.method == "POST" and form.is_valid():
        placed, total = services.place_order(show, **form.cleaned_data)
        response = redirect("tickets:mine")
        response["X-Total"] = str(total)
        return response
    return render(request, "tickets/order.html", {"form": form, "show": show}, status=200 if not form.errors else 422)


@require_GET
def mine(request):
    orders = Order.objects.select_related("show").filter(email__endswith=request.GET.get("domain", ".org"))
    return render(request, "tickets/mine.html", {"orders": orders})


def revenue(request):
    return JsonResponse(services.revenue())


def ping(request):
    return HttpResponse("pong", content_type="text/plain")
