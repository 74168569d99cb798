"""The browser that pages are measured in."""

import os
import shutil

FLAGS = ["--disable-background-networking", "--host-resolver-rules=MAP *.example 127.0.0.1"]
# performance's entry, in ms since the navigation began
LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"


def chromium() -> str | None:
    """The machine's Chromium, if there is one."""
    return shutil.which(os.environ.get("CHROMIUM") or "chromium") or shutil.which("google-chrome")
