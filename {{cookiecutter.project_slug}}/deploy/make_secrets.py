"""Makes the secrets of production: the files that compose.prod.yaml names.

    python3 deploy/make_secrets.py            makes those that are missing
    python3 deploy/make_secrets.py --rotate   changes SECRET_KEY as well

Needs nothing but Python 3.9 or newer. Prints names, never a secret.
"""

import argparse
import os
import re
import secrets
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
FOLDER = PROJECT / "secrets"


def random():
    """Return a random text that needs no quotes, in a URL or anywhere else."""
    return secrets.token_urlsafe(50)


def contents():
    """Return what each secret is when it is new, as a dictionary of names to texts."""
    postgres, redis = random(), random()
    return {
        "secret_key": random(),
        # The next key. All processes believe it before the first one signs with it.
        "secret_key_fallbacks": random(),
        "postgres_password": postgres,
        "database_url": f"postgres://library:{postgres}@db:5432/library",
        "redis_conf": f"requirepass {redis}",
        "cache_url": f"redis://:{redis}@redis:6379/0",
    }


def write(name, text):
    """Write a secret, whole or not at all.

    The folder is closed to everybody else on this machine. The file is not: in
    its container, the user who reads it has another number.
    """
    new = FOLDER / f".{name}"
    new.write_text(text)
    new.chmod(0o444)
    os.replace(new, FOLDER / name)


def make(names):
    """Make the secrets called `names` that are not there; return their names."""
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    made = [name for name in names if not (FOLDER / name).exists()]
    new = contents()
    # These pairs hold the same password: a new one half-way would fit neither.
    for pair in ({"postgres_password", "database_url"}, {"redis_conf", "cache_url"}):
        if 0 < len(pair & set(made)) < len(pair & set(names)):
            raise SystemExit(f"Of {' and '.join(sorted(pair))}, one is missing: restore it.")
    for name in made:
        write(name, new[name])
    return made


def rotate():
    """Let the next key sign, believe the last one for a while, and draw a new next key."""
    last = (FOLDER / "secret_key").read_text().strip()
    following = (FOLDER / "secret_key_fallbacks").read_text().strip().split(",")[0]
    write("secret_key_fallbacks", f"{random()},{last}")
    write("secret_key", following)


def main():
    """Make what is missing, rotate where that is asked for, and say what was done."""
    parser = argparse.ArgumentParser(description="Makes the secrets of production.")
    parser.add_argument("--rotate", action="store_true", help="change SECRET_KEY")
    options = parser.parse_args()
    compose = (PROJECT / "compose.prod.yaml").read_text(encoding="utf-8")
    made = make(re.findall(r"file: \./secrets/(\w+)", compose))
    if made:
        print(f"Made in {FOLDER.name}/: {', '.join(made)}")
    if options.rotate:
        rotate()
        print("SECRET_KEY is changed; the last one is believed until the next rotation.")
    elif not made:
        print("All secrets are there; nothing was changed.")


if __name__ == "__main__":
    main()
