"""A date inside a page: {{ day|date:"D j M H:i"|in_a_sentence }}. Every template has it without loading it."""

from django import template

from shops.dates import in_a_sentence

register = template.Library()
register.filter("in_a_sentence", in_a_sentence, is_safe=True)
