"""The median rule: a training job that does worse than half of the earlier ones did by then is stopped.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-early-stopping.html
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

# AWS does not say how many it waits for; the median of one or two is no judgement.
ENOUGH_EARLIER = 3


def is_hopeless(values: Sequence[float], earlier: Sequence[Sequence[float]], *, maximize: bool) -> bool:
    """Say whether a running training job should be stopped.

    Args:
        values: its objective after each epoch so far.
        earlier: the same of jobs that are over; one that ended before this epoch has no say.
    """
    epoch = len(values)
    averages = [statistics.fmean(each[:epoch]) for each in earlier if len(each) >= epoch > 0]
    if len(averages) < ENOUGH_EARLIER:
        return False
    median = statistics.median(averages)
    return values[-1] < median if maximize else values[-1] > median
