"""What the system and other libraries say is wrong, in the reader's language.

They speak English, or the language of another locale. What is common is said here; the rest is
passed on as it is.
"""

import errno
import re

from searcher.language import is_chinese, say

# By the number of the error.
_CHINESE = {
    errno.EBUSY: "正被占用",
    errno.EDQUOT: "磁盘配额已用完",
    errno.EEXIST: "已经存在",
    errno.EFBIG: "文件过大",
    errno.EINVAL: "系统不接受这个参数",
    errno.EIO: "磁盘读写出错",
    errno.ELOOP: "符号链接循环",
    errno.EMFILE: "打开的文件过多",
    errno.ENAMETOOLONG: "名称过长",
    errno.ENFILE: "系统中打开的文件过多",
    errno.ENODEV: "没有这个设备",
    errno.ENOEXEC: "不是可运行的程序",
    errno.ENOMEM: "内存不足",
    errno.ENOSPC: "磁盘空间已满",
    errno.ENOTDIR: "路径中有一段是文件而非文件夹",
    errno.ENOTEMPTY: "文件夹不是空的",
    errno.ENXIO: "没有这个设备",
    errno.EROFS: "磁盘是只读的",
    errno.ESTALE: "网络磁盘上的文件已失效",
    errno.ETIMEDOUT: "等待超时",
}

# What libraries say, or begin with, as they write it, and what it is in Chinese.
_LIBRARIES = {
    # json
    "Expecting value": "此处应有一个值",
    "Expecting property name enclosed in double quotes": "此处应有用双引号括起的键",
    "Expecting ':' delimiter": "此处应有冒号 :",
    "Expecting ',' delimiter": "此处应有逗号 ,",
    "Extra data": "后面有多余的内容",
    "Unterminated string starting at": "字符串没有结束",
    "Invalid control character at": "字符串中有控制字符",
    "Invalid \\escape": "反斜线后的字符不对",
    "Invalid \\uXXXX escape": "\\uXXXX 写法不对",
    "Illegal trailing comma before end of": "末尾多了一个逗号",
    "Unexpected UTF-8 BOM": "开头多了 UTF-8 的 BOM",
    # tomllib
    "Invalid value": "值写得不对",
    "Invalid statement": "这一行写得不对",
    "Invalid initial character for a key part": "键写得不对",
    "Expected '=' after a key": "键的后面应有等号 =",
    "Expected newline or end of document after a statement": "值的后面应换行",
    "Expected ']' at the end of a table declaration": "表名后面应有 ]",
    "Cannot overwrite a value": "这个键已经有值",
    "Cannot declare": "这个表已经有了",
    "Unterminated string": "字符串没有结束",
    "Illegal character": "有不允许的字符",
    "Unclosed array": "数组没有结束",
    "Unescaped '\\' in a string": "字符串中的反斜线要写成两个",
    # zlib, gzip
    "Error -3 while decompressing data": "无法解压，内容不对",
    "Error -5 while decompressing data": "数据不完整",
    "Error -2 while": "压缩数据不一致",
    "Not a gzipped file": "不是 gzip 文件",
    "CRC check failed": "校验和不符",
    "Incorrect length of data produced": "解压后的长度不符",
    "Compressed file ended before the end-of-stream": "数据不完整",
    # bz2, lzma
    "Invalid data stream": "数据流不对",
    "Corrupt input data": "内容已损坏",
    "Input format not supported by decoder": "不支持这种压缩格式",
    "Compressed data ended before the end-of-stream": "数据不完整",
    "Memory usage limit exceeded": "解压需要的内存过多",
    # zipfile
    "Bad CRC-32": "校验和不符",
    "File is not a zip file": "不是 zip 文件",
    "Bad magic number for": "文件头不对",
    "Truncated file header": "文件头不完整",
    "Corrupt extra field": "附加字段已损坏",
    "Overlapped entries": "文件重叠，可能是压缩炸弹",
    "File name in directory": "目录中的文件名与文件头不符",
    "That compression method is not supported": "不支持这种压缩方法",
    "compression type": "不支持这种压缩方法",
    # tarfile
    "unexpected end of data": "数据不完整",
    "truncated header": "文件头不完整",
    "bad checksum": "校验和不符",
    "invalid header": "文件头不对",
    "empty header": "文件头是空的",
    "end of file header": "意外的结尾",
    "missing or bad subsequent header": "后续的文件头缺失或不对",
    "seeking backwards is not allowed": "数据顺序不对",
}


def system_reason(error: OSError) -> str:
    """What the operating system says is wrong."""
    if isinstance(error, FileNotFoundError):
        return say("no such file or folder", "没有这个文件或文件夹")
    if isinstance(error, PermissionError):
        return say("no permission", "没有权限")
    if isinstance(error, IsADirectoryError):
        return say("it is a folder, not a file", "是文件夹，不是文件")
    known = _CHINESE.get(error.errno or 0) if is_chinese() else None
    return known or error.strerror or str(error)


def library_reason(said: object) -> str:
    """What another library says is wrong, on one line.

    Args:
        said: Its error, or what it says.
    """
    if isinstance(said, OSError) and said.errno:
        return system_reason(said)
    detail = " ".join(str(said).split())
    if is_chinese():
        for beginning, meaning in _LIBRARIES.items():
            if detail.startswith(beginning):
                return meaning
    return detail


def toml_reason(error: ValueError) -> str:
    """What is wrong with some TOML, and where, as its parser says it."""
    match = re.compile(
        r"(?P<why>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)",
        re.DOTALL,
    ).fullmatch(str(error))
    if match is None or not is_chinese():
        return library_reason(error)
    line, column, why = match["line"], match["column"], library_reason(match["why"])
    return f"第 {line} 行第 {column} 列：{why}" if line else f"{why}（在末尾）"
