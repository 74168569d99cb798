"""Where a shop's files are kept: a folder per shop. A file without a shop is an error, never common property."""

from pathlib import Path

from django.conf import settings
from django_tenants.files.storage import TenantFileSystemStorage

from shops.context import current_shop


class ShopFileStorage(TenantFileSystemStorage):
    """The disk, in a folder named after the shop's schema. Raises NoShop outside of a shop."""

    @property
    def base_location(self) -> str:
        """The current shop's folder."""
        return str(Path(settings.MEDIA_ROOT) / current_shop().schema_name)
