"""CloudWatch: metrics, alarms, dashboards."""

from __future__ import annotations

from mllab_localaws.cloudwatch.alarm_history import AlarmHistory
from mllab_localaws.cloudwatch.alarms import Alarms
from mllab_localaws.cloudwatch.dashboards import Dashboards
from mllab_localaws.cloudwatch.evaluator import Evaluator
from mllab_localaws.cloudwatch.history import History
from mllab_localaws.cloudwatch.metric_data import MetricData
from mllab_localaws.cloudwatch.metric_queries import MetricQueries
from mllab_localaws.cloudwatch.tagging import Tagging
from mllab_localaws.cloudwatch.transitions import Transitions
from mllab_localaws.platform import Platform
from mllab_localaws.wire.call import Service


class CloudWatch:
    """All of CloudWatch on one platform; Logs are moto's."""

    def __init__(self, platform: Platform) -> None:
        history = History()
        transitions = Transitions(platform, history)
        self._evaluator = Evaluator(platform, transitions)
        self.services: list[Service] = [
            MetricData(platform),
            MetricQueries(platform),
            Alarms(platform, history, transitions, self._evaluator),
            AlarmHistory(history),
            Dashboards(platform),
            Tagging(platform),
        ]
        self._evaluator.start()

    def close(self) -> None:
        """Evaluate no more alarms; called when the local AWS ends."""
        self._evaluator.close()
