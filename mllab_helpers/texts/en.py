"""Texts in English. Keys are `<topic>.<what>`; both catalogues hold the same keys and placeholders."""

from __future__ import annotations

TEXTS: dict[str, str] = {
    # --- errors
    "errors.no_students": (
        "It was not said whose class it is. Type --students ana,luis or --file students.txt."
    ),
    "errors.policy_unwritable": "{folder} cannot be written ({reason}). Name another folder with --output.",
    "errors.no_class_file": (
        "{file} cannot be read: {reason}. It should be a text file with one name per line."
    ),
    "errors.wrong_class_names": (
        "Some names cannot be used, so nothing was made:\n{problems}\nLowercase letters without accents and "
        "digits will do, up to {limit}, and each name once. Correct them and repeat the command."
    ),
    "errors.sheet_in_the_way": (
        "{path} cannot be written: there is no such directory, or a file that is not mllab class's is in the "
        "way. It was not touched. Choose another one with --output."
    ),
    "errors.class_unfinished": (
        "The class was left unfinished at {student}: {reason}\nReady are: {ready}. When that is solved, repeat "
        "the same command: it goes on from there."
    ),
    "errors.not_confirmed": (
        "This would remove everything of {students}, their data too, and cannot be undone. Nothing was removed. "
        "If that is what you want, repeat the command with --yes."
    ),
    "errors.wrong_student_name": (
        "The student name {student!r} cannot be used: every resource will carry it in its name, where AWS "
        "accepts only lowercase letters without accents and digits (the lab uses hyphens as separators, so "
        "none either; at most {limit} characters). Change the parameter student, for example to "
        "{suggestion!r}."
    ),
    "errors.wrong_resource_name": (
        "The name {name!r} cannot be used for a resource: it must begin with {prefix!r} (that is how "
        "clean-up finds it), hold only letters, digits and hyphens, not end in a hyphen, and have at most "
        "{limit} characters. Use lab.name(...) to make it."
    ),
    "errors.out_of_order": (
        "Something that another notebook prepares is missing here: {missing}. Run {notebook} first, all of "
        "it, and come back to this one."
    ),
    "errors.notes_unwritable": (
        "{path} cannot be written ({reason}): there each notebook leaves what the next one needs. Free some space, or "
        "correct the permissions of that folder, and run the cell again; what had been created is still there."
    ),
    "errors.took_too_long": (
        "{what} was still changing after {minutes} minutes. Look at its state in the SageMaker console; if "
        "it is still moving, run the cell again to go on waiting."
    ),
    "errors.unknown_backend": "There is no backend {backend!r}. Choose one of: {known}.",
    "errors.unknown_language": "There are no texts in the language {language!r}. Choose one of: {known}.",
    "errors.unknown_region": (
        "What the lab needs of SageMaker is not in the region {region!r}. Change the parameter region; "
        "those that serve: {known}."
    ),
    "errors.no_credentials": (
        "There are no AWS credentials, so nothing has been created. Run `aws configure` (or `aws sso "
        'login`) in a terminal and run the cell again, or work without an account with backend="local".'
    ),
    "errors.expired_credentials": (
        "The AWS credentials have expired. Renew them (`aws sso login`, or copy new ones from your "
        "classroom) and run the cell again; what had been created is still there."
    ),
    "errors.expired_while_waiting": (
        "The AWS credentials expired while {what} was waited for, which goes on in AWS without them. Renew them "
        "(`aws sso login`, or copy new ones from your classroom), run the cell that opens the lab again, and "
        "then this one: what has a fixed name is found, of a job whose name holds the time another one starts, and "
        "the earlier one ends by itself."
    ),
    "errors.wrong_clock": (
        "The clock of this machine is {minutes} minutes {how} AWS's, so AWS does not accept its signatures "
        "({operation}: {code}). Set it right (switch on automatic time in the system settings) and run the cell "
        "again."
    ),
    "errors.wrong_credentials": (
        "AWS does not know the credentials ({operation}: {code}). See with `aws sts get-caller-identity` "
        "which ones are in use and correct them; if you work with the local AWS, run the cell that opens "
        "the lab again. If they are right, the region may not be enabled in the account."
    ),
    "errors.no_connection": (
        "AWS could not be reached ({address}). Check the internet connection, the proxy and the region's "
        "name, and run the cell again."
    ),
    "errors.local_aws_died": (
        "The local AWS no longer answers: its process has ended, and with it everything that it held. Run "
        "the cell that opens the lab again, which starts it anew, and begin with the first notebook. "
        "`mllab local logs` shows what happened."
    ),
    "errors.local_aws_forgot": (
        "The local AWS has been restarted since the last time and has forgotten everything: buckets, "
        "models and endpoints. Run {notebook} again and go on from there."
    ),
    "errors.local_aws_failed": (
        "The local AWS could not start: {reason} Run `mllab doctor` to learn what this machine lacks."
    ),
    "errors.foreign_directory": (
        "The folder {home} is not the local AWS's: it holds {found} and no keys of its own, so it was left "
        "alone. Let MLLAB_LOCAL_HOME name a new or an empty folder."
    ),
    "errors.port_in_use": (
        "Another program holds the port chosen for the local AWS: {reason} Choose another one with `mllab "
        "local up --port`, or leave the option out and a free one is taken."
    ),
    "errors.aws_refused": (
        "AWS refused {operation} ({code}): {message} Correct what the message names and run the cell again."
    ),
    "errors.bad_request": (
        "The call was not sent to AWS, because it is not well formed: {message} Correct the arguments that "
        "the message names."
    ),
    "errors.denied": (
        "You are not allowed to do {operation} ({code}): {message} Ask whoever administers the account for "
        "that permission; if you may not create roles or buckets there, name prepared ones in the parameters "
        "of notebook 01 (role_arn, bucket)."
    ),
    "errors.quota_exceeded": (
        "The account has no quota left for {operation} ({code}): {message} Delete what you no longer "
        "use, or ask for an increase in Service Quotas."
    ),
    "aws.other_types": (
        "New accounts often have a quota of 0 for many instance types. Instead of {machine}, try {others} in the "
        "parameters (mllab doctor says which of them have quota)."
    ),
    "aws.other_type": (
        "New accounts often have a quota of 0 for many instance types: try another one in the parameters."
    ),
    "errors.throttled": (
        "AWS got too many calls in a row and did not serve {operation} ({code}): {message} There is nothing to "
        "correct: wait for a minute and run the cell again."
    ),
    "errors.bucket_taken": (
        "The bucket {bucket} already exists in somebody else's account: bucket names are unique across the "
        "whole world. Choose another student name."
    ),
    "errors.instance_failed": "The instance {name} did not come into service. AWS says: {reason} Its logs are in CloudWatch, in the group /aws/sagemaker/NotebookInstances, in the streams that begin with its name. Mend the cause and run the cell again.",
    "errors.no_project_files": "The project's files are not in {folder}, and an instance is equipped from them. Work in a clone of the project (see README.md, On AWS).",
    "errors.wrong_role_arn": (
        "{arn!r} is no role's ARN: that has the form arn:aws:iam::123456789012:role/NAME. Copy it from the IAM "
        "console, or ask whoever administers the account."
    ),
    "errors.role_elsewhere": (
        "The role {arn} belongs to account {other}, and you work in {account}. Ask for a role of your account, or "
        "come with the other one's credentials."
    ),
    "errors.no_such_role": (
        "The role {arn} does not exist in account {account}. Check its name (and path) in the IAM console."
    ),
    "errors.not_ready": (
        "Notebook {notebook} cannot be run to its end. Nothing was created. Put this right and run the cell "
        "again:\n{findings}"
    ),
    "errors.not_prepared": (
        "{what} is missing, and {caller} may not create it. Ask your teacher to prepare it (the beginning of "
        "notebook 01, or mllab class create), or for a bucket or a role to pass as bucket and role_arn."
    ),
    "errors.roles_of_another_region": (
        "{student} already has a lab in {other}, and its roles work only there. Go on in that region (parameter region), "
        "or delete that lab first with mllab clean --region {other} --student {student}, and then start in {region}."
    ),
    "errors.given_bucket_missing": (
        "The bucket {bucket} does not exist. Check the parameter bucket, or leave it empty: the lab makes its own."
    ),
    "errors.given_bucket_refused": (
        "You may not look into the bucket {bucket}, or it is not your account's ({account}). Ask its administrator "
        "for the permissions that this prints: mllab policy learner --account {account} --region {region} --student {student} --bucket {bucket}"
    ),
    "errors.given_bucket_elsewhere": (
        "The bucket {bucket} is in {there} and the lab works in {here}: SageMaker reads data of its own region "
        "only. Change the parameter region, or ask for a bucket in {here}."
    ),
    "errors.bucket_in_use": (
        "The lab of {student!r} lives in the bucket {bucket}. A bucket belongs to one learner: ask for another "
        "one, or have {student} run the clean-up notebook first."
    ),
    "errors.bucket_occupied": (
        "In the bucket {bucket} there is something at {prefix}, where the lab would write. Nothing was touched: "
        "move it elsewhere, or use another bucket."
    ),
    "errors.no_bucket": "The bucket {bucket} does not exist yet, or has been deleted. Run {notebook} first.",
    "errors.no_such_object": (
        "The bucket {bucket} holds no object with the key {object!r}. See which there are with "
        "storage.list_objects(lab): capitals, slashes and spaces count."
    ),
    "errors.empty_prefix": (
        "In the bucket {bucket} no key begins with {prefix!r}, so there would be nothing to read. See "
        "which keys there are with storage.list_objects(lab) and correct the prefix, or upload the data "
        "first."
    ),
    "errors.upload_damaged": (
        "What S3 stored in {uri} is not what was sent: the checksums differ. Upload the file again."
    ),
    "errors.bad_hyperparameter": (
        "{problem} No job was created: on AWS it would have failed minutes later, with the instance "
        "already running. Correct the hyperparameter and run the cell again."
    ),
    "errors.unknown_door": (
        "Drift cannot be analysed through {door!r}. Choose one of: {known}; auto takes Model Monitor where the "
        "account has it."
    ),
    "errors.unknown_image": (
        "There is no XGBoost image of version {version!r}. Choose one of: {known}. (On AWS, latest is not "
        "the newest one, but 0.72.)"
    ),
    "errors.job_name_in_use": (
        "There already is a training job called {name}, and AWS does not let a name be used twice, not "
        "even after the job has ended. Ask for a new name with lab.unique_name(...)."
    ),
    "errors.job_not_found": (
        "There is no training job called {name}. Check the name; if the local AWS was restarted, it has "
        "forgotten the job too."
    ),
    "errors.training_failed": (
        "The training job {name} failed. Reason: {reason}\n"
        "Correct the cause and train again under a new name; the whole log is in CloudWatch Logs, group "
        "/aws/sagemaker/TrainingJobs."
    ),
    "errors.no_metrics": (
        "The log of the job {name} holds no lines with metrics. If it has just begun, wait for its end "
        "with training.wait_for_training; if it has ended, run the cell again in a minute."
    ),
    "errors.artefact_damaged": (
        "The artefact {artefact} cannot be used: {reason} Train again, or use the artefact of another job."
    ),
    "errors.endpoint_failed": (
        "The endpoint {name} did not come into service. Reason: {reason}\n"
        "End of its log:\n"
        "{log}\n"
        "Correct the cause (nearly always the model or its image) and run the cell again: the failed "
        "endpoint is deleted and created anew."
    ),
    "errors.endpoint_not_found": (
        "There is no endpoint in service called {name}. Create it with deployment.ensure_endpoint, or "
        "check the name. If it existed it may have expired: an endpoint deletes itself after the hours that "
        "expires_in says."
    ),
    "errors.wrong_content_type": (
        "The endpoint {name} does not understand what was sent as {sent} (415): {message}\n"
        "The built-in XGBoost algorithm reads text/csv, without header or label; to make it read JSON it "
        "needs an inference.py of its own (deployment.package_inference_script)."
    ),
    "errors.model_rejected": (
        "The container of the endpoint {name} answered with an error ({status}): {message}\n"
        "Check the data that was sent: it needs the same columns, in the same order, as the training data."
    ),
    "errors.row_not_numeric": (
        "Nothing was sent: row {row}, column {column} holds {value}, which is not a number. The model reads "
        "numbers only; leave the cell empty if the value is not known."
    ),
    "errors.rows_ragged": (
        "Nothing was sent: all rows must have the same number of columns, and there must be at least one "
        "row (numbers found: {lengths})."
    ),
    "errors.left_behind": (
        "Clean-up is not complete: these resources of {student} are still there:\n"
        "{resources}\n"
        "Run the clean-up again; if one persists, delete it in the AWS console, because it may go on "
        "costing money."
    ),
    "errors.which_student": (
        "Several students worked on this machine ({students}). Say who is meant: add --student NAME to the command."
    ),
    "errors.which_region": (
        "{student} has labs in several regions ({regions}). Say which one: add --region REGION to the command."
    ),
    "errors.whose_lab": (
        "Nobody has worked with AWS on this machine yet. Say whose lab is meant: add --student NAME to the command "
        "(and --region REGION if it is not in the region of your AWS configuration)."
    ),
    # --- lab
    "lab.open_local": "Lab of {student} on the local AWS (region {region}, account {account})",
    "lab.open_aws": "Lab of {student} on AWS (region {region}, account {account})",
    "lab.ledger_unwritable": (
        "{path} cannot be written ({reason}). The lab goes on, and clean-up will find everything, because it asks "
        "AWS; the receipt will lack what is created from now on."
    ),
    "lab.clock_ahead": "ahead of",
    "lab.clock_behind": "behind",
    "lab.notebook_01": "01_environment.ipynb",
    "lab.notebook_02": "02_training.ipynb",
    "lab.notebook_03": "03_deployment.ipynb",
    "lab.topic_environment": "the environment",
    "lab.topic_given": "what the school account gives",
    "lab.topic_kept": "what clean-up left",
    "lab.topic_raw_data": "the raw data in S3",
    "lab.topic_role": "the execution role",
    "lab.topic_roles": "the lab's roles",
    "lab.topic_data": "the data prepared for training",
    "lab.topic_training": "the trained model",
    "lab.topic_deployment": "the endpoint",
    "progress.done": "{label}: done",
    "prices.per_hour": "{usd} USD per hour on AWS (list price of {region}, {date})",
    "prices.unknown": "price of {instance_type} not known",
    # --- storage
    "storage.uploading": "Uploading {name}",
    "storage.upload": "{uri}: {bytes:,} bytes, SHA-256 {checksum} (checked)",
    # --- identity
    # --- tables
    "tables.statement": "statement",
    "tables.actions": "actions",
    "tables.resources": "on what",
    "tables.why": "what for",
    "tables.policy": "policy",
    "tables.statements": "statements",
    "tables.wildcards": "with a wildcard",
    "tables.on_everything": "statements on everything (*)",
    "tables.service": "service",
    "tables.kind": "kind",
    "tables.name": "name",
    "tables.state": "state",
    "tables.instance_type": "instance",
    "tables.usd_per_hour": "USD per hour",
    "tables.seconds": "seconds",
    "tables.usd": "cost in USD",
    "tables.kind_endpoint": "endpoint",
    "tables.kind_endpoint_config": "endpoint configuration",
    "tables.kind_model": "model",
    "tables.kind_training_job": "training job",
    "tables.kind_notebook_instance": "notebook instance",
    "tables.kind_lifecycle_config": "lifecycle configuration",
    "tables.kind_log_group": "log group",
    "tables.kind_log_stream": "log stream",
    "tables.kind_bucket": "bucket",
    "tables.kind_files": "files",
    "tables.kind_unknown": "of an unknown kind",
    "tables.kind_role": "IAM role",
    # --- housing
    "errors.data_damaged": (
        "The data file {path} is missing or damaged: its SHA-256 should begin with {expected} and "
        "begins with {found}. Install the lab again (make lab) to get the original back."
    ),
    "errors.month_unknown": (
        "These months cannot be asked for: {months}. There are data from {first} to {last}, written "
        "like 2015-04."
    ),
    "errors.not_housing": (
        "The table lacks columns of the housing data: {columns}. The lab works with those "
        "columns under those names; further ones do no harm. Rename or add them, and run again."
    ),
    "errors.house_incomplete": (
        "The house cannot be priced: absent or not valid: {fields}. Complete the description; None "
        "(null in JSON) means “not known”."
    ),
    "errors.empty_split": (
        "The {part} part is left without rows: none of the {rows} is from {months}. Check the column "
        "date: the course's calendar goes from May 2014 to March 2015."
    ),
    "errors.own_csv_unusable": "{path} cannot be used: {problem}",
    "errors.csv_shape": "The CSV is not in the shape that the algorithm reads ({where}): {what} {advice}",
    "housing.csv_row": "row {row}",
    "housing.csv_column": "column {column}",
    "housing.csv_named_column": "column {column}, {name}",
    "housing.csv_whole_file": "the whole file",
    "housing.csv_no_rows": "it holds no rows.",
    "housing.csv_no_rows_advice": "Check that no filter or split has left the table empty.",
    "housing.csv_one_column": "there is only one column, “{value}”.",
    "housing.csv_one_column_advice": (
        "Separate columns by commas: the label first, then at least one feature."
    ),
    "housing.csv_header": "the first row looks like a header, “{value}”.",
    "housing.csv_header_advice": (
        "Write it with header=False: the algorithm would take the names for a house that cost 0 dollars."
    ),
    "housing.csv_ragged": "it has {cells} cells, the first row has {expected}: “{value}”.",
    "housing.csv_ragged_advice": "Every row needs the same columns; look for a comma too many or too few.",
    "housing.csv_missing_label": "the label, which is the value to predict, is missing.",
    "housing.csv_missing_label_advice": "Drop the rows without a label before you write the file.",
    "housing.csv_boolean": "“{value}” is true/false, not a number.",
    "housing.csv_boolean_advice": "Turn it into 1 and 0, for instance with astype(int).",
    "housing.csv_text": "“{value}” is not a number.",
    "housing.csv_text_advice": (
        "Turn the column into numbers or leave it out: the algorithm would read a 0 and not say so."
    ),
    "housing.csv_absent_column": "the table has no such column.",
    "housing.csv_absent_column_advice": (
        "Check the name, or create it first (with add_features, for instance)."
    ),
    "housing.defect_missing": "empty cell",
    "housing.defect_money_text": "price written as text, “$450,000”",
    "housing.defect_us_date": "date in US style, month/day/year",
    "housing.defect_compact_date": "date without separators, 20141013T000000",
    "housing.defect_stray_spaces": "stray spaces and lower case, “ true ”",
    "housing.defect_negative_area": "negative area",
    "housing.defect_future_year": "year built with a wrong first digit, 2955",
    "housing.defect_bathrooms_99": "99 bathrooms, a code for “not known”",
    "housing.defect_lost_minus": "longitude without its minus sign: the house shows up in Asia",
    "housing.defect_duplicates": "repeated row, identical to another",
    "housing.head_defect": "defect",
    "housing.head_column": "column",
    "housing.head_rows": "rows",
    "housing.head_rule": "rule",
    "housing.head_affected": "affected",
    "housing.head_done": "what was done",
    "housing.head_part": "part",
    "housing.head_first_day": "from",
    "housing.head_last_day": "to",
    "housing.head_median": "median of {target}",
    "housing.head_mape": "mean error %",
    "housing.part_training": "training",
    "housing.part_validation": "validation",
    "housing.part_test": "test",
    "housing.rule_duplicates": "repeated rows, identical to another",
    "housing.done_duplicates": "one of each was kept",
    "housing.rule_price_text": "prices written as text",
    "housing.done_price_text": "the $ sign and the commas were removed",
    "housing.rule_dates": "dates in another format",
    "housing.done_dates": "each was read by its own format",
    "housing.rule_waterfront": "waterfront with spaces or lower case",
    "housing.done_waterfront": "true became 1, false became 0",
    "housing.rule_numbers": "unreadable numbers",
    "housing.done_numbers": "the cell was emptied",
    "housing.rule_minus": "longitudes without the minus sign",
    "housing.done_minus": "it was put back: the whole county lies west of Greenwich",
    "housing.rule_impossible": "impossible values",
    "housing.done_impossible": "the cell was emptied: 33 bedrooms, 0 bathrooms or the year 2955",
    "housing.rule_unusable": "rows without a price or a date",
    "housing.done_unusable": "they were dropped: there is nothing to learn from them",
    "housing.rule_areas": "empty areas",
    "housing.done_areas": "they were computed: total = above ground + basement",
    "housing.rule_place": "houses without coordinates",
    "housing.done_place": "the centre of the postal code was used",
    "housing.rule_gaps": "cells that are still empty",
    "housing.done_gaps": "they were left so: XGBoost learns what to do with them",
    "housing.own_absent": "the file does not exist. Check the path.",
    "housing.own_unreadable": (
        "it cannot be read as CSV ({reason}). Save it with commas, a header, and in UTF-8."
    ),
    "housing.own_few_rows": (
        "{rows} rows are left to learn from, that is, with a price and a date that can be read, and at least "
        "{minimum} are needed. Gather more data, or check the columns price (450000 or $450,000) and date "
        "(2014-10-13, 10/13/2014 or 20141013T000000)."
    ),
    "housing.own_one_column": (
        "it has a single column, mostly because Excel put semicolons between the values. Save it again with "
        "commas between the values, and a point as the decimal sign."
    ),
    # --- training
    "errors.unknown_instance_type": "SageMaker has no instance type {instance_type!r} for this. Did you mean {similar}? Change the parameter instance_type and run again.",
    "errors.too_few_requests": "Measuring takes at least one request, and {count} were asked for. Change the parameter latency_requests, for example to 200.",
    "training.training": "Training {name}",
    "training.round": "round {number:>4}  {values}",
    "training.result": "Job {name}: {status}. Final metrics: {metrics}",
    "training.goes_on": (
        "You stopped waiting, but the job {name} goes on in AWS and is billed until it ends. To stop it: "
        'training.stop_training(lab, "{name}")'
    ),
    "training.no_model_file": "the file xgboost-model is not in it (there is: {found}).",
    "training.unknown_hyperparameter": "XGBoost on SageMaker has no hyperparameter {name!r}.{hint}",
    "training.did_you_mean": " Did you mean {name!r}?",
    "training.no_num_round": (
        "The hyperparameter num_round, the number of rounds, is missing, and it is required."
    ),
    "training.out_of_range": "The hyperparameter {name} must be {kind} ({range}), and it is {value!r}.",
    "training.whole_number": "a whole number",
    "training.number": "a number",
    "training.at_least": "{low} or more",
    "training.path_outside": "it holds a path that leads out of its folder ({path}).",
    # --- deployment
    "deployment.waiting": "Waiting for the endpoint {name}",
    "deployment.endpoint": "Endpoint {name}: {status}, {cost}",
    "deployment.goes_on": (
        "You stopped waiting, but the endpoint {name} goes on in AWS and is billed by the hour. To delete "
        'it: deployment.delete_endpoint(lab, "{name}")'
    ),
    # --- expiry
    "errors.wrong_expiry": (
        "An endpoint cannot expire after {hours} hours. Give expires_in a number of hours, for example 4, or 0 "
        "to let it never expire."
    ),
    "expiry.scheduled": "{endpoint} deletes itself on {moment}.",
    "expiry.not_scheduled": (
        "Warning: {endpoint} should be deleted on {moment}, but that could not be scheduled ({reason}). Delete it "
        "yourself when you are done, or run after that time: mllab clean --expired"
    ),
    "expiry.never": (
        "Warning: {endpoint} never expires (expires_in is 0). On AWS it costs money each hour until you delete it."
    ),
    "expiry.no_role": "notebook 01 has prepared no role for EventBridge Scheduler",
    "expiry.deleted": "It had expired and is deleted: {endpoint}",
    "expiry.none": "No endpoint has expired.",
    "idle.description": "Nobody has asked {endpoint} anything for an hour.",
    # --- costs
    "costs.since_opened": "This notebook, on AWS: {usd} USD so far.",
    "costs.since_cleanup": "On AWS, since the last clean-up: {usd} USD.",
    "costs.nothing_runs": "Nothing is left running.",
    "costs.runs_until_morning": (
        "Still running: {names}, {hourly} USD an hour and, if left alone, {usd} USD until {hour}:00 in the morning."
    ),
    "costs.runs_until_expiry": (
        "Still running: {names}, {hourly} USD an hour and, if left alone, {usd} USD until it expires on {moment}."
    ),
    "costs.unknown": "Not counting {types}, whose price is not known.",
    "costs.ended": "  {kind}, {count} in all: {usd} USD",
    "costs.runs": "  {kind} {name}: {hourly}",
    "costs.hourly": "{usd} USD an hour",
    "costs.expires": ", deletes itself on {moment}",
    "costs.idle": "; nobody has asked it anything for an hour",
    "costs.origin": "List prices of {region}, noted in {date} or later (mllab_helpers/data/prices.csv).",
    # --- cleanup
    "cleanup.kept": "What was prepared for you stays: {names}. ",
    "cleanup.sweeping": "Deleting what {student} created",
    "cleanup.found": "  {kind}: {name}",
    "cleanup.unknown": (
        "The following carries the lab's tags, but is of no kind that the lab creates, so it is left alone. If it is "
        "yours, delete it in the AWS console:\n{arns}"
    ),
    "cleanup.interrupted": (
        "Clean-up interrupted: this is still to be deleted ({count} in all):\n{resources}\nRun the clean-up again (the "
        "same cell or command): it goes on from where it stopped."
    ),
    "cleanup.nothing_local": "The local AWS is not running, so it holds nothing: there is nothing to delete.",
    "cleanup.own_instance": "The instance {name}, in which you are working, still runs and is billed by the hour. Stop it in the SageMaker console when you are done; once it is stopped, mllab clean on another computer deletes it with its role and its bucket.",
    "cleanup.receipt": (
        "Receipt for {student}: you created {count} resources and none is left to delete. Their cost on AWS: "
        "{usd} USD (list prices of {region}, {date}, for the times measured here). Had the endpoints been left "
        "running: {month} USD in 30 days."
    ),
    # --- doctor
    "doctor.ok": "ok",
    "doctor.warning": "warning",
    "doctor.stop": "stop",
    "doctor.can_work": "The lab can work on this machine.",
    "doctor.cannot_work": "The lab cannot work here yet: correct what is marked as “stop”.",
    "doctor.python": "Python {version} is running",
    "doctor.python_advice": "Install Python 3.10, 3.11, 3.12 or 3.13 and run again: make lab",
    "doctor.packages": "The installed packages are the project's",
    "doctor.packages_missing": "Packages are missing: {names}",
    "doctor.packages_differ": "Some packages have another version than the tested one (in brackets): {names}",
    "doctor.packages_advice": "Install them as the README says: pip install -r requirements.lock",
    "doctor.disk": "{free} GB free on the disk",
    "doctor.disk_advice": "Free some space, until there is at least {need} GB.",
    "doctor.memory": "{free} GB of memory available",
    "doctor.memory_advice": "With less than {need} GB jobs may run out of memory: close other programs.",
    "doctor.sandbox": "Jobs have an /opt/ml of their own (bubblewrap)",
    "doctor.no_sandbox": (
        "Without bubblewrap: jobs run all the same, but a script that names /opt/ml literally will fail"
    ),
    "doctor.sandbox_advice": "On Debian or Ubuntu: sudo apt-get install bubblewrap",
    "doctor.local_aws_runs": "The local AWS answers at {endpoint}",
    "doctor.local_aws_stopped": "The local AWS is stopped; it starts by itself when a notebook needs it",
    "doctor.home_not_writable": "{home}, where the local AWS keeps its data, cannot be written",
    "doctor.home_advice": (
        "Correct the permissions, or choose another folder with the variable MLLAB_LOCAL_HOME."
    ),
    "doctor.ready": "Everything that notebook {notebook} needs is there.",
    "doctor.credentials": "AWS knows you as {arn} (account {account}); the credentials come from {how}",
    "doctor.found_env": "environment variables",
    "doctor.found_shared_credentials_file": "the file ~/.aws/credentials",
    "doctor.found_config_file": "the file ~/.aws/config",
    "doctor.found_sso": "a session of IAM Identity Center (aws sso login)",
    "doctor.found_login": "a session of the console (aws login)",
    "doctor.found_assume_role": "a role that this session puts on",
    "doctor.found_assume_role_with_web_identity": "a role from an identity provider",
    "doctor.found_container_role": "the container's role",
    "doctor.found_iam_role": "this instance's role",
    "doctor.found_custom_process": "a program that ~/.aws/config names",
    "doctor.found_explicit": "this program",
    "doctor.root_advice": "The root user cannot assume roles, and is not for everyday work. Create a user in IAM Identity Center (or in IAM) and set up its credentials with aws configure sso or aws configure.",
    "doctor.region": "The region is {region}",
    "doctor.clock": "This machine's clock and AWS's are {seconds} s apart",
    "doctor.clock_advice": (
        "AWS refuses signatures that are more than five minutes off. Set the clock (for example with: sudo "
        "timedatectl set-ntp true) and run again."
    ),
    "doctor.clock_unknown": "AWS did not say what time it is",
    "doctor.trust_missing": "The role {arn} does not let {service} put it on",
    "doctor.trust_advice": (
        "Ask the account's administrator to add {service} to its trust policy (sts:AssumeRole), or name another "
        "role in notebook 01."
    ),
    "doctor.trust_unknown": "You may not look who can put on the role {arn}",
    "doctor.trust_unknown_advice": (
        "It must trust sagemaker.amazonaws.com, lambda.amazonaws.com if it is the functions' role, and "
        "events.amazonaws.com for the pipeline to start by itself."
    ),
    "doctor.quota": "{name}: {value} ({count} used at once)",
    "doctor.quota_short": "{name}: {value}, and {count} are needed at once",
    "doctor.quota_missing": "Service Quotas does not show {name}, and {count} are needed at once",
    "doctor.quota_others": "These have quota: {others}. Change the parameter instance_type.",
    "doctor.quota_none": "None of the types that the lab knows has quota.",
    "doctor.quota_advice": (
        "An increase can be asked for in Service Quotas, Amazon SageMaker; in a school account, by its administrator."
    ),
    "doctor.quotas_unknown": "The account's quotas could not be looked at: nobody knows whether they suffice",
    "doctor.quotas_unknown_advice": "Ask for the permission servicequotas:ListServiceQuotas.",
    "doctor.permissions": "The permissions are there ({count} groups, simulated by IAM)",
    "doctor.permission_missing": "{arn} is not allowed to do {actions} on {resource}",
    "doctor.permission_advice": (
        "It is the part {sid} of what this prints: {command}. Give it to the account's administrator."
    ),
    "doctor.permissions_unknown": "IAM could not be asked what {arn} may do",
    "doctor.permissions_unknown_advice": (
        "That takes iam:SimulatePrincipalPolicy on this identity. Without it, a missing permission shows in the "
        "cell that needs it."
    ),
    "doctor.no_answer": "AWS cannot be worked with from here",
    # --- class
    "cli.class": "prepare a class, look at it and end it (for teachers)",
    "cli.class_create": "make each student's bucket and roles, or renew them, and write what to hand out",
    "cli.class_status": "say where each student is, what they have running and what it costs",
    "cli.class_clean": "remove everything of these students, bucket and roles too",
    "cli.class_students": "the names, separated by commas",
    "cli.class_file": "a file with one name per line; of a .csv the first column counts",
    "cli.class_output": "where to write what is handed out: .md or .csv (by default class.md)",
    "cli.class_all": "the whole class",
    "cli.class_yes": "yes, remove it",
    "classroom.where_local": "Class on the local AWS, region {region}",
    "classroom.where_aws": "Class in AWS account {account}, region {region}",
    "classroom.preparing": "Preparing the class",
    "classroom.looking": "Looking where everybody is",
    "classroom.nobody": "nobody",
    "classroom.new": "bucket and roles made",
    "classroom.renewed": "was there; permissions renewed",
    "classroom.ready": "  {student}: {state}",
    "classroom.written": "What everybody needs is in {path}; there is no secret in it.",
    "classroom.empty": "There is no class in this account: begin with mllab class create --students ana,luis",
    "classroom.cleaned": "{student}: nothing is left",
    "classroom.twice": "  {name!r}: is there twice",
    "classroom.wrong_name": "  {name!r}: for example {suggestion!r}",
    "classroom.student": "student",
    "classroom.reached": "has reached",
    "classroom.running": "running",
    "classroom.nothing_runs": "nothing",
    "classroom.reached_00": "not begun",
    "classroom.reached_01": "01 Preparation",
    "classroom.reached_02": "02 Training",
    "classroom.reached_03": "03 Deployment",
    "classroom.reached_04": "04 Lambda and API",
    "classroom.reached_05": "05 Monitoring and improving",
    "classroom.total": "In all: {usd} USD per hour at list prices; {day} USD if it goes on for a day.",
    "classroom.sheet_head": (
        "# The class: {count} students in account {account}, region {region}\n\n"
        "Written by `mllab class create`, which writes it anew each time. It holds no passwords and no keys."
    ),
    "classroom.sheet_local": (
        "\n## {student}\n\n"
        "- bucket: `{bucket}`\n"
        "- role: `{role_arn}`\n"
        '- in the notebooks, in the parameters cell: `student = "{student}"`\n'
        "- to run them without opening them: `mllab run --backend local --shared --student {student}`"
    ),
    "classroom.sheet_aws": (
        "\n## {student}\n\n"
        "- bucket: `{bucket}`\n"
        "- role: `{role_arn}`\n"
        "- in the console: <{link}>\n"
        '- in the notebooks, in the parameters cell: `student = "{student}"` and `backend = "aws"`\n'
        "- in a SageMaker notebook instance: choose that role when you create it\n\n"
        "On a machine of one's own, in `~/.aws/config`:\n\n"
        "```ini\n[profile mllab-{student}]\nrole_arn = {role_arn}\nsource_profile = default\n"
        "region = {region}\n```\n\n"
        "and then:\n\n"
        "```sh\nexport AWS_PROFILE=mllab-{student}\nmllab run --backend aws --student {student} --only 01,02\n```\n\n"
        "Their IAM user (that of the profile `default`, and of the console) needs this permission and no other:\n\n"
        "```json\n{policy}\n```"
    ),
    # --- cli
    "cli.description": "A SageMaker lab: the same notebooks on AWS and on a local AWS.",
    "cli.usage": "usage: ",
    "cli.help": "show this help and exit",
    "cli.commands": "commands",
    "cli.command": "command",
    "cli.arguments": "arguments",
    "cli.wrong_choice": "{argument} cannot be {value}; choose from {choices}",
    "cli.without_value": "{argument} lacks a value",
    "cli.about": "{argument}: {said}",
    "cli.missing": "missing: {arguments}",
    "cli.unknown": "there is no such thing here: {arguments}",
    "cli.options": "options",
    "cli.run": "run the notebooks in order and leave a report",
    "cli.clean": "delete from AWS everything that the lab created",
    "cli.kernel": "register this environment as the Jupyter kernel that the notebooks ask for",
    "cli.kernel_installed": "Jupyter's kernel {kernel} is the environment {python} from now on ({place}).",
    "cli.policy": "print the least-privilege policy of one of the lab's actors, ready for IAM",
    "cli.actor": "whose",
    "cli.account": "the AWS account, 12 digits",
    "cli.policy_student": "which student's; without it, everybody's",
    "cli.wrong_account": "{value} is no AWS account: it has 12 digits",
    "cli.expired": "delete only the endpoints that have expired",
    "cli.costs": "say what the lab has cost, what is running and what it will cost until the morning",
    "cli.doctor": "check that this machine has what the lab needs",
    "cli.local": "control the local AWS",
    "cli.local_up": "start it, or say where it is when it runs already",
    "cli.local_down": "stop it",
    "cli.local_status": "say whether it runs, and where",
    "cli.local_env": 'print the variables that point any client at it: eval "$(mllab local env)"',
    "cli.local_reset": "delete everything that it holds and start it empty",
    "cli.local_logs": "print the end of its log",
    "cli.local_access": "print who asked for which permission, on which resource, and whether it was granted",
    "cli.policy_output": "folder to write it to, divided into files that a managed policy holds each",
    "cli.policy_long": (
        "This policy has {length} characters. It fits inside a role (inline policies, 10,240 in all); a managed policy "
        "holds {most}, and a user, inside, 2,048: with --output FOLDER it is divided into several managed ones."
    ),
    "cli.policy_written": "Managed policies to create and to attach together: {count}, one per file.",
    "cli.policy_bucket": "bucket that the school gives; otherwise the one that the lab makes",
    "cli.policy_role": "role that the school gives for SageMaker; otherwise those that the lab makes",
    "cli.policy_lambda_role": "role that the school gives for the functions; otherwise that of --role-arn",
    "cli.doctor_notebooks": "which notebooks are to be run; otherwise all",
    "cli.local_quota": "set a quota of SageMaker's, e.g. to 0, to meet its error; reset forgets it",
    "cli.quota_name": "QUOTA",
    "cli.quota_name_help": 'as Service Quotas names it, e.g. "ml.m5.large for training job usage"',
    "cli.quota_value": "how many instances may be in use at once",
    "cli.quota_set": "{name}: {value} from now on, until mllab local reset.",
    "cli.unknown_quota": "SageMaker has no quota {name!r}. Similar ones: {similar}.",
    "cli.wrong_quota": "{value} is no number of instances: choose a whole number from 0 to {highest}",
    "cli.backend": "where to work: local, aws, or auto (aws inside SageMaker, local on any other machine)",
    "cli.language": "language of the texts: es or en",
    "cli.student": "the name that resources carry, e.g. ana",
    "cli.region": "AWS region, e.g. us-east-1",
    "cli.only": "numbers of the only notebooks to run, e.g. 01,02",
    "cli.from": "number of the notebook to begin with, e.g. 02",
    "cli.parameter": "value of a notebook parameter; may be repeated",
    "cli.output": "folder for the results (default: runs/<time>)",
    "cli.notebooks": "folder of the notebooks (default: the project's, in the chosen language)",
    "cli.shared": (
        "use your own local AWS, that of `mllab local up`, and leave it running, instead of a fresh "
        "one for this run"
    ),
    "cli.port": "port (default: a free one)",
    "cli.lines": "how many lines (default: {default})",
    "cli.local_in_browser": "In your browser, which is on another machine, it is reached through this instance's JupyterLab: {link}",
    "cli.local_running": "The local AWS runs at {endpoint} (process {pid}, data in {home}).",
    "cli.local_not_running": "The local AWS is not running. To start it: mllab local up",
    "cli.local_stopped": "The local AWS has stopped.",
    "cli.local_emptied": "The local AWS was emptied and started again.",
    "cli.local_failed": "The local AWS did not start, or did not stop, as it should: {reason}",
    "cli.local_log": "Its log may hold more: {log}",
    "cli.local_other_port": (
        "It was already running at that address, so port {port} was not taken. To change the port (and lose "
        "what it holds): mllab local down && mllab local up --port {port}"
    ),
    "cli.wrong_port": "{value} is no port: choose a whole number from 0 to {highest} (0: a free one)",
    "cli.wrong_line_count": "{value} is no number of lines: type a whole number, 0 or more",
    "cli.port_in_use": "Another program uses port {port}. Choose another one, or none: mllab local up",
    "cli.local_no_log": "The local AWS has not written a log yet.",
    "cli.no_access": "Nobody has asked the local AWS for anything since it started.",
    "cli.access_principal": "who",
    "cli.access_action": "action",
    "cli.access_resource": "resource",
    "cli.access_decision": "decision",
    "cli.access_allowed": "allowed",
    "cli.access_explicitDeny": "explicitly denied",
    "cli.access_implicitDeny": "no policy allows it",
    "cli.interrupted": "Interrupted.",
    # --- runner
    "errors.wrong_parameter": (
        "Parameters that cannot be used:\n"
        "{problems}\n"
        "Known parameters and their types:\n"
        "{known}\n"
        "Correct the command (or the parameters cell) and run again."
    ),
    "errors.no_notebooks": (
        "There are no notebooks in {folder}. In a clone of the repository, build them with: make notebooks"
    ),
    "errors.unknown_notebook": (
        "There is no notebook {number}. There are: {known}. Choose one of them in --only or --from."
    ),
    "runner.unknown_parameter": "  {name}: no parameter has this name",
    "runner.wrong_type": "  {name}: expected {wanted}, got {value}",
    "runner.wrong_type_text_hint": " (with papermill, use -r {name} {value} so that it arrives as text)",
    "runner.kind_str": "text",
    "runner.kind_int": "whole number",
    "runner.kind_float": "number",
    "runner.kind_bool": "True or False",
    "runner.cell_of": "cell {number} of {total}",
    "runner.start": "Notebooks to run: {count}. Results go to {output}",
    "runner.kernel_died": (
        "The process that ran the notebook (its kernel) died in the middle of the cell. Usually memory "
        "ran out, or somebody ended it. Close other programs and run again."
    ),
    "runner.failure": (
        "Notebook {name} stopped at {cell}:\n"
        "  {first_line}\n"
        "\n"
        "{error}\n"
        "\n"
        "The executed notebook, with the cell marked, is {path}"
    ),
    "runner.failed_mark_top": (
        "## This notebook stopped at {cell}\n\n{error}\n\nThe cells after that one did not run."
    ),
    "runner.failed_mark_cell": "{anchor}\n\n**The run stopped here:**",
    "runner.interrupted": "Interrupted. What ran so far is in {output}",
    "runner.local_aws_died": "The local AWS of this run died before the end. Its log, which says why: {log}",
    "runner.aws_may_cost": (
        "If you worked on AWS, what was created is still there and may cost money. To delete it: mllab "
        "clean --backend aws"
    ),
    "runner.column_notebook": "notebook",
    "runner.column_seconds": "seconds",
    "runner.column_result": "result",
    "runner.total": "in all",
    "runner.not_reached": "was not reached",
    "runner.failed_at": "failed at {cell}",
    "runner.report": "Report: {report}",
    "exercises.open": (
        "Exercise {name}: still open. Write your answer in place of ... and run both cells again."
    ),
    "exercises.wrong": "Exercise {name}: not yet. {problem}",
    "exercises.solved": "Exercise {name}: solved.",
    "exercises.broke": "Your answer made the check fail: {error}",
    "runner.report_title": "Lab report",
    "runner.report_when": "Run on {time}",
    # --- plots
    "plots.percent": "{number}%",
    "plots.units": "${amount}",
    "plots.thousands": "${amount}k",
    "plots.millions": "${amount}M",
    "plots.price": "sale price (USD)",
    "plots.houses": "houses",
    "plots.median": "median: {amount}",
    "plots.mean": "mean: {amount}",
    "plots.distribution_title": "Most below the mean, and a few very expensive",
    "plots.distribution_caption": (
        "Distribution of prices: half of the houses cost less than {median}; the mean, {mean}, is "
        "higher because a few are very expensive. The top 1%, above {p99}, is not drawn."
    ),
    "plots.map_title": "The price depends on the place",
    "plots.map_caption": (
        "Map of King County with {shown} houses; colour is the price. The most expensive lie around the lake "
        "between Seattle and Bellevue. {outside} houses fall outside the map."
    ),
    "plots.missing_title": "Empty cells by column",
    "plots.missing_caption": (
        "Empty cells by column: there are {cells}, spread over {rows} rows ({share} of all); the column with most gaps "
        "is {column}, with {most}."
    ),
    "plots.missing_none": "Empty cells by column: there are none.",
    "plots.training": "training",
    "plots.validation": "validation",
    "plots.best_round": "best round: {round} ({amount})",
    "plots.round": "round (trees added)",
    "plots.rmse": "RMSE (USD)",
    "plots.curve_title": "How the error falls, round by round",
    "plots.curve_caption": (
        "Learning curve: the lowest validation error, {best}, comes at round {round}; the training "
        "error is then {training}."
    ),
    "plots.paid": "price paid (USD)",
    "plots.said": "price that the model predicts (USD)",
    "plots.against_title": "What the model predicts, and what was paid",
    "plots.against_caption": (
        "Predicted against paid price, with the diagonal on which they agree: the model is off by 10% "
        "or less on {within_10} of the houses, by 20% or less on {within_20}."
    ),
    "plots.error_usd": "mean error, in dollars",
    "plots.error_share": "mean error, in % of the price",
    "plots.bands_title": "How wrong it is, by price band",
    "plots.bands_caption": (
        "Mean error by price band: on the cheapest houses {cheapest_mae} ({cheapest_mape} of the "
        "price), on the most expensive {dearest_mae} ({dearest_mape})."
    ),
    "plots.error_colour": "median relative error of the area",
    "plots.error_map_title": "Where the model is too high, and where too low",
    "plots.error_map_caption": (
        "Map of the relative error: its median is {median}, and the model is too low for "
        "{too_low} of the houses. Orange: too high; purple: too low."
    ),
    "plots.milliseconds": "milliseconds per request (logarithmic scale)",
    "plots.requests": "requests",
    "plots.latency_title": "How long the endpoint takes to answer",
    "plots.latency_caption": (
        "Latency: half of the requests took less than {p50} ms, 95% less than {p95} ms, 99% less than "
        "{p99} ms."
    ),
    "plots.importance_title": "What the model looks at",
    "plots.importance_caption": (
        "Share of the improvement that each feature brings: the first is {first} ({first_share}), the "
        "second {second} ({second_share})."
    ),
    # --- notebook instances
    "notebook_instance.waiting": "Waiting for the instance {name}",
    "workbench.installing": "The lab is being installed. It takes some minutes the first time; then this file becomes MLLAB-READY.txt.",
    "workbench.ready": "The lab is ready: its notebooks are in mllab/es and mllab/en. Open one; when Jupyter asks for a kernel, choose mllab.",
    "workbench.failed": "The lab could not be installed. Stop the instance and start it again to try once more. This is how it ended:",
    # --- notebooks and their checks
    "notebooks.headline_01": "{rows:,} sales in a private bucket, and a role ready",
    "notebooks.headline_02": "RMSE of {rmse:,.0f} USD on the test months",
    "notebooks.headline_03": "endpoint {endpoint} answers, with a mean error of {mape:.1f}%",
    "notebooks.headline_06": "nothing is left running",
    "notebooks.headline_06_instance": "only the instance {name} is left running, in which you work",
    "notebooks.median": "always the median",
    "notebooks.agent": "estate agent",
    "checks.bytes_in_s3": "S3 says something other than {given}. Look at ContentLength in head_object's answer.",
    "checks.zipcode_cheaper": "In {given} the median is {median:,.0f} USD, and there is a more expensive postal code. Median, or mean?",
    "checks.zipcode_unknown": "{given} is not a postal code of the table. One is expected, such as 98103.",
    "checks.fraction_not_percent": "That is a fraction; a percentage is asked for, between 0 and 100.",
    "checks.percent_kept": "That is the percentage that is kept, not the one that is lost.",
    "checks.percent_lost": "It is not {given:g}. Compare len(raw.dropna()) with len(raw).",
    "checks.best_round_of_training": "That is the best round of the training rows. The validation rows are meant: houses it did not study.",
    "checks.best_round": "In round {given} the validation error is not the lowest. Try idxmin() on that column.",
    "checks.still_inland": "That is the price of the house inland. Set waterfront to 1 before the row is built.",
    "checks.waterfront_price": "The endpoint does not answer {given:,.0f} for that house. Did it go through model_row with waterfront set to 1?",
    "checks.no_price": "The lab does not know the price of {instance_type}; look it up on SageMaker's pricing page.",
    "checks.hours_forgotten": "That way a day would have a single hour. Multiply by 24 as well.",
    "checks.forgotten_usd": "It is not {given:,.2f} USD. Price per hour, times 24 hours, times 30 days.",
    # --- the script inside the JSON endpoint
    "inference.content_type": "{sent} is not accepted; send {wanted}",
    "inference.no_instances": 'the body must be {{"instances": [...]}} with at least one house',
    "inference.no_json": "the body is not JSON",
    "inference.no_number": "every value of a house is a number or null, not {found}",
    "inference.ragged": "all houses must have the same number of values",
    "inference.wrong_width": "the model reads {expected} values per house, got {found}",
    "inference.no_house": "a house is an object or a list of numbers, not {found}",
    # --- web api (iteration 4)
    "lab.notebook_04": "04_lambda_api_gateway.ipynb",
    "lab.topic_web_api": "the API",
    "tables.kind_api": "API",
    "tables.kind_usage_plan": "usage plan",
    "tables.kind_api_key": "API key",
    "tables.kind_function": "Lambda function",
    "errors.function_failed": (
        "The function {name} does not work. Reason: {reason}\n"
        "Correct the cause (nearly always the code or the role) and run the cell again; the log is in "
        "CloudWatch Logs, group /aws/lambda/{name}."
    ),
    "errors.api_key_refused": (
        "The API {url} did not let the request pass (403 {message}): the key is missing, does not exist, or is "
        "in no usage plan of this stage. Send it in the header x-api-key; on AWS a new key takes up to a minute "
        "to work."
    ),
    "errors.wrong_api_path": (
        "The API has nothing at {url} for the method POST (403 Missing Authentication Token). The message "
        "misleads: no credential is missing, the address is another one. Check stage and path, for example "
        ".../prod/predict, and if you have just created the path, deploy again."
    ),
    "errors.too_many_calls": (
        "The API asks for a slower pace (429 {message}): the rate or the quota of the usage plan is used up. "
        "Wait a little and try again; if it happens often, raise the plan's limits."
    ),
    "errors.house_refused": (
        "The API did not accept what was sent ({status}): {message} Correct the request and send it again."
    ),
    "errors.api_failed": (
        "The API {url} failed ({status}): {message} The cause is behind it: look at the Lambda's log in "
        "CloudWatch Logs, group /aws/lambda/..., and whether the endpoint exists."
    ),
    "errors.api_unreachable": (
        "No answer came from {url} ({reason}). Check the address and the connection; on the local AWS, run the "
        "cell that opens the lab again."
    ),
    "web_api.key": "Key {name}: {length} characters, which are not shown",
    "predict_house.no_body": (
        'The request has no body. Send the house as JSON, for example {{"bedrooms": 3, ...}}.'
    ),
    "predict_house.too_long": (
        "The body has {found} characters, and the most is {most}: send a single house."
    ),
    "predict_house.no_json": "The body is no JSON ({reason}). Check quotes and commas.",
    "predict_house.no_number": "{word} is no number",
    "predict_house.no_object": "The body must be a JSON object with the facts of one house, in braces.",
    "predict_house.endpoint_gone": (
        "The model is not switched on at the moment. Try again later; if the API is yours, create the endpoint "
        "again."
    ),
    "predict_house.endpoint_busy": "The model is busy. Try again in a few seconds.",
    "predict_house.endpoint_silent": "The model did not answer in time. Try again.",
    "predict_house.no_price": (
        "The model did not answer with a price. If the API is yours, look at the function's log."
    ),
    "predict_house.misconfigured": (
        "The API cannot reach the model, and the request is not to blame. If the API is yours, look at the "
        "function's log: permissions of the role, variable ENDPOINT_NAME."
    ),
    "predict_house.unforeseen": (
        "Something failed while the price was computed. If the API is yours, look for {request} in the "
        "function's log."
    ),
    "web_export.title": "House prices (mllab)",
    "web_export.summary": "The price of a house described in everyday units",
    "web_export.good": "The price of a house",
    "web_export.bad_house": "A house with a fact missing: 400",
    "web_export.no_key": "Without a key: 403",
    "web_export.wrong_path": "Wrong path: 403",
    "web_export.status_200": "The price",
    "web_export.status_400": "The house lacks something, or is no JSON",
    "web_export.status_403": "No key, a key that does not count, or another path",
    "web_export.status_413": "The body is too long",
    "web_export.status_429": "Too many requests: rate or quota of the usage plan",
    "web_export.status_500": "The API is not set up well",
    "web_export.status_502": "The model did not answer with a price",
    "web_export.status_503": "The model is not switched on, or busy",
    "web_export.status_504": "The model did not answer in time",
    "plots_api.client": "your program",
    "plots_api.gateway": "API Gateway",
    "plots_api.integration": "API Gateway waits\nfor the Lambda",
    "plots_api.function": "the Lambda works",
    "plots_api.model": "the model answers",
    "plots_api.milliseconds": "milliseconds (each bar contains the next)",
    "plots_api.journey_title": "The journey of a request",
    "plots_api.journey_caption": (
        "Journey of a request (mean of {requests}): the client waited {client} ms; API Gateway took "
        "{gateway} ms, of which {integration} ms waiting for the Lambda, which worked for {function} ms; the "
        "model answered in {model} ms."
    ),
    "notebooks.headline_04": "the API, asked with a key, prices the house at {price:,.0f} USD (about {usd:.2f} USD per million requests)",
    "checks.not_a_url": "An address is asked for, a text that begins with http; it is {given!r}.",
    "checks.right_url": "At that address the API answers: {answer} Compare it with the variable url, letter by letter.",
    "checks.million_without_gateway": "API Gateway is missing, and it costs the most.",
    "checks.million_seconds": "The Lambda's time is billed by the second, and milliseconds are a thousand times less.",
    "checks.million_usd": "It is not {given:,.2f} USD. API Gateway, plus the calls of the Lambda, plus its seconds times its GB times the price.",
    # --- iteration 5: parts, traffic, alarms
    "errors.unknown_part": "This notebook has no part {given}. The parameter parts takes letters of these: {known}.",
    "parts.skipped": "Part {part}: skipped, because the parameter parts does not name it.",
    "lab.notebook_05": "05_monitoring_optimisation.ipynb",
    "lab.notebook_06": "06_cleanup.ipynb",
    "lab.topic_monitoring": "the monitoring of the endpoint",
    "lab.topic_better_model": "the search for a better model",
    "lab.topic_life_cycle": "the automatic retraining",
    "errors.no_such_alarm": (
        "There is no alarm called {name}. Look at the names in the CloudWatch console, or create it by running the "
        "cells above."
    ),
    "errors.wrong_threshold": (
        "A threshold of {seconds} seconds is of no use: a request to an endpoint takes more than 0 and at most 60 "
        "seconds. Write the threshold in seconds (0.25 is 250 milliseconds); the lab converts it into microseconds."
    ),
    "traffic.sending": "Sending requests to {name}",
    "traffic.sent": "{answered} requests answered and {failed} refused",
    "endpoint_metrics.of": "the metrics of {name}",
    "alarms.waiting": "Waiting until {name} is in {state}",
    "alarms.message": "{alarm}: from {previous} to {state}",
    "alarms.widget_traffic": "Requests",
    "alarms.widget_errors": "Share of requests that fail",
    "alarms.widget_latency": "Latency p99 (microseconds)",
    # --- iteration 5: tuning
    "errors.metric_not_tunable": (
        "{metric} cannot be tuned: XGBoost does not report it for a regression, and the job would not find a single "
        "value. Choose one of these: {known}."
    ),
    "errors.tuning_failed": (
        "The search {name} ended without a model to compare. Reason: {reason}\n"
        "Look at the log of one of its jobs (training.training_log) and run it again under a new name."
    ),
    "tuning.waiting": "Searching with {name}",
    "tuning.so_far": "{count} trainings",
    "tuning.result": "{name}: {status}, {count} trainings; the best with a validation RMSE of {value:,.0f}",
    "tuning.goes_on": "{name} goes on. To stop it: sagemaker.stop_hyper_parameter_tuning_job(...)",
    "tables.rank": "rank",
    "tables.trial": "trial",
    "tables.share": "share",
    "tables.rows": "rows",
    "tables.rmse": "RMSE",
    # --- iteration 5: life cycle
    "errors.no_pipeline_execution": (
        "The execution of pipeline {name} that was looked for is not there: nothing started it, or it stopped before. "
        "If a new file should have started it, look at the EventBridge rule, its targets and the role; if it stopped, "
        "look at lifecycle.steps_table."
    ),
    "errors.no_model_package": (
        "Nothing is registered in the group {group}. The pipeline registers a model only when it is better than the "
        "one in service: look at lifecycle.read_evaluation."
    ),
    "errors.roll_out_failed": (
        "The endpoint {name} goes on with the model it had; the version {package} did not get into service.\n"
        "{log}\n"
        "Correct the cause (the artefact that is missing, the function's role) and approve the version again."
    ),
    "errors.nothing_captured": (
        "S3 holds {count} captured requests of {name}, and {expected} were expected. Check that the endpoint runs on a "
        "configuration with DataCaptureConfig and has had traffic since; on AWS they may take some minutes to arrive."
    ),
    "errors.monitoring_failed": "The analysis {name} ended without a report. Reason: {reason}",
    "lifecycle.execution": "{status} {reason}",
    "lifecycle.evaluation": "RMSE on {rows} new sales: in service {champion:,.0f}, candidate {challenger:,.0f}",
    "lifecycle.package": "{group}, version {version}: {approval}",
    "lifecycle.executing": "Executing the pipeline",
    "lifecycle.goes_on": "{name} goes on. To stop it: sagemaker.stop_pipeline_execution(...)",
    "lifecycle.rolling_out": "Bringing the new version to {name}",
    "drift.finding": "{status}: {count} differences from the baseline",
    "drift.capturing": "Waiting for the captured requests of {name}",
    "drift.monitoring": "Analysing with {name}",
    "drift.goes_on": "The analysis {name} goes on at AWS. Once it is over, the clean-up notebook removes it.",
    "drift.processing": "Running {name}",
    "tables.step": "step",
    "tables.status": "status",
    "tables.outcome": "outcome",
    "tables.type": "type",
    "tables.completeness": "completeness",
    "tables.non_negative": "never negative",
    "tables.feature": "feature",
    "tables.check": "check",
    "tables.distance": "distance",
    "tables.threshold": "threshold",
    "tables.previous": "before",
    "tables.time": "time (UTC)",
    "tables.reason": "reason, in CloudWatch's words",
    # --- iteration 5: pictures
    "plots.seconds_of_traffic": "seconds since the beginning",
    "plots.answered": "answered",
    "plots.refused": "refused",
    "plots.model_latency": "model latency (ms)",
    "plots.endpoint_title": "What CloudWatch counted",
    "plots.endpoint_caption": (
        "Requests and latency of the endpoint: {requests} requests, {errors} with an error; in the worst interval, 99% "
        "took less than {p99} ms inside the model."
    ),
    "plots.error_rate": "requests with an error",
    "plots.alarm_title": "One alarm, from OK to ALARM and back",
    "plots.alarm_caption": (
        "Share of requests with an error, the alarm's threshold at {threshold}, and the state that it was in: in the "
        "worst interval {highest} failed. The alarm went through {states}."
    ),
    "plots.trial": "trial",
    "plots.champion": "model of iteration 2: {amount}",
    "plots.best_so_far": "best so far: {amount}",
    "plots.tuning_title": "Each dot is a complete training",
    "plots.tuning_caption": (
        "Validation RMSE of {trials} trials: the best is at {best}; the model of iteration 2, at {champion}."
    ),
    "plots.rows": "houses to learn from",
    "plots.data_title": "Would more data help?",
    "plots.data_caption": (
        "Error by number of houses: with {first_rows}, validation is at {first}; with {last_rows}, at {last}."
    ),
    "plots.seconds": "seconds since the first step",
    "plots.pipeline_title": "What the pipeline did, and when",
    "plots.pipeline_caption": "Steps of the pipeline: {steps}; the longest was {longest}.",
    "plots.distance": "distance between the two distributions (threshold {threshold:g})",
    "plots.violations_title": "In what today's houses differ",
    "plots.violations_caption": (
        "Differences from the baseline: {count}; the largest is in {feature}, with a distance of {largest}."
    ),
    "plots.bias": "median relative error (%)",
    "plots.bias_title": "The inputs did not change; prices did",
    "plots.bias_caption": "Median relative error by window: from {first} in the first to {last} in the last.",
    "checks.threshold_in_milliseconds": "That is in milliseconds: the alarm would go off with each request. CloudWatch counts ModelLatency in microseconds.",
    "checks.threshold_in_seconds": "That is in seconds: the alarm would go off with each request. CloudWatch counts ModelLatency in microseconds.",
    "checks.threshold_in_nanoseconds": "Too far: that is in nanoseconds, and the alarm would never go off.",
    "checks.threshold": "It is not {given:g}. How many microseconds are there in a millisecond?",
    "checks.gain_upside_down": "The sign is the wrong way round: the question is by how much it fell, a positive number if it got better.",
    "checks.gain_in_dollars": "That is the difference in dollars; the question is the percentage of the RMSE at the start.",
    "checks.tuning_gain": "It is not {given:g}. Divide the new RMSE by the one at the start and see how far it is from 1.",
    "checks.drifted_less": "{given} changed, but another changed more. Look at the column distance.",
    "checks.not_drifted": "{given} is not among the features that changed. Look at the column feature.",
    "notebooks.headline_05_alarm": "the alarm went off in {seconds:.1f} s",
    "notebooks.headline_05_tuning": "validation RMSE after the search: {change:+.1f}%",
    "notebooks.headline_05_pipeline": "the retrained model is better by {gain:.1f}% and goes into service",
    "notebooks.headline_05_drift": "{count} differences from the baseline",
    "tables.kind_alarm": "alarm",
    "tables.kind_dashboard": "dashboard",
    "tables.kind_topic": "SNS topic",
    "tables.kind_queue": "SQS queue",
    "tables.kind_rule": "EventBridge rule",
    "tables.kind_schedule": "scheduled deletion",
    "tables.kind_pipeline": "pipeline",
    "tables.kind_model_package": "registered version",
    "tables.kind_model_package_group": "group of versions",
    "tables.kind_monitoring_schedule": "monitoring schedule",
    "tables.kind_tuning_job": "tuning job",
    "tables.kind_processing_job": "processing job",
    # --- policies: why each statement is there
    "identity.may_not_ask": "you may not ask: you lack iam:SimulatePrincipalPolicy",
    "storage.may_not_ask": "you may not ask",
    "storage.yes": "yes",
    "storage.no": "no",
    "storage.settings": "public access blocked: {blocked}\nencryption: {encryption}\nversions: {versioning}",
    "policies.why_look_at_own_roles": "see the roles prepared for you, and ask what they could do",
    "policies.why_find_data": "find the data in the lab's bucket, and in no other",
    "policies.why_read_and_write_data": "read the data and leave the trained model",
    "policies.why_write_logs": "write the log of jobs and endpoints",
    "policies.why_write_metrics": "publish metrics, only in SageMaker's namespaces",
    "policies.why_enter_registry": "enter ECR, where the images are (AWS does not let it be narrowed)",
    "policies.why_pull_images": "pull the lab's three images, and no other",
    "policies.why_run_pipeline_steps": "run the steps of the pipeline, which carry SageMaker's names",
    "policies.why_register_version": "register the retrained model in its group",
    "policies.why_pass_itself": "give the steps of the pipeline this very role, and no other",
    "policies.why_start_pipeline": "start this pipeline when data arrive, and nothing else",
    "policies.why_ask_endpoint": "ask this endpoint, and no other",
    "policies.why_write_function_log": "write its own log",
    "policies.why_read_version": "read the approved version",
    "policies.why_make_model": "make the model of that version",
    "policies.why_make_configuration": "make a configuration like today's, with the new model",
    "policies.why_move_endpoint": "move the endpoint to that configuration",
    "policies.why_pass_model_role": "give the model its execution role, and no other",
    "policies.why_use_own_bucket": "see what is in your bucket, and tell EventBridge what arrives",
    "policies.why_use_own_files": "read, write and delete your own files",
    "policies.why_run_jobs": "train, search hyperparameters and process data, under your names",
    "policies.why_look_at_jobs_of_services": "look at the jobs that the pipeline and Model Monitor start, which carry SageMaker's names",
    "policies.why_serve_models": "put your models in service, ask them and withdraw them",
    "policies.why_use_workbench": "start, stop, open and delete your notebook instance",
    "policies.why_equip_workbench": "install the lab in your notebook instance when it starts",
    "policies.why_register_models": "keep the registry of your model's versions and approve them",
    "policies.why_retrain_models": "build and follow your retraining pipeline",
    "policies.why_watch_drift": "compare what is asked with the baseline",
    "policies.why_list_sage_maker": "see the names of what is in SageMaker (AWS does not let lists be narrowed)",
    "policies.why_pass_roles_to_sage_maker": "lend SageMaker the two roles that it works in, and no other",
    "policies.why_pass_roles_to_lambda": "lend Lambda the roles of your functions, and no other",
    "policies.why_pass_roles_to_events": "lend EventBridge the role that starts the pipeline, and no other",
    "policies.why_pass_roles_to_scheduler": (
        "lend EventBridge Scheduler the role that deletes your endpoints, and no other"
    ),
    "policies.why_schedule_expiry": "schedule the deletion of your endpoints, move it and cancel it",
    "policies.why_delete_expired": "delete an endpoint that has expired, and nothing else",
    "policies.why_write_functions": "create, try, change and delete your functions",
    "policies.why_list_apis": "find your API and your usage plan in the list (AWS does not let it be narrowed)",
    "policies.why_create_own_api": "create the API, its usage plan and its key, always with your tag",
    "policies.why_tag_own_api": "put that tag on; changing somebody else's takes a permission on theirs as well",
    "policies.why_build_own_api": (
        "build, read and delete what carries your tag (API Gateway does not tell by names)"
    ),
    "policies.why_set_alarms": "set, ask and remove your alarms",
    "policies.why_draw_dashboards": "draw and remove your dashboard",
    "policies.why_read_metrics": "read metrics and the states of alarms (AWS does not let it be narrowed)",
    "policies.why_send_messages": "have an SNS topic that your alarms tell",
    "policies.why_end_subscriptions": "find and end subscriptions (AWS does not let it be narrowed)",
    "policies.why_receive_messages": "have an SQS queue where those messages are read",
    "policies.why_make_rules": "make and delete your EventBridge rules",
    "policies.why_make_buckets": "make the learners' buckets, protect and delete them",
    "policies.why_empty_buckets": "empty a bucket before it is deleted, with all its versions",
    "policies.why_try_taken_name": "try a name in class that has an owner already",
    "policies.why_make_roles": "make, check and delete the lab's roles and what they may do: whoever may do this can give themselves anything, so it is for administrators",
    "policies.why_attach_course_policies": "attach the course's two policies to the execution role, and no other",
    "policies.why_read_policies": "read those two policies to compare them",
    "policies.why_find_class": "know which students there are: those with a role (AWS does not let it be narrowed)",
    "policies.why_become_learner": "put on a learner's role",
    "policies.why_look_around": "check that nothing of anybody is left (AWS does not let lists be narrowed)",
    "policies.why_read_quotas": "know how many machines of each type the account may use (AWS does not let it be narrowed)",
    "policies.why_use_own_log_groups": "read the logs of your functions and endpoints, and delete them",
    "policies.why_use_own_log_streams": "read the logs of your jobs and delete them; your notebook instance writes its own",
    "policies.why_log_workbench": "make the log group of notebook instances when the account has none yet",
    "policies.why_look_at_jobs": "read how long each job took, for the receipt",
    "policies.why_look_at_apis": "check that no API, plan or key is left",
    # --- the operating system
    "os.eacces": "you have no permission",
    "os.edquot": "your disk quota is used up",
    "os.eisdir": "it is a folder",
    "os.enoent": "it does not exist",
    "os.enospc": "no space is left on the disk",
    "os.enotdir": "there is a file where a folder should be",
    "os.erofs": "the disk is read-only",
}
