"""A gateway: its outbox, and the devices it reads."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from console.cli.checks.folders import Folder, judge_folder, look_at
from console.cli.checks.knock import modbus_answer, refusal
from console.cli.checks.locks import Lock, look
from console.cli.checks.site import Site
from console.cli.checks.verdict import Finding, Verdict, ok, warning, wrong
from contracts.clock import MINUTE, iso
from contracts.errors import BadConfig
from contracts.registers import read_register_map
from edge_agent.config import EdgeSettings
from edge_agent.diary import Facts, Status
from edge_agent.sources.settings import ModbusRtuSettings, ModbusTcpSettings, MqttJsonSettings, OpcUaSettings

OPC_PORT = 4840
SHARE_ANSWERED = 0.99
"""Below it, devices are worth a look."""


def judge_outbox(folder: Folder, status: Status | None, now: int, *, shared: bool = False) -> Verdict:
    """`status`: the agent's last word about itself; None where it has not said any. `shared`: another agent is given the folder too."""
    if shared:
        return wrong(
            "两个边缘代理配置了同一目录",
            "two agents are configured with this one folder",
            "每个边缘代理一个目录; 检查环境变量 DAVY_FOLDER 是否覆盖了配置",
            "give each agent its own; see whether DAVY_FOLDER in the environment overrides the files",
        )
    if refused := judge_folder(folder):
        return refused
    if not folder.lock.held:
        if status is None:
            return ok("边缘代理没有运行", "the agent is not running")
        return ok(
            f"边缘代理没有运行, 待收回执 {status.waiting_items} 条",
            f"the agent is not running, {status.waiting_items} items without receipt",
        )
    return judge_running(folder.lock, status, now)


def judge_running(agent: Lock, status: Status | None, now: int) -> Verdict:
    """What an agent that runs says of its link."""
    pid = agent.pid or "?"
    if status is None or now - status.at > MINUTE:
        last = iso(status.at)[:19] + "Z" if status else "-"
        return warning(
            f"边缘代理 (进程 {pid}) 一分钟以上没有自述, 最近 {last}",
            f"the agent (process {pid}) has not spoken of itself for a minute, last at {last}",
            "查看其日志; 若不响应, 重新启动: 已提交的读数在磁盘上",
            "read its log; where it does not respond, start it again: what it committed is on disk",
        )
    if not status.connected:
        return warning(
            f"边缘代理 (进程 {pid}) 没有连接: {status.link}; 待收回执 {status.waiting_items} 条",
            f"the agent (process {pid}) has no link: {status.link}; {status.waiting_items} items without receipt",
            "检查消息代理; 读数留在磁盘上, 恢复后补传",
            "check the broker; readings stay on disk and are sent when it is back",
        )
    return ok(
        f"边缘代理 (进程 {pid}) 已连接, 待收回执 {status.waiting_items} 条",
        f"the agent (process {pid}) is connected, {status.waiting_items} items without receipt",
    )


def probe_outboxes(site: Site) -> list[Finding]:
    folders = [edge.folder for edge in site.edges]
    out = []
    for edge in site.edges:
        path = Path(edge.folder)
        folder, shared = look_at(path, look(path / "owner")), folders.count(edge.folder) > 1
        out.append(Finding(f"{edge.name} {path}", judge_outbox(folder, spoken(path), site.now, shared=shared)))
    return out


def spoken(folder: Path) -> Status | None:
    """The last word of the agent in a folder about itself."""
    try:
        return msgspec.json.decode((folder / "agent.json").read_bytes(), type=Facts).status
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def judge_read(agent: Lock, status: Status | None) -> Verdict:
    """Devices of an agent that runs. Nobody else knocks then: many devices take one connection only."""
    pid = agent.pid or "?"
    if status is None or not status.polled:
        return warning(
            f"边缘代理 (进程 {pid}) 正在读取, 尚无应答统计",
            f"the agent (process {pid}) reads it and has not told how many polls were answered",
            "稍后用 davy edge status 查看",
            "see `davy edge status` in a moment",
        )
    zh = f"边缘代理 (进程 {pid}) 的巡检, 全部来源: 应答 {status.answered} / {status.polled}"
    en = f"the agent's polls (process {pid}), all its sources: {status.answered} of {status.polled} answered"
    if status.answered < SHARE_ANSWERED * status.polled:
        return warning(zh, en, "用 davy gaps 查看缺少的时段, 检查设备与网线", "see `davy gaps` for when, and check devices and cables")
    return ok(zh, en)


def judge_older(agent: Lock, file: str) -> Verdict:
    """`file` was written after the agent that runs had read it: what the agent says is not about this configuration."""
    pid = agent.pid or "?"
    return warning(
        f"{file} 在边缘代理 (进程 {pid}) 启动之后改过: 它仍按旧配置读取, 新配置没有检查",
        f"{file} was changed after the agent (process {pid}) started: it reads by the old one, and the new one was not tried",
        "davy edge probe 查看新配置, 然后重新启动代理",
        "try the new one with `davy edge probe`, then start the agent again",
    )


def judge_device(why: str) -> Verdict:
    """A device that no agent reads now. `why` it does not answer; empty where it does."""
    if not why:
        return ok("有应答", "answers")
    return wrong(
        f"无应答: {why}",
        f"does not answer: {why}",
        "检查地址、端口、站号与网线; 模拟矿井用 davy sim 启动",
        "check address, port, unit and cable; simulated mines are started with `davy sim`",
    )


def probe_devices(site: Site) -> list[Finding]:
    out = []
    for edge in site.edges:
        for source in edge.sources:
            if isinstance(source, ModbusTcpSettings):
                out.append(_device(site, edge, source))
            elif isinstance(source, ModbusRtuSettings):
                there, open_to_us = os.path.exists(source.device), os.access(source.device, os.R_OK | os.W_OK)
                out.append(Finding(f"{edge.name} {source.name} {source.device}", judge_line(there=there, open_to_us=open_to_us)))
            elif isinstance(source, OpcUaSettings | MqttJsonSettings):
                host, port = _peer(source)
                out.append(Finding(f"{edge.name} {source.name} {host}:{port}", judge_device(refusal(host, port))))
    return out


def _peer(source: OpcUaSettings | MqttJsonSettings) -> tuple[str, int]:
    if isinstance(source, MqttJsonSettings):
        return source.broker.host, source.broker.port
    parts = urlsplit(source.url)
    return parts.hostname or "", parts.port or OPC_PORT


def judge_line(*, there: bool, open_to_us: bool) -> Verdict:
    """A serial line."""
    if not there:
        return wrong(
            "没有此串口",
            "there is no such serial line",
            "插好转换器; 名称见 ls /dev/serial/by-id/",
            "plug the converter in; its name: ls /dev/serial/by-id/",
        )
    if not open_to_us:
        return wrong(
            "无权打开此串口",
            "this serial line may not be opened",
            "把运行代理的用户加入 dialout 组: usermod -aG dialout davy, 再登录",
            "put the user of the agent into the group dialout: usermod -aG dialout davy, and sign in again",
        )
    return ok("串口可以打开", "the line can be opened")


def _device(site: Site, edge: EdgeSettings, source: ModbusTcpSettings) -> Finding:
    agent, about = look(Path(edge.folder) / "owner"), f"{edge.name} {source.name} {source.host}:{source.port}"
    if not agent.held:
        return Finding(about, judge_device(_device_answer(source)))
    word = spoken(Path(edge.folder))
    files = [*(file.path for file in site.files if file.settings is edge), edge.points, source.registers]
    if word is not None and (later := next((file for file in files if _written(file) > word.started > 0), "")):
        return Finding(about, judge_older(agent, later))
    return Finding(about, judge_read(agent, word))


def _written(path: str) -> int:
    """When the file was last written, µs UTC; 0 where it is not there."""
    try:
        return Path(path).stat().st_mtime_ns // 1_000
    except OSError:
        return 0


def _device_answer(source: ModbusTcpSettings) -> str:
    try:
        registers = read_register_map(Path(source.registers).read_bytes())
    except (OSError, BadConfig) as error:
        return str(error)
    return modbus_answer(source.host, source.port, registers.unit, registers.registers[0].address if registers.registers else 0)
