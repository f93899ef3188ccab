"""A script for each shell, and answers as each reads them.

The first line of an answer says what it is: ``values``, ``whole`` for values behind which no space
belongs, ``files`` or ``folders``, for which the second line is what is to be left of them; a line
for each value follows.
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from searcher.cli.completing.candidates import Candidates, candidates_for
from searcher.cli.completing.typed import understood
from searcher.cli.printable import printable

_BASH = """\
# searcher: completion for bash. In ~/.bashrc:  eval "$(searcher completion bash)"
_searcher_complete() {
    local line kind=
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ -z $kind ]]; then kind=$line; else COMPREPLY+=("$line"); fi
    done < <(_SEARCHER_COMPLETE=bash "${1/#\\~/$HOME}" \\
        "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
    case $kind in
        files) COMPREPLY=(); compopt -o filenames -o default 2>/dev/null ;;
        folders) COMPREPLY=(); compopt -o filenames -o dirnames 2>/dev/null ;;
        part) compopt -o nospace 2>/dev/null ;;
    esac
}
complete -o nosort -F _searcher_complete searcher 2>/dev/null ||
    complete -F _searcher_complete searcher
"""

_ZSH = """\
#compdef searcher
# searcher: completion for zsh. In ~/.zshrc, after compinit:  eval "$(searcher completion zsh)"
_searcher() {
    local -a lines values shown how
    local kind before line
    lines=("${(@f)$(_SEARCHER_COMPLETE=zsh "${(Q)${words[1]/#\\~/$HOME}}" \\
        "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    kind=$lines[1]
    before=${(Q)lines[2]}
    [[ -n $before ]] && compset -p $#before
    case $kind in
        files) _files; return ;;
        folders) _files -/; return ;;
        values|part|described) ;;
        *) return 1 ;;
    esac
    for line in "${(@)lines[3,-1]}"; do
        values+=("${(Q)${line%%$'\\t'*}}")
        shown+=("${line#*$'\\t'}")
    done
    (( $#values )) || return 1
    # What is right need not begin with what was typed, as in 来源：“国际 金融报”.
    [[ -z $before ]] && how=(-U)
    case $kind in
        described) _describe -V searcher shown values ;;
        part) compadd $how -V searcher -S '' -d shown -a values ;;
        *) compadd $how -V searcher -d shown -a values ;;
    esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _searcher "$@"
else
    compdef _searcher searcher
fi
"""

_FISH = """\
# searcher: completion for fish. In ~/.config/fish/config.fish:  searcher completion fish | source
function __searcher_answer
    # Asked once for each state of the line, for its kind and for its values.
    set -l line (commandline -cp | string collect)
    if test "$line" != "$__searcher_line"
        set -g __searcher_line $line
        set -l words (commandline -opc)
        set -g __searcher_lines (_SEARCHER_COMPLETE=fish $words[1] $words[2..-1] \\
            (commandline -ct) 2>/dev/null)
    end
end
function __searcher_wants_files
    __searcher_answer
    contains -- "$__searcher_lines[1]" files folders
end
function __searcher_values
    __searcher_answer
    contains -- "$__searcher_lines[1]" files folders
    or string join -- \\n $__searcher_lines[2..-1]
end
complete -c searcher -e
complete -c searcher -f
complete -c searcher -n __searcher_wants_files -F
complete -c searcher -k -a '(__searcher_values)'
"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_UNSAFE = re.compile(r"[^A-Za-z0-9_./:=@%+,\-\u00a1-\uffff\U00010000-\U0010ffff]")
_IN_DOUBLE = re.compile(r'[\\"$`]')


def answer(shell: str, arguments: Sequence[str]) -> str:
    """What the script of a shell gets for what it asked with."""
    if shell == "bash":
        line, breaks = arguments
        return _for_bash(line, breaks)
    words = list(arguments)
    current = words.pop() if words else ""
    if shell == "fish":
        current = _cut(current, "fish")[-1].text if current else ""
    typed = understood(words, current)
    found = candidates_for(typed)
    kind = _kind(found)
    if shell == "zsh":
        if kind == "values" and any(meaning for _, meaning in found.values):
            kind = "described"
        rows = [
            f"{_zsh_quoted(value)}\t{_zsh_shown(value, meaning)}" for value, meaning in found.values
        ]
        return "\n".join([kind, shlex.quote(typed.before) if typed.before else "", *rows])
    rows = [
        f"{typed.before}{value}\t{printable(meaning)}"
        for value, meaning in found.values
        # A line, and what stands before a tab, is all that fish can take.
        if not _CONTROL.search(value)
    ]
    return "\n".join([kind, *rows])


def _kind(found: Candidates) -> str:
    return "part" if found.kind == "values" and not found.is_whole else found.kind


def _zsh_quoted(value: str) -> str:
    return _ansi_quoted(value) if _CONTROL.search(value) else shlex.quote(value)


def _zsh_shown(value: str, meaning: str) -> str:
    shown = printable(value)
    if not meaning:
        return shown
    escaped = shown.replace("\\", "\\\\").replace(":", "\\:")
    return f"{escaped}:{printable(meaning)}"


def _ansi_quoted(value: str) -> str:
    """The value between ``$'`` and ``'``, which bash and zsh read alike."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", escaped) + "'"


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a command line.

    Attributes:
        text: What the program gets.
        kept: How much of the text stands before what the shell replaces: up to an opened quote,
            or to the last character that bash takes for the end of a word.
        quote: The quote that is open, if any.
    """

    text: str
    kept: int = 0
    quote: str = ""


def _for_bash(line: str, breaks: str) -> str:
    words = _cut(line, breaks)
    current = words[-1]
    typed = understood([word.text for word in words[1:-1]], current.text)
    found = candidates_for(typed)
    rows = []
    for value, _ in found.values:
        rest = (typed.before + value)[current.kept :]
        escaped = _bash_escaped(rest, current.quote)
        if escaped is not None:
            rows.append(escaped)
    return "\n".join([_kind(found), *rows])


def _bash_escaped(text: str, quote: str) -> str | None:
    """The text as it is typed, within a quote that was opened; None if it cannot be."""
    if _CONTROL.search(text):
        return None if quote else _ansi_quoted(text)
    if quote == "'":
        return text.replace("'", "'\\''")
    if quote == '"':
        return _IN_DOUBLE.sub(r"\\\g<0>", text)
    return _UNSAFE.sub(r"\\\g<0>", text)


def _cut(line: str, breaks: str) -> list[_Word]:
    """The words of a line, as a shell cuts it; the last one may be empty or not be finished."""
    words: list[_Word] = []
    text = quote = ""
    kept = 0
    is_word = False
    chars = iter(line)
    for char in chars:
        if quote == "'" and char != "'":
            text += char
        elif char == quote and quote:
            quote = ""
        elif char == "\\":
            following = next(chars, "")
            is_word = True
            if quote == '"' and following not in '\\"$`':
                text += char
            text += following
        elif quote:
            text += char
        elif char in "\"'":
            quote, kept, is_word = char, len(text), True
        elif char in " \t\n":
            if is_word:
                words.append(_Word(text))
            text, kept, is_word = "", 0, False
        else:
            text, is_word = text + char, True
            if char in breaks and breaks != "fish":
                kept = len(text)
    words.append(_Word(text, kept, quote))
    return words
