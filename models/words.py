"""What a finding means to people, in Chinese and English: what was seen, what it could be, what to check first.

A finding advises. It is never an official alarm, and no finding takes a reading or an alarm away.
"""

from dataclasses import dataclass

from models.policy import (
    DEAD,
    DRIFT,
    GLITCH,
    JUMP,
    LOCK,
    OUTLOOK,
    SILENT,
    STUCK,
    TEST,
    WEAR,
    Finding,
)
from models.signs import DOORS, FAN_STOP, FEED, FIRE, GAS, OUTBURST

LANGS = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Words:
    """What a kind of finding is called, what it could be (likeliest first), and what to check first. Pairs are (Chinese, English)."""

    seen: tuple[str, str]
    could_be: tuple[tuple[str, str], ...]
    check: tuple[str, str]


WORDS: dict[str, Words] = {
    FAN_STOP: Words(
        ("通风机全部停止", "all fans of the place stand"),
        (
            ("停电或故障停风", "power loss or breakdown: no air"),
            ("计划停风检修", "planned stop for maintenance"),
            ("开停传感器误报", "run-state sensor is wrong"),
        ),
        ("核对风速、负压与开停,按停风规程撤人断电", "compare air speed, pressure and run state; follow the rule for a stopped fan"),
    ),
    DOORS: Words(
        ("同一组风门同时打开", "both doors of a pair are open"),
        (
            ("风流短路", "short circuit of the air"),
            ("车辆或人员连续通过", "vehicles or people passing together"),
            ("风门传感器误报", "door sensor is wrong"),
        ),
        ("派人关闭风门,核对工作面风速", "send somebody to shut a door; look at the air speed of the face"),
    ),
    FEED: Words(
        ("停风后仍有馈电", "supply is on although its fans stand"),
        (("断电器或馈电开关失灵", "breaker or feeder switch failed"), ("馈电传感器误报", "feed-state sensor is wrong")),
        ("立即人工断电,检查风电闭锁", "cut by hand at once; check the fan-electric lock"),
    ),
    GAS: Words(
        ("瓦斯积聚的迹象", "signs of gas gathering"),
        (
            ("风筒破损或脱节、挡风帘倒落", "duct torn or off, brattice fallen"),
            ("局部风量不足", "too little air at the place"),
            ("采空区或顶板来压涌出", "gas from the gob after a roof fall"),
            ("传感器故障或标校", "sensor fault or calibration"),
        ),
        ("检查风筒、挡风设施和隅角风流,便携仪复测", "check duct, brattice and air at the place; measure with a portable"),
    ),
    OUTBURST: Words(
        ("瓦斯浓度急剧升高", "methane rises steeply"),
        (
            ("突出或大量涌出", "outburst or large inflow of gas"),
            ("未标记的标校气样", "test gas that nobody marked"),
            ("通风中断", "ventilation broken off"),
        ),
        ("立即撤人断电,核对相邻测点", "withdraw people, cut power, look at the neighbouring meters"),
    ),
    FIRE: Words(
        ("带式输送机处一氧化碳持续上升", "carbon monoxide at the belt keeps rising"),
        (
            ("胶带、托辊或滚筒发热着火", "belt, idler or drum hot or burning"),
            ("车辆尾气持续停留", "vehicle standing with its engine on"),
            ("爆破炮烟", "fumes of blasting"),
        ),
        ("停带式输送机,检查滚筒和托辊温度、烟雾", "stop the belt; check drum, idlers, smoke"),
    ),
    WEAR: Words(
        ("振动高于平时", "vibration above its usual level"),
        (
            ("轴承磨损或缺油", "bearing worn or short of grease"),
            ("不平衡或地脚松动", "imbalance or loose footing"),
            ("工况改变", "another working point"),
        ),
        ("测轴承温度与振动频谱,检查润滑", "measure bearing temperature and vibration spectrum, check lubrication"),
    ),
    OUTLOOK: Words(
        ("3~6分钟内可能超过报警值", "may exceed its alarm value in 3 to 6 minutes"),
        (("割煤或落煤涌出增加", "more gas from cutting and broken coal"), ("风量减少", "less air"), ("气压下降", "falling barometer")),
        ("降低割煤速度,检查风量", "cut slower, check the air"),
    ),
    DRIFT: Words(
        ("与风量瓦斯平衡不符", "does not fit the balance of air and methane"),
        (
            ("传感器零点或灵敏度漂移", "zero or span of the sensor drifts"),
            ("漏风或风路改变", "leak, or the air takes another way"),
            ("局部新的涌出", "a new source nearby"),
        ),
        ("便携仪对照,必要时调校", "compare with a portable; calibrate where needed"),
    ),
    STUCK: Words(
        ("数值不变而邻近测点在变", "stands still while its neighbours move"),
        (("传感器或分站输出卡死", "sensor or substation output is stuck"), ("探头堵塞或进水", "head blocked or wet")),
        ("检查探头和分站,便携仪对照", "check head and substation; compare with a portable"),
    ),
    GLITCH: Words(
        ("瞬间跳变后恢复", "jumped and came back at once"),
        (("接触不良或电磁干扰", "bad contact or interference"), ("传感器受冲击", "sensor was knocked")),
        ("检查接线和屏蔽", "check wiring and screening"),
    ),
    DEAD: Words(
        ("测点无数据", "no readings from the point"),
        (("传感器断线或断电", "sensor without line or power"), ("分站端口故障", "port of the substation failed")),
        ("检查线缆与电源;期间人工监测", "check cable and supply; monitor by hand meanwhile"),
    ),
    SILENT: Words(
        ("设备所有测点无数据", "no readings from the whole device"),
        (("通信中断", "link broken"), ("分站断电", "substation without power")),
        ("检查通信线路与分站电源", "check line and supply of the substation"),
    ),
    JUMP: Words(
        ("设备时钟与网关不一致", "the device's clock parts from the gateway's"),
        (("设备对时错误", "clock set wrong"), ("设备重启", "device restarted")),
        ("核对设备时钟,重新对时", "check and set the device's clock"),
    ),
    TEST: Words(
        ("标校气样特征或标校状态", "state or pattern of calibration gas"),
        (("正在标校", "calibration going on"), ("真实瓦斯(须排除)", "real gas (to be ruled out)")),
        ("与安全监测工核实是否在标校", "ask the monitoring worker whether a calibration is going on"),
    ),
    LOCK: Words(
        ("标校气样同时断电:闭锁试验", "test gas and power cut: a test of the lock"),
        (("甲烷电闭锁试验", "test of the methane-electric lock"), ("真实超限断电(须排除)", "real cut for gas (to be ruled out)")),
        ("核对试验计划并存档", "compare with the plan of tests and file it"),
    ),
    "unusual": Words(
        ("几个测点的组合不同于平时", "several points together are not as usual"),
        (("工况改变", "another way of working"), ("其中一个测点异常", "something wrong at one of the points")),
        ("先看占比最大的测点", "look first at the point that gives most"),
    ),
    "outside_training": Words(
        ("读数超出模型训练时见过的范围", "readings are outside what the models were trained on"),
        (("工况改变,模型需要重新训练", "another way of working: the models need training anew"), ("传感器异常", "a sensor at fault")),
        ("确认工况后重新训练;此时模型不作判断", "confirm the way of working, then train anew; the models judge nothing meanwhile"),
    ),
}


def told(kind: str) -> Words:
    """The words of a kind; one there are none for is named as it is, never passed over."""
    nothing = (("未知", "unknown"),), ("请人查看", "have somebody look")
    return WORDS.get(kind) or Words((f"模型发现: {kind}", f"finding: {kind}"), *nothing)


def sentence(finding: Finding, lang: str = "zh") -> str:
    """One line for people: what was seen, where, how sure, what it could be, what to check first."""
    words, at = told(finding.kind), LANGS.index(lang)
    places = (", " if at else "、").join(finding.points[:4]) or finding.subject
    could = ("; " if at else ";").join(text[at] for text in words.could_be)
    sure = f"{round(100 * finding.sure)} %"
    if at:
        return f"{words.seen[1]} ({places}), sure {sure}. Could be: {could}. First: {words.check[1]}."
    return f"{words.seen[0]}({places}),把握{sure}。可能:{could}。先查:{words.check[0]}。"
