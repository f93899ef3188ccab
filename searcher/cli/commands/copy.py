"""``searcher copy``."""

import click

from searcher.cli.options import layout_options, wait_option
from searcher.cli.usage import Command
from searcher.language import say


@click.command(
    cls=Command,
    short_help=say(
        "Copy the documents of one index into another.", "把一个索引的文档复制到另一个索引。"
    ),
    help=say(
        "Copy all documents of the index FROM into the index TO, which is made if there is none, "
        "with the same user dictionary. Each is a directory, the name of an index, or an address "
        "such as opensearch+https://user@host:9200/news.\n\n"
        "What TO has under the same ids is replaced, what it has beside stays. Where it is "
        "interrupted, run it again.",
        "把来源索引的全部文档复制到目标索引；目标不存在时新建，并沿用同样的用户词典。"
        "二者都可以是目录、索引的名称，或 opensearch+https://user@host:9200/news 这样的地址。\n\n"
        "目标中相同 id 的文档会被替换，其余保留。中断后重新运行即可。",
    ),
    epilog=say(
        "\b\nExample:\n  searcher copy ./index opensearch+https://me@search.example.org/news",
        "\b\n示例：\n  searcher copy ./index opensearch+https://me@search.example.org/news",
    ),
)
@click.argument("source", metavar=say("FROM", "来源"))
@click.argument("target", metavar=say("TO", "目标"))
@click.option(
    "-q", "--quiet", is_flag=True, help=say("Say nothing but errors.", "除错误外什么也不显示。")
)
@wait_option
@layout_options
def command(
    source: str,
    target: str,
    quiet: bool,
    wait: int | None,
    shards: int | None,
    replicas: int | None,
) -> int:
    """Copy all documents; returns the exit status."""
    from searcher import Progress, copy
    from searcher.api.copying import target_of_copy
    from searcher.cli.configuration import of
    from searcher.cli.messages import tell
    from searcher.cli.places import open_index, place_by_either
    from searcher.cli.progress import Stage, progress_bar

    configuration = of(click.get_current_context())
    there = place_by_either(target, configuration)
    with (
        open_index(place_by_either(source, configuration)) as opened,
        target_of_copy(
            opened, there.path, wait=float(wait or 0), shards=shards, replicas=replicas
        ) as copied,
        progress_bar(say("copying", "复制中")) as advance,
    ):

        def on_progress(progress: Progress) -> None:
            if advance is not None and not quiet:
                advance(Stage(progress.done, progress.total, progress.name, progress.documents))

        done = copy(opened, copied, progress=on_progress)
    if not quiet:
        tell(say(f"{done} documents copied to {there}", f"已把 {done} 篇文档复制到 {there}"))
    return 0
