"""Write the digests of the base images to compose.digests.yaml, which pins them.

    python3 deploy/pin_images.py

Run in the project's folder. Needs Docker, and the registry. docs/operations.md says how to
use the file.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

OUTPUT = Path("compose.digests.yaml")


def run(*command):
    """Run a command and return its output; exit with its message if it fails."""
    process = subprocess.run(command, capture_output=True, text=True)
    if process.returncode:
        sys.exit(f"Nothing was written. {' '.join(command)}: {process.stderr.strip()}")
    return process.stdout


def pinned(image):
    """Return the image with the digest that its tag has in the registry, for all platforms."""
    inspect = ("docker", "buildx", "imagetools", "inspect", "--format={{json .Manifest}}")
    return f"{image}@{json.loads(run(*inspect, image))['digest']}"


def main():
    config = run("docker", "compose", "-f", "compose.prod.yaml", "config", "--format=json")
    services = json.loads(config)["services"]
    built = {name: one for name, one in services.items() if "build" in one}
    own = {one["image"] for one in built.values()}
    registry = services["web"]["build"]["args"]["REGISTRY"]
    names = re.findall(r"^FROM \$\{REGISTRY\}(\S+)", Path("Dockerfile").read_text(), re.MULTILINE)
    bases = {registry + name for name in names}
    images = {one["image"] for one in services.values()} - own
    pins = {image: pinned(image) for image in bases | images}
    contexts = {image: f"docker-image://{pins[image]}" for image in sorted(bases)}
    digests = {name: {"build": {"additional_contexts": contexts}} for name in built}
    digests |= {
        name: {"image": pins[one["image"]]}
        for name, one in services.items()
        if one["image"] in images
    }
    text = json.dumps({"services": digests}, indent=2)
    OUTPUT.write_text(f"# Written by deploy/pin_images.py.\n{text}\n", encoding="utf-8")
    print(f"Pinned in {OUTPUT}: {', '.join(sorted(pins))}")


if __name__ == "__main__":
    main()
