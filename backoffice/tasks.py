"""What the pages leave to the workers: Celery looks here."""

from backoffice.tryout.tasks import try_out

__all__ = ["try_out"]
