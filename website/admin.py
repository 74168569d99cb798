"""What the room puts on the shop's back office."""

from website.site import SiteAdmin

__all__ = ["SiteAdmin"]
