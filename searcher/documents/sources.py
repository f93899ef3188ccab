"""Who published a text, from the line that says so: ``来源：…`` and its kin.

Scraped pages run that line on into the text (``来源：国际金融报当前，上海…``), so the end of a
medium's name is found by how such names end: 报, 网, 社, 电视台, 客户端...
"""

import re

from searcher.documents.cleaning import one_line

_REACH = 4096  # characters from the beginning and from the end that may hold the line
_LONGEST = 40  # characters of a name

_LABEL = re.compile(
    r"(?:(?<![\u3400-\u9fff])|(?<=\d[日时時分秒]))"
    r"(?:(?:本文|文章|新闻|新聞|稿件|信息|内容|內容|原文|文字)?(?:来源|來源|出处|出處)(?:于|於)?"
    r"|稿源|(?:转载|轉載|转|轉)自|(?:发布|發布|發佈)(?:机构|機構|单位|單位))"
    r"[ \t\u3000]{0,4}[:：][ \t\u3000]{0,4}"
)
# What stands after a name and is none of it.
_STOP = re.compile(
    r"[\n\t\u3000()（）\[\]【】「」『』《》〈〉“”\"'‘’<>|｜丨│/／。；;，,、！!？?：:…★■◆●]"
    r"|[ ]{2}|-{2}|——|[ ](?=[^A-Za-z])|(?<=[^A-Za-z0-9])[ ]"
    r"|\d{4}[-/.年]|(?:本报|本報)?(?:特约|特約)?(?:记者|記者|通讯员|通訊員)"
    # These are parts of names too (上海发布, 北京时间): they end one where a value follows them, or
    # where the name before them is over.
    r"|(?:发布|發布|發佈|发表|發表|更新)?(?:日期|时间|時間)(?=[ \t\u3000]*(?:[:：]|\d{4}))"
    r"|(?:发布|發布|發佈|发表|發表|更新)(?=[于於]?[ \t\u3000]*(?:[:：]|\d{4}))"
    r"|(?<=[报報网網社台刊闻聞端])(?:发布|發布|發佈|发表|發表|更新|日期|时间|時間)"
    r"|(?:阅读|閱讀|浏览|瀏覽|点击|點擊)(?=[数數量次]|[ \t\u3000]*(?:[:：]|\d|$))"
    r"|作者|编辑|編輯|责编|責編|责任编辑|评论数|字号|字號|分享|收藏|打印|原标题|原標題|原文"
)
_AT_END = "\n)）]】」』》>|｜丨│\t\u3000 "

# How a medium's name ends. The longest fits first; what follows in (?!…) makes another word.
_SUFFIX = (
    r"(?:经济|經濟|深度|财经|財經)报[道導]|(?:日|晚|早|晨|时|時|周|週|商|快|导|導|青年|电讯|都市)[报報]"
    r"|[报報](?![道导導告价價名销銷考表单單复復仇案效恩酬废廢记記案喜])"
    r"|新[闻聞]|(?:电视|電視|广播|廣播|人民广播电)[台臺]|总台|總台|卫视|衛視|电台|電台"
    r"|(?:半)?[周週月季]刊|杂志|雜誌|通[讯訊]社|出版社|研究社"
    r"|社(?![会會区區保交群长長员員论論团團评評科情])"
    r"|网(?!络|上(?!海)|友|民|红|点|约|购|格|站|络|易|银|贷|球|课|速)|網(?!絡|上(?!海)|友|民|紅|點|購|站|路|易)"
    r"|客户端|客戶端|公众号|公眾號|官微|官网|官網|在线|在線|在线网|财经|財經|资讯|資訊|传媒|傳媒"
    r"|之家|头条|頭條|频道|頻道|观察|觀察|微博|视频|視頻"
)
# What may follow a suffix directly and still be the name.
_TAIL = (
    r"海外版|海外网|网站|客户端|客戶端|APP|App|app|微信公众号|公众号|公眾號|官方微博|官方微信|官微|微博|微信"
    r"|官网|官網|融媒体|融媒體|融媒|新媒体|新媒體|网络版|電子報|电子版|数字报|之声|之聲|讯"
)
_NAME = re.compile(
    rf"[^\n]{{1,14}}?(?:{_SUFFIX})(?:{_SUFFIX}|{_TAIL})*"
    rf"(?:[·•・&＆][^\n]{{1,10}}?(?:{_SUFFIX})(?:{_SUFFIX}|{_TAIL})*)?"
)
# Media whose names end like any other word.
_KNOWN = re.compile(
    r"澎湃(?!新闻)|雪球|和讯(?!网)|格隆汇|36氪|虎嗅(?!网)|东方财富(?!网)|同花顺(?!财经)|网易(?!新闻)|参考消息(?!网)"
    r"|券商中国|国是直通车|中国基金报|钛媒体|新华视点|央广(?!网)|新华财经|财新(?![网闻])|第一财经"
    # What governments call their accounts: 上海发布, 浦东发布.
    r"|[\u3400-\u9fff]{2,4}?(?<![报報网網社台刊闻聞端])(?:发布|發布)"
    r"(?![会會于於时時日了的单單机機者人]|[ \t\u3000]*[:：])"
)
_NOBODY = ("未知", "不详", "不詳", "无", "無", "佚名")
_PLATFORMS = ("微信公众平台",)  # where everybody publishes: says nothing about who did
_ORGANISATION = re.compile(
    r"[局部委会會院所厅廳处處室司府厂行校心站队隊组組]$|公司$|大学$|大學$|集团$|集團$"
)


def find_source(text: str) -> str | None:
    """The name after ``来源：`` or its kin near the beginning or the end of a text, or None."""
    parts = [text] if len(text) <= 2 * _REACH else [text[:_REACH], text[-_REACH:]]
    for part in parts:
        for match in _LABEL.finditer(part):
            name = name_at(part, match.end())
            if name:
                return name
    return None


def name_at(text: str, start: int) -> str | None:
    """The name of a medium that begins at an offset of the text, or None where no name does."""
    if text[start : start + 1] == "\n":
        line = text[start + 1 : start + 2 + _LONGEST].partition("\n")[0].strip()
        return line if is_medium(line) else None
    if text[start : start + 1] in ("《", "“", "「", "【", "[", "［"):
        start += 1
    window = text[start : start + 3 * _LONGEST]
    known = _KNOWN.match(window)
    stop = _STOP.search(window, known.end() if known else 0)
    candidate = window[: stop.start()] if stop else window
    is_whole = len(candidate) < len(window) or start + len(window) >= len(text)
    stands_alone = is_whole and (stop is None or _ends_the_name(stop[0]))
    candidate = candidate.strip(" \t.·-—_")
    if not candidate or candidate.startswith(("http", "www.")):
        return None
    named = known or _NAME.match(candidate)
    if stands_alone and not (named and _runs_on(candidate, named.end())):
        return _usable(candidate) if len(candidate) <= _LONGEST else None
    return _usable(named[0]) if named else None


def is_medium(name: str) -> bool:
    """Whether the whole of a text is the name of a medium, by how it ends."""
    return len(name) <= _LONGEST and (
        _NAME.fullmatch(name) is not None or _KNOWN.fullmatch(name) is not None
    )


def is_source_line(line: str) -> bool:
    """Whether a line begins with ``来源：`` or its kin and holds little else."""
    return len(line) <= 2 * _LONGEST and _LABEL.match(line.lstrip("（(【[ \u3000")) is not None


def clean_source(value: str) -> str | None:
    """A source as a field or a ``<meta>`` gives it, without a label and not an address."""
    line = one_line(value)
    label = _LABEL.match(line)
    if label:
        line = line[label.end() :]
    if line in _PLATFORMS or line.startswith(("http://", "https://", "//")):
        return None
    return line or None


def _ends_the_name(stop: str) -> bool:
    """Whether a name that is followed by this is over; a comma could be far into a sentence."""
    return stop[0] in _AT_END or len(stop) > 1


def _runs_on(candidate: str, end: int) -> bool:
    """Whether so much follows a name that it must be the text, though nothing marks its end."""
    rest = candidate[end:]
    return len(candidate) > 10 and len(rest) >= 4 and not _ORGANISATION.search(candidate)


def _usable(name: str) -> str | None:
    name = one_line(name).strip(" .·-—_")
    if name.isdigit() or name in _NOBODY or not any(char.isalnum() for char in name):
        return None
    return name
