"""``python -m searcher`` is the terminal tool."""

from searcher.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
