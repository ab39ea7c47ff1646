"""The tables and constraints, as SQLAlchemy and GeoAlchemy2 metadata; rows are written by the store."""

from registry.schema.access import answered, token
from registry.schema.base import BATCH_KINDS, feature_id, metadata, versioning
from registry.schema.coverage import KEPT, coverage_kept
from registry.schema.features import (
    alias,
    asset,
    asset_history,
    batch,
    catalogue,
    city,
    told,
    told_past,
    zone,
    zone_history,
)
from registry.schema.layers import layer, layer_touch
from registry.schema.plans import PLAN_STATUS, plan
from registry.schema.records import (
    attachment,
    claim,
    claim_history,
    defect,
    defect_history,
    inspection,
    organisation,
    organisation_history,
)
from registry.schema.tallies import tally
from registry.schema.works import observation, observation_history, work, work_history

# Tables whose rows change: each row is a version, each version that ends goes to `<table>_history`.
VERSIONED = (asset, zone, organisation, defect, claim, work, observation)
# Tables whose rows are facts: written once, corrected by another row that supersedes.
FACTS = (inspection, attachment)

__all__ = [
    "BATCH_KINDS", "FACTS", "KEPT", "PLAN_STATUS", "VERSIONED", "alias", "answered", "asset",
    "asset_history", "attachment", "batch", "catalogue", "city", "claim", "claim_history", "coverage_kept", "defect",
    "defect_history", "feature_id", "inspection", "layer",
    "layer_touch", "metadata", "observation", "observation_history", "organisation", "organisation_history", "plan", "tally", "told",
    "told_past", "token", "versioning", "work", "work_history", "zone", "zone_history"]
