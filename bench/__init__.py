"""Speed and memory as ratios, each measured in one run against something plain beside it."""
