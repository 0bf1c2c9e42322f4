"""All models by name, in one list: the embedded ones, and those of a hub that anybody may add."""

from functools import partial
from pathlib import Path

from sightline.errors import BrokenModel, InvalidRequest, MissingModel
from sightline.vision import hub, weights
from sightline.vision.embedded import CATALOGUE, EmbeddedModel
from sightline.vision.hub_models import HUB_MODELS, HubModel
from sightline.vision.wheels import Progress

Model = EmbeddedModel | HubModel


def pull_all(
    models_dir: Path, name: str | None, progress: Progress, *, hub_address: str = hub.HUB
) -> None:
    """Pulls the model `name`, or all embedded ones; `progress` hears its name with each step.

    Raises:
        InvalidRequest: when no model has that name.
        MissingModel, BrokenModel, Conflict: as `weights.pull` and `hub.pull`.
    """
    for model in _chosen(name):
        tell = partial(_named_step, progress, model.name)
        if isinstance(model, HubModel):
            hub.pull(model, models_dir, tell, hub=hub_address)
        else:
            weights.pull(model, models_dir, tell)
        progress(f"{model.name}: here", 1.0)


def announced(name: str | None) -> list[str]:
    """A line for each model that `pull_all` pulls: its name, size, licence and origin.

    Raises InvalidRequest when no model has that name.
    """
    return [
        f"{model.name}: {model.size / 1e6:.0f} MB, {model.licence}, from {_source(model)}"
        for model in _chosen(name)
    ]


def inventory(models_dir: Path) -> list[dict[str, str | int]]:
    """Every model with its state here: `here`, `missing` or `broken`.

    `need` is `embedded` for what Sightline works with out of the box, else `optional`.
    """
    models: list[Model] = [*CATALOGUE.values(), *HUB_MODELS.values()]
    return [
        {
            "name": model.name,
            "purpose": model.purpose,
            "need": "optional" if isinstance(model, HubModel) else "embedded",
            "licence": model.licence,
            "size": model.size,
            "source": _source(model),
            "state": _state(model, models_dir),
        }
        for model in models
    ]


def _chosen(name: str | None) -> list[Model]:
    return list(CATALOGUE.values()) if name is None else [_named(name)]


def _named(name: str) -> Model:
    model = CATALOGUE.get(name) or HUB_MODELS.get(name)
    if model is None:
        known = ", ".join([*CATALOGUE, *HUB_MODELS])
        raise InvalidRequest(f"Expected the name of a model ({known}), got {name!r}.")
    return model


def _source(model: Model) -> str:
    if isinstance(model, HubModel):
        return f"{model.repository} {model.revision[:7]}"
    return f"{model.distribution} {model.version}"


def _named_step(progress: Progress, name: str, doing: str, share: float) -> None:
    progress(f"{name}: {doing}", share)


def _state(model: Model, models_dir: Path) -> str:
    try:
        if isinstance(model, HubModel):
            hub.locate(model, models_dir)
        else:
            weights.locate(model, models_dir)
    except MissingModel:
        return "missing"
    except BrokenModel:
        return "broken"
    return "here"
