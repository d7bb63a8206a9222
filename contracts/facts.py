"""Daily facts of a mine: what a count of intelligent mines rests on. Each knows how it was made, from which span, how complete it is.

Too little data is no evidence (`value` None and a reason), never a zero and never a pass. A day is the mine's own, by its zone.
"""

from dataclasses import dataclass
from enum import StrEnum

import msgspec

CITIES = ("太原", "大同", "阳泉", "长治", "晋城", "朔州", "晋中", "运城", "忻州", "临汾", "吕梁")
"""Shanxi's eleven cities, in the order of their statistical codes."""


class Way(StrEnum):
    """Where a fact comes from: our own data, or a person's word with a document."""

    MEASURED = "measured"
    DECLARED = "declared"


class Fact(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fact of one day. `value` None: no evidence, and `why` says why (a code of words). `completeness` 0 to 1: of the data it needs.

    `start`/`end`: µs UTC, the span it was made from. `how`: the method and its version, `points.online@1`. `subject`: the face, heading,
    post, system or gateway; empty for the whole mine. `numbers`: what went in. `evidence`: where to look: `alarm:12`, `point:T01`,
    `permit:3`, `gap:mine/gw/epoch/seq`, `document:<sha256>`. Declared facts also carry who (pseudonym), the document's sha256 and the last
    day they hold.
    """

    name: str
    value: float | None
    completeness: float
    start: int
    end: int
    how: str
    way: Way = Way.MEASURED
    subject: str = ""
    why: str = ""
    numbers: dict[str, float] = {}
    evidence: tuple[str, ...] = ()
    by: str = ""
    document: str = ""
    valid_to: str = ""


class FactSet(msgspec.Struct, frozen=True):
    """All facts of a mine's day (ISO date), ordered by (name, subject)."""

    mine: str
    day: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a fact is. `worst`: which of several subjects speaks for the mine ("min" or "max"); `unit` as people read it."""

    name: str
    unit: str
    zh: str
    en: str
    worst: str = "min"
    declared: bool = False


_ALL = (
    Meaning("systems_running_share", "", "系统心跳在线时长占比", "share of the day with the system's heartbeat"),
    Meaning("points_online_rate", "", "测点在线率", "points online"),
    Meaning("points_good_rate", "", "测点良好率", "points of good quality"),
    Meaning("wind_points_online_rate", "", "风速风量测点在线率", "air speed points online"),
    Meaning("settings_wider_than_table19", "", "宽于表19的设定数", "settings wider than Table 19", "max"),
    Meaning("must_methane_points_missing", "", "缺少的必设甲烷测点数", "must-have methane points missing", "max"),
    Meaning("calibration_on_time_rate", "", "传感器按期调校率", "calibrations on time"),
    Meaning("upload_gap_minutes", "min", "上传中断时长", "minutes of upload gaps", "max"),
    Meaning("upload_delay_s", "s", "上传时延 p95", "upload delay, p95", "max"),
    Meaning("late_share", "", "迟到数据占比", "share of readings that came late", "max"),
    Meaning("late_undeclared_share", "", "台账未说明的迟到数据占比", "share of readings that came late over a link that was up", "max"),
    Meaning("face_auto_hours", "h", "工作面自动运行小时", "hours of the face in automatic mode"),
    Meaning("face_producing_hours", "h", "工作面生产小时", "producing hours of the face"),
    Meaning("belt_remote_hours", "h", "带式输送机远程集控小时", "belt hours under remote control"),
    Meaning("belt_running_hours", "h", "带式输送机运行小时", "belt running hours"),
    Meaning("fan_remote_records", "", "主通风机远程操作记录数", "records of remote operation of the main fan"),
    Meaning("unattended_hours_share", "", "固定场所无人值守时长占比", "share of hours a fixed post is unattended"),
    Meaning("persons_at_face", "", "工作面当班人数", "persons at the face in a shift", "max"),
    Meaning("max_persons_per_shift", "", "单班入井人数", "persons underground in a shift", "max"),
    Meaning("network_delay_ms", "ms", "网络往返时延 p95", "network round trip, p95", "max"),
    Meaning("network_loss_share", "", "网络丢包率", "network loss", "max"),
    Meaning("link_available_share", "", "链路可用率", "link availability"),
    Meaning("receipt_delay_ms", "ms", "回执时延 p95", "receipt delay, p95", "max"),
    Meaning("drained_pure_m3", "m3", "瓦斯抽采纯量(标准状态)", "methane drained, pure, standard state"),
    Meaning("drainage_rate", "", "瓦斯抽采率", "gas drainage rate"),
    Meaning("calibrations_at_once", "", "同时标校的测点数(最大)", "points flagged as under calibration at the same time", "max"),
    Meaning("calibration_without_gas", "", "未见标气的标校数", "calibration flags without test gas", "max"),
    Meaning("points_frozen", "", "数值冻结的测点数", "points that show one number", "max"),
    Meaning("peaks_cut", "", "峰值被削的测点数", "points whose peaks are cut", "max"),
    Meaning("permits_open_overrun", "", "超期许可数", "permits overrun", "max"),
    Meaning("exceedances", "", "超限次数", "exceedances", "max"),
    Meaning("exceedances_unanswered", "", "未答复超限次数", "exceedances not answered", "max"),
    Meaning("licence_valid_until", "", "证照有效期至(序日)", "licences valid until (day number)", "min", declared=True),
    Meaning("standardisation_level", "", "安全生产标准化等级", "safety standardisation level", "max", declared=True),
    Meaning("upgrade_done", "", "智能化升级改造已完成", "intelligent upgrade finished", "min", declared=True),
    Meaning("organisation_set_up", "", "智能化建设组织机构已成立", "organisation for intelligent mining set up", "min", declared=True),
    Meaning("no_fatal_accident", "", "当年无死亡事故", "no fatal accident this year", "min", declared=True),
    Meaning("plan_uploaded", "", "经批准的建设方案已上传项目管理系统", "approved plan uploaded to the project system", declared=True),
    Meaning("self_acceptance_experts", "", "企业自验收专家人数", "experts of the self-acceptance", "min", declared=True),
    Meaning("face_heading_score", "", "采煤、掘进系统评分(取低者)", "score of coal-face and heading systems, the lower", declared=True),
)
FACTS = {meaning.name: meaning for meaning in _ALL}
"""By name. A declared one can only come from a person's word; a measured one may also be declared where we measure nothing."""

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(FactSet)


def write_facts(facts: FactSet) -> bytes:
    """Canonical JSON: equal facts, equal bytes."""
    return _encoder.encode(facts)


def read_facts(data: bytes) -> FactSet:
    """The inverse of `write_facts`."""
    return _decoder.decode(data)
