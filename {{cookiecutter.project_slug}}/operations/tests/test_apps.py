import os
from unittest.mock import Mock

import pytest
from django.apps import apps as registry
from django.utils import autoreload

from operations import apps


def test_pools_are_closed_at_the_end_where_there_are_any(monkeypatch):
    postgresql, sqlite = Mock(vendor="postgresql"), Mock(vendor="sqlite")
    monkeypatch.setattr(apps.connections, "all", lambda **options: [postgresql, sqlite])
    apps.close_pools()
    postgresql.close_pool.assert_called_once_with()
    sqlite.close_pool.assert_not_called()


@pytest.mark.parametrize("folder", ["django_project", "library/api"])
def test_what_is_saved_while_the_server_starts_is_noticed(folder, monkeypatch, settings, tmp_path):
    monkeypatch.setenv(autoreload.DJANGO_AUTORELOAD_ENV, "true")
    monkeypatch.setattr(autoreload, "get_reloader", None)
    monkeypatch.setattr(autoreload.StatReloader, "SLEEP_TIME", 0)
    monkeypatch.setattr(registry.get_app_config("library"), "path", str(tmp_path / "library"))
    settings.BASE_DIR = tmp_path
    not_imported = tmp_path / folder / "views.py"
    not_imported.parent.mkdir(parents=True)
    not_imported.touch()

    registry.get_app_config("operations").ready()
    reloader = autoreload.get_reloader()
    seen = []
    monkeypatch.setattr(reloader, "notify_file_changed", seen.append)
    os.utime(not_imported, (2e9, 2e9))
    ticks = reloader.tick()
    for _ in range(3):
        next(ticks)
    assert seen == [not_imported]


def test_no_other_command_watches_files(monkeypatch):
    monkeypatch.delenv(autoreload.DJANGO_AUTORELOAD_ENV, raising=False)
    monkeypatch.setattr(autoreload, "get_reloader", None)
    registry.get_app_config("operations").ready()
    assert autoreload.get_reloader is None
