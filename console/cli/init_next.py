"""NEXT.md: what to do after `davy init`, as commands, in Chinese and English. Pure."""

import shlex
from pathlib import PurePath

from console.cli.init_answers import NAME, Answers, recipient_names
from console.cli.init_points import Listed

LOOPBACK = ("127.0.0.1", "localhost")
AT = "/etc/mosquitto/davylamp"
"""Where the broker's files stand on its machine, owned by the user it runs as."""
Step = tuple[str, str, list[str]]
"""What it is for, in Chinese and English, and the commands."""


def alone(answers: Answers) -> bool:
    """Whether `davy up` can be the centre: it has the broker, the store and the records in itself."""
    here = answers.broker_host in LOOPBACK and not answers.tls
    return here and answers.store == "embedded" and answers.records == "sqlite" and not any(one.secret for one in answers.told)


def next_steps(answers: Answers, listed: Listed, place: PurePath) -> str:
    """The whole text. `place`: the folder, absolute."""
    lines = [f"# {answers.mine_zh} / {answers.mine_en}: 接下来 / next", ""]
    lines += [
        "它在矿井经认证的安全监控系统之外工作, 它的沉默不代表安全。  ",
        "It works beside the mine's certified monitoring system; its silence does not mean safety.",
        "",
    ]
    for number, (zh, en, commands) in enumerate(steps(answers, listed, place), start=1):
        lines += [
            f"{number}. {zh}  ",
            f"   {en}",
            "",
            *(["   ```sh", *(f"   {one}" for one in commands), "   ```", ""] if commands else []),
        ]
    return "\n".join(lines + _doubts(listed)) + "\n"


def steps(answers: Answers, listed: Listed, place: PurePath) -> list[Step]:
    """In order; a command may be typed as it stands."""
    edge, centre = _quoted(place / "edge.toml"), _quoted(place / "centre.toml")
    source = NAME if len(listed.stations) < 2 else f"{NAME}-{listed.stations[0]}"
    out: list[Step] = [
        ("设备现在回答什么 (逐点)", "What the device answers right now, point by point", [f"davy edge probe {source} --config {edge}"]),
    ]
    out += _alone(answers, place) if alone(answers) else _apart(answers, place)
    out.append(("网关上的代理 (另一终端)", "The agent on the gateway (another terminal)", [f"davy edge --config {edge}"]))
    out.append(("一切是否就绪", "Is everything as it must be", [f"davy doctor --config {edge} --config {centre}"]))
    out.append(("读数到了", "The readings are there: http://127.0.0.1:8600", [f"davy gaps {answers.mine}"]))
    tests = [f"davy alarms test {shlex.quote(name)}" for name in recipient_names(answers.told)]
    if tests:
        out.append(("给每个收件人发一条测试", "A test message to each recipient; exit code 0: it was accepted", tests))
    else:
        out.append(
            (
                "尚无收件人, 报警只在网页上: 在 centre.toml 写一段 [[alerts.recipients]], 或 davy up --webhook URL",
                "Nobody is told yet, alarms stand on the pages only: [[alerts.recipients]] in centre.toml, or davy up --webhook URL",
                [],
            )
        )
    out += _later(answers, place)
    return out


def _alone(answers: Answers, place: PurePath) -> list[Step]:
    hooks = "".join(f" --webhook {shlex.quote(one.address)}" for one in answers.told)
    port = "" if answers.broker_port == 18830 else f" --broker-port {answers.broker_port}"
    command = f"davy up --folder {_quoted(place / 'centre')}{port}{hooks}"
    return [
        (
            "在这台机器上试: 消息代理、存储、报警和网页在一个进程里",
            "Try it on this machine: broker, store, alarms and pages in one process",
            [command],
        )
    ]


def _apart(answers: Answers, place: PurePath) -> list[Step]:
    out: list[Step] = []
    out.append(_certificates(answers, place) if answers.tls else _plain_broker(answers))
    environment = f"set -a; . {_quoted(place / 'centre.env')}; set +a"
    if answers.store != "embedded":
        token, read = _quoted(place / "secrets/influx-token"), _quoted(place / "secrets/grafana-read")
        make = f"davy store init {shlex.quote(answers.store)} --grafana-token {read}"
        out.append(
            (
                "粘贴 InfluxDB 的令牌 (Ctrl-D 结束), 再建桶和 Grafana 的只读令牌",
                "Paste the token of InfluxDB (Ctrl-D ends it), then make the buckets and a token that only reads, for Grafana",
                [f"install -D -m 600 /dev/stdin {token}", environment, make],
            )
        )
    config = _quoted(place / "centre.toml")
    out.append(("中心: 接收、报警和网页", "The centre: ingest, alarms and pages", [environment, f"davy centre --config {config}"]))
    person = f"davy people add admin --name {shlex.quote('管理员')} --role admin --generate --config {config}"
    token = f"export DAVY_TOKEN=$(davy people token admin --config {config})"
    out.append(
        (
            "第一个人 (另一终端; 密码只显示一次), 和本终端用的令牌",
            "The first person (another terminal; the password is shown once), and a token for this terminal",
            [environment, person, token],
        )
    )
    return out


def _plain_broker(answers: Answers) -> Step:
    where = f"{answers.broker_host}:{answers.broker_port}"
    here = answers.broker_host in LOOPBACK
    return (
        f"消息代理 (mosquitto 2) 须在 {where} 运行; 出本机须用 TLS (--tls)",
        f"A broker (mosquitto 2) has to run at {where}; beyond one machine with TLS (--tls)",
        [f"mosquitto -d -p {answers.broker_port}"] if here else [],
    )


def _certificates(answers: Answers, place: PurePath) -> Step:
    ca, name = _quoted(place / "certs"), f"{answers.mine}/{answers.gateway}"
    commands = [
        f"davy certs init {ca} --name {shlex.quote(answers.broker_host)} --port {answers.broker_port} --at {AT}",
        f"davy certs issue {ca} {name}",
        f"install -D -m 600 -t {_quoted(place / 'tls/gateway')} {ca}/clients/{name}/*/*.pem",
        f"install -D -m 600 -t {_quoted(place / 'tls/centre')} {ca}/clients/davy-ingest/*/*.pem",
        f"install -D -o mosquitto -m 600 -t {AT} {ca}/broker/*",
        f"mosquitto -d -c {AT}/mosquitto.conf",
    ]
    return (
        "证书: 自己的 CA, 网关和中心各一张, 然后启动消息代理; 最后两条以 root 身份 (docs/certs.zh.md)",
        "Certificates: a CA of your own, one for the gateway, one for the centre; then the broker, as root (docs/certs.md)",
        commands,
    )


def _later(answers: Answers, place: PurePath) -> list[Step]:
    out: list[Step] = [
        (
            "长期运行: systemd 单元, 备份, 登录 (docs/operate.zh.md, docs/backup.zh.md, docs/people.zh.md)",
            "For good: systemd units, backups, sign-in (docs/operate.md, docs/backup.md, docs/people.md)",
            [f"davy edge install {answers.gateway}"],
        )
    ]
    if answers.store == "embedded":
        out.append(("Grafana 面板需要 InfluxDB (docs/dashboards.md)", "Grafana boards need InfluxDB as the store (docs/dashboards.md)", []))
        return out
    url, org, *prefix = answers.store.removeprefix("influx+").rsplit("/", answers.store.count("/") - 2)
    more = f" --prefix {prefix[0]}" if prefix else ""
    push = f"davy dashboards push --grafana http://127.0.0.1:3000 --influx {url} --org {org}{more}"
    token = f"DAVY_INFLUX_READ_TOKEN_FILE={_quoted(place / 'secrets/grafana-read')}"
    out.append(
        (
            "Grafana 面板: 输入其 admin 的密码 (docs/dashboards.md)",
            "Boards in Grafana: type the password of its admin (docs/dashboards.md)",
            ["read -rs DAVY_GRAFANA_PASSWORD; export DAVY_GRAFANA_PASSWORD", f"{token} {push}"],
        )
    )
    return out


def _doubts(listed: Listed) -> list[str]:
    """What somebody should look at in the point list."""
    if not listed.doubts:
        return []
    rows = [f"- {one.point}: {one.zh} / {one.en}" for one in listed.doubts]
    return ["## 测点清单中需要核对的 / To be looked at in the point list", "", *rows, ""]


def _quoted(path: PurePath) -> str:
    return shlex.quote(str(path))
