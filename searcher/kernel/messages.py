"""What the kernel says of bytes that make no sense, in the reader's language.

The kernel raises ``ValueError`` and the like with words in English, which stand in its C files.
"""

from searcher.language import is_chinese


def in_words(what: object) -> str:
    """What was found to be damaged, with the kernel's words in the reader's language."""
    text = str(what)
    if is_chinese():
        for english, chinese in sorted(_MESSAGES, key=lambda pair: -len(pair[0])):
            if english in text:
                return text.replace(english, chinese)
    return text


def _twins(text_en: str, text_zh: str) -> tuple[str, str]:
    return text_en, text_zh


_MESSAGES = (
    _twins("a channel belongs to one segment", "一个通道只属于一个段"),
    _twins("a channel is made once", "一个通道只能建一次"),
    _twins("a channel that is not there", "没有这个通道"),
    _twins("a document of 4 GB or more cannot be stored", "无法保存 4 GB 或更大的文档"),
    _twins("a document that is not there", "没有这个文档"),
    _twins("a frequency has more than 32 bits", "词频超过 32 位"),
    _twins("a list has fewer postings than it says", "一个倒排表的记录比声明的少"),
    _twins("a list has more postings than there are documents", "一个倒排表的记录比文档还多"),
    _twins("a list is cut off", "一个倒排表被截断"),
    _twins("a list is out of order", "一个倒排表没有按次序排列"),
    _twins("a mask that does not fit the index", "掩码与索引不符"),
    _twins("a segment has 1 to 2^31 documents", "一个段须有 1 到 2^31 个文档"),
    _twins("a segment that is not there", "没有这个段"),
    _twins("a span lies outside the text", "有一段落在文本之外"),
    _twins("a stamp has 16 bytes", "标记须有 16 字节"),
    _twins("a stored document is damaged", "保存的文档已损坏"),
    _twins("a stored text is damaged", "保存的文本已损坏"),
    _twins("a table of other words", "是另一些词的表"),
    _twins("a table of symbols has one of them twice", "符号表中有一个符号出现两次"),
    _twins("a table of symbols is damaged", "符号表已损坏"),
    _twins("a table of words at an odd address", "词表的地址没有对齐"),
    _twins("a table of words with wrong sizes", "词表的大小不对"),
    _twins("an exception is out of range", "有例外值超出范围"),
    _twins("at least one document must be wanted", "至少要一个文档"),
    _twins(
        "at most 64 characters, as many weights, and an average",
        "至多 64 个字符、同样多的权重和一个平均值",
    ),
    _twins("at most 64 rows, and as many scores", "至多 64 行和同样多的分数"),
    _twins("at most seven characters are looked for", "一次至多查找七个字符"),
    _twins("deleted documents do not fit the segment", "被删除的文档与段不符"),
    _twins("lengths do not fit the documents", "长度与文档不符"),
    _twins("lengths have 1, 2 or 4 bytes", "长度须为 1、2 或 4 字节"),
    _twins("lists overlap", "倒排表互相重叠"),
    _twins("not a range of code points", "不是一段码位"),
    _twins("not a table of words", "不是词表"),
    _twins("not as many documents as were wanted", "文档的个数与所要的不同"),
    _twins("occurrences are in the order of their owners", "词项的出现须按所在文本的次序排列"),
    _twins("segments are opened once", "段只能打开一次"),
    _twins("texts are strings", "文本须是字符串"),
    _twins("the channels do not fit each other", "各通道互不相符"),
    _twins("the characters and what they become differ in number", "字符与折叠结果的个数不同"),
    _twins("the directory of a list is out of order", "一个倒排表的目录没有按次序排列"),
    _twins("the order of ids does not fit the documents", "编号的顺序与文档不符"),
    _twins("the records do not fit the documents", "记录与文档不符"),
    _twins("the sizes of texts do not fit", "文本的大小不符"),
    _twins("the sizes of texts do not fit the documents", "文本的大小与文档不符"),
    _twins("the terms do not fit each other", "词项互不相符"),
    _twins("there are no such traits", "没有这样的特征"),
    _twins("there is no document", "没有文档"),
    _twins("there is nothing to find", "没有可找的内容"),
    _twins("these are no occurrences", "这些不是词项的出现"),
    _twins("these are no posting lists", "这些不是倒排表"),
    _twins("these are no postings", "这些不是倒排记录"),
    _twins("too many highlights", "要标亮的太多"),
    _twins("too many texts", "文本太多"),
    _twins("too many words", "词太多"),
    _twins("words must be in ascending order", "词须按升序排列"),
)
