"""What stands in both languages on the page: headings, names of rows, and the words around them. Pure data."""

from collections.abc import Mapping

LANGUAGES = ("zh", "en")

HEADS = {
    "zh": """# 模型评测

由 `davy models page` 从 `docs/models/*.json` 生成, 不手工修改; 那些结果由 `davy models evaluate --suite all --save docs/models` 写出。
数据不在仓库中。

模型只作参考, 不是官方报警。

## 总览
""",
    "en": """# Models, measured

Made by `davy models page` from `docs/models/*.json`, never edited by hand; those results are written by
`davy models evaluate --suite all --save docs/models`. The data are not in the repository.

Models advise; nothing here is an official alarm.

## At a glance
""",
}
SAID: dict[str, tuple[str, str]] = {
    "suite": ("测试集", "suite"),
    "figure": ("量", "figure"),
    "asked": ("要求", "asked"),
    "reached": ("达到", "reached"),
    "met": ("达到", "met"),
    "not met": ("**未达到**", "**not met**"),
    "none": ("没有结果: 未评测。", "No result: not evaluated."),
    "published": ("公布", "published"),
    "protocol": ("**规程。**", "**Protocol.**"),
    "data": ("**数据。**", "**Data.**"),
    "remarks": ("**须知**", "**To be said**"),
    "tried": ("**试过什么, 障碍何在**", "**What was tried, and what stands in the way**"),
    "made": ("时间", "made"),
    "machine": ("机器", "machine"),
    "took": ("用时", "took"),
    "of data": ("数据", "data"),
    "code": ("代码", "code"),
}
NAMES = {
    # headings
    "NAB standard": "NAB 标准",
    "standard": "标准",
    "low-FP": "低误报",
    "low-FN": "低漏报",
    "windows found of 57": "57 个窗口中找到",
    "false per 1,000 rows": "每千行误报",
    "AUC below the limit": "限值以下的 AUC",
    "onsets": "起点",
    "found %": "找到 %",
    "lead s": "提前 s",
    "lead h": "提前 h",
    "delay s": "延迟 s",
    "false per day": "每天误报",
    "false alarms": "误报",
    "reached the limit": "达到限值",
    "like test gas": "像标校气",
    "of them named test gas": "其中认作标校气",
    "others": "其余",
    "others named test gas": "其余中认作标校气",
    "from": "自",
    "to": "至",
    "accuracy": "正确率",
    "n": "次数",
    "threshold found %": "阈值找到 %",
    "slope found %": "斜率找到 %",
    "named rightly %": "认对 %",
    "per mine-day": "每矿日",
    "mine-days": "矿日数",
    # names of rows
    "always, and a change every 30 rows": "总报异常, 每 30 行报一次变化",
    "isolation forest": "孤立森林",
    "windowed Gaussian": "滑窗高斯",
    "relative entropy": "相对熵",
    "last value's z-score": "最近值的 z 分数",
    "an alarm every 400 rows": "每 400 行报一次",
    "random": "随机",
    "null": "从不报",
    "outlook": "预测",
    "level": "水平",
    "slope": "斜率",
    "longwall level": "采煤工作面 水平",
    "longwall slope": "采煤工作面 斜率",
    "episodes": "片段",
    "strength alone": "仅看强度",
    "guess": "猜测",
    "(looks ahead)": "(看到后面的数据)",
    "three sigma": "三倍标准差",
    "threshold": "阈值",
    "ours": "我们的",
    "bearing_wear": "轴承磨损 bearing_wear",
    "belt_fire": "带式输送机火灾 belt_fire",
    "doors_open": "风门同时打开 doors_open",
    "fan_stop": "停风 fan_stop",
    "feed_stuck": "应断未断 feed_stuck",
    "gas_accumulation": "瓦斯积聚 gas_accumulation",
    "outburst": "突出 outburst",
    "clock_jump": "时钟跳变 clock_jump",
    "device_silent": "设备无应答 device_silent",
    "drift": "漂移 drift",
    "dropout": "断线 dropout",
    "frozen": "数值冻结 frozen",
    "lock_test": "闭锁测试 lock_test",
    "spike": "毛刺 spike",
    "test_gas": "标校气 test_gas",
}
"""Chinese of what the results and notes name in English; what is a name of its own (a detector's, a file's) stays."""


def said(key: str, lang: str) -> str:
    """The words of `key`."""
    return SAID[key][LANGUAGES.index(lang)]


def name(text: str, lang: str, names: Mapping[str, str] = NAMES) -> str:
    """A heading or a row's name; part by part where the whole is not known (`ims.csv.gz three sigma`)."""
    if lang != "zh" or not text:
        return text
    if text in names:
        return names[text]
    first, _, rest = text.partition(" ")
    return f"{first} {names[rest]}" if rest in names else text
