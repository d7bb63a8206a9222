"""What the province's and a mine's page draw. Made by `console.fleet.views` from the log alone; drawn as they are, in both languages.

Three series never merge: by evidence, officially assessed, told by the press. Each has a type of its own; nothing here adds one to another.
Days are ISO dates of the mine's own zone. `refs` say where to look: `alarm:12`, `point:T01`, `permit:3`, `gap:mine/gw/epoch/seq`,
`document:<sha256>`, `log:<n>` (an entry of the fleet's log).
"""

from fleet.view.mine import (
    CriterionView,
    DeclaredView,
    DrainageView,
    FactView,
    LinkView,
    MineView,
    NextStepView,
    ProfileView,
    StageView,
    SystemView,
    WorkplaceView,
)
from fleet.view.province import ChangeView, CityView, GapView, PackView, ProvinceView, ReasonView, SuspicionView, TileView
from fleet.view.series import (
    BaselineView,
    EvidenceCount,
    ForecastPoint,
    ForecastView,
    LineView,
    NoticeView,
    OfficialView,
    ReportedView,
    StepCount,
    TargetView,
    Words,
)

__all__ = [
    "BaselineView",
    "ChangeView",
    "CityView",
    "CriterionView",
    "DeclaredView",
    "DrainageView",
    "EvidenceCount",
    "FactView",
    "ForecastPoint",
    "ForecastView",
    "GapView",
    "LineView",
    "LinkView",
    "MineView",
    "NextStepView",
    "NoticeView",
    "OfficialView",
    "PackView",
    "ProfileView",
    "ProvinceView",
    "ReasonView",
    "ReportedView",
    "StageView",
    "StepCount",
    "SuspicionView",
    "SystemView",
    "TargetView",
    "TileView",
    "Words",
    "WorkplaceView",
]
