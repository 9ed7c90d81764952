"""Background tasks, with and without a worker."""

import pytest
from django.core.management import CommandError, call_command
from django_alive import HealthcheckFailure
from django_tasks_db.models import DBTaskResult

from operations.tasks import task

WORKER = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
done = []


@task
def remember(word):
    done.append(word)


@task
def fail():
    raise LookupError("This task fails.")


@pytest.fixture(autouse=True)
def forget():
    done.clear()


def work():
    """Run the enqueued tasks, as the service `worker` does, and return."""
    call_command("db_worker", batch=True, startup_delay=False, reload=False)


def test_without_a_worker_a_task_runs_at_once(db):
    remember.enqueue("now")
    assert done == ["now"]


def test_with_a_worker_a_task_runs_in_the_worker(transactional_db, settings):
    settings.TASKS = WORKER
    result = remember.enqueue("later")
    assert done == []
    work()
    assert done == ["later"]
    result.refresh()
    assert result.is_finished


def test_a_task_that_fails_does_not_stop_the_process_and_is_logged(db, caplog):
    fail.enqueue()
    assert "LookupError: This task fails." in caplog.text


def test_a_task_that_fails_in_the_worker_is_in_the_log_and_in_the_admin(
    transactional_db, settings, caplog, admin_client
):
    settings.TASKS = WORKER
    fail.enqueue()
    remember.enqueue("after the failure")
    work()
    assert done == ["after the failure"]
    assert "LookupError: This task fails." in caplog.text
    failed = DBTaskResult.objects.failed().get()
    tasks = "/admin/django_tasks_database/dbtaskresult/"
    assert str(failed.pk) in admin_client.get(f"{tasks}?status=FAILED").content.decode()
    page = admin_client.get(f"{tasks}{failed.pk}/change/").content.decode()
    assert "LookupError: This task fails." in page


def test_the_worker_waits_for_the_migrations(transactional_db, settings, monkeypatch, capsys):
    settings.TASKS = WORKER
    remember.enqueue("after the migrations")
    failures = iter([HealthcheckFailure("database error"), HealthcheckFailure("no table")])

    def check():
        for failure in failures:
            raise failure

    command = "operations.management.commands.db_worker"
    monkeypatch.setattr(f"{command}.check_database_and_migrations", check)
    monkeypatch.setattr(f"{command}.time.sleep", lambda seconds: None)
    work()
    assert done == ["after the migrations"]
    assert capsys.readouterr().err.splitlines()[:2] == [
        "Waiting for the database: database error",
        "Waiting for the database: no table",
    ]


def test_a_worker_needs_the_setting(db):
    with pytest.raises(CommandError, match="is not a database backend"):
        call_command("db_worker", "--batch")
