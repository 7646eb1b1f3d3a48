"""Model Monitor's analyzer: statistics, suggested constraints and their violations."""
