"""What every key of a configuration means, its unit and what is allowed, in Chinese and English: the comments that `davy init` writes."""

from typing import get_args

from alerts.channels import CHANNELS
from console.cli.init_toml import Words
from edge_agent.sources.settings import AnySource

KINDS = [str(kind.__struct_config__.tag) for kind in get_args(AnySource)]
IDS = "1 至 40 个 a-z、0-9 和 -", "1 to 40 of a-z, 0-9 and -"

BROKER = {
    "host": ("地址: 主机名或 IP", "host name or address"),
    "port": (
        "端口, 1 至 65535; 通常 1883, TLS 为 8883, davy up 的为 18830",
        "1 to 65535; usually 1883, with TLS 8883, that of davy up 18830",
    ),
    "username": ("用户名; 有证书时不用", "user name; none where certificates name us"),
    "password": (
        "不写在这里: DAVY_BROKER_PASSWORD_FILE 给出存放它的文件",
        "not here: DAVY_BROKER_PASSWORD_FILE names a file that holds it",
    ),
    "ca_file": ("CA 证书 (PEM); 给出即用 TLS", "certificate of the CA (PEM); TLS as soon as it is given"),
    "cert_file": ("本机证书 (PEM), 名称为 矿井/网关", "our certificate (PEM); its name is mine/gateway"),
    "key_file": ("本机私钥 (PEM), 权限 0600", "our key (PEM), mode 0600"),
    "keepalive_s": ("保活, 秒, 1 至 65535", "keep-alive, seconds, 1 to 65535"),
}

SHARED: Words = {
    "broker": ("消息代理 (MQTT)", "the broker (MQTT)"),
    **{f"broker.{key}": words for key, words in BROKER.items()},
    "metrics_host": ("指标与健康状态的监听地址", "address where metrics and health are served"),
    "metrics_port": ("其端口; 0: 不开", "its port; 0: nowhere"),
}

SOURCE = {
    "name": ("来源名称, 只用一次", "its name, used once"),
    "period_s": ("采集周期, 秒, 0.05 至 3600", "seconds between two polls, 0.05 to 3600"),
}
DROPPED = {
    "folder": ("厂家放文件的目录, 只读", "the folder where the vendor puts its files; only read"),
    "layout": ("厂家文件的布局 (TOML), 见 docs/sources", "how the vendor writes them (TOML), see docs/sources"),
    "memory": ("本程序自己的目录, 不能在 folder 之内", "a folder of our own, outside of folder"),
    "patience_s": ("等待文件结束标记, 秒, 0 至 3600", "patience with a file that has no end mark yet, seconds, 0 to 3600"),
    "absent_after": ("多少个周期没有新读数算无应答, 1 至 10000", "periods without new readings that count as no answer, 1 to 10000"),
    "timeout_s": ("读取一次的最长时间, 秒, 0.1 至 600", "patience with one look, seconds, 0.1 to 600"),
}
BY_KIND: dict[str, Words] = {
    "modbus_tcp": {
        "registers": ("寄存器表 (JSON): 地址、格式、字节序", "the register map (JSON): addresses, forms, byte order"),
        "host": ("设备地址: 主机名或 IP", "the device: host name or address"),
        "port": ("设备端口, 通常 502", "its port, usually 502"),
        "timeout_s": ("等一次应答, 秒, 0.02 至 60; 应小于 period_s", "patience with one answer, seconds, 0.02 to 60; below period_s"),
    },
    "modbus_rtu": {
        "device": ("串口; /dev/serial/by-id/... 重插后不变", "the serial line; /dev/serial/by-id/... outlives a replugging"),
        "registers": ("寄存器表 (JSON), 每个从站一个", "the register maps (JSON), one for each unit"),
        "baudrate": ("波特率, 300 至 4000000", "baud, 300 to 4000000"),
        "parity": ("校验: N, E 或 O", "parity: N, E or O"),
        "stopbits": ("停止位: 1 或 2", "stop bits: 1 or 2"),
        "timeout_s": (
            "等一次应答, 秒, 0.02 至 60; 大于最慢的从站",
            "patience with one answer, seconds, 0.02 to 60; above the slowest unit",
        ),
    },
    "opc_ua": {
        "url": ("服务器地址 opc.tcp://主机:4840/路径", "the server, opc.tcp://HOST:4840/PATH"),
        "nodes": ("节点表 (JSON)", "which node is which point (JSON)"),
        "mode": ("read: 每周期读一次; subscribe: 另加其间的变化", "read: once a period; subscribe: what changes between as well"),
        "times": ("时间取自 gateway (本机), server 或 source (设备)", "stamps of the gateway, of the server, or of the source (device)"),
        "timeout_s": ("等一次应答, 秒, 0.1 至 60", "patience with one answer, seconds, 0.1 to 60"),
        "sampling_ms": ("服务器查看变化的间隔, 毫秒", "how often the server looks for changes, ms"),
        "queue": ("服务器为每个节点保留的变化数, 1 至 10000", "changes of a node that the server keeps for us, 1 to 10000"),
        "most_kept": ("两次采集之间最多保留的读数, 1 至 100000", "readings kept between two polls, 1 to 100000"),
        "policy": ("加密策略: none 或 basic256sha256", "security policy: none or basic256sha256"),
        "security": ("sign (签名) 或 sign_and_encrypt (加密)", "sign, or sign_and_encrypt"),
        "cert_file": ("本机证书 (DER)", "our certificate (DER)"),
        "key_file": ("本机私钥 (PEM)", "our key (PEM)"),
        "server_cert_file": ("服务器的证书 (DER), 只认它", "the server's certificate (DER); no other is read"),
        "username": ("用户名", "user name"),
        "password_file": ("存放密码的文件", "a file that holds the password"),
    },
    "mqtt_json": {
        "mapping": ("主题与字段对照 (JSON)", "which topic and field is which point (JSON)"),
        "broker": ("对方的消息代理; 只订阅", "their broker; we only subscribe"),
        **{f"broker.{key}": words for key, words in BROKER.items()},
        "broker.password": ("不写在这里: 用 password_file", "not here: see password_file"),
        "password_file": ("存放密码的文件", "a file that holds the password"),
        "client_id": ("客户端标识; 空: davy-read-名称", "client id; empty: davy-read-NAME"),
        "silent_periods": (
            "多少个周期没有新报文算无应答, 1 至 10000",
            "periods without a fresh message that count as no answer, 1 to 10000",
        ),
        "most_kept": ("两次采集之间最多保留的读数, 1 至 100000", "readings kept between two polls, 1 to 100000"),
    },
    "csv_tail": {
        "file": ("不断追加的 CSV: 首列时间, 其余列名为测点号", "the CSV that grows: a time first, then columns named by point ids"),
        "delimiter": ("分隔符, 一个字符", "one letter"),
        "zone": ("未注明时区的时间属于哪个时区, 如 +08:00", "of times that name none, as +08:00"),
        "absent_after": DROPPED["absent_after"],
    },
    "replay": {
        "file": ("CSV: 首列时间, 其余列名为测点号", "a CSV: a time first, then columns named by point ids"),
        "start": ("从何时起回放, ISO 8601", "when it begins, ISO 8601"),
        "speed": ("倍速, 大于 0", "how many times as fast, above 0"),
    },
    "kj_files": {
        **DROPPED,
        "codes": ("厂家编码与测点号对照 (JSON); 空: 编码即测点号", "their codes to our ids (JSON); empty: a code is the id"),
    },
    "positions": {**DROPPED, "total_point": ("井下总人数的测点号", "point id of all people together")},
}

EDGE: Words = {
    **SHARED,
    "mine": (f"矿井标识, {IDS[0]}", f"id of the mine, {IDS[1]}"),
    "gateway": (f"网关标识, {IDS[0]}", f"id of this gateway, {IDS[1]}"),
    "folder": (
        "发件箱: 未收回执的读数存在这里; 用耐写的磁盘, 一个代理一个目录",
        "the outbox: readings without a receipt; on a disk that bears writing, one agent a folder",
    ),
    "points": ("测点表 (JSON)", "the point registry (JSON)"),
    "trust": (
        "本网关听从其命令的公钥 (64 位十六进制); 空: 谁的都不听",
        "public keys (64 hex digits) whose orders it takes; empty: nobody's",
    ),
    "outbox": ("磁盘用量", "room on the disk"),
    "outbox.max_mb": ("读数最多占用, MiB", "readings take so much at most, MiB"),
    "outbox.segment_mb": ("每个文件, MiB", "size of a file, MiB"),
    "outbox.keep_days": ("收到回执后仍保留, 天 (中心恢复备份时补发)", "kept after the receipt, days (for a centre that was put back)"),
    "outbox.reserve_mb": ("磁盘上始终留空, MiB", "stays free on the disk, MiB"),
    "blackbox": ("黑匣子: 报警前后的全速数据", "the black box: data at full rate around an alarm"),
    "blackbox.before_h": ("报警之前, 小时", "before the alarm, hours"),
    "blackbox.after_min": ("报警之后, 分钟", "after it, minutes"),
    "blackbox.max_mb": ("全部事件最多占用, MiB", "all cases together, MiB"),
    "files": ("无回程链路的批量文件 (docs/files.zh.md)", "batch files for a link without return path (docs/files.md)"),
    "files.folder": ("写到此目录; 空: 不写", "they go here; empty: none"),
    "files.every_s": ("间隔, 秒, 不小于 1", "seconds from one to the next, 1 or more"),
    "files.max_mb": ("每个最大, MiB", "size of one, MiB"),
    "link": ("到中心的链路 (docs/edge.zh.md)", "the link to the centre (docs/edge.md)"),
    "link.kind": ("5g, fibre 或 other: 测量它; 空: 不测", "5g, fibre or other: it is measured; empty: it is not"),
    "sources": ("来源, 每个一段 (docs/sources)", "where readings come from, a section each (docs/sources)"),
    "sources.kind": (f"种类: {', '.join(KINDS)}", f"kind: {', '.join(KINDS)}"),
    **{f"sources.{kind}.{key}": words for kind in KINDS for key, words in {**SOURCE, **BY_KIND[kind]}.items()},
}

RECIPIENT: Words = {
    "name": ("名称, 1 至 80 个字, 只用一次", "1 to 80 characters, used once"),
    "address": (
        "地址 (docs/alarms.zh.md); 含密码的写到文件里, 用 address_from",
        "its address (docs/alarms.md); one with a secret in it goes into a file: address_from",
    ),
    "address_from": (
        "存放地址的环境变量; 变量名加 _FILE 则给出文件",
        "environment variable that holds it; with _FILE behind the name, the path of a file",
    ),
    "channel": (f"渠道: {', '.join(CHANNELS)}", f"{', '.join(CHANNELS)}"),
    "lang": ("先用哪种语言: zh 或 en", "which language stands first: zh or en"),
    "mines": ("只接收这些矿井; 空: 全部", "only of these mines; empty: all"),
    "per_minute": ("每分钟最多几条; 0: 按渠道", "messages a minute at most; 0: as the channel allows"),
    "admin": ("true: 有人收不到消息时也通知", "true: also hears of those that cannot be reached"),
    "role": ('"" 全部, mine, inspector (监管监察执法人员), admin', '"" everything, mine, inspector, admin'),
    "areas": ("只接收该矿这些区域; 空: 全部", "only of these areas of its mine; empty: all"),
    "district": ("监管监察执法人员的辖区", "an inspector's district"),
    "step": ("0: 立即; 1 至 9: 无人确认时逐级", "0: at once; 1 to 9: where nobody acknowledged"),
}

CENTRE: Words = {
    **SHARED,
    "store": ("读数: 目录 (内置), 或 influx+http://主机:8086/组织", "readings: a folder (embedded), or influx+http://HOST:8086/ORG"),
    "records": (
        "记录 (报警、回执、审计链): sqlite:///路径, 或 postgresql://用户@主机/库; 密码用 DAVY_RECORDS_FILE",
        "records (alarms, receipts, audit chain): sqlite:///PATH, or postgresql://USER@HOST/NAME; a password goes with DAVY_RECORDS_FILE",
    ),
    "folder": ("接收进程自己的目录", "a folder of the ingest's own"),
    "name": ("在消息代理上的名称", "its name at the broker"),
    "credit_kb": ("每个网关的在途上限, KiB, 不小于 64", "what a gateway may have in flight, KiB, 64 or more"),
    "retention_days": ("早于此的读数进死信, 天", "readings older than this are dead-lettered, days"),
    "lease_s": ("崩溃后多久可由另一台接管, 秒, 不小于 3", "how long a centre that crashed keeps another one out, seconds, 3 or more"),
    "alerts": ("报警通知 (docs/alarms.zh.md)", "who is told of alarms (docs/alarms.md)"),
    "alerts.retry_at_most_s": ("两次重试的最长间隔, 秒", "longest wait between two tries, seconds"),
    "alerts.channel_per_minute": ("渠道每分钟上限, 如 { sms = 30 }", "by channel, messages a minute at most, as { sms = 30 }"),
    "alerts.escalate_after_min": (
        "多久无人确认则通知下一级, 分钟; 0: 不逐级 (项目设定)",
        "not acknowledged for so long: the next step hears, minutes; 0: never (project setting)",
    ),
    "alerts.repeat_after_min": (
        "最后一级之后重复, 分钟; 0: 不重复 (项目设定)",
        "said again after the last step, minutes; 0: never (project setting)",
    ),
    "alerts.follow_up_s": (
        "同一原因的后续报警合并等待, 秒, 0 至 60 (项目设定)",
        "what follows from a cause waits for others, seconds, 0 to 60 (project setting)",
    ),
    "alerts.all_clear_s": (
        "等待同一原因的其余返回, 秒, 0 至 600 (项目设定)",
        "a return waits for the rest of its cause, seconds, 0 to 600 (project setting)",
    ),
    "alerts.handling": (
        "处置规则包的名称或 .yaml 路径",
        "the pack by which alarms are answered for: its name, or the path of a .yaml file",
    ),
    "alerts.duty_phones": ('各矿值班电话, 如 { my-mine = "0351-0000000" }', 'by mine, whom to call, as { my-mine = "0351-0000000" }'),
    "alerts.districts": ("辖区 [[alerts.districts]]: 见 docs/alarms.zh.md", "districts, [[alerts.districts]]: see docs/alarms.md"),
    "alerts.rota": ("值班表 [[alerts.rota]]: 见 docs/alarms.zh.md", "rotas, [[alerts.rota]]: see docs/alarms.md"),
    "alerts.recipients": (
        "收件人 [[alerts.recipients]]; 没有则报警只在网页上",
        "recipients, [[alerts.recipients]]; without any, alarms stand on the pages only",
    ),
    **{f"alerts.recipients.{key}": words for key, words in RECIPIENT.items()},
    "backup": ("备份 (规程第526条, docs/backup.zh.md)", "backups (CMSR 2025 Art. 526, docs/backup.md)"),
    "backup.every_days": ("间隔, 天, 1 至 90; 0: 中心不自行备份", "days between two, 1 to 90; 0: the centre makes none by itself"),
    "backup.keep_years": ("保存, 年, 不小于 2", "years each is kept, 2 or more"),
    "backup.raw_days": (
        "已备份的原始读数多少天后可删除; 0: 永不",
        "raw readings that a verified backup has go after so many days; 0: never",
    ),
    "backup.folder": ("目录; 空: folder 之下的 backups", "its folder; empty: backups in the ingest's"),
    "files": ("无回程链路的批量文件 (docs/files.zh.md)", "batch files of links without return path (docs/files.md)"),
    "files.folder": ("从此目录取; 空: 不取", "taken out of this folder; empty: none"),
    "files.keys": ('网关公钥, 如 { "my-mine/gate-1" = "5f0c..." }', 'public keys, as { "my-mine/gate-1" = "5f0c..." }'),
}
