"""The regulation pack and the criteria packs, with clause and confidence, in both languages."""

from alerts.packs import load as load_regulation
from alerts.packs.handling import USUAL, load_handling
from fleet.packs import load as load_criteria
from fleet.packs import names as criteria_packs
from tools.docs.table import Lang, code, heading, rows


def page(lang: Lang) -> str:
    """The page."""
    zh = lang == "zh"
    intro = (
        "# 规则包\n\n由包文件生成。**不是法律文本**: 用于生产之前, 由通风或安全工程师对照原文逐项核对。没有官方数值的, 写“未知”, 从不猜测。"
        "`seen`: 读过原文; `seen_secondary`: 读过转述; `project`: 本项目设定。\n"
        if zh
        else "# Packs\n\nMade from the packs' files. **Not a legal text**: before production a ventilation or safety engineer checks every "
        "value against the print. Where no official value is known it says *unknown*, and is never guessed. `seen`: the text was read; "
        "`seen_secondary`: a digest was read; `project`: a setting of this project.\n"
    )
    return "\n".join([intro, _regulation(lang), _handling(lang), *[_criteria(name, lang) for name in criteria_packs()]])


def _number(value: float | None, unit: str, lang: Lang) -> str:
    return ("未知" if lang == "zh" else "unknown") if value is None else f"{value:g} {unit}"


def _regulation(lang: Lang) -> str:
    zh, pack = lang == "zh", load_regulation()
    parts = [heading(2, (f"限值: {pack.title_zh}", f"Limits: {pack.title_en}"), lang), f"{code(pack.id)}, {code(pack.hash)}\n"]
    head = ("行", "地点", "报警 ≥", "断电 ≥", "复电 <", "条款", "可信程度")
    head_en = ("row", "place", "alarm ≥", "cut ≥", "restore <", "clause", "confidence")
    body = []
    for row in pack.rows.values():
        cuts = " / ".join(_number(cut.cut_ge, row.unit, lang) for cut in row.cuts) or "–"
        restores = " / ".join(_number(cut.restore_lt, row.unit, lang) for cut in row.cuts) or "–"
        place = row.location_zh if zh else row.location_en
        body.append((code(row.id), place, _number(row.alarm_ge, row.unit, lang), cuts, restores, row.reference, row.confidence))
    return "\n".join([*parts, rows(head if zh else head_en, body)])


def _handling(lang: Lang) -> str:
    pack = load_handling(USUAL)
    head = ("原因", "中文", "English")
    causes = [(code(one.id), one.zh, one.en) for one in pack.causes]
    return "\n".join([heading(2, (f"处置: `{USUAL}`", f"Handling: `{USUAL}`"), lang), rows(head, causes)])


def _criteria(name: str, lang: Lang) -> str:
    zh, pack = lang == "zh", load_criteria(name)
    parts = [heading(2, (f"判定: {pack.title.zh}", f"Criteria: {pack.title.en}"), lang)]
    parts.append(f"{code(name)}, {'自' if zh else 'from'} {pack.valid_from}, {'截至' if zh else 'as of'} {pack.as_of}\n")
    head = (
        ("判据", "要求", "阈值", "条款", "依据", "可信程度")
        if zh
        else ("criterion", "what is asked", "threshold", "clause", "basis", "confidence")
    )
    body = []
    for one in pack.criteria:
        asked = "–" if one.threshold is None else f"{one.op.value} {one.threshold:g} {one.unit}"
        counted = one.basis if one.counted else f"{one.basis} ({'不计入' if zh else 'not counted'})"
        body.append((code(one.id), one.zh if zh else one.en, asked, f"{one.document} {one.clause}".strip(), counted, one.confidence))
    parts.append(rows(head, body))
    if pack.not_read:
        parts.append(f"\n{'没有读过' if zh else 'Not read'}: {'; '.join(one.zh if zh else one.en for one in pack.not_read)}\n")
    return "\n".join(parts)
