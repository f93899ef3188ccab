"""What becomes of an index of which bytes have changed: an answer, or a typed error.

Every file of a real index is damaged in many ways: bytes changed, cut off, taken out, put in; files
missing, emptied, swapped. After each, all that an index can be asked is asked, in a process of its
own: it must give an answer or a ``SearcherError``, with the kernel and without, and never crash,
hang, take gigabytes or raise anything else. ``Index.check`` must name the file, always.

A second kind of damage has all its checksums right, as somebody would make it who wants to do harm;
there an index is written to as well.

The tests run a short form. The full form, which takes about an hour, is::

    python -m tests.damage --full

``python -m tests.damage --help`` tells of the rest: one kind only, with or without the kernel, from
which seed on.
"""
