"""Creates the secrets of production: the files that compose.prod.yaml names.

    python3 deploy/make_secrets.py            creates the missing ones
    python3 deploy/make_secrets.py --rotate   also changes SECRET_KEY

Needs only Python 3.9 or newer. Prints the names of the files, never a secret.
"""

import argparse
import os
import re
import secrets
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
FOLDER = PROJECT / "secrets"


def new_secret():
    """Return a random string that needs no quoting, in a URL or anywhere else."""
    return secrets.token_urlsafe(50)


def setting(compose, name, default):
    """Return the value of POSTGRES_USER or POSTGRES_DB in the text of compose.prod.yaml."""
    found = re.search(rf"^ +{name}: *([\w-]+)", compose, re.MULTILINE)
    return found[1] if found else default


def contents(compose):
    """Return a new value for each secret, as a dictionary of names to texts."""
    user = setting(compose, "POSTGRES_USER", "postgres")
    database = setting(compose, "POSTGRES_DB", user)
    postgres, redis = new_secret(), new_secret()
    return {
        "secret_key": new_secret(),
        # The next key: every process accepts it before the first one signs with it.
        "secret_key_fallbacks": new_secret(),
        "postgres_password": postgres,
        "database_url": f"postgres://{user}:{postgres}@db:5432/{database}",
        "redis_conf": f"requirepass {redis}",
        "cache_url": f"redis://:{redis}@redis:6379/0",
    }


def write(name, text):
    """Write a secret, completely or not at all.

    The folder is closed to other users of this machine. The file is not: the user
    who reads it in the container has another ID.
    """
    new = FOLDER / f".{name}"
    new.write_text(text)
    new.chmod(0o444)
    os.replace(new, FOLDER / name)


def make(compose):
    """Create the missing secrets that the text `compose` names; return their names.

    Raises SystemExit if only one half of a password's two files is missing.
    """
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    names = re.findall(r"file: \./secrets/(\w+)", compose)
    missing = [name for name in names if not (FOLDER / name).exists()]
    for pair in ({"postgres_password", "database_url"}, {"redis_conf", "cache_url"}):
        if 0 < len(pair & set(missing)) < len(pair & set(names)):
            raise SystemExit(
                f"{' and '.join(sorted(pair))} hold the same password, and one of them is "
                "missing. Restore it from your copy."
            )
    new = contents(compose)
    for name in missing:
        write(name, new[name])
    return missing


def rotate():
    """Use the next key, accept the last one until the next rotation, and create another next."""
    last = (FOLDER / "secret_key").read_text().strip()
    following = (FOLDER / "secret_key_fallbacks").read_text().strip().split(",")[0]
    write("secret_key_fallbacks", f"{new_secret()},{last}")
    write("secret_key", following)


def main():
    """Create the missing secrets, rotate SECRET_KEY if asked to, and print what changed."""
    parser = argparse.ArgumentParser(description="Creates the secrets of production.")
    parser.add_argument("--rotate", action="store_true", help="change SECRET_KEY")
    options = parser.parse_args()
    made = make((PROJECT / "compose.prod.yaml").read_text(encoding="utf-8"))
    if made:
        print(f"Created in {FOLDER.name}/: {', '.join(made)}")
    if options.rotate:
        rotate()
        print("SECRET_KEY is changed; the last one is accepted until the next rotation.")
    elif not made:
        print("All secrets exist; nothing was changed.")


if __name__ == "__main__":
    main()
