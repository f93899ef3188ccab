"""The compiled kernel, which is left out where there is no compiler. All else: pyproject.toml."""

from pathlib import Path

from setuptools import Extension, setup

KERNEL = Path("searcher/kernel")
SOURCES = sorted(KERNEL.glob("_*.c"))

setup(
    ext_modules=[
        Extension(
            f"searcher.kernel.{source.stem}",
            [source.as_posix()],
            # What _x.c is made of lies in the folder x.
            depends=sorted(
                header.as_posix()
                for pattern in ("*.h", f"{source.stem[1:]}/*.h")
                for header in KERNEL.glob(pattern)
            ),
            # Fused operations would round other than numpy does. Without -g0 the folder in which it
            # was compiled would stand in it, and no two builds would be the same.
            extra_compile_args=["-O3", "-ffp-contract=off", "-g0"],
            optional=True,
        )
        for source in SOURCES
    ]
)
