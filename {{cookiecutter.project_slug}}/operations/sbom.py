"""Prints what the image is made of: a software bill of materials, for tools that look for flaws.

    docker run --rm IMAGE python operations/sbom.py > sbom.json

The packages of Debian and of Python, in the format of CycloneDX:
https://cyclonedx.org/docs/1.6/json/
"""

import json
import re
import uuid
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from urllib.parse import quote

DEBIAN = Path("/var/lib/dpkg/status")


def component(kind, name, version):
    """Return a package as CycloneDX describes it; `kind` is how its address begins."""
    purl = f"pkg:{kind}/{quote(name)}@{quote(version)}"
    component = {"type": "library", "name": name, "version": version}
    return component | {"purl": purl, "bom-ref": purl}


def components():
    """Return the packages, the same ones always in the same order."""
    found = [
        component("pypi", re.sub("[-_.]+", "-", package.name).lower(), package.version)
        for package in distributions()
    ]
    if DEBIAN.exists():
        for package in DEBIAN.read_text().split("\n\n"):
            fields = dict(re.findall(r"^(Package|Version|Status): (.*)$", package, re.MULTILINE))
            if fields.get("Status", "").endswith(" installed"):
                found.append(component("deb/debian", fields["Package"], fields["Version"]))
    return sorted(found, key=lambda package: package["purl"])


def main():
    """Print the bill of materials."""
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid4()}",
        "version": 1,
        "metadata": {"timestamp": f"{datetime.now(UTC):%FT%TZ}"},
        "components": components(),
    }
    print(json.dumps(bill, indent=2))


if __name__ == "__main__":
    main()
