"""SageMaker notebook instances: the machine that a learner works on, and what it starts with."""
