"""HTML pages, as a reader sees them."""

import time
from pathlib import Path

import pytest

from tests.documents.helpers import read_one

PAGE = """<!DOCTYPE html>
<html><head>
<meta charset="utf-8">
<title>险企有序复工_保险频道_国际金融报</title>
<meta name="keywords" content="保险,复工，上海">
<meta name="author" content="张三">
<meta property="article:published_time" content="2022-06-02T05:56:09+08:00">
<meta name="source" content="来源：国际金融报">
<link rel="canonical" href="https://example.com/1.html">
<style>p { color: red }</style><script>var secret = 1;</script>
</head><body>
<header><a href="/">首页</a></header>
<nav>导航</nav>
<div class="breadcrumb">首页 &gt; 保险</div>
<article>
<header><h1>险企有序复工</h1><p>记者 李四</p></header>
<p>第一段<b>加粗</b>的字，
接着&nbsp;&nbsp;写。</p>
<p hidden>看不见</p><p style="color: red; display : none">也看不见</p>
<p>第二段<br>换行<script>alert("x")</script></p>
<table><tr><th>公司</th><th>门店</th></tr><tr><td>太保</td><td>15</td></tr></table>
<ul><li>一<li>二</ul>
<footer>责任编辑：王五</footer>
</article>
<aside>侧栏</aside>
<div role="navigation">更多</div>
<template>模板</template><noscript>请打开脚本</noscript>
<footer>版权所有</footer>
</body></html>"""


def test_a_page_gives_all_its_fields(tmp_path: Path) -> None:
    document = read_one(tmp_path, "a.html", PAGE)
    assert document.title == "险企有序复工"
    assert document.date is not None
    assert document.date.isoformat() == "2022-06-02T05:56:09+08:00"
    assert document.source == "国际金融报"
    assert document.tags == ("保险", "复工", "上海")
    assert document.url == "https://example.com/1.html"
    assert document.extra == {"author": "张三"}
    assert document.body.split("\n") == [
        "记者 李四",
        "第一段加粗的字，接着 写。",
        "第二段",
        "换行",
        "公司 门店",
        "太保 15",
        "一",
        "二",
        "责任编辑：王五",
    ]


@pytest.mark.parametrize(
    "name", ["a.htm", "a.shtml", "a.xhtml", "a.txt", "a", "a.xls", "a.md", "a.json"]
)
def test_a_page_is_a_page_under_any_name(tmp_path: Path, name: str) -> None:
    page = f"\n<!-- saved -->\n<?xml version='1.0'?>\n{PAGE}"
    assert read_one(tmp_path, name, page).title == "险企有序复工"


@pytest.mark.parametrize(
    ("markup", "seen"),
    [
        ("<p>一<p>二<div>三</div>四", "一\n二\n三\n四"),
        ("<p>没有<b>闭合<i>的</p><p>标签", "没有闭合的\n标签"),
        ("</p></div>多余的<p>闭合</table>", "多余的\n闭合"),
        ("<pre>def a():\n    return 1\n\n# 完</pre>后", "def a():\n    return 1\n\n# 完\n后"),
        ("甲&ldquo;乙&rdquo;&#20013;&#x6587;&hellip;&lt;p&gt;", "甲“乙”中文…<p>"),
        ("甲&amp;nbsp;乙&amp;ldquo;丙&nbsp丁", "甲 乙“丙 丁"),
        ("甲\u200b乙\u00ad丙", "甲乙丙"),
        ("中文\n中文\nEnglish\nwords", "中文中文 English words"),
        ("<b>甲</b>\n<b>乙</b>", "甲乙"),
        ("<span>甲</span><span>乙</span>", "甲乙"),
        ("<p>　　缩进的段落　</p>", "缩进的段落"),
        ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>字", "漢字"),
        ("<dl><dt>词</dt><dd>义</dd></dl>", "词\n义"),
        ("<img alt='图' src=a.png>字<svg><title>图标</title><text>图</text></svg>", "字"),
        ("<form><label>姓名</label><input value='x'><select><option>甲</select></form>", "姓名"),
        ("<dialog>弹窗</dialog><dialog open>开着</dialog>", "开着"),
        ("甲<!-- 注 -->乙<?php echo 1 ?>丙", "甲乙丙"),
        ("甲&#28;乙&#7;丙", "甲 乙丙"),
    ],
)  # fmt: skip
def test_markup_goes_and_blocks_end_paragraphs(tmp_path: Path, markup: str, seen: str) -> None:
    assert read_one(tmp_path, "a.html", f"<html><body>{markup}</body></html>").body == seen


@pytest.mark.parametrize(
    ("head", "headings", "title"),
    [
        ("<title>标题在这里_站名</title>", [], "标题在这里"),
        ("<title>标题在这里 - 新华网</title>", [], "标题在这里"),
        ("<title>标题在这里-频道-新华网</title>", [], "标题在这里"),
        ("<title>标题在这里|频道|站名</title>", [], "标题在这里"),
        ("<title>新冠-19与保险</title>", [], "新冠-19与保险"),
        ("<title>站名 - 标题在这里</title>", ["标题在这里"], "标题在这里"),
        ("<title>标题在这里_站名</title>", ["站名", "标题在这里"], "标题在这里"),
        ("<title>标题在这里_站名</title>", ["完全不同的大标题"], "标题在这里"),
        ("<title>新闻详情</title>", ["真正的标题"], "真正的标题"),
        (
            "<title>站名</title><meta property='og:title' content='真正的标题_站名'>",
            [],
            "真正的标题",
        ),
        ("", ["只有大标题"], "只有大标题"),
        ("<title>  两行\n标题&nbsp;&amp; 实体 </title>", [], "两行 标题 & 实体"),
        ("", [], "名字"),
    ],
)
def test_the_title_is_the_articles_and_not_the_sites(
    tmp_path: Path, head: str, headings: list[str], title: str
) -> None:
    marked = "".join(f"<h1>{heading}</h1>" for heading in headings)
    page = f"<html><head>{head}</head><body>{marked}<p>正文。</p></body></html>"
    assert read_one(tmp_path, "名字.html", page).title == title


@pytest.mark.parametrize(
    "markup",
    [
        "<meta name='pubdate' content='2022-03-28 09:15'>",
        "<meta name='PublishDate' content='2022-03-28 09:15:00'>",
        "<meta property='og:release_date' content='2022-03-28T09:15+08:00'>",
        "<meta name='DC.date' content='2022年3月28日 09:15'>",
        "<meta itemprop='datePublished' content='2022-03-28T01:15:00Z'>",
        "<body><span itemprop='datePublished'>2022-03-28 09:15</span>",
        "<body><time datetime='2022-03-28T09:15'>三月</time>",
        "<script type='application/ld+json'>{\"datePublished\": \"2022-03-28 09:15\"}</script>",
        "<body><div>2022-03-28 09:15　来源：新华社</div>",
        "<meta name='pubdate' content='不详'><body><p>发布时间：2022-03-28 09:15</p>",
    ],
)  # fmt: skip
def test_the_date_is_where_pages_keep_it(tmp_path: Path, markup: str) -> None:
    document = read_one(tmp_path, "a.html", f"<html>{markup}<p>正文。</p></html>")
    assert document.date is not None
    assert document.date.astimezone().timestamp() == 1648430100


@pytest.mark.parametrize(
    "markup",
    [
        "<meta name='source' content='新华社'>",
        "<meta property='og:site_name' content='新华社'>",
        "<meta name='mediaid' content='新华社'>",
        "<body><span>来源：</span><a href='http://example.com'>新华社</a><p>",
        "<body><p>正文。</p><p>（文章来源：新华社）</p>",
    ],
)
def test_the_source_is_where_pages_keep_it(tmp_path: Path, markup: str) -> None:
    assert read_one(tmp_path, "a.html", f"<html>{markup}<p>正文。</p></html>").source == "新华社"


def test_where_all_is_navigation_it_stays(tmp_path: Path) -> None:
    page = "<html><body><nav><a>首页</a></nav><header>页眉</header></body></html>"
    assert read_one(tmp_path, "a.html", page).body == "首页\n页眉"


def test_a_header_that_holds_the_heading_is_no_frame(tmp_path: Path) -> None:
    page = "<html><body><header><h1>标题</h1><p>导语。</p></header><p>正文。</p></body></html>"
    document = read_one(tmp_path, "a.html", page)
    assert (document.title, document.body) == ("标题", "导语。\n正文。")


def test_feeds_and_other_xml_give_their_text(tmp_path: Path) -> None:
    feed = '<?xml version="1.0"?><rss><channel><item><description><![CDATA[<p>正文</p>]]>'
    assert (
        read_one(tmp_path, "a.xml", f"{feed}</description></item></channel></rss>").body == "正文"
    )


@pytest.mark.parametrize(
    "unit", ["<div>", "<b><i>", "<font color=red>", "<table>", "<ul><li>", "<svg>", "<a href=x>"]
)
def test_nesting_without_end_is_read_in_time(tmp_path: Path, unit: str) -> None:
    began = time.monotonic()
    document = read_one(tmp_path, "a.html", f"<p>前文</p>{unit * 60_000}<p>后文</p>")
    assert "前文" in document.body
    assert time.monotonic() - began < 10


ARTICLE = "多家保险公司正有序推动复工复产，保险机构正常的经营节奏正在逐步恢复。"


@pytest.mark.parametrize(
    "markup",
    [
        f'<div class="rich_media_content" style="visibility: hidden; opacity: 0;"><p>{ARTICLE}',
        f'<div id=app style="display:none">{ARTICLE}</div><div>请开启JavaScript</div>',
        f'<div class="nav"><a>首页</a><p>{ARTICLE}',
        f"<nav><a>首页</a><p>{ARTICLE}",
        f'<div class="sidebar"><div class="nav"><p>{ARTICLE}</p></div></div><p>版权所有</p>',
        f"<div hidden><p hidden>{ARTICLE[:20]}</p><p hidden>{ARTICLE[20:]}</p></div><p>加载中</p>",
    ],
)
def test_an_article_stays_though_it_looks_hidden_or_like_a_frame(
    tmp_path: Path, markup: str
) -> None:
    body = read_one(tmp_path, "a.html", f"<html><body><h1>险企服务</h1>{markup}").body
    assert ARTICLE in body.replace("\n", "")


def test_a_frame_stays_out_where_the_article_is_found_without_it(tmp_path: Path) -> None:
    frame = '<div class="sidebar"><p>关于本站</p></div><div hidden>弹窗</div>'
    footer = f"<footer>{'主办单位：某某公司　' * 20}</footer>"
    nav = f"<nav>{'<a>栏目</a>' * 50}</nav>"
    page = f"<html><body>{nav}{frame}<p>{ARTICLE}</p>{footer}</body></html>"
    assert read_one(tmp_path, "a.html", page).body == ARTICLE
    hidden = f"<html><body>{nav}<div hidden>{ARTICLE}</div><p>加载中</p>{footer}</body></html>"
    assert read_one(tmp_path, "b.html", hidden).body == f"{ARTICLE}\n加载中"


@pytest.mark.parametrize(
    "element",
    ["<title/>", '<script src="a.js"/>', "<style />", '<div class="nav"/>', "<a name='1>0'/>"],
)
@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("a.html", '<?xml version="1.0" encoding="utf-8"?><html>'),
        ("a.html", '<html xmlns="http://www.w3.org/1999/xhtml">'),
        ("a.xhtml", "<html>"),
    ],
)
def test_in_xhtml_an_element_may_be_closed_in_its_start_tag(
    tmp_path: Path, name: str, start: str, element: str
) -> None:
    page = f"{start}<head>{element}</head><body>{element}<p>甲<br/>乙</p></body></html>"
    assert read_one(tmp_path, name, page).body == "甲\n乙"


@pytest.mark.parametrize(
    "head",
    [
        "<title>险企服务</head>",
        "<title>险企服务</head><svg><title>图标</title></svg>",
        "<title>险企服务</title><style>p {color: red}</head>",
        "<title>险企服务</title><script>var a = 1;\n</head>",
        "<title>险企服务</title><!-- 注释</head>",
    ],
)
def test_what_is_never_closed_takes_nothing_with_it(tmp_path: Path, head: str) -> None:
    document = read_one(tmp_path, "a.html", f"<html><head>{head}<body><p>正文。</p></body></html>")
    assert document.title == "险企服务"
    assert document.body.endswith("正文。")


@pytest.mark.parametrize(
    ("head", "headings", "title"),
    [
        ("<title>疫情防控|上海险企在行动</title>", [], "疫情防控|上海险企在行动"),
        ("<title>疫情防控丨上海险企在行动</title>", [], "疫情防控丨上海险企在行动"),
        ("<title>疫情防控——上海险企在行动</title>", [], "疫情防控——上海险企在行动"),
        ("<title>疫情防控 - 关于进展的通报</title>", [], "疫情防控 - 关于进展的通报"),
        ("<title>疫情防控——新华网</title>", [], "疫情防控"),
        ("<title>疫情防控|险企行动 | example.com</title>", [], "疫情防控|险企行动"),
        ("<title>疫情防控__财经头条</title>", [], "疫情防控"),
        ("<title>疫情防控-36氪</title>", [], "疫情防控"),
        (
            "<title>疫情防控 | 某某</title><meta property='og:site_name' content='某某'>",
            [],
            "疫情防控",
        ),
        (
            "<title></title><meta property='og:title' content='疫情防控|上海新闻'>",
            ["疫情防控|上海新闻"],
            "疫情防控|上海新闻",
        ),
        ("<title>保险&amp;amp;复工&amp;lt;一&amp;gt;</title>", [], "保险&复工<一>"),
    ],
)
def test_half_of_a_title_is_no_site(
    tmp_path: Path, head: str, headings: list[str], title: str
) -> None:
    marked = "".join(f"<h1>{heading}</h1>" for heading in headings)
    page = f"<html><head>{head}</head><body>{marked}<p>正文。</p></body></html>"
    assert read_one(tmp_path, "名字.html", page).title == title


def test_a_very_long_title_is_shortened_and_the_body_has_all_of_it(tmp_path: Path) -> None:
    long = "险企有序复工" * 60
    for head, heading in ((f"<title>{long}</title>", ""), ("", f"<h1>{long}</h1>")):
        page = f"<html><head>{head}</head><body>{heading}<p>正文。</p></body></html>"
        document = read_one(tmp_path, "a.html", page)
        assert document.title == f"{long[:299]}…"
        assert document.body == f"{long}\n正文。"


@pytest.mark.parametrize(
    "date", ['<em id="publish_time">2022-06-02 05:56:09</em>', '<script>var ct = "1654120569";']
)
def test_a_wechat_article_says_when_and_by_whom(tmp_path: Path, date: str) -> None:
    page = (
        '<html><head><meta property="og:site_name" content="微信公众平台"></head><body>'
        f'<h1 id="activity-name">甲</h1><a id="js_name"> 上海发布 </a>{date}</script><p>正文。'
    )
    document = read_one(tmp_path, "a.html", page)
    assert document.source == "上海发布"
    assert document.date is not None
    assert document.date.isoformat() == "2022-06-02T05:56:09+08:00"
