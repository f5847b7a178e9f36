"""What one answer is worth: every metric of a question as a `Measure`, from the case, the answer and the hits.

A measure that does not apply has no value and says why; it is counted, never taken for a zero or a one. A summary is
the mean over the questions to which a metric applies.
"""

from eval.metrics.answers import measure_answer
from eval.metrics.measure import Measure
from eval.metrics.retrieval import CUTS, measure_hits

__all__ = ["CUTS", "Measure", "measure_answer", "measure_hits"]
