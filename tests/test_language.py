"""No text for people without its twin: what is said in English is said in Chinese, and back.

The modules are read, not run, so what is said once in ten years is looked at as well. There is no
list of exceptions. What is no text for people is told by rules:

- A *word list* is taken apart by ``split``; a *pattern* is compiled, compared, or looked for with
  ``startswith``; *code* is Python, a script, tags, or a style sheet. What the rooms below ``api``
  have in Chinese is what they look for in documents and queries, unless it is raised or handed to
  something that speaks.
- *Names* are the same in every language: those of styles, of what the program has (``--index``,
  ``searcher``, ``Index``), of formats (``PDF``), a choice of values (``any|all``), what stands for
  a number (``N``, ``MB``), keys (``Ctrl-C``). So is what is to be typed: what stands before its
  meaning in a table, ``("保?险", say(…))``, a line for the shell, a path, a key of a dictionary.
- In a row of a table a text may stand in English and behind it in Chinese.
- Errors that only a mistake of ours can raise (``RuntimeError``, ``TypeError``) and ``__repr__``
  are for programmers, as are the names of what is put into a message.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

import searcher
from searcher.cli.screen import _STYLES
from searcher.kernel.messages import in_words

PACKAGE = Path(__file__).resolve().parents[1] / "searcher"
FILES = sorted(PACKAGE.rglob("*.py"))

HAN = re.compile("[\u3400-\u9fff]")
WORD = re.compile(r"[A-Za-z]{2,}")
SENTENCE = re.compile(r"[A-Za-z]{2,}[,:;.]? ([A-Za-z]{2,}|\{\})|\{\} [A-Za-z]{3,}")
LONG_SENTENCE = re.compile(r"[A-Za-z]{2,}( ([A-Za-z]+|\{\})){2}|\{\}( [A-Za-z]+){2}")
NAME = re.compile(
    r"searcher|(Ctrl|Shift|Alt)(-\w+)?|Tab|Enter|Esc|PgUp|PgDn|F\d+|--?[a-z-]+|[a-z]+\.[a-z]+|\$?[A-Z]+(_[A-Z]+)+|[a-z]+(\|[a-z]+)+|N|[kMGT]?B|[A-Z]{2,3}|\{\}"
)
COMMAND_LINE = re.compile(r"(searcher|sudo|export|unset|ls) |~/|\{\} -m pip ")
PEOPLES_ROOMS = ("api", "cli")

# What says something to people: functions by name, and click's keywords.
TEXT = slice(0, 1)
SPEAKS = dict.fromkeys(["tell", "echo", "secho", "print", "Piece", "styled"], TEXT)
SPEAKS |= dict.fromkeys(["UsageError", "BadParameter", "ClickException"], TEXT)
SPEAKS |= {"Skipped": slice(1, 2), "Problem": slice(1, 3)}
KEYWORDS = {"help", "short_help", "epilog", "metavar", "options_metavar", "subcommand_metavar"}
TAKEN_APART = {"split", "splitlines"}
LOOK_FOR = {"compile", "startswith", "endswith", "cast", "TypeVar"}
PROGRAMMERS_ERRORS = {"RuntimeError", "TypeError", "AssertionError", "AttributeError", "KeyError"}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def called(call: ast.Call) -> str:
    """The last name of what is called."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def our_errors() -> set[str]:
    """The names of all errors that we define, and derive from others of ours or from damage."""
    names = {"SearcherError", "ValueError"}
    classes = [
        node for path in FILES for node in ast.walk(tree_of(path)) if isinstance(node, ast.ClassDef)
    ]
    for _ in range(3):  # as deep as they derive from one another
        for node in classes:
            if any(isinstance(base, ast.Name) and base.id in names for base in node.bases):
                names.add(node.name)
    return names


def two_tongues() -> dict[str, int]:
    """The functions that take a text in both languages, and with which argument that begins."""
    found = {"say": 0}
    for path in FILES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef):
                names = [argument.arg for argument in node.args.args]
                for at, name in enumerate(names[:-1]):
                    if name.endswith("_en") and names[at + 1].endswith("_zh"):
                        found[node.name] = at
    return found


PAIRS = two_tongues()
ERRORS = our_errors()


def template(node: ast.expr) -> str | None:
    """A text as it is written, with ``{}`` for what is put in; None for what is no text."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(
                "{}" if isinstance(value, ast.FormattedValue) else template(value) or ""
                for value in values
            )
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            parts = template(left), template(right)
            if parts != (None, None):
                return "".join("{}" if part is None else part for part in parts)
        case ast.IfExp(body=body, orelse=orelse):
            parts = template(body), template(orelse)
            return None if None in parts else "/".join(filter(None, parts))
    return None


def says(path: Path) -> Iterator[tuple[ast.Call, ast.expr, ast.expr]]:
    """All calls that give a text in both languages, with the two."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and called(node) in PAIRS:
            first = PAIRS[called(node)]
            assert len(node.args) >= first + 2, f"{path}:{node.lineno}: two texts are needed"
            yield node, node.args[first], node.args[first + 1]


def put_in(text: ast.expr) -> set[str]:
    """The names of what is put into a text."""
    return {
        node.id
        for value in ast.walk(text)
        if isinstance(value, ast.FormattedValue)
        for node in ast.walk(value)
        if isinstance(node, ast.Name) and node.id != "say"
    }


def faults_of_twins(path: Path) -> Iterator[str]:
    """What is wrong with the texts of a module that are there in both languages."""
    for call, english, chinese in says(path):
        where = f"{path.relative_to(PACKAGE)}:{call.lineno}: "
        en, zh = template(english), template(chinese)
        if en is None and zh is None:
            # What has parameters for both languages passes them on.
            names = [text.id for text in (english, chinese) if isinstance(text, ast.Name)]
            if [name[-3:] for name in names] != ["_en", "_zh"]:
                yield where + "can't be read without being run"
        elif not en or not zh:
            whole = f"{en}{zh}"
            if whole == whole.strip():
                yield where + "one of the languages is empty"
        elif (
            WORD.search(en.replace("{}", ""))
            and not is_name(en)
            and not (HAN.search(zh) or is_name(zh))
        ):
            yield where + f"the second text is not Chinese: {zh!r}"
        elif bool(put_in(english)) != bool(put_in(chinese)):
            yield where + "something is put into one of the texts only"


def test_every_message_is_there_in_both_languages() -> None:
    assert not [fault for path in FILES for fault in faults_of_twins(path)]


def is_name(text: str) -> bool:
    """Whether a text has only names, which are the same in every language."""
    words = re.split(r"[\s=,:()（）\[\]/…]+|\.(?![a-z])", text)
    return all(NAME.fullmatch(word) or word in searcher.__all__ for word in words if word)


MARKUP = re.compile(r"<[!/]?[a-z][^<>]*>?", re.IGNORECASE)
STYLE_SHEET = re.compile(r"[a-z-]+: [^;{}]+;.*\}|^[a-z-]+ '[a-z-]+';", re.DOTALL)


def is_code(text: str) -> bool:
    """Whether a text is a program's: a script, tags without text, a style sheet, Python."""
    if text.startswith(("#", ".TH ", ".SS ", "\\fB")):  # a script, a manual page
        return True
    if MARKUP.match(text):
        return is_name(MARKUP.sub(" ", text).replace(">", " "))
    if STYLE_SHEET.search(text):
        return True
    try:
        return any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.parse(text).body)
    except SyntaxError:
        return False


def twins_in(elements: list[ast.expr]) -> Iterator[ast.expr]:
    """What stands in a row of a table in English and behind it in Chinese."""
    for one, other in pairwise(elements):
        en, zh = template(one), template(other)
        if en and zh and WORD.search(en) and not HAN.search(en) and HAN.search(zh):
            yield from (one, other)


def is_typed(text: str) -> bool:
    """Whether it is a line for a shell, or a path."""
    return COMMAND_LINE.match(text) is not None


def silent(path: Path) -> set[int]:
    """What in a module is never shown to users, or is there in both languages."""
    nodes: list[ast.AST] = []
    for node in ast.walk(tree_of(path)):
        match node:
            case ast.Expr(value=ast.Constant()):  # docstrings
                nodes.append(node)
            case ast.arg(annotation=ast.expr() as annotation):
                nodes.append(annotation)
            case ast.AnnAssign(annotation=annotation):
                nodes.append(annotation)
            case ast.FunctionDef(name="__repr__"):
                nodes.append(node)
            case ast.FunctionDef(returns=ast.expr() as annotation):
                nodes.append(annotation)
            case ast.Compare(comparators=comparators):
                nodes += [node.left, *comparators]
            case ast.Raise(exc=ast.Call() as error) if called(error) in PROGRAMMERS_ERRORS:
                nodes.append(error)
            case ast.Tuple(elts=[typed, ast.Call() as call]) if called(call) == "say":
                nodes.append(typed)
            case ast.Tuple(elts=elements):
                nodes += twins_in(elements)
            case ast.Dict(keys=keys):
                nodes += [key for key in keys if key is not None]
            case ast.Call() if called(node) in PAIRS:
                first = PAIRS[called(node)]
                nodes += node.args[first : first + 2]
            case ast.Call(func=ast.Attribute(value=value)) if called(node) in TAKEN_APART:
                nodes.append(value)
            case ast.Call() if called(node) in LOOK_FOR:
                nodes += node.args
    return {id(inner) for node in nodes for inner in ast.walk(node)}


def spoken(path: Path) -> set[int]:
    """What in a module is handed to something that says it to people."""
    said: list[ast.expr] = []
    for node in ast.walk(tree_of(path)):
        if not isinstance(node, ast.Call):
            continue
        name = called(node)
        said += [keyword.value for keyword in node.keywords if keyword.arg in KEYWORDS]
        if name in SPEAKS:
            said += node.args[SPEAKS[name]]
        elif name in ERRORS or name.endswith("Error"):
            said += node.args[:1]
    return {id(inner) for argument in said for inner in ast.walk(argument)}


def texts_of(path: Path) -> Iterator[tuple[ast.expr, str, bool]]:
    """All texts of a module that are there in one language, and whether something says them."""
    hidden, said = silent(path), spoken(path)
    inside: set[int] = set()
    for node in ast.walk(tree_of(path)):
        if not isinstance(node, ast.expr) or id(node) in hidden or id(node) in inside:
            continue
        text = template(node)
        if text is not None:
            inside |= {id(inner) for inner in ast.walk(node)}
            yield node, text, id(node) in said


def lone_texts(path: Path) -> Iterator[str]:
    """What a module has for people in one language only."""
    room = path.relative_to(PACKAGE).parts[0]
    styles = {*_STYLES, *_STYLES.values()}
    for node, text, is_said in texts_of(path):
        if is_name(text) or text in styles or is_code(text) or is_typed(text) or len(text) == 1:
            continue
        where = f"{path.relative_to(PACKAGE)}:{node.lineno}: {text!r}"
        has_words = WORD.search(text.replace("{}", "")) is not None
        is_for_people = is_said or room in PEOPLES_ROOMS
        is_sentence = (SENTENCE if is_for_people else LONG_SENTENCE).search(text) is not None
        if HAN.search(text):
            if is_for_people:
                yield where
        elif is_sentence or (is_said and has_words):
            yield where


def test_no_text_for_people_is_there_in_one_language_only() -> None:
    assert not [text for path in FILES for text in lone_texts(path)]


@pytest.mark.parametrize(
    "line",
    [
        'tell("done")',
        'tell(f"{count} files")',
        'raise DocumentError(f"{name} is no text")',
        'raise ValueError("cut off")',
        'option("--x", help="Another thing.")',
        'option("--x", metavar="WHEN")',
        'message = "there is nothing here"',
        'hint = "请重试"',
        'yield f"<p>{count} found here</p>"',
        'lines.append(Piece("标题"))',
        'say("done", "")',
        'say("done", "done")',
        'say(f"{count} files", "若干文件")',
        'rows = [("no file", size), ("没有文件", size)]',
    ],
)
def test_a_forgotten_twin_is_found(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.test_language.PACKAGE", tmp_path)
    module = tmp_path / "cli" / "module.py"
    module.parent.mkdir()
    module.write_text(line, encoding="utf-8")
    assert [*faults_of_twins(module), *lone_texts(module)]


@pytest.mark.parametrize(
    "line",
    [
        'say("done", "完成")',
        'say(": ", "：")',
        'say(f"{count} files", f"{count} 个文件")',
        'option("--x", metavar="N")',
        'option("--x", metavar="any|all")',
        'words = "who what where".split()',
        'pattern = re.compile("第.*章")',
        'raise RuntimeError("the transaction is over")',
        'tell(f"searcher {version}")',
        'record["total"] = f"{name}:{line}"',
        'styled(text, style="title mark")',
        'rows = [("保?险", say("any letter", "任意一个字"))]',
        'say("", " 的结果")',
        'rows = [("pdf", "PDF files are not read", "不能读取 PDF")]',
        'command = "export LC_ALL=C.UTF-8"',
        'aliases = {"来源": "source"}',
        'say(" (Ctrl-Y)", "（Ctrl-Y）")',
        """yield f'<span class="number">{rank}</span>'""",
    ],
)
def test_names_and_patterns_need_none(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.test_language.PACKAGE", tmp_path)
    module = tmp_path / "cli" / "module.py"
    module.parent.mkdir()
    module.write_text(line, encoding="utf-8")
    assert not [*faults_of_twins(module), *lone_texts(module)]


SAID_IN_C = re.compile(
    r"(?:damaged\(|PyErr_(?:SetString|Format)\(PyExc_(?:ValueError|OverflowError|IndexError), )"
    r'"([^"%]*)'
)


def test_what_the_kernel_says_of_damage_is_there_in_both_languages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = {
        text.strip()
        for path in (PACKAGE / "kernel").rglob("*.[ch]")
        for text in SAID_IN_C.findall(path.read_text(encoding="utf-8"))
    }
    assert len(said) > 20
    assert all(in_words(f"_MAIN_1: {text}") == f"_MAIN_1: {text}" for text in said)
    monkeypatch.setenv("LANGUAGE", "zh")
    for text in said:
        assert not WORD.search(re.sub("GB", "", in_words(text))), text
