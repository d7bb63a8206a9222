"""Every kind of detector by name; its module is imported on first use."""

from importlib import import_module

from models.base import BadModel, Detector, Numbers

KINDS = {
    "robust": "models.robust:Robust",
    "change": "models.change:Change",
    "forecast": "models.forecast:Forecast",
    "pca": "models.pca:Pca",
    "forest": "models.forest:Forest",
    "level": "models.level:Level",
    "transition": "models.transition:Transition",
    "trust": "models.trust:Trust",
    "balance": "models.balance:Balance",
    "outlook": "models.outlook:Outlook",
    "health": "models.health:Health",
    "drift": "models.drift:Drift",
    "novelty": "models.novelty:Novelty",
}


def detector_class(kind: str) -> type[Detector]:
    """BadModel for a kind there is none of."""
    if kind not in KINDS:
        raise BadModel("kind", kind[:40], ", ".join(KINDS))
    module, _, name = KINDS[kind].partition(":")
    found: type[Detector] = getattr(import_module(module), name)
    return found


def load(kind: str, numbers: Numbers) -> Detector:
    """The detector of that kind these numbers are, ready to score. BadModel where they are none."""
    return detector_class(kind).load(numbers)
