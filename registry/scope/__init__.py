"""Who may see and touch what: principals, the one predicate over rows, and the sight that every read goes through."""

from registry.db.limits import BY_PLACE
from registry.kinds.rights import ROLES, Right
from registry.scope.eyes import beside, eyes
from registry.scope.predicate import predicate
from registry.scope.principal import EVERYTHING, Mask, Principal, Scope
from registry.scope.public import Stamped, public, stamped
from registry.scope.sight import WHOLE, Sight

__all__ = ["BY_PLACE", "EVERYTHING", "ROLES", "WHOLE", "Mask", "Principal", "Right", "Scope", "Sight", "Stamped", "beside", "eyes",
           "predicate", "public", "stamped"]
