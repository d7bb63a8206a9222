"""Words of the overview and of a mine, and of pages where there are many. Chinese first, as in `words`."""

WORDS: dict[str, tuple[str, str]] = {
    # overview and mine
    "overview.title": ("矿井总览", "Mines"),
    "overview.none": ("还没有矿井上报。请检查网关和消息代理。", "No mine has reported yet. Check gateways and broker."),
    "mine.age": ("数据龄期", "data age"),
    "mine.alarms": ("未解除报警", "active alarms"),
    "mine.unacknowledged": ("未确认", "unacknowledged"),
    "mine.points": ("测点", "points"),
    "mine.gateways": ("网关", "gateways"),
    "mine.by_state": ("测点状态分布", "points by state"),
    "mine.filter": ("显示", "show"),
    "mine.filter.all": ("全部测点", "all points"),
    "mine.filter.notable": ("仅异常", "not normal only"),
    "mine.filter.none": ("没有异常测点", "no point is out of the normal"),
    "mine.no_points": ("尚未收到该矿的测点表", "no point registry received yet"),
    "gateway.online": ("在线", "online"),
    "gateway.offline": ("离线", "offline"),
    "gateway.silent": ("静默", "silent"),
    "gateway.clock": ("时钟偏差", "clock offset"),
    "point.age": ("龄期", "age"),
    "point.limit": ("报警", "alarm"),
    "point.cut": ("断电", "cut"),
    "point.alarm": ("有未解除报警", "has an active alarm"),
    # many mines
    "overview.first": (
        "共 {all} 座矿井。最需要处理的 {first} 座在前并列出详情，其余矿井全部列在下方（本项目设定）。",
        "{all} mines. The {first} that most need somebody come first, in detail; all others are listed below (project setting).",
    ),
    "overview.by_state": ("矿井状态分布", "mines by state"),
    "gateways.part": ("共 {all} 个网关，本页列出 {shown} 个（本项目设定）", "{shown} of {all} gateways on this page (project setting)"),
    "gateways.more": ("后面的网关", "The gateways that follow"),
    "overview.others": ("其余矿井", "All other mines"),
}
