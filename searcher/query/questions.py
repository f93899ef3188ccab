"""Words that make a question of a sentence and are seldom in its answer."""

# Folded, as queries are.
QUESTION_WORDS = frozenset(
    """
    什么 什么样 什么时候 甚么 为什么 为何 为啥 怎么 怎么样 怎么办 怎么回事 怎样 怎 如何 咋 咋办 咋样
    哪 哪些 哪个 哪里 哪儿 哪家 哪种 哪位 哪天 哪年 谁 是谁 何时 何地 何处 几 几个 几点 几时 几天
    多少 多久 多大 多长 多远 吗 呢 么 请问 求问 问下 问一下 是否 能否 可否 是不是 有没有 会不会
    能不能 要不要 可不可以
    """.split()
)
