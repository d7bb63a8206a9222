"""What a check of an export says, in both languages: faults, what was not checked, and the whole as lines of text."""

from collections.abc import Iterator

from contracts.clock import iso
from fleet.audit.report import Fault, Report

FAULTS: dict[str, tuple[str, str]] = {
    "no_line": ("这一行不是导出文件的内容", "this line is none of an export"),
    "not_canonical_line": ("这一行的写法与规定不同", "this line is not written in its one way"),
    "too_long": ("这一行过长", "this line is too long"),
    "too_many_lines": ("行数过多", "too many lines"),
    "damaged": ("文件损坏, 从这里起读不出", "the file is damaged: it cannot be read from here on"),
    "no_header": ("第一行不是文件头", "the first line is no header"),
    "second_header": ("又一个文件头", "another header"),
    "other_format": ("格式版本不认识", "a format this program does not know"),
    "after_last": ("签名的末行之后还有内容", "there is more behind the signed last line"),
    "no_last": ("缺签名的末行: 文件被截断", "the signed last line is missing: the file was cut"),
    "number": ("总序号不连续: 有记录被删除、插入或移动", "the numbers over all do not go on: an entry was removed, put in or moved"),
    "mine_number": ("本矿序号不连续", "the numbers of this mine do not go on"),
    "previous": ("与前一条的链接不符", "it is not linked to the entry before it"),
    "mine_previous": ("与本矿前一条的链接不符", "it is not linked to the entry before it of this mine"),
    "changed": ("内容被改动: 哈希不符", "it was changed: its hash does not fit"),
    "not_of_the_part": ("这个矿不在所选部分内", "this mine is not of the part that was asked for"),
    "kind_unknown": ("本程序不认识这种记录", "a kind of entry this program does not know"),
    "body_unreadable": ("正文无法读出", "its body cannot be read"),
    "body_not_canonical": ("正文的写法与规定不同", "its body is not written in its one way"),
    "body_elsewhere": ("正文与所在位置 (矿、日、键) 不符", "its body belongs to another mine, day or key"),
    "head_place": ("每日签名所指的不是它前面一条", "the daily head does not speak of the entry before it"),
    "head_day": ("每日签名的日期倒退", "the daily head's day goes back"),
    "head_root": ("各矿链尾与每日签名不符", "the mines' chains do not end as the daily head says"),
    "head_signature": ("每日签名无效", "the daily head's signature does not hold"),
    "head_key": ("每日签名的密钥不是所信任的", "the daily head is signed by a key that is not trusted"),
    "last_signature": ("末行签名无效", "the last line's signature does not hold"),
    "last_key": ("末行签名的密钥不是所信任的", "the last line is signed by a key that is not trusted"),
    "last_header": ("文件头被改动", "the header was changed"),
    "last_count": ("记录数与末行不符", "there are not as many entries as the last line says"),
    "last_hash": ("链尾与末行不符", "the log does not end as the last line says"),
    "last_mines": ("各矿链尾与末行不符", "the mines' chains do not end as the last line says"),
    "anchor_beyond": (
        "锚点在文件末尾之后: 文件被截尾, 或是旧文件",
        "the anchor is behind the file's end: its tail was cut, or it is an old file",
    ),
    "anchor_hash": ("与锚点不符: 日志被重写", "it does not fit the anchor: the log was made anew"),
    "anchor_not_here": ("锚点所指的记录不在这一部分内", "the entry the anchor speaks of is not in this part"),
    "pack_unreadable": ("规则包无法读出", "the pack's text cannot be read"),
    "pack_hash": ("规则包的哈希与其文本不符", "the pack's hash is not that of its text"),
    "pack_unknown": ("结论所依据的规则包文本不在其前", "the text of the pack it was judged by is not before it"),
    "facts_not_those": ("结论所依据的不是当时有效的事实", "it does not rest on the fact sets that counted then"),
    "permit_link": ("许可记录与审计链的链接哈希不符", "a permit that is not what its link of the audit chain says"),
    "not_declared": ("申报的事实没有相应的申报记录", "a declared fact without the declaration it rests on"),
    "verdict": ("重新判定的结论不同 (公布: 重算)", "judged anew it is another (published: anew)"),
    "count_pack": ("计数所称的规则包不在其前, 或没有一个结论依据它", "the pack it names is not before it, or judged no verdict it counts"),
    "count": ("重新计数的结果不同 (公布: 重算)", "counted anew it is another (published: anew)"),
    "enough": ("不符之处过多, 到此为止", "too much does not fit: the check ends here"),
}
NOT_CHECKED: dict[str, tuple[str, str]] = {
    "keys": ("签名密钥未与已知公钥比对 (--key)", "the signing keys were not held against a key you know (--key)"),
    "anchors": ("没有锚点: 看不出截尾或旧文件 (--anchor)", "no anchor was given: a cut tail or an old file cannot be told (--anchor)"),
    "counts_of_a_part": ("部分导出: 公布的计数未重算", "a part of the log: published counts were not counted anew"),
    "roots_of_a_part": ("部分导出: 每日签名中各矿链尾未重算", "a part of the log: the roots in the daily heads were not made anew"),
    "behind_the_break": (
        "断裂处之后, 以及尚未判定的结论, 均未核对",
        "nothing behind the break was checked, nor verdicts that still waited there",
    ),
}


def said(fault: Fault) -> tuple[str, str]:
    """A fault in both languages, with its place."""
    zh, en = FAULTS[fault.code]
    about = " ".join(part for part in (fault.kind, fault.mine, fault.day, fault.key) if part)
    entry_zh, entry_en = (f", 第 {fault.n} 条", f", entry {fault.n}") if fault.n else ("", "")
    more = f" [{fault.detail}]" if fault.detail else ""
    about = f" ({about})" if about else ""
    return f"第 {fault.line} 行{entry_zh}{about}: {zh}{more}", f"line {fault.line}{entry_en}{about}: {en}{more}"


def text_of(report: Report) -> Iterator[str]:
    """The report as people read it, each thing in Chinese and English."""
    only = "" if report.only is None else f"; 部分 / part: {', '.join(report.only)}"
    yield f"文件 / file: {iso(report.made)[:19]}Z, {report.entries} / {report.n} 条 / entries, {report.mines} 矿 / mines{only}"
    yield "  " + ", ".join(f"{kind} {number}" for kind, number in report.kinds.items())
    if report.hash:
        yield f"链 / chain: {report.n}:{report.hash}:{report.day}"
    yield (
        f"每日签名 / daily heads: {report.heads} ({report.first_head} – {report.last_head})"
        if report.heads
        else "每日签名 / daily heads: 0"
    )
    yield f"签名密钥 / keys: {', '.join(report.keys)}"
    yield f"重新判定 / judged anew: {report.verdicts} 组结论 / verdict sets, {len(report.packs)} 个规则包 / packs"
    yield f"重新计数 / counted anew: {report.counts} 次公布的计数 / published counts"
    yield f"锚点 / anchors: {report.anchors}"
    for code in report.not_checked:
        yield f"  未核对 / not checked: {' / '.join(NOT_CHECKED[code])}"
    for fault in report.faults:
        for line in said(fault):
            yield f"✗ {line}"
    yield "✓ 全部相符 / everything that was checked fits" if report.holds else f"✗ {len(report.faults)} 处不符 / faults"
