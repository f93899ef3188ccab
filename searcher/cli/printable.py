"""Text that is safe to send to a terminal, whatever a document or a file name holds."""

import json
import re
import sys

# Marks that turn the direction of what follows: they can make a terminal show what is not there.
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNSAFE = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029{_BIDI}\ud800-\udfff]")
_JSON_UNSAFE = re.compile(f"[\x7f-\x9f\u2028\u2029{_BIDI}\ud800-\udfff]")
_SPACES = "\t\n\v\f\r\x85\u2028\u2029"


def printable(text: str) -> str:
    """The text with a visible character for each one that a terminal would obey.

    It is as long as before, so offsets into the text stay.
    """
    return _UNSAFE.sub(_visible, text)


def to_json(value: object) -> str:
    """The value as JSON in one line, with no character in it that a terminal would obey.

    Numbers that JSON does not have, as extra fields may hold, are null.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        from searcher.documents.exported import finite

        text = json.dumps(finite(value, []), ensure_ascii=False)
    return _JSON_UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def print_json(value: object) -> None:
    """Print the value as JSON in one line."""
    text = to_json(value)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(json.loads(text))
    sys.stdout.write(text + "\n")


def _visible(match: re.Match[str]) -> str:
    char = match[0]
    if char in _SPACES:
        return " "
    if char < " ":
        return chr(0x2400 + ord(char))  # the picture of the control character
    return "\u2421" if char == "\x7f" else "\ufffd"
