"""Pictures of pages, for whoever wants to look: AROS_SHOTS names the folder they go to; without it none is taken."""

import os
from pathlib import Path

from playwright.sync_api import Page


def take(page: Page, name: str) -> None:
    """The whole page as it is now, named after the window's width."""
    folder = os.environ.get("AROS_SHOTS")
    if folder and page.viewport_size:
        path = Path(folder) / f"{name}-{page.viewport_size['width']}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=path, full_page=True)
