"""The parts of the benchmarks that decide what they report, without Docker."""

import sys
import threading
import time

import pytest

from helpers import ROOT

pytestmark = pytest.mark.quick


@pytest.fixture
def swarm(monkeypatch):
    """Return the module of `make swarm`, without values in the environment."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    for name in ("NODES", "KILL", "START"):
        monkeypatch.delenv(name, raising=False)
    import swarm

    yield swarm
    for name in ("swarm", "production", "images"):
        del sys.modules[name]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "NODES must be three Docker endpoints; received ''."),
        (["--nodes=a b b"], "NODES must be three Docker endpoints; received 'a b b'."),
        (["--nodes=a b c", "--kill=virsh"], "KILL must be a command with {node}; received 'virsh'"),
        (["--nodes=a b c", "--kill=x {node}"], "START must be a command with {node}; received ''"),
    ],
)
def test_the_swarm_needs_nodes_and_commands(swarm, capsys, arguments, message):
    with pytest.raises(SystemExit) as stopped:
        swarm.options_of(arguments)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_the_swarm_takes_its_options_from_the_environment(swarm, monkeypatch):
    for name, value in (("NODES", "a  b c"), ("KILL", "x {node}"), ("START", "y {node}")):
        monkeypatch.setenv(name, value)
    options = swarm.options_of(["--start=z {node}"])
    assert options.nodes == ["a", "b", "c"]
    assert (options.kill, options.start) == ("x {node}", "z {node}")


def test_an_engine_that_does_not_respond_is_named(swarm, tmp_path):
    endpoints = " ".join(f"unix://{tmp_path}/{number}" for number in range(3))
    options = swarm.options_of([f"--nodes={endpoints}", "--kill={node}", "--start={node}"])
    with pytest.raises(SystemExit, match=f"^Not started. unix://{tmp_path}/0 is not the manager"):
        swarm.Swarm(tmp_path, options)


def test_only_running_replicas_count(swarm):
    tasks = "node2 Running 5 seconds ago\nnode1 Starting 1 second ago\nnode3 Running 2 hours ago\n"
    assert swarm.running(tasks) == ["node2", "node3"]
    assert swarm.running("") == []


def test_a_failed_request_was_in_flight_or_not(swarm):
    log = [
        (0.0, 0.5, "/", 200),
        (1.0, 3.0, "/", "TimeoutError()"),
        (2.5, 2.7, "/", 502),
        (1.0, 1.9, "/", 503),
        (0.0, 4.0, "/", 304),
    ]
    text, wrong = swarm.summary(log, [(2.0, 2.2)])
    assert text == "5 requests, 3 failed (1 in flight), slowest response 4.0 s"
    assert wrong == [(1.0, 1.9, "/", 503), (2.5, 2.7, "/", 502)]
    text, wrong = swarm.summary([(1.0, 31.0, "/", "TimeoutError()")])
    assert text == "1 requests, 1 failed (0 in flight), slowest response 0.0 s"
    assert len(wrong) == 1


def test_slow_responses_do_not_slow_the_load(swarm, monkeypatch):
    monkeypatch.setattr(swarm, "AROUND", 0.5)
    monkeypatch.setattr(swarm, "MOST", 20)
    responding = threading.Event()

    def send(path):
        responding.wait(60)
        return 200

    with swarm.Load(send) as load:
        # 50 requests a second for as long, of which 20 can wait for a response.
        time.sleep(0.3)
        responding.set()
    statuses = [status for *_, status in load.log]
    assert statuses.count("not sent") >= 10
    assert len(statuses) >= 50
    assert set(statuses) == {200, "not sent"}
    due = sorted(begin for begin, *_ in load.log)
    assert due[-1] - due[0] == pytest.approx((len(due) - 1) / swarm.PER_SECOND)


def test_the_pages_have_the_commands_that_the_swarm_runs(swarm, bake):
    pages = bake() / "docs"
    for page, heading, count in (
        ("deployment", "Many machines", 5),
        ("operations", "Update, Swarm", 1),
        ("operations", "Back up, Swarm", 1),
        ("operations", "Maintain a machine, Swarm", 2),
        ("operations", "Restore, on another machine of the swarm", 2),
    ):
        blocks = swarm.blocks_of((pages / f"{page}.md").read_text(), heading)
        assert len(blocks) == count, heading
