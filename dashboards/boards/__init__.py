"""The boards, listed in plain sight: one file each. `boards/json/{zh,en}/` holds what they build to, for review."""

from dashboards.boards.alarm_health import ALARM_HEALTH
from dashboards.boards.alarms import ALARMS
from dashboards.boards.data_honesty import DATA_HONESTY
from dashboards.boards.davylamp import DAVYLAMP
from dashboards.boards.drainage import DRAINAGE
from dashboards.boards.equipment import EQUIPMENT
from dashboards.boards.fleet import FLEET
from dashboards.boards.mine_live import MINE_LIVE
from dashboards.boards.models import MODELS
from dashboards.panels import Board

BOARDS: tuple[Board, ...] = (MINE_LIVE, EQUIPMENT, ALARMS, ALARM_HEALTH, MODELS, DRAINAGE, FLEET, DATA_HONESTY, DAVYLAMP)
