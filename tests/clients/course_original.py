"""The course's original code (SageMaker SDK v2), with only that changed which AWS itself forces to change.

Run by test_sdk_v2.py in an environment that has SDK v2: `course_original.py BUCKET ROLE_ARN`.
Each change is marked CHANGED, with its reason. The last line printed is JSON: what the test looks at.
"""

from __future__ import annotations

import json
import sys

import boto3
import pandas as pd
import sagemaker
from sagemaker.inputs import TrainingInput
from sagemaker.serializers import CSVSerializer

# CHANGED: the course says 'ml-lab-data' and get_execution_role(). A bucket name belongs to one account of the
# world, so each needs its own; outside a notebook instance there is no role to ask for.
BUCKET, ROLE = sys.argv[1:]

# Iteration 2: data, training
s3 = boto3.client("s3")
df = pd.read_csv(s3.get_object(Bucket=BUCKET, Key="house_prices.csv")["Body"])
df = df.dropna()
# CHANGED: the course trains on a 'train.csv' that it never writes; the algorithm wants the label in its first
# column, and no header.
s3.put_object(Bucket=BUCKET, Key="train.csv", Body=df.to_csv(index=False, header=False))

region = boto3.Session().region_name
xgb = sagemaker.estimator.Estimator(
    image_uri=sagemaker.image_uris.retrieve("xgboost", region, "1.0-1"),
    role=ROLE,
    instance_count=1,
    instance_type="ml.m4.xlarge",
    output_path=f"s3://{BUCKET}/output",
    # CHANGED: the algorithm refuses to train without num_round.
    hyperparameters={"objective": "reg:squarederror", "num_round": 10},
)
# CHANGED: a plain URI has no content type, and the algorithm then reads the CSV as libsvm and fails.
xgb.fit({"train": TrainingInput(f"s3://{BUCKET}/train.csv", content_type="text/csv")})

# Iteration 3: endpoint
predictor = xgb.deploy(
    initial_instance_count=1,
    instance_type="ml.m4.xlarge",
    endpoint_name="xgboost-endpoint",
    # CHANGED: without a serializer the SDK sends a list as it is, which is not the body of a request.
    serializer=CSVSerializer(),
)
predicted = predictor.predict([1, 2, 3, 4, 5])

runtime = boto3.client("runtime.sagemaker")
invoked = runtime.invoke_endpoint(
    EndpointName="xgboost-endpoint", ContentType="text/csv", Body="1,2,3,4,5\n5,3.5,5400,2,11"
)

# Iteration 6: what is left costs nothing
answers = {"predicted": predicted.decode(), "invoked": invoked["Body"].read().decode()}
predictor.delete_model()
predictor.delete_endpoint()
# The SDK leaves the line of its progress dots open.
print("\n" + json.dumps({"model_data": xgb.model_data, **answers}))
