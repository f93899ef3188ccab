"""Who published a text, from the line that says so."""

from pathlib import Path

import pytest

from searcher.documents.sources import clean_source, find_source
from tests.documents.helpers import read_one

MEDIA = """
国际金融报 证券时报网 证券时报 人民日报海外版 人民日报 人民日报客户端 中国新闻网 新华社
新华网 每日经济新闻 界面新闻 澎湃新闻 21世纪经济报道 财联社 央视新闻客户端
上海证券报·中国证券网 中国银行保险报 第一财经 财新网 经济观察网 IT之家 新浪财经 光明日报
文汇报 解放日报 新民晚报 北京青年报 环球时报 路透社 中新社 联合早报 聯合報 中央社
證券時報網 上观新闻 中国经济网 参考消息 新京报 潇湘晨报 中国新闻周刊 中央广播电视总台
齐鲁晚报网 金融时报
""".split()

ALONE = [
    "来源：{}",
    "来源：{}\n正文从这里开始。",
    "來源: {} 2022-03-28",
    "（文章来源：{}）",
    "2022-03-28 10:00 来源：{} 作者：张三",
    "2022年3月28日来源：{}　字号",
    "正文到此为止。来源：{}。",
    "转载自：{}|编辑：李四",
    "出处：《{}》",
    "来源：\n{}\n正文从这里开始。",
]
RUN_ON = [
    "来源：{}当前，上海正以黄浦江为界，开展新一轮切块式、网格化核酸筛查。",
    "来源：{}上海疫情防控最新进展，各家保险公司陆续复工。",
    "来源：{}3月28日，记者从保险公司获悉",
    "来源：{}记者 张三",
    "来源：{}险企员工“成功”上班好感动",
    "来源：{}北京3月28日电（记者李四）",
    "来源：{}我们注意到，最近",
    "来源：{}为进一步做好防疫工作，",
]


@pytest.mark.parametrize("medium", MEDIA)
def test_a_medium_is_found_alone_and_run_on(medium: str) -> None:
    for form in ALONE + RUN_ON:
        assert find_source(form.format(medium)) == medium, form


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("来源：上海市人民政府新闻办公室\n正文", "上海市人民政府新闻办公室"),
        ("来源：中国银行保险监督管理委员会上海监管局\n", "中国银行保险监督管理委员会上海监管局"),
        ("来源：雪球\n正文", "雪球"),
        ("来源：Wall Street Journal\n正文", "Wall Street Journal"),
        ("来源：新华网上海频道\n正文", "新华网上海频道"),
        ("来源：上海发布\n正文", "上海发布"),
        ("来源：北京发布", "北京发布"),
        ("来源：上海发布 2022-03-28\n正文", "上海发布"),
        ("来源：浦东发布当前，上海正以黄浦江为界，开展新一轮核酸筛查。", "浦东发布"),
        ("来源：北京时间\n正文", "北京时间"),
        ("来源：新华社发布时间：2022-03-28", "新华社"),
        ("来源：某某机关日期：2022-03-28", "某某机关"),
        ("来源：国际金融报发布", "国际金融报"),
        ("来源：某某机关 时间：2022-03-28", "某某机关"),
        ("来源：新华社、人民日报\n", "新华社"),
        ("来源：未知\n正文", None),
        ("来源：https://example.com/a\n正文", None),
        ("来源：\n\n正文", None),
        ("来源：大家都说这件事情还没有结束，后面还会怎样。", None),
        ("资金来源：自有资金", None),
        ("数据来源：Wind", None),
        ("图片来源：视觉中国", None),
        ("没有说是谁发的。", None),
    ],
)
def test_what_is_a_name_is_taken_and_what_is_none_is_not(text: str, source: str | None) -> None:
    assert find_source(text) == source


def test_the_line_may_stand_at_the_end_but_not_in_the_middle_of_a_long_text() -> None:
    text = "保险机构正常的经营节奏正在逐步恢复。\n" * 1_000
    assert find_source(f"{text}（文章来源：证券时报网）\n") == "证券时报网"
    assert find_source(f"{text}来源：证券时报网\n{text}") is None


def test_a_field_is_cleaned() -> None:
    assert clean_source("来源：新华社") == "新华社"
    assert clean_source(" 新华社\n客户端 ") == "新华社 客户端"
    assert clean_source("https://example.com") is None
    assert clean_source("微信公众平台") is None


def test_the_body_keeps_the_line(tmp_path: Path) -> None:
    document = read_one(tmp_path, "a.txt", "标题\n来源：新华社\n正文一段。\n")
    assert document.source == "新华社"
    assert document.body == "标题\n来源：新华社\n正文一段。"


def test_a_field_wins_over_the_line(tmp_path: Path) -> None:
    document = read_one(tmp_path, "a.md", "---\nsource: 新华社\n---\n（文章来源：证券时报网）\n")
    assert document.source == "新华社"
