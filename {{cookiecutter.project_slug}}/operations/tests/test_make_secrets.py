import pytest

COMPOSE = """
services:
  db:
    environment:
      POSTGRES_DB: shop
      POSTGRES_USER: keeper
secrets:
"""
NAMES = ("cache_url", "database_url", "postgres_password", "redis_conf", "secret_key")


@pytest.fixture
def make(tmp_path, monkeypatch, capsys, load):
    """Return a function that runs make_secrets in a project of this test, and its folder."""
    make_secrets = load("make_secrets")
    files = "".join(f"file: ./secrets/{name}\n" for name in (*NAMES, "secret_key_fallbacks"))
    (tmp_path / "compose.prod.yaml").write_text(COMPOSE + files)
    folder = tmp_path / "secrets"
    monkeypatch.setattr(make_secrets, "PROJECT", tmp_path)
    monkeypatch.setattr(make_secrets, "FOLDER", folder)

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["make_secrets.py", *arguments])
        make_secrets.main()
        read = {path.name: path.read_text() for path in folder.iterdir()}
        printed = capsys.readouterr().out
        assert not [name for name, text in read.items() if text in printed]
        return read

    run.folder = folder
    return run


def test_secrets_are_created_once(make):
    first = make()
    assert set(first) == {*NAMES, "secret_key_fallbacks"}
    assert make() == first
    assert make.folder.stat().st_mode & 0o777 == 0o700
    password = first["postgres_password"]
    assert first["database_url"] == f"postgres://keeper:{password}@db:5432/shop"
    assert first["redis_conf"].removeprefix("requirepass ") in first["cache_url"]
    assert len(first["secret_key"]) >= 50


def test_a_rotation_signs_with_the_key_that_every_process_accepts(make):
    before = make()
    after = make("--rotate")
    assert after["secret_key"] == before["secret_key_fallbacks"]
    following, last = after["secret_key_fallbacks"].split(",")
    assert last == before["secret_key"]
    again = make("--rotate")
    assert again["secret_key"] == following
    assert before["secret_key"] not in again["secret_key_fallbacks"]


@pytest.mark.parametrize(
    "pair", [("database_url", "postgres_password"), ("cache_url", "redis_conf")]
)
@pytest.mark.parametrize("half", [0, 1])
def test_half_a_pair_is_not_created_again(make, pair, half):
    before = make()
    (make.folder / pair[half]).unlink()
    with pytest.raises(SystemExit, match=f"{pair[0]} and {pair[1]} hold the same password"):
        make()
    left = {path.name: path.read_text() for path in make.folder.iterdir()}
    assert left == {name: text for name, text in before.items() if name != pair[half]}


def test_each_rotation_changes_the_key(make):
    keys = [make()["secret_key"], *(make("--rotate")["secret_key"] for _ in range(3))]
    assert len(set(keys)) == 4
