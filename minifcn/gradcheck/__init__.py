"""The gradient checker: finite differences against backward(), for one operation or for a whole network.

check.py has `gradcheck`; differences.py, the numerical derivative, is the file to read first.
"""

from .check import assert_gradients, gradcheck
from .report import GradcheckReport, GradientError
from .table import step_errors

__all__ = ["GradcheckReport", "GradientError", "assert_gradients", "gradcheck", "step_errors"]
