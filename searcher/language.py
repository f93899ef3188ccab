"""Which language the messages are in: Chinese where the locale is Chinese, else English.

Every message is written once, in both languages, where it is used, so neither can be forgotten.
"""

import locale
import os

_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def is_chinese() -> bool:
    """Whether messages are to be in Chinese, by the variables gettext goes by."""
    for variable in _VARIABLES:
        value = os.environ.get(variable)
        if value:
            return value.lower().startswith("zh")
    return (locale.getlocale()[0] or "").lower().startswith(("zh", "chinese"))


def say(en: str, zh: str) -> str:
    """The message in the reader's language."""
    return zh if is_chinese() else en
