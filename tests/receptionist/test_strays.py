"""Files that a killed worker left without a row go with the night; those that a row names stay."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from receptionist import retention
from receptionist.models import Media, PersonExport
from receptionist.retention import strays
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.receptionist.keeping import file, talk


def left(name: str, *, days: int = 8) -> Path:
    path = Path(default_storage.path(default_storage.save(name, ContentFile(b"voice"))))
    moment = (timezone.now() - timedelta(days=days)).timestamp()
    os.utime(path, (moment, moment))
    return path


@pytest.mark.parametrize("folder", ["recording", "image", "exports"])
def test_what_no_row_names_goes(in_rossi: Shop, folder: str) -> None:
    old, new = left(f"{folder}/old.wav"), left(f"{folder}/new.wav", days=1)
    assert retention.apply()["strays"] == 1
    assert (old.exists(), new.exists()) == (False, True)
    assert retention.apply()["strays"] == 0


def test_what_a_row_names_stays(in_rossi: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strays, "AT_ONCE", 2)
    call = talk(timezone.now(), channel="voice", external_id="c1")
    kept = [Path(file(call, kind, timezone.now()).file.path) for kind in ("recording", "image", "document")]
    copy = left("exports/x.zip")
    PersonExport.objects.create(
        customer=factories.customer(), file="exports/x.zip", expires_at=timezone.now(), state="ready"
    )
    for each in kept:
        os.utime(each, (0, 0))
    logo = left("logo/x.png", days=900)
    lost = [left(f"recording/{number}.wav") for number in range(5)]
    assert strays.sweep(now=timezone.now()) == 5
    assert all(each.exists() for each in (*kept, copy, logo))
    assert not any(each.exists() for each in lost)
    assert Media.objects.count() == 3


def test_the_other_shops_files_are_not_looked_at(rossi: Shop, bianchi: Shop) -> None:
    with in_shop(bianchi):
        theirs = left("recording/x.wav")
    with in_shop(rossi):
        assert strays.sweep(now=timezone.now()) == 0
    assert theirs.exists()
