from unittest.mock import Mock

from django.db.backends.signals import connection_created

from operations import apps
from operations.metrics import measure


def test_pools_are_closed_at_exit(monkeypatch):
    postgresql, sqlite = Mock(vendor="postgresql"), Mock(vendor="sqlite")
    monkeypatch.setattr(apps.connections, "all", lambda **options: [postgresql, sqlite])
    apps.close_pools()
    postgresql.close_pool.assert_called_once_with()
    sqlite.close_pool.assert_not_called()


def test_a_connection_is_measured_once_however_often_the_pool_returns_it():
    connection = Mock(execute_wrappers=[])
    for _ in range(2):
        connection_created.send(sender=Mock, connection=connection)
    assert connection.execute_wrappers == [measure]
