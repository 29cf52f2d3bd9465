from django import template

register = template.Library()


@register.filter
def stars(capacity):
    return "*" * min(5, capacity // 100 + 1)


@register.simple_tag(takes_context=True)
def price_of(context, show):
    return f"{show.price} {context['currency']}"
