"""The product's settings, plus the address of the view that everything is compared to."""

from aros.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.urls"
