from unittest.mock import Mock

from operations import apps


def test_pools_are_closed_at_the_end_where_there_are_any(monkeypatch):
    postgresql, sqlite = Mock(vendor="postgresql"), Mock(vendor="sqlite")
    monkeypatch.setattr(apps.connections, "all", lambda **options: [postgresql, sqlite])
    apps.close_pools()
    postgresql.close_pool.assert_called_once_with()
    sqlite.close_pool.assert_not_called()
