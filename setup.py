"""The compiled kernel, which is left out where there is no compiler. All else: pyproject.toml."""

from pathlib import Path

from setuptools import Extension, setup

SOURCES = sorted(Path("searcher/kernel").glob("_*.c"))

setup(
    ext_modules=[
        Extension(
            f"searcher.kernel.{source.stem}",
            [source.as_posix()],
            # Fused operations would round other than numpy does.
            extra_compile_args=["-O3", "-ffp-contract=off"],
            optional=True,
        )
        for source in SOURCES
    ]
)
