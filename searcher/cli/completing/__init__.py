"""Completion in bash, zsh and fish.

Click's own takes no notice of quotes, spaces and colons in what is completed, and of what bash
takes for the end of a word. Here ``typed`` finds what a command line asks for, ``candidates`` what
that may be, and ``shells`` has a script for each shell and writes the answer as that shell reads
it. The script asks ``searcher`` with ``_SEARCHER_COMPLETE`` set, at every press of the tab key, so
nothing slow is imported: numpy, rich and Whoosh are not.
"""
