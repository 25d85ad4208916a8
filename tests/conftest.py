"""For all tests: how hypothesis behaves on machines that are slow or shared."""

import os

from hypothesis import HealthCheck, settings

# A loaded machine is no failure of the code. In CI the same examples every time: a red run must be one's own fault.
settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("house")
