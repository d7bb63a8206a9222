"""The mistakes that `davy doctor` knows, each with what it says of it. docs/doctor.md is made of this; a test makes each of them really."""

from collections.abc import Iterator
from dataclasses import dataclass

from alerts.coverage import Hole, Open
from alerts.packs import load
from console.cli.checks import (
    broker,
    broker_door,
    configuration,
    environment,
    gateway,
    identity,
    influx,
    machine,
    outbox_room,
    owner,
    people,
    permissions,
    points,
    ports,
    reached,
    readings,
    records,
    room,
    schema,
    sign_in,
    store,
    twins,
)
from console.cli.checks.backup import judge_backup
from console.cli.checks.broker_door import Door
from console.cli.checks.expiry import judge_certificate
from console.cli.checks.folders import Folder, forgetful
from console.cli.checks.locks import Lock
from console.cli.checks.ports import There
from console.cli.checks.site import Read
from console.cli.checks.verdict import Verdict
from contracts.clock import BUILD_TIME, DAY, HOUR, SECOND
from contracts.errors import BadConfig
from contracts.points import Point
from store.backup.notes import Note
from store.records.owners import Claimant, Owner
from wire.expiry import Certificate


@dataclass(frozen=True, slots=True)
class Mistake:
    """`check`: which check finds it. `zh`, `en`: what somebody did. `verdict`: what is said of it, with example values."""

    name: str
    check: str
    zh: str
    en: str
    verdict: Verdict


NOW = BUILD_TIME + 90 * DAY
REFUSED = "[Errno 111] Connection refused"
CLAIMED = Owner(5, Claimant("pit-1", "here", 4711, 1), NOW - HOUR, NOW - 90 * SECOND, 30 * SECOND)


def _refused(key: str, value: object, allowed: str) -> Verdict:
    return configuration.judge_file(Read("edge.toml", None, BadConfig(key, value, allowed)), None)


def _door(door: Door, why: str = "...") -> Verdict:
    return broker_door.judge_door(door, why)


def _configurations() -> Iterator[Mistake]:
    at = "configuration"
    keys = _refused("outbox.max_gb", 2, "keys max_mb, segment_mb, keep_days, reserve_mb")
    yield Mistake("unknown key", at, "键名写错", "a key misspelt", keys)
    yield Mistake("bad value", at, "值不在允许范围", "a value that is not allowed", _refused("broker.port", 99999, "1 to 65535"))
    yield Mistake("no toml", at, "不是 TOML", "no TOML", _refused("file", "edge.toml", "TOML (Invalid value (at line 1, column 8))"))
    missing = _refused("points", "none.json", "a readable file (No such file or directory)")
    yield Mistake("missing file", at, "所指的文件不存在", "a file it names is not there", missing)
    rule = "1 to 40 of a-z, 0-9 and -, not starting with -"
    yield Mistake(
        "bad id", at, "矿井或网关标识有大写、空格或汉字", "capitals, blanks or Chinese in an id", _refused("mine", "My Mine", rule)
    )
    other = _refused("mine", "north", "the mine of the point registry (south)")
    yield Mistake("points of another mine", at, "测点表是别的矿的", "the point registry is another mine's", other)
    quantity = _refused("points[0].quantity", "methan", "methane, carbon_monoxide, ...")
    yield Mistake("unknown quantity", at, "测点的量不认识", "a point measures something unknown", quantity)
    unknown = _refused("registers[0].point", "T99", "a point id of the registry")
    yield Mistake("register of no point", at, "寄存器表中的测点不在测点表中", "a register of a point that is not registered", unknown)
    at = "environment"
    typo = environment.judge_misspelt("DAVY_BROKER_PASWORD_FILE", "DAVY_BROKER_PASSWORD_FILE")
    yield Mistake("variable misspelt", at, "环境变量名写错", "an environment variable misspelt", typo)
    over = environment.judge_override("DAVY_BROKER_PORT", "broker.port")
    yield Mistake("variable overrides", at, "忘了的环境变量盖过配置", "a forgotten variable goes before the file", over)
    at = "secrets"
    password = permissions.judge_permissions(0o644, ("密码", "password"))
    yield Mistake("secret in a file for all", at, "含密码的配置人人可读", "a configuration with a password that all can read", password)
    key = permissions.judge_permissions(0o644, ("私钥", "private key"))
    yield Mistake("key for all", at, "私钥人人可读", "a private key that all can read", key)
    at = "twins"
    yield Mistake("two centres", at, "两个中心共用存储", "two centres with one store", twins.judge_centres("store"))
    yield Mistake("two agents of one name", at, "两个代理同名", "two agents of one name", twins.judge_agents("north/gate-1"))
    yield Mistake("store of another centre", at, "存储正被别的中心使用", "another centre runs on the store", twins.judge_holder(4711, None))


def _network() -> Iterator[Mistake]:
    at = "ports"
    taken = ports.judge_port("console", 8600, There.OTHER, "--port, DAVY_PORT", holder="python3, pid 4711")
    yield Mistake("port taken", at, "端口被占用 (并说出是谁)", "a port in use (and by whom)", taken)
    metrics = ports.judge_port("metrics", 9100, There.OTHER, "metrics_port", holder="node_exporter, pid 812")
    yield Mistake("metrics port taken", at, "指标端口被占用", "the port of the metrics in use", metrics)
    none = broker.judge_mosquitto(None, "", needed=True)
    yield Mistake("no mosquitto", "mosquitto", "没有安装 mosquitto", "mosquitto is not installed", none)
    at = "broker"
    yield Mistake(
        "wrong port", at, "消息代理端口错, 或没有启动", "wrong port of the broker, or it does not run", _door(Door.REFUSED, REFUSED)
    )
    yield Mistake(
        "wrong host", at, "消息代理名称错", "wrong name of the broker", _door(Door.UNRESOLVED, "[Errno -2] Name or service not known")
    )
    yield Mistake("no broker there", at, "那里不是 MQTT 代理", "what listens there is no broker", _door(Door.SILENT, "no answer in 3 s"))
    yield Mistake("plain to tls", at, "没有用 TLS 连 TLS 端口", "without TLS to a TLS port", _door(Door.TLS))
    yield Mistake("tls to plain", at, "用 TLS 连明文端口", "with TLS to a plain port", _door(Door.PLAIN))
    yield Mistake("foreign ca", at, "CA 不是签发代理证书的那个", "another CA than the broker's", _door(Door.FOREIGN_CA))
    yield Mistake("name not in certificate", at, "代理证书没有此名称", "the broker's certificate lacks the name", _door(Door.OTHER_NAME))
    yield Mistake("broker certificate over", at, "代理证书过期", "the broker's certificate is over", _door(Door.EXPIRED))
    yield Mistake("no client certificate", at, "没有给出自己的证书", "no certificate of ours is named", _door(Door.NO_CERTIFICATE))
    yield Mistake("wrong password", at, "用户名或密码错", "wrong user or password", _door(Door.NOT_AUTHORISED, "[code:5] Not authorized"))
    at = "certificates"
    over = judge_certificate(Certificate("cert_file", "cert.pem", NOW - DAY), NOW)
    yield Mistake("certificate over", at, "证书已过期", "our certificate is over", over)
    soon = judge_certificate(Certificate("cert_file", "cert.pem", NOW + 9 * DAY), NOW)
    yield Mistake("certificate ends soon", at, "证书即将过期", "our certificate ends soon", soon)
    broken = judge_certificate(Certificate("cert_file", "cert.pem", None, "Unable to load PEM file"), NOW)
    yield Mistake("no certificate in the file", at, "文件中没有证书", "no certificate in the file", broken)
    at = "identity"
    fresh = identity.judge_identity(identity.Named("north/gate-1", NOW + DAY, True, True), "north/gate-1", NOW)
    yield Mistake("certificate not valid yet", at, "证书尚未生效, 或时钟慢", "certificate not valid yet, or the clock is behind", fresh)
    other = identity.judge_identity(identity.Named("north/gate-2", 0, True, True), "north/gate-1", NOW)
    yield Mistake("another gateway's certificate", at, "用了别的网关的证书", "the certificate of another gateway", other)
    misfit = identity.judge_identity(identity.Named("north/gate-1", 0, False, True), "north/gate-1", NOW)
    yield Mistake("key of another certificate", at, "私钥与证书不符", "a key that is not the certificate's", misfit)
    foreign = identity.judge_identity(identity.Named("north/gate-1", 0, True, False), "north/gate-1", NOW)
    yield Mistake("certificate of another ca", at, "证书是别的 CA 签发的", "a certificate of another CA", foreign)


def _devices() -> Iterator[Mistake]:
    at = "points"
    limits = points.judge_limits(["T01", "CO1"], 40)
    yield Mistake("no limit", at, "测点没有限值", "points without a limit", limits)
    row = points.judge_rows([Point("T01", "methane", "1", "", "", limit_row="face", mapped_by="w")], load())
    assert row is not None
    yield Mistake("unknown limit row", at, "限值行不存在", "a limit row that is none", row)
    yield Mistake("point nobody reads", at, "没有来源读取的测点", "a point that no source reads", points.judge_unread(["T07"]))
    yield Mistake("one register twice", at, "一个寄存器读作两个测点", "one register read as two points", points.judge_twice(["T01 = T02"]))
    at = "devices"
    silent = gateway.judge_device("connection refused")
    yield Mistake("silent device", at, "设备地址、端口或网线不对", "a device's address, port or cable", silent)
    older = gateway.judge_older(Lock(True, 812), "registers.json")
    yield Mistake(
        "agent runs by an older file", at, "改了配置而没有重新启动代理", "a configuration changed under an agent that runs", older
    )
    yield Mistake(
        "no serial line", at, "串口名称错或未插", "a serial line misnamed or unplugged", gateway.judge_line(there=False, open_to_us=False)
    )
    group = gateway.judge_line(there=True, open_to_us=False)
    yield Mistake("serial line not allowed", at, "无权打开串口", "a serial line that may not be opened", group)


def _gateway() -> Iterator[Mistake]:
    at = "readings"
    came = readings.Came(0.1, 1.0, "", 0, ("T01",), ("cdab",))
    yield Mistake("byte order", at, "字节序错", "the wrong byte order", readings.judge_came(came))
    yield Mistake(
        "slow device",
        at,
        "周期短于设备应答",
        "a period shorter than the device's answers",
        readings.judge_came(readings.Came(1.4, 1.0, "", 0)),
    )
    yield Mistake("long timeout", at, "等待长于周期", "patience longer than the period", _needed(readings.judge_patience(5.0, 1.0)))
    some = readings.Came(0.1, 1.0, "holding 900+1: illegal data address", 0)
    yield Mistake("address the device lacks", at, "寄存器地址错", "an address that the device lacks", readings.judge_came(some))
    yield Mistake("time zone", at, "时区错", "the wrong time zone", readings.judge_came(readings.Came(0.1, 1.0, "", -8 * HOUR)))
    nothing = readings.Came(1.0, 5.0, "no new row for 5 polls")
    yield Mistake(
        "file without readings",
        at,
        "来源文件不存在或没有新行",
        "a source's file that is not there or has no rows",
        readings.judge_came(nothing),
    )
    at = "outbox"
    shut = gateway.judge_outbox(Folder(True, False), None, NOW)
    yield Mistake("outbox not writable", at, "发件箱不可写", "an outbox that cannot be written", shut)
    both = gateway.judge_outbox(Folder(True, True), None, NOW, shared=True)
    yield Mistake("two agents in one outbox", at, "两个代理一个发件箱", "two agents in one outbox", both)
    at = "outbox room"
    yield Mistake("outbox in memory", at, "发件箱在内存盘上", "an outbox on a memory disk", _needed(outbox_room.judge_medium("tmpfs")))
    yield Mistake("outbox too small", at, "发件箱存不下几天", "an outbox too small for an outage", outbox_room.judge_days(0.8, 5000))


def _centre() -> Iterator[Mistake]:
    at = "store"
    yield Mistake(
        "store not writable", at, "存储目录不可写", "a store that cannot be written", store.judge_store(Folder(False, False), store.Kept())
    )
    damaged = store.judge_store(Folder(True, True), store.Kept(broken="not a DuckDB database file"))
    yield Mistake("store damaged", at, "存储损坏", "a damaged store", damaged)
    yield Mistake("store in memory", at, "存储只在内存中", "a store in memory", forgetful())
    address = "influx+http://127.0.0.1:8086/plant"
    token = influx.judge_influx(influx.Asked(refused="DAVY_INFLUX_TOKEN = '' is refused"), address)
    yield Mistake("no influx token", at, "没有给出 InfluxDB 令牌", "no token of InfluxDB", token)
    away = influx.judge_influx(influx.Asked(silent=REFUSED), address)
    yield Mistake("influx not there", at, "InfluxDB 没有运行或地址错", "InfluxDB does not run, or its address is wrong", away)
    wrong_token = influx.judge_influx(influx.Asked(forbidden="InfluxDB answers 401: unauthorized access"), address)
    yield Mistake("wrong influx token", at, "InfluxDB 令牌错", "a wrong token of InfluxDB", wrong_token)
    missing = influx.judge_influx(influx.Asked(missing=("davy_raw",)), address)
    yield Mistake("no buckets", at, "没有建桶", "InfluxDB without our buckets", missing)
    short = influx.judge_influx(influx.Asked(short={"davy_statistics": (30, 800)}), address)
    yield Mistake("short retention", at, "桶保留天数太短", "a bucket that keeps too short", short)
    at = "records"
    yield Mistake(
        "records damaged",
        at,
        "记录库损坏",
        "damaged records",
        records.judge_records(records.Tables(True, 0, "file is not a database"), None),
    )
    away = records.judge_records(records.Tables(False, 0, f"connection failed: {REFUSED}"), None)
    yield Mistake("records not there", at, "PostgreSQL 没有运行或地址错", "PostgreSQL does not run, or its address is wrong", away)
    at = "schema"
    yield Mistake(
        "newer records", at, "记录库是更新的程序写的", "records of a newer program", schema.judge_schema("they are at step 99", [])
    )
    yield Mistake("older records", at, "记录库结构较旧", "records of an older program", schema.judge_schema("", ["fleet"]))
    crashed = owner.judge_owner(CLAIMED, NOW, dead=True)
    yield Mistake("centre crashed", "owner", "中心崩溃", "the centre crashed", crashed)
    none = judge_backup(None, NOW)
    yield Mistake("no backup", "backup", "没有备份", "no backup", none)
    late = judge_backup(Note("backups/20261101", "", NOW - 120 * DAY), NOW)
    yield Mistake("backup overdue", "backup", "备份逾期", "a backup that is overdue", late)
    gone = judge_backup(Note("backups/20261101", "", NOW - DAY), NOW, "its folder is not there")
    yield Mistake("backup gone", "backup", "备份被移走或损坏", "a backup that is gone or damaged", gone)
    yield Mistake("disk nearly full", "disk", "磁盘将满", "a disk that is nearly full", room.judge_room(room.Room(100, 10**6)))


def _people() -> Iterator[Mistake]:
    at = "recipients"
    yield Mistake("nobody is told", at, "没有收件人", "no recipient of alarms", people.judge_nobody(embedded=False))
    away = people.judge_recipient("webhook http://127.0.0.1:9000/***", REFUSED)
    yield Mistake("webhook not reached", at, "收件地址不通", "a recipient's address that nobody answers", away)
    yield Mistake("nobody hears of a mine", at, "某矿的报警无人接收", "nobody hears of a mine", people.judge_hole(Hole(Open.MINE, "north")))
    yield Mistake(
        "never tested", "reached", "收件人从未测试", "a recipient that was never tested", reached.judge_reached("duty", reached=False)
    )
    at = "sign-in"
    yield Mistake("nobody can sign in", at, "没有登记任何人", "nobody is registered", sign_in.judge_sign_in(0, local=True, unlocked=False))
    yield Mistake(
        "pages open to all",
        at,
        "网页不登录, 外面可访问",
        "pages without sign-in, reached from outside",
        sign_in.judge_sign_in(0, local=False, unlocked=True),
    )


def _machine() -> Iterator[Mistake]:
    yield Mistake("old python", "python", "Python 太旧", "Python is too old", machine.judge_python((3, 10, 12)))
    yield Mistake("clock in the past", "clock", "时钟停在过去", "the clock is in the past", machine.judge_clock(0, None))
    yield Mistake("clock not synchronised", "clock", "时钟未同步", "the clock is not synchronised", machine.judge_clock(NOW, False))
    yield Mistake("few open files", "open files", "打开文件数上限太低", "too few open files allowed", machine.judge_files(512))


def _needed(verdict: Verdict | None) -> Verdict:
    assert verdict is not None
    return verdict


MISTAKES = (*_configurations(), *_network(), *_devices(), *_gateway(), *_centre(), *_people(), *_machine())
