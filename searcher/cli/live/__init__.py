"""The live search: what ``searcher`` alone in a terminal opens.

It is the only room of the house that needs Textual, the extra ``live``. ``asking`` and
``newest`` know nothing of it: they answer questions in threads of their own, so that the keyboard
never waits for the index. The panes show what comes back, and ``app`` puts them together.
"""
