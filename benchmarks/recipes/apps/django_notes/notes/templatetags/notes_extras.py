from django import template

register = template.Library()


@register.filter
def shout(text):
    return text.upper() + "!"
