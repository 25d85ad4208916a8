"""The walk from top-level targets through delegations to whoever vouches for a path. No I/O."""

import re
from dataclasses import dataclass
from typing import Final

from tuf.api.metadata import TargetFile, Targets

from tamizdat.errors import Failure, TrustError
from tamizdat.limits import LIMITS
from tamizdat.trust.roles import ROOT, TARGETS
from tamizdat.trust.verify import TrustedSet

_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Need:
    """The walk cannot go on without the file of ``role``, checked by way of ``delegator``."""

    role: str
    delegator: str


def look_up(trusted: TrustedSet, path: str) -> TargetFile | Need:
    """What is signed for ``path``, or the file needed to find out (TUF 5.6.7).

    Pre-order, depth first, in the order in which delegations are listed; a role is visited once; a terminating
    delegation ends the search with what lies under it. Every step is checked anew by way of the role that led there.

    Raises:
        TrustError: NOT_FOUND when no trusted role vouches for the path.
    """
    if _LONE_SURROGATE.search(path):
        raise TrustError(Failure.NOT_FOUND, "is no text that can be signed", what=ascii(path[:200]))
    to_visit = [Need(TARGETS, ROOT)]
    visited = set[str]()
    # The top-level role is not itself a delegation, hence <=.
    while to_visit and len(visited) <= LIMITS.max_delegations:
        step = to_visit.pop()
        if step.role in visited:
            continue
        targets = trusted.vouched(step.role, step.delegator)
        if targets is None:
            return step
        if path in targets.targets:
            return targets.targets[path]
        visited.add(step.role)
        children, terminating = _children(targets, step.role, path)
        to_visit = children if terminating else to_visit + children
    raise TrustError(Failure.NOT_FOUND, "no trusted role vouches for it", what=path[:200])


def _children(targets: Targets, role: str, path: str) -> tuple[list[Need], bool]:
    """Delegations that cover ``path``, the last listed first, and whether the search ends with them."""
    children: list[Need] = []
    terminating = False
    if targets.delegations is not None:
        for name, terminating in targets.delegations.get_roles_for_target(path):
            children.append(Need(name, role))
            if terminating:
                break
    return children[::-1], terminating
