"""Prints the oldest declared version of each dependency, as constraints for pip."""

import re
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
for declared in [*project["dependencies"], *project["optional-dependencies"]["test"]]:
    name, version = re.fullmatch(r"([\w-]+)>=([\d.]+)", declared).groups()
    print(f"{name}=={version}" + (".*" if "." in version else ".0.*"))
