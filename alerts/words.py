"""The words of alarms in Chinese and English: every change, reason and rule has its pair (zh, en)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from alerts.packs.pack import Documented
from alerts.transitions import PROJECT
from alerts.words_duty import REASONS as DUTY
from alerts.words_handling import REASONS as HANDLING
from alerts.words_permits import REASONS as PERMITS
from contracts.clock import SECOND

CHINA = timedelta(hours=8)
"""All mines keep Beijing time."""

HEADS = {
    "raise": ("报警", "ALARM"),
    "cut": ("达到断电值", "CUT VALUE REACHED"),
    "return": ("报警返回", "RETURNED"),
    "restore": ("回到复电值以下", "BELOW RESTORE VALUE"),
    "past": ("迟到的报警（已返回）", "PAST ALARM (returned)"),
    "filed": ("已归档", "FILED"),
    "unknown": ("状态未知", "UNKNOWN"),
    "known": ("状态恢复已知", "KNOWN AGAIN"),
    "suppress": ("抑制", "SUPPRESSED"),
    "unsuppress": ("解除抑制", "NOT SUPPRESSED ANY MORE"),
    "expire": ("搁置到期", "SHELVING ENDED"),
    "acknowledge": ("已确认", "ACKNOWLEDGED"),
    "shelve": ("搁置", "SHELVED"),
    "unshelve": ("取消搁置", "UNSHELVED"),
    "plan": ("列为计划内报警", "TAKEN AS PLANNED"),
    "unplan": ("不再按计划内报警处理", "NOT PLANNED ANY MORE"),
    "remove_from_service": ("停用", "OUT OF SERVICE"),
    "return_to_service": ("恢复使用", "BACK IN SERVICE"),
    "refer": ("呈送监管监察执法人员", "REFERRED TO THE INSPECTOR"),
    "answer": ("矿方答复", "THE MINE ANSWERED"),
    "close": ("答复已核销", "ANSWER CLOSED"),
    "returned": ("答复退回", "ANSWER SENT BACK"),
    "report": ("已向值班矿领导汇报", "REPORTED TO THE LEADER ON DUTY"),
    "escalate": ("无人确认，通知下一级", "NOBODY ACKNOWLEDGED: NEXT STEP"),
    "remind": ("仍无人确认", "STILL NOBODY ACKNOWLEDGED"),
    "permit": ("许可涵盖此报警", "A PERMIT COVERS IT"),
    "drill": ("演练", "DRILL"),
}

REASONS = {
    "limit_reached": ("达到限值", "limit reached"),
    "over_range": ("传感器超量程，按超限处理", "sensor over range, taken as above the limit"),
    "alarm_under_calibration": ("标校期间报警，未核实", "alarm during calibration, unverified"),
    "verified": ("非标校状态下再次超限，已核实", "above the limit outside calibration too: verified"),
    "device_state": ("设备自报报警，数值未达本系统限值或无限值", "the device's own alarm; below our limit, or no limit known"),
    "below_deadband": ("数值良好且低于返回值（本项目设定）", "good value below the return value (project setting)"),
    "below_restore_value": (
        "数值良好且低于复电值；是否送电由现场决定",
        "good value below the restore value; power is restored by people on site",
    ),
    "below_cut_no_official_restore_value": ("低于断电值；无已知的官方复电值", "below the cut value; no official restore value known"),
    "device_state_cleared": ("设备不再报警", "the device no longer alarms"),
    "first_reading": ("启动后首个良好读数低于限值", "first good reading after start is below the limit"),
    "rising_towards_the_limit": (
        "按此速度将很快达到报警值（本项目设定）",
        "at this rate the alarm value is near (project setting)",
    ),
    "rises_no_more": ("不再快速上升", "no longer rising fast"),
    "stands_still_beyond_its_habit": (
        "数值长时间不动，而其自身习惯和相邻测点表明应当变化（本项目设定）",
        "it stands still although its own habit and its neighbours say it should move (project setting)",
    ),
    "moves_again": ("数值恢复变化", "it moves again"),
    "no_answer_though_polled": ("已轮询但无应答：数值未知，未知不等于正常", "polled without an answer: values are unknown, not normal"),
    "answers_again": ("恢复应答", "it answers again"),
    "some_points_have_no_value": ("部分测点无可用数值，未知不等于正常", "some points have no usable value: unknown is not normal"),
    "all_points_have_values": ("全部测点恢复数值", "all points have values again"),
    "both_doors_open": ("一对风门同时打开，风流短路", "both doors of the pair are open: the air takes a short circuit"),
    "looser_alarm": ("监控系统的报警值宽于规程", "the monitoring system's alarm value is looser than the regulation's"),
    "looser_cut": ("监控系统的断电值宽于规程", "the monitoring system's cut value is looser than the regulation's"),
    "looser_restore": ("监控系统的复电值宽于规程", "the monitoring system's restore value is looser than the regulation's"),
    "one_door_is_shut": ("至少一道风门已关闭", "one door is shut again"),
    "fan_stopped_gas_rising": (
        "供风的局部通风机均已停止，甲烷上升（升高值为本项目设定）",
        "the fans of the place stand and its methane rises (the step is a project setting)",
    ),
    "fan_runs_again": ("通风机恢复运转；甲烷限值另行判断", "a fan runs again; the limits go on by themselves"),
    "fed_though_it_should_be_cut": (
        "应当断电而馈电传感器显示有电：馈电异常（允许时间为本项目设定）",
        "the feed sensor shows power that should be cut: feed abnormal (the time allowed is a project setting)",
    ),
    "feed_agrees": ("馈电状态与预测一致", "the feed state agrees with what it should be"),
    "feed_off_without_reason": ("无电而未见断电原因（提示，不是违规）", "no power and no reason seen for it (advice)"),
    "fed_again": ("恢复供电", "power is back"),
    "lock_tested_under_calibration": ("标校状态下的甲烷电闭锁测试", "test of the methane-electric lock, marked as calibration"),
    "lock_tested_by_shape": (
        "未标记，仅按曲线形状识别为闭锁测试，待人核实",
        "not marked; taken for a lock test by its shape alone, a person must say so",
    ),
    "fan_lock_acted": ("通风机停止，风电闭锁动作", "the fans stopped and the fan-electric lock cut"),
    "fault_lock_acted": ("监控设备故障闭锁：合规断电", "lock-out by a device's fault: a lawful cut"),
    "drill_of_the_chain": ("检验报警链路的演练，不是报警", "a drill of the alarm chain, not an alarm"),
    "older_readings": ("补传数据中发现超限", "found in readings that came late"),
    "raised_before_the_last_return": ("报警迟到，其返回已先到", "the raise came after its return"),
    "within_the_told_span": ("已包含在已报告的时段内", "within the span told already"),
    "raised_again": ("再次报告", "reported again"),
    "earlier_start": ("实际开始更早", "it began earlier"),
    "older_than_the_last_raise": ("早于最近一次报警，不作返回", "older than the last raise, not taken as a return"),
    "not_below_our_limits": (
        "网关按其他限值判定返回，而数值不低于本系统限值，报警不解除",
        "returned by other limits of the gateway; the value is not below ours, the alarm stays",
    ),
    "restore_never_clears_an_alarm": ("复电不解除报警", "restore never clears an alarm"),
    "only_a_restore_ends_a_cut": ("断电状态只由复电结束", "only a restore ends a cut"),
    "shelved_time_is_over": ("搁置时间已到", "its shelving time is over"),
    "link_down": ("网关无数据：数值未知，未知不等于正常", "no data from the gateway: values are unknown, not normal"),
    "link_up": ("网关数据恢复", "data from the gateway flow again"),
    "backup_failed": ("备份失败，将重试", "the backup failed; it is tried again"),
    "backup_missing": ("最近的备份已不完好", "the last backup is not whole any more"),
    "backup_overdue": ("备份逾期（CMSR 2025 第526条：每3个月一次）", "the backup is overdue (CMSR 2025 Art. 526: every 3 months)"),
    "delivery_refused": ("拒绝接收，不会再发", "refused for good, it is not sent again"),
    "delivery_waits": ("多次发送未成功，仍在重试", "several tries did not get through; it is tried on"),
    "delivery_well": ("发送恢复正常", "messages get through again"),
    "backup_well": ("备份已完好", "the backups are well again"),
    "switch_over": (
        "60 s 内恢复，可能为主机切换（规程第527条），未通知",
        "back within 60 s, perhaps a host switch-over (Art.527); nobody was told",
    ),
    "conflict": (
        "同一身份出现不同内容：可能有克隆的网关或被改动的数据",
        "one identity with two contents: a cloned gateway or altered data",
    ),
    "name_missing": ("缺少姓名", "the name is missing"),
    "words_missing": ("缺少说明", "the words are missing"),
    "nothing_to_acknowledge": ("无需确认", "nothing to acknowledge"),
    "is_shelved": ("已搁置，请先取消搁置", "it is shelved: unshelve it first"),
    "not_shelved": ("未搁置", "it is not shelved"),
    "cannot_shelve_when_normal": ("正常状态不能搁置", "normal: nothing to shelve"),
    "cannot_shelve_when_suppressed": ("抑制状态不能搁置", "suppressed: cannot be shelved"),
    "cannot_shelve_when_planned": ("许可期间的计划内报警不能搁置", "planned under a permit: cannot be shelved"),
    "is_out_of_service": ("已停用，请先恢复使用", "it is out of service: bring it back first"),
    "is_in_service": ("未停用", "it is in service"),
    "raised_without_a_permit": ("没有许可涵盖，按报警处理", "no permit covers it: an alarm like any other"),
    "shelve_needs_an_end_within_12_h": (
        "搁置须有截止时间，最长12小时（本项目设定）",
        "shelving needs an end within 12 h (project setting)",
    ),
    "nobody_acknowledged": ("一直无人确认", "nobody acknowledged it"),
    "recipient_not_configured": ("收件人已不在配置中", "the recipient is not configured any more"),
    "no_such_alarm": ("没有这条报警", "there is no such alarm"),
}
REASONS |= DUTY | HANDLING | PERMITS

LIMIT_WORDS = {
    "raise": ("报警值 ≥", "alarm at ≥"),
    "past": ("限值 ≥", "limit ≥"),
    "cut": ("断电值 ≥", "cut at ≥"),
    "expire": ("限值 ≥", "limit ≥"),
    "unshelve": ("限值 ≥", "limit ≥"),
    "unplan": ("限值 ≥", "limit ≥"),
    "return_to_service": ("限值 ≥", "limit ≥"),
    "return": ("返回值 <", "returns at <"),
    "restore": ("复电值 <", "restore at <"),
}
MARKS = {
    "unverified": ("标校期间报警，未核实", "alarm during calibration, unverified"),
    "late": ("迟到：发生60 s后才收到", "late: received more than 60 s after it happened"),
    "unknown": ("当前数值未知，未知不等于正常", "the present value is unknown, which is not normal"),
    "planned": ("许可期间的计划内报警", "planned, under an open permit"),
    "out_of_service": ("本报警已停用，不通知", "this alarm is out of service, nobody is told"),
}
RULES = {
    "drill.test": ("演练，不是报警", "drill, not an alarm"),
    "device.alarm": ("设备报警", "device alarm"),
    "link.down": ("网关失联", "gateway link down"),
    "gateway.conflict": ("网关身份冲突", "gateway identity conflict"),
    "flags.bulk": ("多个标校标志没有许可", "many calibration flags without permits"),
    "centre.delivery": ("报警消息送不到", "messages do not get through"),
    "centre.backup": ("数据备份需要处理", "backups need somebody"),
    "gas.rise": ("甲烷快速上升", "methane rising fast"),
    "sensor.stuck": ("传感器数值冻结", "sensor stuck"),
    "source.stale": ("数据源无应答", "source without answer"),
    "source.points": ("数据源部分测点无数值", "points of a source without value"),
    "doors.open": ("风门同时打开", "both air doors open"),
    "fan.gas": ("停风且瓦斯上升", "fan stopped, gas rising"),
    "feed.abnormal": ("馈电异常", "feed abnormal"),
    "feed.unexplained": ("无电原因不明", "no power, reason unknown"),
    "kj.setting": ("监控系统设置宽于规程", "monitoring system's setting looser than the regulation's"),
    "lock.test": ("甲烷电闭锁测试", "methane-electric lock test"),
    "lock.fan": ("风电闭锁动作", "fan-electric lock acted"),
    "lock.fault": ("故障闭锁", "fault lock-out"),
}
REACHED = ("最新读数已达到报警值", "the newest reading is at the alarm value already")
NUMBERS = {
    "minutes_to_limit": ("约 {:.1f} 分钟后达到报警值", "about {:.1f} min to the alarm value"),
    "least_per_min": ("门槛每分钟 {:.2f}", "threshold {:.2f} a minute"),
    "still_s": ("静止 {:.0f} s", "still for {:.0f} s"),
    "usual_s": ("以往最长静止 {:.0f} s", "longest rest before {:.0f} s"),
    "neighbours_moved": ("相邻测点 {:.0f} 个有变化", "{:.0f} neighbours moved"),
    "neighbours": ("相邻测点共 {:.0f} 个", "of {:.0f} neighbours"),
    "silent_s": ("无应答 {:.0f} s", "silent for {:.0f} s"),
    "points": ("共 {:.0f} 个测点", "{:.0f} points"),
    "without_value": ("其中 {:.0f} 个无数值", "{:.0f} of them without value"),
    "stopped_s": ("已停风 {:.0f} s", "fans stopped for {:.0f} s"),
    "from": ("停风时 {:.2f}", "{:.2f} when they stopped"),
    "fed_s": ("应断未断 {:.0f} s", "on for {:.0f} s though to be cut"),
    "allowed_s": ("允许 {:.0f} s", "{:.0f} s allowed"),
    "unfed_s": ("无电 {:.0f} s", "no power for {:.0f} s"),
    "alarm_s": ("报警 {:.0f} s", "alarm after {:.0f} s"),
    "cut_s": ("断电值 {:.0f} s", "cut value after {:.0f} s"),
    "feed_off_s": ("馈电断开 {:.0f} s", "feed off after {:.0f} s"),
    "fan_back_s": ("通风机恢复 {:.0f} s", "fan back after {:.0f} s"),
    "restore_s": ("复电 {:.0f} s", "restored after {:.0f} s"),
}
OURS = ("本项目设定", "set by this project")
"""What stands for a clause where none names the value."""
_CLAUSE = re.compile(r"Art\.(\d+)")


def reason_words(reason: str, lang: str) -> str:
    """The reason in words; a person's own words stand as they are."""
    pair = REASONS.get(reason)
    return pair[lang != "zh"] if pair else reason


def clause_words(clause: str, documents: Mapping[str, Documented], lang: str) -> str:
    """`CMSR2025 Art.536, Table 19` as people write it; `project` is ours."""
    if clause == PROJECT:
        return OURS[lang != "zh"]
    document, _, rest = clause.partition(" ")
    known = documents.get(document)
    if known is None:
        rest, title = clause, ""
    else:
        title = known.zh if lang == "zh" else f"{known.en} "
    if lang == "zh":
        rest = _CLAUSE.sub(r"第\1条", rest).replace("Table ", "表").replace(", ", "")
    return f"{title}{rest}"


def time_words(time: int, lang: str) -> str:
    """`2026-11-24 21:32:25 北京时间`."""
    stamp = datetime.fromtimestamp(time // SECOND, UTC) + CHINA
    return f"{stamp:%Y-%m-%d %H:%M:%S} {'北京时间' if lang == 'zh' else 'UTC+8'}"
