"""The packages that the extras of this one bring, and the line that installs each.

The line names the package and not the extra: on PyPI another project has the name searcher, and
``pip install 'searcher[pdf]'`` of another environment than this one would install that.
"""

import shlex
import sys
from typing import Literal

PACKAGES = {
    "cluster": "opensearch-py>=3.0,<4",
    "live": "textual>=8.0,<9",
    "mcp": "mcp>=2.3,<3",
    "pdf": "pypdfium2>=5.1",
    "watch": "watchfiles>=1.0",
}


def installing(*requirements: str) -> str:
    """The line that installs packages into the environment that this program is in."""
    return " ".join(
        [shlex.quote(sys.executable), "-m pip install", *map(shlex.quote, requirements)]
    )


def installing_extra(extra: Literal["cluster", "live", "mcp", "pdf", "watch"]) -> str:
    """The line that installs what an extra brings."""
    return installing(PACKAGES[extra])
