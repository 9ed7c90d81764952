import os
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.utils import autoreload

import operations
from operations import apps


def test_pools_are_closed_at_the_end_where_there_are_any(monkeypatch):
    postgresql, sqlite = Mock(vendor="postgresql"), Mock(vendor="sqlite")
    monkeypatch.setattr(apps.connections, "all", lambda **options: [postgresql, sqlite])
    apps.close_pools()
    postgresql.close_pool.assert_called_once_with()
    sqlite.close_pool.assert_not_called()


@pytest.mark.parametrize("file", ["django_project/urls.py", "library/api/views.py"])
def test_what_is_saved_while_the_server_starts_is_noticed(file, monkeypatch, settings, tmp_path):
    monkeypatch.setenv(autoreload.DJANGO_AUTORELOAD_ENV, "true")
    monkeypatch.setattr(autoreload, "get_reloader", None)
    monkeypatch.setattr(autoreload.StatReloader, "SLEEP_TIME", 0)
    settings.BASE_DIR = tmp_path
    not_imported = tmp_path / file
    not_imported.parent.mkdir(parents=True)
    for path in (not_imported, tmp_path / Path(file).parts[0] / "__init__.py"):
        path.touch()

    apps.OperationsConfig("operations", operations)
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
    apps.OperationsConfig("operations", operations)
    assert autoreload.get_reloader is None
