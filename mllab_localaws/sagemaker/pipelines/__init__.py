"""SageMaker Pipelines: definitions, and executions that start jobs as any client would.

Data flows one way: `definition` reads a document into steps, `expressions` and `conditions` compute what the
steps refer to, `run` starts them as they become ready, `execution_store` keeps what has happened.
"""
