"""Documents that were made to do harm, and whether an index of them keeps within its memory.

Archives that expand to terabytes, lines of a gigabyte, nesting a million levels deep, tables of a
million columns, PDFs that unpack to gigabytes, texts that are just not too large and of which
every pair of characters is another one, names that a terminal would obey. Each of them must be
read or named in the report, what lies beside them must be found, the exit status must be 0 (1 with
``--strict``), and all processes together must take no more memory than ``--memory`` says.

The tests run a short form. The full form, which takes some minutes and 3 GB of disk, is::

    python -m tests.hostile [--memory 256] [--small] [--only PATTERN]

Memory is the sum over the process and all below it of what each has to itself and its share of
what several have (PSS, ``/proc/PID/smaps_rollup``), looked at some twenty times a second.
"""
