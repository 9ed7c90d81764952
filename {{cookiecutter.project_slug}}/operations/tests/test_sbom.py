import json

import django

from operations import sbom


def test_the_bill_has_the_packages_of_python_and_debian(tmp_path, monkeypatch, capsys):
    status = tmp_path / "status"
    status.write_text(
        "Package: libc6\nStatus: install ok installed\nVersion: 2.41-12\n\n"
        "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
    )
    monkeypatch.setattr(sbom, "DEBIAN", status)
    sbom.main()
    bill = json.loads(capsys.readouterr().out)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    found = {package["purl"]: package["version"] for package in bill["components"]}
    assert found[f"pkg:pypi/django@{django.__version__}"] == django.__version__
    assert found["pkg:deb/debian/libc6@2.41-12"] == "2.41-12"
    assert not [purl for purl in found if "gone" in purl]


def test_without_debian_the_bill_has_the_packages_of_python(tmp_path, monkeypatch):
    monkeypatch.setattr(sbom, "DEBIAN", tmp_path / "missing")
    assert all(package["purl"].startswith("pkg:pypi/") for package in sbom.components())
