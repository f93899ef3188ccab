"""What becomes of an index of which bytes have changed: an answer, or a typed error.

Every file of a real index is damaged in many ways: bytes changed, cut off, taken out, put in; files
missing, emptied, swapped. After each, all that an index can be asked is asked, in a process of its
own: it must give an answer or a ``SearcherError``, with the kernel and without, and never crash,
hang, take gigabytes or raise anything else. ``Index.check`` must name the file, always.

A second kind of damage has all its checksums right, as somebody would make it who wants to do harm;
there an index is written to as well.

The tests run a short form. The full form, which takes about half an hour on one core, is::

    python -m tests.damage --full

It does to every file what can happen to a file as a whole. It changes every byte of the pointer,
the commit record and the description of the dictionary; of each container (segments, manifest,
symbols) every byte of head and foot, 40 of the table of contents, and of every section the first,
the last, three others and one of the padding behind it; every eighth byte of Whoosh's table; and of
the table of words and the folding both ends and 60 bytes between. Then come damages of all kinds by
chance, and forged ones. With the kernel every index is checked too; without it every twentieth is,
and one in three of the systematic cases is done. ``--seed`` chooses others.

``python -m tests.damage --help`` tells of the rest: one kind only, with or without the kernel, from
which seed on.
"""
