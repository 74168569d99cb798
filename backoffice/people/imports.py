"""Reading a file of customers and cars in: bring it, match its columns, see what would happen, confirm."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.pages import fragment, page, person
from scheduling.importing import columns, keeping, reading
from scheduling.importing.keeping import Upload

WORKING = ("checking", "writing")


def upload_page(request: HttpRequest) -> HttpResponse:
    """Bring a file. It is read at once, and goes on at an address of its own."""
    error = ""
    if request.method == "POST":
        upload, error = _uploaded(request)
        if upload is not None:
            if columns.usable(upload.mapping):
                keeping.begin(upload, writes=False)
            return HttpResponseRedirect(reverse("admin:import_file", args=[upload.token]))
    return page(
        request,
        "backoffice/people/upload.html",
        {
            "error": error,
            "known": [str(field.label) for field in columns.FIELDS],
        },
        title=_("Importa clienti e veicoli"),
        status=400 if error else 200,
    )


def _uploaded(request: HttpRequest) -> tuple[Upload | None, str]:
    file = request.FILES.get("file")
    if file is None:
        return None, _("Scegliere un file.")
    if (file.size or 0) > reading.MAX_BYTES:
        return None, _("Il file supera i 10 MB: dividerlo in più file.")
    try:
        return keeping.keep(staff=person(request), name=file.name or "", data=file.read()), ""
    except reading.Unreadable as problem:
        return None, problem.message


def file_page(request: HttpRequest, token: str) -> HttpResponse:
    """The matching of the columns and what the file would do; by POST it is tried again, written or given up."""
    upload = keeping.find(token=token, staff=person(request))
    if upload is None:
        messages.error(request, _("Il file non c'è più: caricarlo di nuovo."))
        return HttpResponseRedirect(reverse("admin:import"))
    if request.method == "POST":
        return _do(request, upload)
    return page(
        request, "backoffice/people/import.html", _context(upload), title=_("Importa clienti e veicoli")
    )


def _do(request: HttpRequest, upload: Upload) -> HttpResponse:
    here = HttpResponseRedirect(reverse("admin:import_file", args=[upload.token]))
    wish = request.POST.get("do", "")
    if wish == "forget":
        keeping.forget(upload.token)
        messages.success(request, _("File cancellato: non è stato scritto niente."))
        return HttpResponseRedirect(reverse("admin:import"))
    if upload.state in WORKING:
        return here
    if wish == "try" and upload.state != "done":
        upload.mapping = columns.cleaned(request.POST.getlist("column"), len(upload.headings))
        if not columns.usable(upload.mapping):
            messages.error(request, _("Indicare almeno la colonna del nome, del telefono o della targa."))
            upload.state = "new"
            keeping.save(upload)
        else:
            keeping.begin(upload, writes=False)
    elif wish == "write" and upload.state == "checked" and upload.summary["writes"]:
        keeping.begin(upload, writes=True)
    elif wish not in ("try", "write"):
        raise Http404
    return here


def state(request: HttpRequest, token: str) -> HttpResponse:
    """How far a worker is; the page asks until it is done, and then loads anew."""
    upload = keeping.find(token=token, staff=person(request))
    if upload is None or upload.state not in WORKING:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return fragment(request, "backoffice/people/import_state.html", _context(upload))


def _context(upload: Upload) -> dict[str, Any]:
    return {
        "upload": upload,
        "working": upload.state in WORKING,
        "percent": min(99, round(100 * upload.done / max(upload.rows, 1))),
        "summary": upload.summary,
        "columns": [
            {
                "number": index,
                "heading": heading,
                "chosen": chosen,
                "samples": [row[index] for row in upload.samples],
            }
            for index, (heading, chosen) in enumerate(zip(upload.headings, upload.mapping, strict=True))
        ],
        "fields": [(field.name, field.label) for field in columns.FIELDS],
    }
