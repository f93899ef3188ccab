"""Dates as people and programs write them → datetimes with a zone."""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache

CHINA = timezone(timedelta(hours=8), "UTC+08:00")

_HAN_DIGITS = {char: str(value) for value, char in enumerate("〇一二三四五六七八九")} | {
    "零": "0",
    "○": "0",
    "Ｏ": "0",
    "元": "1",
}
_HAN_NUMBER = "[〇零○Ｏ一二三四五六七八九十廿卅百元]"
_REPUBLIC = 1911  # year 1 of 民國 is 1912

_TIME = (
    r"(?:(?P<half>上午|下午|凌晨|早上|晚上|中午|晚|am|pm)?[ \t]?"
    r"(?P<hour>\d{1,2})(?::|：|时|時|点|點)(?:(?P<minute>\d{1,2})(?:分)?"
    r"(?:(?::|：)?(?P<second>\d{1,2})(?:秒|(?:[.,](?P<fraction>\d{1,9})))?)?)?"
    r"(?:[ \t]?(?P<meridiem>am|pm)\b)?)"
)
_ZONE = (
    r"(?:[ \t]?(?P<zone>Z\b|(?:UTC|GMT)?[+-]\d{1,2}:?(?:\d{2})?(?!\d)"
    r"|UTC\b|GMT\b|CST\b|Asia/Shanghai))"
)
_WEEKDAY = r"(?:[ \t]*[（(]?(?:星期|周|週)[一二三四五六日天][）)]?)"
# A date, its day always given, with an optional weekday, time and zone.
DATE_PATTERN = (
    r"(?:"
    r"(?P<year>\d{4})(?P<separator>[-/.／－])(?P<month>\d{1,2})(?P=separator)(?P<day>\d{1,2})(?!\d)"
    r"|(?P<year_zh>\d{4})[ \t]?年[ \t]?(?P<month_zh>\d{1,2})[ \t]?月[ \t]?"
    r"(?P<day_zh>\d{1,2})[ \t]?[日号號]"
    rf"|(?P<year_han>[〇零○Ｏ一二三四五六七八九]{{4}})年(?P<month_han>{_HAN_NUMBER}{{1,2}})月"
    rf"(?P<day_han>{_HAN_NUMBER}{{1,3}})[日号號]"
    rf"|(?:中[華华])?民[國国][ \t]?(?P<year_roc>\d{{1,3}}|{_HAN_NUMBER}{{1,5}})[ \t]?年[ \t]?"
    rf"(?P<month_roc>\d{{1,2}}|{_HAN_NUMBER}{{1,2}})[ \t]?月[ \t]?"
    rf"(?P<day_roc>\d{{1,2}}|{_HAN_NUMBER}{{1,3}})[ \t]?[日号號]"
    r")"
    rf"{_WEEKDAY}?(?:(?:[ \t]{{0,4}}|(?P<iso>T)|[ \t]{{1,4}}-[ \t]){_TIME}{_ZONE}?)?"
)
_HOURS = re.compile(r"-\d{1,2}(?::\d{2})?")
_WEST, _EAST = timedelta(hours=-12), timedelta(hours=14)  # no zone is further from Greenwich
# What may stand around the date in a field that is to hold nothing else.
_BEFORE = re.compile(r"[\u3400-\u9fff]{2,6} ?[:：] ?")
_AFTER = re.compile(
    r" ?(?:发布|發布|發佈|更新|发表|發表|刊发|发稿)$"
    r"|(?<=[+-]\d{4}) (?:[A-Z]{3,5}|[+-]\d{2,4})(?: m=[+-][\d.]+)?$"  # Go's name of the zone
    r"|(?<=\d) ?\([^()]*\)$"  # JavaScript's
)
_LONGEST = 80  # characters of a field that may be a date


def parse(value: object) -> datetime | None:
    """The date that a field holds, or None where it holds none or an impossible one.

    Takes datetimes, dates, text in the usual forms (ISO 8601, RFC 2822, ``2022年3月28日 09:15``,
    ``二〇二二年三月二十八日``, ``民國111年3月28日``, 2022/3/28, 20220328, 2022-03, 2022) and the
    numbers of seconds, milli-, micro- or nanoseconds since 1970. Without a zone it is China
    Standard Time, without a time midnight, without a day or month the first.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, datetime):
        return _usable(value if value.tzinfo else value.replace(tzinfo=CHINA))
    if isinstance(value, date):
        return _usable(datetime.combine(value, time(), CHINA))
    if isinstance(value, int | float):
        return _from_number(value)
    if isinstance(value, str) and len(value) <= _LONGEST:
        return _from_text(value)
    return None


def from_match(match: re.Match[str]) -> datetime | None:
    """The date that a match of `DATE_PATTERN` stands for, or None where there is no such day."""
    found = match.groupdict()
    if found["year"]:
        year, month, day = int(found["year"]), int(found["month"]), int(found["day"])
    elif found["year_zh"]:
        year, month, day = int(found["year_zh"]), int(found["month_zh"]), int(found["day_zh"])
    elif found["year_han"]:
        year = int("".join(_HAN_DIGITS[char] for char in found["year_han"]))
        month, day = _number(found["month_han"]), _number(found["day_han"])
    else:
        year = _REPUBLIC + _number(found["year_roc"])
        month, day = _number(found["month_roc"]), _number(found["day_roc"])
    # 14:00-16:00 is from two to four: a zone stands behind seconds, or in what a program wrote.
    is_range = not (found["second"] or found["iso"]) and _HOURS.fullmatch(found["zone"] or "")
    zone = CHINA if is_range else _zone(found["zone"])
    if zone is None:
        return None
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    half = (found["half"] or found["meridiem"] or "").lower()
    if hour < {"下午": 12, "晚上": 12, "晚": 12, "pm": 12, "中午": 3}.get(half, 0):
        hour += 12
    elif half in ("上午", "凌晨", "早上", "am") and hour == 12:
        hour = 0
    microsecond = int((found["fraction"] or "0").ljust(6, "0")[:6])
    return _build(year, month, day, hour, minute, second, microsecond, zone)


@lru_cache(maxsize=1)
def _whole() -> re.Pattern[str]:
    return re.compile(DATE_PATTERN, re.IGNORECASE)


@lru_cache(maxsize=4096)
def _from_text(text: str) -> datetime | None:
    if len(text) in (10, 16, 19) and text[4] == "-" and text.isascii():
        # By far the most frequent form, and the quickest to read.
        with suppress(ValueError):
            found = datetime.fromisoformat(text)
            if found.tzinfo is None:
                return _usable(found.replace(tzinfo=CHINA))
    text = " ".join(text.split())
    if text.replace(".", "", 1).isascii() and text.replace(".", "", 1).isdigit():
        return _from_digits(text)
    match = _whole().fullmatch(text)
    if match:
        return from_match(match)
    bare = _AFTER.sub("", _BEFORE.sub("", text, count=1) if _BEFORE.match(text) else text)
    if bare != text:
        return _from_text(bare)
    return _from_iso(text) or _from_month(text) or _from_english(text)


def _from_digits(text: str) -> datetime | None:
    """20220328, 202203280915, 20220328091500, 2022, or a number of seconds."""
    if len(text) in (8, 12, 14) and "." not in text:
        parts = [int(text[:4]), *(int(text[i : i + 2]) for i in range(4, len(text), 2))]
        if 1800 <= parts[0] <= 2200:
            year, month, day, hour, minute, second = (*parts, 0, 0, 0)[:6]
            found = _build(year, month, day, hour, minute, second, 0, CHINA)
            if found:
                return found
    if len(text) == 4:
        return _build(int(text), 1, 1, 0, 0, 0, 0, CHINA)
    if len(text) == 7 and text[4] == ".":
        return _build(int(text[:4]), int(text[5:]), 1, 0, 0, 0, 0, CHINA)
    return _from_number(float(text)) if len(text) <= 20 else None


def _from_number(value: float) -> datetime | None:
    if isinstance(value, int) and 0 < value < 10**14:
        digits = str(value)
        if len(digits) in (8, 12, 14) and 18 <= int(digits[:2]) <= 21:
            found = _from_digits(digits)
            if found and found.year <= 2200:
                return found
        if len(digits) == 4:
            return _from_digits(digits)
    if not 1e8 <= value < 1e19:  # 1e8 seconds are in 1973; also leaves out NaN
        return None
    for limit, unit in ((1e11, 1), (1e14, 10**3), (1e17, 10**6), (1e19, 10**9)):
        if value < limit:
            return _usable(datetime.fromtimestamp(value / unit, UTC).astimezone(CHINA))
    return None


def _from_iso(text: str) -> datetime | None:
    """What Python reads as ISO 8601: weeks, basic format, T without separators..."""
    try:
        return parse(datetime.fromisoformat(text))
    except ValueError:
        return None


def _from_month(text: str) -> datetime | None:
    match = re.fullmatch(r"(\d{4})\s?[-/.年]\s?(\d{1,2})月?", text)
    if match:
        return _build(int(match[1]), int(match[2]), 1, 0, 0, 0, 0, CHINA)
    match = re.fullmatch(r"(\d{4})\s?年", text)
    return _build(int(match[1]), 1, 1, 0, 0, 0, 0, CHINA) if match else None


def _from_english(text: str) -> datetime | None:
    """RFC 2822 and what is near it: ``Thu, 02 Jun 2022 05:56:09 +0800``, ``June 2, 2022``."""
    if not re.search(r"[A-Za-z]{3}", text) or not re.search(r"\d", text):
        return None
    from email.utils import parsedate_tz

    match = re.fullmatch(r"(?:[A-Za-z]{3,9},? )?([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})(.*)", text)
    if match:
        text = f"{match[2]} {match[1]} {match[3]}{match[4]}"
    text = re.sub(r"\b(?:GMT|UTC) ?(?=[+-]\d{4})", "", text)
    half = re.search(r"(?<=\d) ?([AaPp])\.?[Mm]\b\.?", text)
    if half:
        text = text[: half.start()] + text[half.end() :]
    if ":" not in text:
        text += " 00:00:00"
    try:
        parsed = parsedate_tz(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    if parsed is None:
        return None
    zone: tzinfo = CHINA
    if not re.search(r"\bCST\b", text) and re.search(r"[+-]\d{4}\b|\b[A-Z]{1,4}( \d{4})?$", text):
        offset = parsed[9] or 0
        if not _WEST <= timedelta(seconds=offset) <= _EAST:
            return None
        zone = timezone(timedelta(seconds=offset))
    year, month, day, hour, minute, second = parsed[:6]
    if half:
        hour = hour % 12 + (12 if half[1] in "Pp" else 0)
    return _build(year, month, day, hour, minute, second, 0, zone)


def _number(text: str) -> int:
    """An Arabic number, or a Han one below a thousand: 三十一, 廿八, 一百一十一, 一一一."""
    if text.isdecimal():
        return int(text)
    text = text.replace("廿", "二十").replace("卅", "三十")
    hundreds, hundred, rest = text.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    total = _digits(hundreds or "一") * 100 if hundred else 0
    total += _digits(tens or "一") * 10 if ten else 0
    return total + _digits(ones)


def _digits(text: str) -> int:
    return int("".join(_HAN_DIGITS.get(char, "0") for char in text) or 0)


def _zone(text: str | None) -> tzinfo | None:
    """The zone that a text names: China Standard Time for none, None for an impossible one."""
    if not text or text.upper() in ("CST", "ASIA/SHANGHAI"):
        return CHINA
    digits = re.sub(r"[^\d+-]", "", text)
    if not digits:
        return UTC
    hours, minutes = (digits[1:3], digits[3:]) if len(digits) > 2 else (digits[1:], "0")
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    offset = -offset if digits[0] == "-" else offset
    if not _WEST <= offset <= _EAST or int(minutes or 0) > 59:
        return None
    return timezone(offset)


def _build(
    year: int, month: int, day: int, hour: int, minute: int, second: int, micro: int, zone: tzinfo
) -> datetime | None:
    is_midnight_after = hour == 24 and not minute and not second
    try:
        built = datetime(
            year, month, day, 0 if is_midnight_after else hour, minute, min(second, 59), micro, zone
        )
        return _usable(built + timedelta(days=1) if is_midnight_after else built)
    except (ValueError, OverflowError):
        return None


def _usable(value: datetime) -> datetime | None:
    """The date with a fixed offset, or None where its instant is outside the years 1 to 9999."""
    try:
        offset = value.utcoffset()
        if not 1 < value.year < 9999:
            value.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if value.tzinfo is CHINA:
        return value
    if offset is None or offset == timedelta(hours=8):
        return value.replace(tzinfo=CHINA)
    return value.replace(tzinfo=timezone(offset))
