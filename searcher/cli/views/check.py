"""What a check found, in lines."""

from searcher import CheckReport, Problem
from searcher.cli.messages import in_documents
from searcher.cli.views.status import size_in_words
from searcher.language import say


def problem_line(problem: Problem) -> str:
    """A file, what is wrong with it, and what to do."""
    return say(
        f"{problem.file}: {problem.what}; {problem.advice}",
        f"{problem.file}：{problem.what}；{problem.advice}",
    )


def checked_line(report: CheckReport) -> str:
    """What was looked at, and whether it is whole."""
    documents = in_documents(report.documents)
    looked = say(
        f"{report.files} files ({size_in_words(report.bytes)}), {documents}, "
        f"{report.sampled} of them cut again, in {report.seconds:.1f} s",
        f"{report.files} 个文件（{size_in_words(report.bytes)}）、{documents}文档，"
        f"其中 {report.sampled} 个重新分词比对，用时 {report.seconds:.1f} 秒",
    )
    count = len(report.problems)
    if report.ok:
        return say(f"the index is whole: {looked}", f"索引完好：{looked}")
    noun = say("problem" if count == 1 else "problems", "个问题")
    return say(f"{count} {noun}: {looked}", f"{count} {noun}：{looked}")
