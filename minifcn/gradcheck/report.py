"""GradcheckReport: the result of a gradient check, as numbers and as a few lines that a student can act on.

Read table.py next.
"""

from dataclasses import dataclass, field


class GradientError(AssertionError):
    """A backward() that disagrees with finite differences; `report` has the numbers."""

    def __init__(self, report):
        super().__init__(str(report))
        self.report = report


@dataclass
class GradcheckReport:
    """The outcome of one gradcheck; truthy if the gradient is right.

    ok:         whether everything agreed
    name:       the function that was checked
    checked:    the number of values compared
    error:      the largest relative error |analytic - numeric| / max(|analytic|, |numeric|)
    tolerance:  the largest accepted error
    where:      the input or parameter with the largest error ('input 0', 'parameter weight')
    index:      the index of the largest error there; None when it was found along a random direction
    analytic:   the value from backward() there;  numeric: the value from finite differences
    kinks:      values left out because the function has a corner there, where no derivative exists
    kinks_at:   the place of the first of them ('input 0 at (0, 3)')
    nudged:     entries moved off a kink, by about 0.001, before the check
    cause:      the likely cause of a wrong gradient, '' when ok
    problems:   other broken rules ('input 0 was changed by backward')
    """

    name: str
    ok: bool = True
    checked: int = 0
    error: float = 0.0
    tolerance: float = 0.0
    where: str = ""
    index: tuple | None = None
    analytic: float = 0.0
    numeric: float = 0.0
    kinks: int = 0
    kinks_at: str = ""
    nudged: int = 0
    cause: str = ""
    problems: list = field(default_factory=list)

    def __bool__(self):
        return self.ok

    @property
    def ratio(self):
        """analytic / numeric at the worst place; nan where numeric is 0."""
        return self.analytic / self.numeric if self.numeric else float("nan")

    def __str__(self):
        verdict = "right" if self.ok else "WRONG"
        lines = [f"gradcheck {self.name}: {verdict}, {self.checked} numbers compared"]
        if self.where:
            place = (
                f"{self.where} at {self.index}" if self.index is not None else f"{self.where}, along a random direction"
            )
            ratio = f", ratio {self.ratio:.6g}" if self.numeric else ""
            lines += [
                f"  largest relative error  {self.error:.1e}  (accepted: {self.tolerance:.0e})",
                f"  there                   {place}",
                f"  backward() says         {self.analytic:.10g}",
                f"  finite differences say  {self.numeric:.10g}{ratio}",
            ]
        if self.kinks or self.nudged:
            first = f", the first at {self.kinks_at}" if self.kinks_at else ""
            lines.append(
                f"  kinks                   {self.kinks} left out{first}; {self.nudged} entries nudged off one"
            )
        if self.cause:
            lines.append(f"  likely cause            {self.cause}")
        lines += [f"  also                    {problem}" for problem in self.problems if problem != self.cause]
        return "\n".join(lines)
