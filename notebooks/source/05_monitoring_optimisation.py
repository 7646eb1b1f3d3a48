# ---
# jupyter:
#   kernelspec:
#     display_name: mllab
#     language: python
#     name: mllab
# ---

# %% [markdown] lang="es"
# # Iteración 5 · Vigilar, mejorar y renovar el modelo
#
# ![Mapa del laboratorio: en esta iteración se construyen las alarmas, la búsqueda de un modelo mejor, el reentrenamiento y la vigilancia de los datos](../figures/map_05_es.svg)
#
# Un modelo en servicio no es el final: alguien tiene que darse cuenta cuando falla, buscar uno mejor y cambiarlo cuando el
# mundo cambia. Esta iteración tiene tres partes, y cada una se puede ejecutar sola:
#
# - **a. Vigilar.** Tráfico, las métricas del endpoint, y una alarma que suena de verdad y luego se calma.
# - **b. Mejorar.** Buscar hiperparámetros, probar con más datos y con otro algoritmo, y compararlo todo en una tabla.
# - **c. Renovar.** Llegan ventas nuevas y un pipeline reentrena, compara y registra; cuando apruebas, el endpoint cambia de
#   modelo. Y un monitor avisa cuando las casas de hoy ya no se parecen a las que el modelo estudió.
#
# | | |
# |---|---|
# | **Tiempo** | unos 90 minutos, media hora por parte; más en AWS, donde cada trabajo y cada cambio del endpoint tarda varios minutos |
# | **Costo en AWS** | menos de 0.50 USD: unos veinticinco trabajos cortos en `ml.m5.large`; y, cada hora, el endpoint (0.115 USD) |
# | **Antes** | [Iteración 3 · Despliegue](03_despliegue.ipynb); la 4 no hace falta |
#
# Los parámetros nuevos: `parts` dice qué partes se ejecutan (`"abc"`, o por ejemplo `"b"`); `alarm_period`, cada cuántos
# segundos se evalúan las alarmas (0: lo más corto que permita este AWS); `tuning_jobs`, cuántos modelos se entrenan en la
# búsqueda; y `monitor`, cómo se analiza la *deriva* (*drift*), que es cuando los datos que llegan dejan de parecerse a los
# que el modelo estudió: `model_monitor` usa Model Monitor, un servicio de AWS; `processing_job`, su mismo programa en un
# trabajo de procesamiento; `auto`, el primero de los dos que tu cuenta permita. `expires_in` es el de la iteración 3.

# %% [markdown] lang="en"
# # Iteration 5 · Watching, improving and renewing the model
#
# ![Map of the lab: this iteration builds the alarms, the search for a better model, retraining and the watch over the data](../figures/map_05_en.svg)
#
# A model in service is not the end: somebody has to notice when it fails, look for a better one, and replace it when the
# world changes. This iteration has three parts, and each can be run by itself:
#
# - **a. Watch.** Traffic, the endpoint's metrics, and an alarm that really goes off and calms down again.
# - **b. Improve.** Search for hyperparameters, try more data and another algorithm, and compare it all in one table.
# - **c. Renew.** New sales arrive, and a pipeline retrains, compares and registers; when you approve, the endpoint changes
#   its model. And a monitor says when today's houses no longer look like those that the model studied.
#
# | | |
# |---|---|
# | **Time** | about 90 minutes, half an hour per part; longer on AWS, where each job and each change of the endpoint takes several minutes |
# | **Cost on AWS** | under 0.50 USD: some twenty-five short jobs on `ml.m5.large`; and the endpoint, each hour (0.115 USD) |
# | **Before** | [Iteration 3 · Deployment](03_deployment.ipynb); iteration 4 is not needed |
#
# The new parameters: `parts` says which parts are run (`"abc"`, or for example `"b"`); `alarm_period`, every how many
# seconds alarms are evaluated (0: the shortest that this AWS allows); `tuning_jobs`, how many models the search trains;
# and `monitor`, how *drift* is analysed, which is when the data that arrive no longer look like those that the model
# studied: `model_monitor` uses Model Monitor, a service of AWS; `processing_job`, its very program in a processing job;
# `auto`, the first of the two that your account allows. `expires_in` is that of iteration 3.

# %% tags=["parameters"]
backend: str = "auto"
student: str = "ana"
region: str = "us-east-1"
language: str = "es"
instance_type: str = "ml.m5.large"
parts: str = "abc"
alarm_period: int = 0
tuning_jobs: int = 12
monitor: str = "auto"
expires_in: float = 4.0

# %% [markdown] lang="es"
# Como siempre, una línea abre el laboratorio. Las demás recuperan el endpoint de la iteración 3 y las casas de prueba, que
# harán de clientes.

# %% [markdown] lang="en"
# As always, one line opens the lab. The others pick up the endpoint of iteration 3 and the test houses, which will play
# the customers.

# %%
import json

import pandas as pd

from mllab_helpers import Lab, deployment, doctor, housing, plots, policies, storage, training
from mllab_helpers.errors import LabError
from mllab_helpers.identity import roles
from mllab_helpers.notebook import checks
from mllab_helpers.notebook.headline import show_headline
from mllab_helpers.notebook.parts import begin_part, check_parts, end_parts
from mllab_helpers.tables import for_reading
from mllab_helpers.texts import say

check_parts(parts, "abc")
lab = Lab.open(backend=backend, student=student, region=region, language=language)
print(doctor.check(lab, "05", instance_type=instance_type, parts=parts))
endpoint = lab.recall("deployment")["endpoint"]
trained = lab.recall("training")
sagemaker, cloudwatch, s3 = lab.client("sagemaker"), lab.client("cloudwatch"), lab.client("s3")

test_key = lab.recall("data")["test_key"]
test = pd.read_csv(s3.get_object(Bucket=lab.bucket, Key=test_key)["Body"], header=None)
test.columns = ["price", *housing.FEATURES]
features = list(housing.FEATURES)
period = alarm_period or lab.alarm_period
results = {}
lab

# %% [markdown] lang="es"
# ## Parte a · Vigilar

# %% [markdown] lang="en"
# ## Part a · Watch

# %%
begin_part("a", parts)

# %% [markdown] lang="es"
# Sin clientes no hay nada que vigilar. Enviamos 120 peticiones, una casa en cada una. De paso, una de cada doce va rota a
# propósito, como las que llegan de un formulario mal programado. CloudWatch cuenta por intervalos; `begin_quietly` espera al
# siguiente si en el de ahora ya hubo peticiones, para no mezclarlas con las nuestras.

# %% [markdown] lang="en"
# Without customers there is nothing to watch. We send 120 requests, one house in each. While we are at it, one in twelve is
# broken on purpose, like those that come from a badly written form. CloudWatch counts by intervals; `begin_quietly` waits for
# the next one if there were requests in this one already, so as not to mix them with ours.

# %%
from mllab_helpers.monitoring import alarms
from mllab_helpers.monitoring.endpoint_metrics import begin_quietly, dimensions, endpoint_metrics
from mllab_helpers.monitoring.traffic import send_traffic

begin_quietly(lab, endpoint, period=period)
traffic = send_traffic(lab, endpoint, test[features], count=120, per_second=40, broken_share=1 / 12)
traffic

# %% [markdown] lang="es"
# Nadie tuvo que anotar nada: SageMaker cuenta cada petición y se lo dice a CloudWatch. `get_metric_data` lo lee; aquí va
# envuelto en una función, porque son siete series:

# %% [markdown] lang="en"
# Nobody had to write anything down: SageMaker counts each request and tells CloudWatch. `get_metric_data` reads it; here it
# is wrapped in a function, because there are seven series:

# %%
counted = endpoint_metrics(lab, endpoint, since=traffic.started, requests=120, period=period)
measured = plots.endpoint_metrics(counted, period=period)
print(measured)
measured

# %% [markdown] lang="es"
# Si ves una sola barra, es que las 120 peticiones cupieron en un intervalo: diez segundos en el AWS local, un minuto en AWS.
# Las 10 rotas aparecen como errores 4XX: el contenedor las rechazó con un 415, igual que en la iteración 3. La latencia es
# la del **modelo**; lo que añade la plataforma va en otra métrica, `OverheadLatency`.
#
# ¿Cómo se llama exactamente lo que acabamos de leer? Esta pregunta ahorra muchas horas:

# %% [markdown] lang="en"
# If you see a single bar, the 120 requests fitted into one interval: ten seconds on the local AWS, a minute on AWS. The 10
# broken ones show up as 4XX errors: the container refused them with a 415, as in iteration 3. The latency is the
# **model's**; what the platform adds is in another metric, `OverheadLatency`.
#
# What exactly is the name of what we have just read? This question saves many hours:

# %%
known = cloudwatch.list_metrics(
    Namespace="AWS/SageMaker", Dimensions=[{"Name": "EndpointName", "Value": endpoint}]
)["Metrics"]
for metric in sorted(known, key=lambda metric: metric["MetricName"]):
    print(metric["MetricName"], [dimension["Name"] for dimension in metric["Dimensions"]])

# %% [markdown] lang="es"
# Cada métrica lleva **dos** dimensiones, el endpoint y la variante. CloudWatch no suma por su cuenta: quien pregunte solo
# por el endpoint no encontrará nada. Lo veremos enseguida.
#
# ### Una alarma sobre los errores
#
# Una alarma necesita a quién avisar. `ensure_channel` crea un tema de SNS y una cola de SQS que lo escucha: la cola es
# nuestro buzón, para poder leer aquí mismo lo que en tu trabajo llegaría por correo. Y esta es la llamada que enseña esta
# parte. `Average` de una métrica que vale 0 o 1 por petición es justo la proporción de errores:

# %% [markdown] lang="en"
# Each metric carries **two** dimensions, the endpoint and the variant. CloudWatch does not add up on its own: whoever asks
# by endpoint alone finds nothing. We shall see it in a moment.
#
# ### An alarm on errors
#
# An alarm needs somebody to tell. `ensure_channel` creates an SNS topic and an SQS queue that listens to it: the queue is
# our letter box, so that we can read right here what would come by e-mail at work. And this is the call that this part
# teaches. The `Average` of a metric that is 0 or 1 per request is exactly the share of errors:

# %%
channel = alarms.ensure_channel(lab)
error_alarm = {
    "AlarmName": lab.name("error-rate"),
    "Namespace": "AWS/SageMaker",
    "MetricName": "Invocation4XXErrors",
    "Dimensions": dimensions(endpoint),
    "Statistic": "Average",
    "Period": period,
    "EvaluationPeriods": 1,
    "Threshold": 0.25,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
    "AlarmActions": [channel.topic_arn],
    "OKActions": [channel.topic_arn],
    "Tags": lab.tags,
}
lab.note_creating("alarm", error_alarm["AlarmName"])
cloudwatch.put_metric_alarm(**error_alarm)
print(alarms.describe_alarm(lab, error_alarm["AlarmName"])["ComparisonOperator"], error_alarm["Threshold"])

# %% [markdown] lang="es"
# `TreatMissingData="notBreaching"` dice que un rato sin tráfico no es un problema. Lo que aquí se vigila es un porcentaje, y
# de noche no llama nadie.
#
# La segunda alarma vigila la espera: suena si el 1 % más lento tarda más de un cuarto de segundo. CloudWatch mide esta
# métrica en **microsegundos**, así que `put_latency_alarm` recibe segundos y convierte:

# %% [markdown] lang="en"
# `TreatMissingData="notBreaching"` says that a while without traffic is no problem. What is watched here is a percentage,
# and at night nobody calls.
#
# The second alarm watches the waiting: it goes off when the slowest 1% take more than a quarter of a second. CloudWatch
# measures this metric in **microseconds**, so `put_latency_alarm` takes seconds and converts:

# %%
slow = alarms.put_latency_alarm(
    lab, lab.name("latency"), endpoint, seconds=0.25, topic_arn=channel.topic_arn, period=period
)
print(alarms.describe_alarm(lab, slow)["Threshold"])

# %% [markdown] lang="es"
# ### Ejercicio 5.1 · Los ceros que faltan
#
# Si llamaras tú a `put_metric_alarm` para que avise cuando el modelo tarde más de **80 milisegundos**, ¿qué número
# pondrías en `Threshold`? Guárdalo en `threshold`.

# %% [markdown] lang="en"
# ### Exercise 5.1 · The missing zeros
#
# If you called `put_metric_alarm` yourself, to be told when the model takes more than **80 milliseconds**, which number
# would you write into `Threshold`? Keep it in `threshold`.

# %% tags=["exercise"]
threshold = ...

# %% tags=["solution"]
threshold = 80 * 1000

# %%
checks.threshold_in_microseconds(threshold)

# %% [markdown] lang="es"
# ### La alarma que no suena nunca
#
# Es el error más común con CloudWatch, y no da ningún mensaje. Hacemos la misma alarma con una sola dimensión y enviamos solo
# peticiones rotas, en un intervalo que todavía no tenga otras:

# %% [markdown] lang="en"
# ### The alarm that never goes off
#
# It is the most common mistake with CloudWatch, and there is no message at all. We make the same alarm with one dimension
# only, and send nothing but broken requests, in an interval that has no others yet:

# %%
deaf_alarm = error_alarm | {"AlarmName": lab.name("deaf"), "TreatMissingData": "missing"}
deaf_alarm["Dimensions"] = [{"Name": "EndpointName", "Value": endpoint}]
lab.note_creating("alarm", deaf_alarm["AlarmName"])
cloudwatch.put_metric_alarm(**deaf_alarm)

begin_quietly(lab, endpoint, period=period)
bad = send_traffic(lab, endpoint, test[features], count=100, per_second=50, broken_share=1.0)
seconds_to_alarm = alarms.wait_for_state(
    lab, error_alarm["AlarmName"], "ALARM", since=bad.started, period=period
)
for name in (error_alarm["AlarmName"], deaf_alarm["AlarmName"]):
    print(name, alarms.describe_alarm(lab, name)["StateValue"])

# %% [markdown] lang="es"
# Cien peticiones rotas seguidas: la alarma bien hecha está en `ALARM`, y la sorda sigue en `INSUFFICIENT_DATA`, porque mira
# una métrica que no existe. Si una alarma tuya lleva días en ese estado, revisa primero sus dimensiones.
#
# ¿Y el aviso? Está en el buzón:

# %% [markdown] lang="en"
# A hundred broken requests in a row: the alarm that was made well is in `ALARM`, and the deaf one is still in
# `INSUFFICIENT_DATA`, because it looks at a metric that does not exist. If an alarm of yours has been in that state for
# days, look at its dimensions first.
#
# And the message? It is in the letter box:

# %%
warning = alarms.receive_message(lab, channel, alarm=error_alarm["AlarmName"], state="ALARM")
print(warning.subject)
warning

# %% [markdown] lang="es"
# Ahora se arregla el formulario: vuelve el tráfico sano, en el intervalo siguiente, y la alarma tiene que calmarse sola y
# avisar también de eso.

# %% [markdown] lang="en"
# Now the form is mended: healthy traffic returns, in the next interval, and the alarm has to calm down by itself, and say
# so too.

# %%
begin_quietly(lab, endpoint, period=period)
send_traffic(lab, endpoint, test[features], count=60)
alarms.wait_for_state(lab, error_alarm["AlarmName"], "OK", period=period)
alarms.receive_message(lab, channel, alarm=error_alarm["AlarmName"], state="OK")

# %% [markdown] lang="es"
# La historia completa, como la guarda CloudWatch y como se ve. El color del fondo es el estado de la alarma; las barras, qué
# parte de las peticiones falló: pocas al principio, todas después, ninguna al final.

# %% [markdown] lang="en"
# The whole story, as CloudWatch keeps it and as it looks. The background's colour is the alarm's state; the bars are the
# share of the requests that failed: few at first, then all, and none at the end.

# %% tags=["nbval-ignore-output"]
history = alarms.alarm_history(lab, error_alarm["AlarmName"])
counted = endpoint_metrics(lab, endpoint, since=traffic.started, requests=280, period=period)
timeline = plots.alarm_timeline(counted, history, threshold=error_alarm["Threshold"], period=period)
print(timeline)
timeline

# %% [markdown] lang="es"
# Un tablero reúne las mismas gráficas en la consola de CloudWatch, para quien no abra este cuaderno. Es un documento JSON
# que se guarda con una llamada:

# %% [markdown] lang="en"
# A dashboard brings the same graphs together in the CloudWatch console, for those who do not open this notebook. It is a
# JSON document, stored with one call:

# %%
dashboard = alarms.put_dashboard(lab, lab.name("endpoint"), endpoint)
stored = json.loads(cloudwatch.get_dashboard(DashboardName=dashboard)["DashboardBody"])
print([widget["properties"]["title"] for widget in stored["widgets"]])
results["alarm"] = say("notebooks.headline_05_alarm", seconds=seconds_to_alarm)
lab.remember("monitoring", {"alarm": error_alarm["AlarmName"]})

# %% [markdown] lang="es"
# ## Parte b · Mejorar

# %% [markdown] lang="en"
# ## Part b · Improve

# %%
begin_part("b", parts)

# %% [markdown] lang="es"
# ¿Se puede hacer mejor que el modelo de la iteración 2? Hay tres caminos: otros hiperparámetros, más datos, u otro algoritmo.
# Primero, la marca que hay que superar. Sale de la historia de SageMaker, no de nuestra memoria:

# %% [markdown] lang="en"
# Can we do better than the model of iteration 2? There are three ways: other hyperparameters, more data, or another
# algorithm. First, the mark to beat. It comes from SageMaker's history, not from our memory:

# %%
from mllab_helpers.training import tuning

champion = training.describe_training(lab, trained["job"])
described = sagemaker.describe_training_job(TrainingJobName=trained["job"])
hyperparameters = described["HyperParameters"]
channels = {name: f"s3://{lab.bucket}/training/{name}/" for name in ("train", "validation")}
print({name: hyperparameters[name] for name in ("num_round", "max_depth", "eta", "subsample")})
champion

# %% [markdown] lang="es"
# ### Buscar hiperparámetros
#
# Un trabajo de *tuning* entrena muchos modelos y aprende de cada uno dónde conviene probar el siguiente. Le decimos qué
# buscar (rangos), qué mejorar (el RMSE de validación) y cuánto gastar (cuántos trabajos, y cuántos a la vez):

# %% [markdown] lang="en"
# ### Searching for hyperparameters
#
# A *tuning job* trains many models and learns from each where it pays to try next. We tell it what to search (ranges),
# what to improve (the validation RMSE), and how much to spend (how many jobs, and how many at a time):

# %%
one_job = training.training_request(
    lab,
    lab.unique_name("trial"),
    channels=channels,
    hyperparameters=hyperparameters,
    instance_type=instance_type,
    output_prefix="models/tuning",
)
search = tuning.tuning_request(
    lab,
    tuning.tuning_name(lab),
    training_request=one_job,
    ranges={
        "eta": (0.03, 0.3),
        "max_depth": (4, 9),
        "min_child_weight": (1.0, 10.0),
        "subsample": (0.5, 1.0),
        "num_round": (150, 450),
    },
    jobs=tuning_jobs,
    at_once=2,
)
lab.note_creating("tuning-job", search["HyperParameterTuningJobName"])
sagemaker.create_hyper_parameter_tuning_job(**search)
print(search["HyperParameterTuningJobConfig"]["ResourceLimits"])

# %% [markdown] lang="es"
# Cada intento es un trabajo de entrenamiento como los que ya conoces, con su registro y su artefacto. Esperamos y miramos la
# clasificación:

# %% [markdown] lang="en"
# Each trial is a training job like those that you know, with its log and its artefact. We wait, and look at the
# leaderboard:

# %% tags=["nbval-ignore-output"]
searched = tuning.wait_for_tuning(lab, search["HyperParameterTuningJobName"])
leaderboard = tuning.leaderboard(lab, searched.name)
for_reading(leaderboard.drop(columns=["job", "status"]).head(5).round(3))

# %% [markdown] lang="es"
# Y el camino, intento a intento. La línea naranja solo puede bajar: es lo mejor que se tenía en cada momento.

# %% [markdown] lang="en"
# And the way there, trial by trial. The orange line can only go down: it is the best there was at each moment.

# %% tags=["nbval-ignore-output"]
search_picture = plots.tuning(leaderboard, champion.metrics["validation:rmse"])
print(search_picture)
search_picture

# %% [markdown] lang="es"
# ¿Cuánto queda la línea naranja por debajo de la discontinua? Suele ser poco, y hasta nada: los valores de partida ya eran
# razonables, y los intentos son pocos. Una búsqueda no garantiza una mejora; lo que da es la prueba de que se buscó.
#
# Lo que hay que vigilar es **qué** se mejora. La métrica debe ser una que el algoritmo escriba; si se pidiera otra, SageMaker
# no encontraría ni un valor. El laboratorio lo revisa antes:

# %% [markdown] lang="en"
# How far does the orange line end below the dashed one? Usually not far, and sometimes not at all: the values that we started
# from were reasonable, and the trials are few. A search guarantees no gain; it gives proof that somebody searched.
#
# What needs watching is **what** is improved. The metric has to be one that the algorithm writes; asked for another, SageMaker
# would not find a single value. The lab checks before:

# %%
try:
    tuning.tuning_request(
        lab,
        tuning.tuning_name(lab),
        training_request=one_job,
        ranges={"eta": (0.1, 0.3)},
        jobs=2,
        metric="validation:accuracy",
    )
except LabError as error:
    print(error)

# %% [markdown] lang="es"
# ### ¿Más datos?
#
# Antes de pedir más datos conviene saber si servirían. Entrenamos el mismo modelo con la décima parte de las casas, con la
# cuarta, con la mitad y con todas, elegidas al azar:

# %% [markdown] lang="en"
# ### More data?
#
# Before asking for more data it is good to know whether they would help. We train the same model on a tenth of the
# houses, on a quarter, on half and on all of them, chosen at random:

# %%
train_key = "training/train/houses.csv"
rows = pd.read_csv(s3.get_object(Bucket=lab.bucket, Key=train_key)["Body"], header=None)
rows.columns = ["price", *features]
shares = tuning.train_on_shares(
    lab,
    rows.sample(frac=1.0, random_state=2014),
    (0.1, 0.25, 0.5, 1.0),
    request=one_job,
    write=lambda part: housing.algorithm_csv(part, features),
)
data_picture = plots.data_curve(shares)
print(data_picture)
data_picture

# %% [markdown] lang="es"
# La curva de validación todavía baja cuando se acaban las casas: **sí**, más ventas ayudarían. La parte c trae justo eso.
#
# Fíjate además en el último punto: las mismas casas y los mismos hiperparámetros que la marca, y sin embargo el RMSE es
# unos 3 mil dólares mayor. Solo cambió el orden de las filas, y con él la muestra que se sortea para cada árbol
# (`subsample`). Esa es la medida del azar: una mejora más pequeña puede ser suerte, también la de la búsqueda.
#
# ### ¿Otro algoritmo?
#
# Un bosque aleatorio (*random forest*) también suma árboles, pero cada uno vota por su cuenta en lugar de corregir a los
# anteriores. SageMaker no lo trae integrado; va en *modo script*, con la imagen de scikit-learn y un archivo nuestro, que es
# un programa corriente: lee argumentos, lee CSV, entrena y guarda.

# %% [markdown] lang="en"
# The validation curve is still falling when the houses run out: **yes**, more sales would help. Part c brings just that.
#
# Look at the last point, too: the same houses and the same hyperparameters as the mark to beat, and yet the RMSE is some 3
# thousand dollars higher. Only the order of the rows changed, and with it the sample drawn for each tree (`subsample`). That
# is the measure of chance: a smaller gain may be luck, the search's included.
#
# ### Another algorithm?
#
# A random forest adds up trees too, but each votes on its own instead of correcting those before it. SageMaker has none
# built in; it runs in *script mode*, with the scikit-learn image and a file of ours, which is an ordinary program: it
# reads arguments, reads CSV, trains and saves.

# %%
forest_job = lab.unique_name("forest")
forest = tuning.forest_request(
    lab,
    forest_job,
    channels=channels | {"test": f"s3://{lab.bucket}/test/"},
    instance_type=instance_type,
)
lab.note_creating("training-job", forest_job, instance_type)
sagemaker.create_training_job(**forest)
print(forest["AlgorithmSpecification"]["MetricDefinitions"][1])
training.wait_for_training(lab, forest_job)

# %% [markdown] lang="es"
# ### Todos en una tabla
#
# Hasta aquí se eligió con la validación. Ahora, por una vez, los meses de prueba:

# %% [markdown] lang="en"
# ### All in one table
#
# Until here the choice was made by validation. Now, just once, the test months:

# %% tags=["nbval-ignore-output"]
tuned = training.describe_training(lab, searched.best_job)
inputs = test[features].to_numpy()
candidates = {
    "XGBoost": training.load_model(lab, champion.artefact).inplace_predict(inputs),
    "XGBoost (tuning)": training.load_model(lab, tuned.artefact).inplace_predict(inputs),
    "Random forest": tuning.forest_predictions(lab, forest_job),
}
results["tuning"] = say(
    "notebooks.headline_05_tuning",
    change=100 * (searched.best_value / champion.metrics["validation:rmse"] - 1),
)
lab.remember("better_model", {"job": tuned.name, "artefact": tuned.artefact})
housing.score_table(candidates, test["price"])

# %% [markdown] lang="es"
# Compara las dos filas de XGBoost: la búsqueda eligió el modelo que mejor quedó en la validación, y eso no obliga a que la
# prueba diga lo mismo. Quien busca mucho entre pocas casas (la validación tiene 975) elige también un poco de suerte, y por
# eso la prueba se guarda para el final. El bosque, en cambio, queda claramente por detrás en RMSE.
#
# ### Ejercicio 5.2 · ¿Cuánto se ganó?
#
# ¿En qué **porcentaje** bajó el RMSE de validación, del modelo de la iteración 2 (`champion.metrics`) al mejor de la búsqueda
# (`searched.best_value`)? Guárdalo en `gain`.

# %% [markdown] lang="en"
# Compare the two rows of XGBoost: the search chose the model that did best in validation, and that does not oblige the test to
# say the same. Whoever searches a lot among few houses (validation has 975) chooses some luck as well, and that is why the
# test is kept for the end. The forest, however, is clearly behind in RMSE.
#
# ### Exercise 5.2 · How much was gained?
#
# By what **percentage** did the validation RMSE fall, from the model of iteration 2 (`champion.metrics`) to the best of
# the search (`searched.best_value`)? Keep it in `gain`.

# %% tags=["exercise"]
gain = ...

# %% tags=["solution"]
gain = 100 * (1 - searched.best_value / champion.metrics["validation:rmse"])

# %%
checks.tuning_gain(champion, searched, gain)

# %% [markdown] lang="es"
# ## Parte c · Renovar

# %% [markdown] lang="en"
# ## Part c · Renew

# %%
begin_part("c", parts)

# %% [markdown] lang="es"
# El modelo aprendió de 2014, y el calendario sigue. En esta parte se monta una cadena que trabaja sola: **llegan ventas
# nuevas → se reentrena → se compara con el modelo en servicio → si es mejor, se registra → tú apruebas → el endpoint
# cambia**. El juez es mayo de 2015, un mes que ni el modelo en servicio ni el candidato han visto.
#
# Los pasos forman un *pipeline* de SageMaker: un documento que dice qué trabajo sigue a cuál y qué recibe del anterior.

# %% [markdown] lang="en"
# The model learned from 2014, and the calendar goes on. This part sets up a chain that works by itself: **new sales arrive
# → retrain → compare with the model in service → if better, register → you approve → the endpoint changes**. The judge is
# May 2015, a month that neither the model in service nor the candidate has seen.
#
# The steps make a SageMaker *pipeline*: a document that says which job follows which, and what it takes from the one before.

# %%
from mllab_helpers import lifecycle
from mllab_helpers.lifecycle import retraining, roll_out
from mllab_helpers.monitoring import capture, drift

may, _ = housing.clean(housing.new_data("2015-05"))
may = housing.add_features(may)
storage.upload_bytes(lab, housing.algorithm_csv(may, features), f"{retraining.COMPARISON}2015-05.csv")

package_group = lifecycle.ensure_package_group(lab, lab.name("houses"))
pipeline = lab.name("retraining")
pipeline_arn = retraining.ensure_pipeline(
    lab,
    pipeline,
    champion=lifecycle.champion_artefact(lab, endpoint),
    package_group=package_group,
    hyperparameters=sagemaker.describe_training_job(TrainingJobName=trained["job"])["HyperParameters"],
    instance_type=instance_type,
)
stored = json.loads(sagemaker.describe_pipeline(PipelineName=pipeline)["PipelineDefinition"])
for step in stored["Steps"]:
    print(step["Name"], step["Type"])
print(json.dumps(stored["Steps"][3]["Arguments"]["Conditions"][0]))

# %% [markdown] lang="es"
# Cuatro pasos, y dentro de la condición un quinto, `Register`, que solo se da si el RMSE del candidato, dividido por el del
# modelo en servicio, no pasa de 1. El nombre de cada paso empieza por el tuyo porque SageMaker lo pone en el de sus trabajos:
# en una cuenta compartida, así distingue tu política los tuyos de los ajenos. De aquí en adelante los nombramos sin él.
#
# ### Quién lo pone en marcha
#
# Nadie debería acordarse de pulsar un botón. S3 avisa a **EventBridge** de cada archivo nuevo, y una **regla** escoge los que
# importan y arranca el pipeline, diciéndole qué archivo llegó. S3 guarda una sola lista de avisos por bucket, y ponerla la
# sustituye entera: por eso se lee antes la que había.

# %% [markdown] lang="en"
# Four steps, and inside the condition a fifth, `Register`, which is only taken when the candidate's RMSE, divided by that of
# the model in service, is not above 1. Each step's name begins with yours because SageMaker puts it into the names of its
# jobs: in a shared account that is how your policy tells yours from those of others. From here on we leave it out.
#
# ### What starts it
#
# Nobody should have to remember to press a button. S3 tells **EventBridge** of each new file, and a **rule** picks those
# that matter and starts the pipeline, telling it which file arrived. S3 keeps a single list of whom a bucket tells, and
# putting one replaces it whole: that is why the one that was there is read first.

# %%
events = lab.client("events")
told = storage.notifications(lab) | {"EventBridgeConfiguration": {}}
s3.put_bucket_notification_configuration(Bucket=lab.bucket, NotificationConfiguration=told)
pattern = {
    "source": ["aws.s3"],
    "detail-type": ["Object Created"],
    "detail": {"bucket": {"name": [lab.bucket]}, "object": {"key": [{"prefix": retraining.INCOMING}]}},
}
rule = lab.name("new-data")
lab.note_creating("rule", rule)
events.put_rule(Name=rule, EventPattern=json.dumps(pattern), Tags=lab.tags)
target = {
    "Id": "pipeline",
    "Arn": pipeline_arn,
    "RoleArn": roles.role_arn(lab, policies.EVENTS),
    "SageMakerPipelineParameters": {
        "PipelineParameterList": [{"Name": "NewDataKey", "Value": "$.detail.object.key"}]
    },
}
events.put_targets(Rule=rule, Targets=[target])
print(json.dumps(pattern["detail"]))

# %% [markdown] lang="es"
# ### Qué pasa cuando apruebas
#
# Otra regla escucha al registro de modelos. Cuando una versión queda `Approved`, llama a una función Lambda que crea el
# modelo y mueve el endpoint. Es corta; lo esencial cabe aquí:

# %% [markdown] lang="en"
# ### What happens when you approve
#
# Another rule listens to the model registry. When a version becomes `Approved`, it calls a Lambda function that creates
# the model and moves the endpoint. It is short; the essence fits here:

# %%
from mllab_helpers.lambda_src import roll_out as roll_out_function
from mllab_helpers.notebook.source import code_of

roll_out.ensure_roll_out(lab, endpoint, package_group)
print(code_of(roll_out_function.same_but_for_the_model))
print(json.dumps(roll_out.approval_pattern(package_group)["detail"]))

# %% [markdown] lang="es"
# ### Guardar lo que se pregunta
#
# Para saber si las casas de hoy se parecen a las de antes hay que guardarlas. El endpoint pasa a una configuración igual, con
# **captura de datos**: cada petición y su respuesta quedan en S3. El servicio no se interrumpe.

# %% [markdown] lang="en"
# ### Keeping what is asked
#
# To know whether today's houses are like those of before, they have to be kept. The endpoint moves to a configuration that
# is the same, with **data capture**: each request and its answer is stored in S3. Service goes on.

# %%
capturing = deployment.ensure_endpoint_config(
    lab,
    lab.name("houses-captured"),
    model=deployment.current_model(lab, endpoint),
    instance_type=instance_type,
    capture=capture.capture_config(lab),
)
deployment.ensure_endpoint(lab, endpoint, config=capturing, expires_in=expires_in)
described = sagemaker.describe_endpoint(EndpointName=endpoint)["DataCaptureConfig"]
print(described["CaptureStatus"], described["CurrentSamplingPercentage"])

# %% [markdown] lang="es"
# ### Llega abril
#
# Todo está listo. Subimos las ventas de abril de 2015, tal como salen de la exportación, con sus defectos. Es lo único que
# hacemos: lo demás ocurre solo.

# %% [markdown] lang="en"
# ### April arrives
#
# Everything is ready. We upload the sales of April 2015 as they come out of the export, with their defects. That is all we
# do: the rest happens by itself.

# %%
before = lifecycle.executions(lab, pipeline)
storage.upload_bytes(lab, housing.raw_csv(["2015-04"]), f"{retraining.INCOMING}2015-04.csv")
execution = lifecycle.wait_for_start(lab, pipeline, known=before)
lifecycle.wait_for_execution(lab, execution)

# %% [markdown] lang="es"
# Un archivo nuevo, y el pipeline corrió entero. Esto hizo cada paso, y cuándo:

# %% [markdown] lang="en"
# One new file, and the whole pipeline ran. This is what each step did, and when:

# %% tags=["nbval-ignore-output"]
steps = lifecycle.steps_table(lab, execution)
steps_picture = plots.pipeline_steps(steps)
print(steps_picture)
steps_picture

# %% [markdown] lang="es"
# ¿Y el veredicto? Lo dejó escrito el paso `Evaluate`, y la condición lo leyó de ahí:

# %% [markdown] lang="en"
# And the verdict? The step `Evaluate` wrote it down, and the condition read it from there:

# %%
evaluation = lifecycle.read_evaluation(lab, execution)
package = lifecycle.latest_package(lab, package_group)
results["pipeline"] = say("notebooks.headline_05_pipeline", gain=100 * evaluation.gain)
print(evaluation)
print(package)

# %% [markdown] lang="es"
# Con las ventas de abril, el modelo se equivoca un 9 % menos en mayo. Está registrado, pero **pendiente**: un modelo nuevo no
# entra en producción sin que alguien mire. Ese alguien eres tú. Aprobar es una llamada, y lo demás lo hace la cadena:

# %% [markdown] lang="en"
# With April's sales, the model is off by 9% less in May. It is registered, but **pending**: a new model does not go into
# production without somebody looking. That somebody is you. To approve is one call, and the chain does the rest:

# %%
sagemaker.update_model_package(
    ModelPackageArn=package.arn,
    ModelApprovalStatus="Approved",
    ApprovalDescription=f"RMSE {evaluation.challenger_rmse:,.0f} / {evaluation.champion_rmse:,.0f}",
)
lifecycle.wait_for_roll_out(lab, endpoint, package, function=lab.name(roll_out.THING))

# %% [markdown] lang="es"
# El endpoint es el mismo, con otro modelo dentro, y el servicio no se interrumpió: el anterior atendió hasta que el
# nuevo estuvo listo.
#
# ### Cuando los datos vienen mal
#
# ¿Y si el archivo que llega no sirve? Provoquemos el error: una tabla a la que solo le quedan cuatro
# columnas.

# %% [markdown] lang="en"
# The endpoint is the same, with another model inside, and service was never interrupted: the old one answered
# until the new one was ready.
#
# ### When the data are bad
#
# And if the file that arrives is no good? Let us provoke the error: a table with only four
# columns left.

# %%
before = lifecycle.executions(lab, pipeline)
broken = housing.new_data("2015-04")[["id", "date", "price", "bedrooms"]].to_csv(index=False).encode()
storage.upload_bytes(lab, broken, f"{retraining.INCOMING}broken.csv")
failed = lifecycle.wait_for_execution(lab, lifecycle.wait_for_start(lab, pipeline, known=before))
print(failed.status, "·", list(lifecycle.steps_table(lab, failed.arn)["step"]))
print(len(lifecycle.packages(lab, package_group)), deployment.describe_endpoint(lab, endpoint).status)

# %% [markdown] lang="es"
# El pipeline se detuvo en el primer paso, no se registró nada, y el modelo en servicio sigue contestando. Así debe fallar una
# cadena: pronto y sin romper lo que funciona.
#
# ### ¿Siguen siendo las mismas casas?
#
# Falta el vigilante de los datos. Primero aprende qué es lo normal, de las casas con que se entrenó y de lo que el modelo
# predice para ellas: es la **línea base**. La calcula un trabajo de AWS, el *analizador* de Model Monitor.

# %% [markdown] lang="en"
# The pipeline stopped at its first step, nothing was registered, and the model in service goes on answering. That is how a
# chain should fail: early, and without breaking what works.
#
# ### Are these still the same houses?
#
# What is missing is somebody to watch the data. First it learns what is normal, from the houses of the training and from
# what the model predicts for them: that is the **baseline**. Model Monitor's *analyzer*, a program of AWS's that runs as a job,
# computes it.

# %%
studied = pd.read_csv(s3.get_object(Bucket=lab.bucket, Key="training/train/houses.csv")["Body"], header=None)
studied.columns = ["price", *features]
in_service = training.load_model(lab, lifecycle.champion_artefact(lab, endpoint))
predicted = in_service.inplace_predict(studied[features].to_numpy())
dataset = storage.upload_bytes(
    lab, drift.baseline_csv(predicted, studied, features), "monitoring/dataset/baseline.csv"
)
learning = drift.baseline_request(lab, lab.unique_name("baseline"), dataset.uri, instance_type=instance_type)
drift.run_processing(lab, learning)
for_reading(drift.suggested_constraints(lab).head(6))

# %% [markdown] lang="es"
# De cada columna dice el tipo, qué parte no está vacía y si nunca es negativa; y guarda cómo se distribuye. A `bathrooms`, por
# ejemplo, le falta el 2 %: son celdas que llegaron vacías o que vació la limpieza.
#
# AWS cerró Model Monitor a cuentas nuevas el 30 de julio de 2026. Por eso hay dos puertas con el mismo resultado: si tu cuenta
# lo tiene, se usa Model Monitor; si no, el mismo analizador corre como un trabajo de procesamiento corriente. `monitor="auto"`
# prueba la primera y, si está cerrada, abre la segunda.
#
# Empecemos por clientes normales: casas de abril, enviadas al endpoint.

# %% [markdown] lang="en"
# Of each column it says the type, which part is not empty, and whether it is never negative; and it keeps how it is
# distributed. `bathrooms`, for example, lacks 2%: cells that came empty, or that cleaning emptied.
#
# AWS closed Model Monitor to new accounts on 30 July 2026. That is why there are two doors with the same result: if your
# account has it, Model Monitor is used; if not, the same analyzer runs as an ordinary processing job. `monitor="auto"`
# tries the first and, when it is closed, opens the second.
#
# Let us begin with ordinary customers: houses of April, sent to the endpoint.

# %%
from mllab_helpers.monitoring.traffic import send_traffic

april, _ = housing.clean(housing.new_data("2015-04"))
april = housing.add_features(april)
send_traffic(lab, endpoint, april[features].sample(200, random_state=5), count=200, per_second=100)
captured = capture.wait_for_capture(lab, endpoint, 200)
clean_finding = drift.monitor(lab, endpoint, "clean", door=monitor, instance_type=instance_type)
print(len(captured), captured["input"].iloc[0].count(",") + 1)
clean_finding

# %% [markdown] lang="es"
# Doscientas casas, dieciocho números en cada una, y ninguna diferencia con la línea base. Ahora cambia la clientela: una
# inmobiliaria que **solo vende casas nuevas**, construidas en este siglo, empieza a usar la API. Lo capturado antes se
# archiva, para que el monitor mire solo lo nuevo.

# %% [markdown] lang="en"
# Two hundred houses, eighteen numbers in each, and not one difference from the baseline. Now the customers change: an agency
# that **only sells new houses**, built in this century, begins to use the API. What was captured before is archived, so
# that the monitor looks at what is new only.

# %%
capture.archive_captured(lab, endpoint)
new_houses = april[april["age"] <= 15][features].sample(200, random_state=5)
send_traffic(lab, endpoint, new_houses, count=200, per_second=100)
capture.wait_for_capture(lab, endpoint, 200)
finding = drift.monitor(lab, endpoint, "drifted", door=monitor, instance_type=instance_type)
results["drift"] = say("notebooks.headline_05_drift", count=len(finding.violations))
print(finding)
for_reading(finding.violations[["feature", "check", "distance", "threshold"]].round(2))

# %% [markdown] lang="es"
# El monitor no sabe de inmobiliarias, y aun así lo ve. La *distancia* dice cuánto se separan dos distribuciones, la de la
# línea base y la de hoy: 0 si son iguales, 1 si no tienen nada en común. La edad y los años desde la última obra se apartan
# más de seis veces lo tolerado; detrás van pisos, baños, estado, calidad y terreno. En una imagen:

# %% [markdown] lang="en"
# The monitor knows nothing of agencies, and sees it all the same. The *distance* says how far apart two distributions are,
# the baseline's and today's: 0 if they are the same, 1 if they have nothing in common. The age and the years since the last
# work are off by more than six times what is tolerated; floors, bathrooms, condition, grade and lot follow. In a picture:

# %%
violations_picture = plots.violations(finding.violations)
print(violations_picture)
violations_picture

# %% [markdown] lang="es"
# ### Lo que ningún monitor de entradas ve
#
# Las casas de abril eran «normales». ¿Y sus precios? Comparemos lo que predice el modelo de la iteración 2 con lo que se
# pagó, en la prueba (febrero y marzo), en abril y en mayo:

# %% [markdown] lang="en"
# ### What no monitor of inputs can see
#
# The houses of April were "normal". And their prices? Let us compare what the model of iteration 2 predicts with what was
# paid, in the test months (February and March), in April and in May:

# %%
first_model = training.load_model(lab, trained["artefact"])
windows = {"2015-02/03": test, "2015-04": april, "2015-05": may}
biases = [
    housing.metrics(part["price"], first_model.inplace_predict(part[features].to_numpy()))["bias"]
    for part in windows.values()
]
bias_picture = plots.bias_over_time(list(windows), biases)
print(bias_picture)
bias_picture

# %% [markdown] lang="es"
# El modelo se quedaba corto un 4 % y acaba en más del 8 %: casas parecidas se vendieron cada vez por algo más, sin que nada cambiara en las
# entradas. (Trece meses no bastan para saber si es una tendencia o la primavera.) Por eso hacen falta las dos cosas: mirar
# las entradas, que se puede hacer al momento, y comparar con los precios de verdad, que llegan semanas después.
#
# ### Ejercicio 5.3 · Lo que más cambió
#
# ¿Qué **característica** es la que más se aparta de la línea base en `finding.violations`? Guarda su nombre en `most_drifted`.

# %% [markdown] lang="en"
# The model was 4% short and ends up more than 8% short: similar houses sold for more and more, without any change in the inputs. (Thirteen
# months are not enough to tell a trend from the spring.) That is why both are needed: a look at the inputs, which can be
# had at once, and a comparison with real prices, which arrive weeks later.
#
# ### Exercise 5.3 · What changed most
#
# Which **feature** is furthest from the baseline in `finding.violations`? Keep its name in `most_drifted`.

# %% tags=["exercise"]
most_drifted = ...

# %% tags=["solution"]
most_drifted = finding.violations.loc[finding.violations["distance"].idxmax(), "feature"]

# %%
checks.most_drifted(finding, most_drifted)

# %% [markdown] lang="es"
# ## Lo que hiciste
#
# Viste sonar una alarma y calmarse, mediste cuánto se gana buscando, con más datos y con otro algoritmo, y montaste una cadena
# que reentrena cuando llegan datos, solo registra lo que mejora y cambia el modelo cuando tú apruebas. Y sabes qué ve un
# monitor de datos, y qué no.
#
# **Lo que ahora cuesta dinero, si trabajas en AWS:** el endpoint, cada hora. Las alarmas cuestan centavos al mes; el tablero,
# nada mientras tu cuenta no tenga más de tres, y unos 3 USD al mes del cuarto en adelante; las reglas, el pipeline y el
# registro, nada mientras no corren.
#
# **Sigue, siempre:** [Limpieza](06_limpieza.ipynb).

# %% [markdown] lang="en"
# ## What you did
#
# You saw an alarm go off and calm down, measured how much is gained by searching, by more data and by another algorithm, and
# set up a chain that retrains when data arrive, registers only what is better, and changes the model when you approve. And
# you know what a data monitor sees, and what it does not.
#
# **What now costs money, if you work on AWS:** the endpoint, every hour. Alarms cost cents a month; the dashboard costs
# nothing while your account has three or fewer, and about 3 USD a month from the fourth on; rules, the pipeline and the
# registry cost nothing while they do not run.
#
# **Next, always:** [Clean-up](06_cleanup.ipynb).

# %% tags=["nbval-ignore-output"]
end_parts()
from mllab_helpers import costs

lab.remember("life_cycle", {"endpoint": endpoint, "parts": parts})
show_headline("; ".join(results.values()))
costs.so_far(lab)
