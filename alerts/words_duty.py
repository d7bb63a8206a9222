"""The words of what a control room does at its wall board (zh, en)."""

REASONS = {
    "acknowledged_at_the_wall": ("在看板上确认", "acknowledged at the wall board"),
    "reported_to_leader": ("已立即向值班矿领导汇报", "reported to the mine leader on duty at once"),
}
