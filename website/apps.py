"""The public pages' place among the installed apps."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebsiteConfig(AppConfig):
    """Booking, "my appointment" and the web chat on a shop's own host."""

    name = "website"
    label = "website"
    verbose_name = _("Sito")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Keep the history of what the shop sets; dress the shops of a demonstration; listen to who is erased."""
        from receptionist.signals import customer_erased
        from scheduling.signals import demo_filled
        from shops import history
        from website import demo
        from website.booking import placing
        from website.models import Site

        history.keep(Site, exclude=["only", "updated_at"])
        demo_filled.connect(demo.on_filled, dispatch_uid="website.demo")
        customer_erased.connect(placing.forget, dispatch_uid="website.booking")
