#!/bin/bash
# Brings the lab into this notebook instance and installs it in the background, because a script that takes longer
# than five minutes fails the instance. How far it is stands in SageMaker/MLLAB-*.txt.
sudo -u ec2-user -i bash -s <<'AS_USER'
folder="$HOME/SageMaker"
mkdir -p "$folder/.mllab"
rm -f "$folder"/MLLAB-*.txt
printf '%s\n' {installing} > "$folder/MLLAB-INSTALLING.txt"
nohup bash -s > "$folder/.mllab/install.log" 2>&1 <<'INSTALL' &
cd "$HOME/SageMaker/.mllab"
for python in "$HOME/anaconda3/envs/python3/bin/python" python3; do
    ! "$python" -c 'import boto3' || break
done
fetch='
import io, shutil, sys, zipfile, boto3
found = boto3.client("s3", region_name=sys.argv[1]).get_object(Bucket=sys.argv[2], Key=sys.argv[3])
shutil.rmtree("delivery", ignore_errors=True)
zipfile.ZipFile(io.BytesIO(found["Body"].read())).extractall("delivery")
'
if "$python" -c "$fetch" {region} {bucket} {key} && "$python" delivery/install.py; then
    printf '%s\n' {ready} > ../MLLAB-READY.txt
else
    { printf '%s\n' {failed}; tail -n 20 install.log; } > failed.txt
    mv failed.txt ../MLLAB-FAILED.txt
fi
rm -f ../MLLAB-INSTALLING.txt
INSTALL
AS_USER
