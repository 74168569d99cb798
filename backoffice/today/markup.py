"""One appointment of the day as HTML.

Written here and not as a template: a busy day has fifty of them, and as a template they alone would take longer than
the rest of the page. Everything that comes from the database goes through `format_html`, which escapes it.
"""

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from backoffice.today.board import LABELS, Work

WORK = (
    '<li class="td-work{mark}"><div class="bo-row td-top"><span class="td-time">{time}</span>'
    '<span class="bo-chip bo-chip--{status}">{label}</span>{stays}</div>'
    '<a class="td-link bo-strong" id="td-w-{pk}" href="{link}">{who}</a>'
    '<div class="td-what">{what}{plate}</div>{lines}{pressed}</li>'
)
PRESSED = (
    '<div class="bo-row td-do"><button class="bo-button td-button" id="td-d-{pk}" form="td-form" name="do"'
    ' value="{verb}:{pk}" aria-label="{label}: {who}">{label}</button>{more}</div>'
)
MENU = (
    '<details class="td-menu" id="td-m-{pk}"><summary class="bo-button td-button" aria-label="{label}: {who}">'
    '{label}</summary><div class="td-menu-items">{items}</div></details>'
)
ITEM = '<button class="bo-button td-button" form="td-form" name="do" value="{}:{}">{}</button>'


class Words:
    """The words of a page's rows, looked up once: in the language of the request."""

    def __init__(self) -> None:
        self.leaves = format_html('<span class="bo-chip">{}</span>', _("lascia l'auto"))
        self.waits = format_html('<span class="bo-chip td-waits">{}</span>', _("aspetta"))
        self.late = format_html('<div class="td-late">{}</div>', _("non è ancora arrivato"))
        self.arrived, self.collected = _("arrivato %(at)s"), _("ritirata %(at)s")
        self.promised, self.more = _("promessa %(at)s"), _("Altro")
        self.verbs = {name: str(label) for name, label in LABELS.items()}


def works(rows: Iterable[Work], words: Words) -> SafeString:
    """Rows one after the other."""
    return format_html_join("", "{}", ((_work(row, words),) for row in rows))


def _work(row: Work, words: Words) -> SafeString:
    return format_html(
        WORK,
        mark=" td-work--late" if row.late else " td-work--over" if row.overdue else "",
        time=row.time,
        status=row.status,
        label=row.status_label,
        stays=words.leaves if row.leaves else words.waits,
        pk=row.pk,
        link=row.link,
        who=row.who,
        what=f"{row.service} · {row.car}" if row.car else row.service,
        plate=format_html(' <span class="td-plate">{}</span>', row.plate) if row.plate else "",
        lines=_lines(row, words),
        pressed=_pressed(row, words) if row.verbs else "",
    )


def _lines(row: Work, words: Words) -> SafeString:
    """That it is late, when the customer came, what was promised, the note that they may hear."""
    lines = [words.late] if row.late else []
    if row.collected:
        lines.append(
            format_html('<div class="bo-small bo-quiet">{}</div>', words.collected % {"at": row.collected})
        )
    if row.arrived:
        lines.append(
            format_html('<div class="bo-small bo-quiet">{}</div>', words.arrived % {"at": row.arrived})
        )
    if row.promised:
        style = "td-late" if row.overdue else "bo-small bo-quiet"
        lines.append(format_html('<div class="{}">{}</div>', style, words.promised % {"at": row.promised}))
    if row.note:
        lines.append(format_html('<div class="bo-small td-said">«{}»</div>', row.note))
    return format_html_join("", "{}", ((line,) for line in lines))


def _pressed(row: Work, words: Words) -> SafeString:
    first, *others = row.verbs
    more: SafeString | str = ""
    if others:
        items = format_html_join("", ITEM, ((verb, row.pk, words.verbs[verb]) for verb in others))
        more = format_html(MENU, pk=row.pk, label=words.more, who=row.who, items=items)
    return format_html(PRESSED, pk=row.pk, verb=first, label=words.verbs[first], who=row.who, more=more)
