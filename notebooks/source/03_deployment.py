# ---
# jupyter:
#   kernelspec:
#     display_name: mllab
#     language: python
#     name: mllab
# ---

# %% [markdown] lang="es"
# # Iteración 3 · Poner el modelo a responder
#
# ![Mapa del laboratorio: en esta iteración se construye el endpoint](../figures/map_03_es.svg)
#
# Un modelo guardado no le sirve a nadie hasta que contesta preguntas. En esta iteración vas a:
#
# 1. crear las tres piezas de un endpoint: modelo, configuración y endpoint;
# 2. pedirle precios en CSV, leer sus respuestas en CSV y en JSON, y entender por qué rechaza preguntas en JSON;
# 3. servir el mismo modelo con un script breve que sí acepta JSON;
# 4. comparar lo que predice con lo que se pagó, y medir cuánto tarda;
# 5. saber cuánto cuesta cada hora que lo dejas encendido, y hacer que se borre solo si te olvidas.
#
# | | |
# |---|---|
# | **Tiempo** | unos 45 minutos |
# | **Costo en AWS** | 0.115 USD por hora mientras el endpoint exista, lo uses o no; el doble los minutos en que hay dos |
# | **Antes** | [Iteración 2 · Entrenamiento](02_entrenamiento.ipynb) |
#
# Aquí `instance_type` es la máquina que responderá; `latency_requests`, cuántas peticiones se cronometran; y `expires_in`,
# a las cuántas horas se borra solo el endpoint (0: nunca).

# %% [markdown] lang="en"
# # Iteration 3 · Making the model answer
#
# ![Map of the lab: this iteration builds the endpoint](../figures/map_03_en.svg)
#
# A stored model is of no use to anybody until it answers questions. In this iteration you will:
#
# 1. create the three parts of an endpoint: model, configuration and endpoint;
# 2. ask it for prices in CSV, read its answers as CSV and as JSON, and see why it refuses questions in JSON;
# 3. serve the same model with a short script that does accept JSON;
# 4. compare what it predicts with what was paid, and measure how long it takes;
# 5. know what each hour costs that you leave it running, and have it delete itself should you forget.
#
# | | |
# |---|---|
# | **Time** | about 45 minutes |
# | **Cost on AWS** | 0.115 USD an hour while the endpoint exists, used or not; twice that in the minutes when there are two |
# | **Before** | [Iteration 2 · Training](02_training.ipynb) |
#
# Here `instance_type` is the machine that will answer, `latency_requests` how many requests are timed, and `expires_in`
# after how many hours the endpoint deletes itself (0: never).

# %% tags=["parameters"]
backend: str = "auto"
student: str = "ana"
region: str = "us-east-1"
language: str = "es"
instance_type: str = "ml.m5.large"
latency_requests: int = 200
expires_in: float = 4.0

# %% [markdown] lang="es"
# Como siempre, una línea abre el laboratorio, y aquí se recupera además el modelo que entrenaste en la iteración 2.

# %% [markdown] lang="en"
# As always, one line opens the lab, and here the model that you trained in iteration 2 is picked up as well.

# %%
import json

import pandas as pd

from mllab_helpers import Lab, deployment, doctor, housing, plots
from mllab_helpers.notebook import checks
from mllab_helpers.notebook.headline import show_headline
from mllab_helpers.texts import say

lab = Lab.open(backend=backend, student=student, region=region, language=language)
print(doctor.check(lab, "03", instance_type=instance_type))
trained = lab.recall("training")
lab

# %% [markdown] lang="es"
# ## Tres piezas
#
# El curso lo resolvía con una línea del SDK 2, que creaba tres cosas a la vez y las llamaba igual:
#
# ```python
# predictor = xgb.deploy(initial_instance_count=1, instance_type='ml.m4.xlarge', endpoint_name='xgboost-endpoint')
# predictor.predict([1, 2, 3, 4, 5])
# ```
#
# Hoy las creamos una por una, porque cada una tiene su papel y su precio:
#
# - el **modelo** une el archivo `model.tar.gz` con la imagen que sabe leerlo (no cuesta nada);
# - la **configuración** dice en qué máquinas, y cuántas (no cuesta nada);
# - el **endpoint** enciende esas máquinas (cuesta desde el primer minuto hasta que lo borras).
#
# Primero las dos que no cuestan. Después le preguntamos a SageMaker qué quedó escrito en la configuración:

# %% [markdown] lang="en"
# ## Three parts
#
# The course did it in one line of SDK 2, which created three things at once and gave them the same name:
#
# ```python
# predictor = xgb.deploy(initial_instance_count=1, instance_type='ml.m4.xlarge', endpoint_name='xgboost-endpoint')
# predictor.predict([1, 2, 3, 4, 5])
# ```
#
# Today we create them one by one, because each has its part to play and its price:
#
# - the **model** joins the file `model.tar.gz` with the image that can read it (costs nothing);
# - the **configuration** says on which machines, and how many (costs nothing);
# - the **endpoint** switches those machines on (costs from the first minute until you delete it).
#
# First the two that cost nothing. Then we ask SageMaker what the configuration now says:

# %%
sagemaker = lab.client("sagemaker")
model = deployment.ensure_model(lab, lab.name("houses"), artefact=trained["artefact"])
config = deployment.ensure_endpoint_config(lab, lab.name("houses"), model=model, instance_type=instance_type)

variant = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"][0]
for field in ("VariantName", "InstanceType", "InitialInstanceCount", "InitialVariantWeight"):
    print(f"{field}: {variant[field]}")

# %% [markdown] lang="es"
# Una sola máquina, que atenderá todo el tráfico. Y ahora la llamada que la enciende. Si el endpoint ya existía con otra
# configuración, se **actualiza**: las máquinas nuevas se prueban antes de apagar las viejas, y el servicio no se corta.
#
# Antes de encenderla decidimos cuándo se apaga. `ensure_expiry` va primero, para que ningún tropiezo entre una línea y otra
# deje encendida una máquina sin fecha de salida. En AWS, encenderla tarda varios minutos: espera sin interrumpir la celda.

# %% [markdown] lang="en"
# A single machine, which will take all the traffic. And now the call that switches it on. If the endpoint already existed
# with another configuration it is **updated**: the new machines are tried before the old ones go, and service goes on.
#
# Before it is switched on we decide when it is switched off. `ensure_expiry` comes first, so that no mishap between two
# lines can leave a machine running without an end. On AWS, switching it on takes several minutes: let the cell run, and do
# not interrupt it.

# %%
from mllab_helpers import costs
from mllab_helpers.deployment import expiry, idle

endpoint = lab.name("houses")
expires = expiry.ensure_expiry(lab, endpoint, hours=expires_in)
in_use = deployment.current_config(lab, endpoint)
if in_use is None:
    lab.note_creating("endpoint", endpoint, instance_type)
    tags = lab.tags + expires.tags
    sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=config, Tags=tags)
elif in_use != config:
    sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=config)

deployment.wait_for_endpoint(lab, endpoint, config=config)

# %% [markdown] lang="es"
# ## Que no dependa de tu memoria
#
# Un endpoint cuesta hasta que alguien lo borra, y eso se olvida. Por eso este tiene dos vigilantes. El primero es una
# **programación** de EventBridge Scheduler, con el mismo nombre: a su hora llamará, una sola vez, a `DeleteEndpoint`, con un
# rol que no puede hacer nada más. El segundo es una **alarma** que se enciende cuando nadie le pregunta nada en una hora;
# no borra nada, pero `mllab costs` lo cuenta. Preguntemos qué quedó programado:

# %% [markdown] lang="en"
# ## Nothing to remember
#
# An endpoint costs money until somebody deletes it, and that gets forgotten. So this one has two guards. The first is a
# **schedule** of EventBridge Scheduler, with the same name: when its time comes it calls `DeleteEndpoint`, once, in a role
# that may do nothing else. The second is an **alarm** that goes off when nobody has asked it anything for an hour; it
# deletes nothing, but `mllab costs` tells you. Let us ask what has been scheduled:

# %%
idle.put_alarm(lab, endpoint)
if expires.is_scheduled:
    schedule = lab.client("scheduler").get_schedule(Name=endpoint)
    print(schedule["ScheduleExpression"], schedule["ActionAfterCompletion"])
    print(schedule["Target"]["Arn"], schedule["Target"]["Input"])
expires

# %% [markdown] lang="es"
# La primera hora es UTC; la última, la tuya. `DELETE` quiere decir que la programación, cumplido su encargo, se borra
# también. Cada vez que ejecutes este cuaderno el plazo empieza otra vez. Y si mañana el endpoint no está, no se rompió nada:
# caducó. Ejecuta este cuaderno de nuevo y vuelve a estar.
#
# ## La primera pregunta
#
# El modelo lee una fila de números, en el orden exacto con que se entrenó. `model_row` traduce una casa descrita como la
# describiría una persona. Esta existe solo en nuestra imaginación:

# %% [markdown] lang="en"
# The first time is UTC, the last one yours. `DELETE` means that the schedule, its errand done, deletes itself too. Each
# time you run this notebook the hours begin anew. And if the endpoint is not there tomorrow, nothing is broken: it has
# expired. Run this notebook again and it is back.
#
# ## The first question
#
# The model reads a row of numbers, in exactly the order in which it was trained. `model_row` translates a house
# described as a person would describe it. This one exists only in our imagination:

# %%
house = {
    "date": "2015-03-14", "bedrooms": 3, "bathrooms": 2.25, "sqft_living": 1900, "sqft_lot": 6500,
    "floors": 2, "waterfront": 0, "view": 0, "condition": 3, "grade": 8, "sqft_above": 1900,
    "sqft_basement": 0, "yr_built": 1996, "yr_renovated": 0, "zipcode": 98115,
    "lat": 47.68, "long": -122.30, "sqft_living15": 1800, "sqft_lot15": 6000,
}  # fmt: skip
body = housing.csv_row(housing.model_row(house))
print(body)

# %% [markdown] lang="es"
# Dieciocho números, y ningún nombre: el orden lo es todo. El curso preguntaba así, sin el SDK:
#
# ```python
# boto3.client('runtime.sagemaker').invoke_endpoint(EndpointName='xgboost-endpoint', ContentType='text/csv', Body=...)
# ```
#
# | antes | hoy | motivo |
# |---|---|---|
# | `runtime.sagemaker` | `sagemaker-runtime` | el nombre antiguo todavía funciona, pero ya no está en la documentación |
# | `predictor.predict([1, 2, 3, 4, 5])` | `Body="1,2,3,4,5"` | el SDK 3 no convierte la lista: el cuerpo se escribe en CSV |
# | `ml.m4.xlarge` | `ml.m5.large` | más nueva y más barata |
#
# La llamada es la misma: qué endpoint, qué formato, qué cuerpo.

# %% [markdown] lang="en"
# Eighteen numbers, and no names: order is everything. The course asked like this, without the SDK:
#
# ```python
# boto3.client('runtime.sagemaker').invoke_endpoint(EndpointName='xgboost-endpoint', ContentType='text/csv', Body=...)
# ```
#
# | then | today | reason |
# |---|---|---|
# | `runtime.sagemaker` | `sagemaker-runtime` | the old name still works, but is no longer in the documentation |
# | `predictor.predict([1, 2, 3, 4, 5])` | `Body="1,2,3,4,5"` | SDK 3 does not convert the list: the body is written as CSV |
# | `ml.m4.xlarge` | `ml.m5.large` | newer and cheaper |
#
# The call is the same: which endpoint, which format, which body.

# %%
runtime = lab.client("sagemaker-runtime")
answer = runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body=body)
print(answer["ContentType"], repr(answer["Body"].read().decode()))

# %% [markdown] lang="es"
# Un precio en dólares, con un salto de línea al final. ¿Lo prefieres en JSON? Se pide con `Accept`:

# %% [markdown] lang="en"
# A price in dollars, with a line break at the end. Would you rather have JSON? Ask for it with `Accept`:

# %%
answer = runtime.invoke_endpoint(
    EndpointName=endpoint, ContentType="text/csv", Accept="application/json", Body=body
)
print(answer["ContentType"], answer["Body"].read().decode())

# %% [markdown] lang="es"
# ## Preguntar en JSON
#
# El mismo precio. Y si responde en JSON, ¿por qué no preguntarle también en JSON? Esperamos un error:

# %% [markdown] lang="en"
# ## Asking in JSON
#
# The same price. And if it answers in JSON, why not ask in JSON too? We expect an error:

# %%
from botocore.exceptions import ClientError

try:
    runtime.invoke_endpoint(EndpointName=endpoint, ContentType="application/json", Body=json.dumps(house))
except ClientError as error:
    print(error.response["Error"]["Code"], error.response["OriginalStatusCode"])
    print(error.response["OriginalMessage"])

# %% [markdown] lang="es"
# **415**, «no acepto ese formato». Fíjate en las dos capas: SageMaker contesta `ModelError`, y dentro va lo que dijo el
# contenedor, con la lista de formatos que el XGBoost integrado entiende. JSON no está, y ningún permiso lo va a cambiar.
#
# Hay otra trampa, peor porque **no** da error. Enviemos solo los cuatro primeros números:

# %% [markdown] lang="en"
# **415**, "I do not accept that format". Notice the two layers: SageMaker answers `ModelError`, and inside is what the
# container said, with the list of formats that the built-in XGBoost understands. JSON is not among them, and no permission
# will change that.
#
# There is another trap, worse because it gives **no** error. Let us send only the first four numbers:

# %%
answer = runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body="3,2.25,1900,6500")
print(answer["Body"].read().decode())

# %% [markdown] lang="es"
# Un millón y medio por la casa que antes valía 620 mil. Lo que falta lo toma por desconocido, y contesta igual, sin una
# queja. Por eso la función que construye la fila es una sola, y la comparten el entrenamiento, este cuaderno y, en la
# iteración 4, la Lambda.
#
# ### Ejercicio 3.1 · ¿Cuánto vale el agua?
#
# Pídele al endpoint el precio de la misma casa, pero **frente al agua** (`waterfront` igual a 1). Pista: puedes copiar
# una casa con un cambio así: `house | {"bedrooms": 4}`. Guarda el precio, un número, en `waterfront_price`.

# %% [markdown] lang="en"
# A million and a half for the house that was worth 620 thousand before. What is missing it takes for unknown, and answers
# all the same, without a complaint. That is why there is a single function that builds the row, shared by training, this
# notebook and, in iteration 4, the Lambda.
#
# ### Exercise 3.1 · What is the water worth?
#
# Ask the endpoint for the price of the same house **on the waterfront** (`waterfront` equal to 1). Hint: a house can be
# copied with a change like this: `house | {"bedrooms": 4}`. Keep the price, a number, in `waterfront_price`.

# %% tags=["exercise"]
waterfront_price = ...

# %% tags=["solution"]
[waterfront_price] = deployment.predict(lab, endpoint, housing.model_row(house | {"waterfront": 1}))

# %%
checks.waterfront_price(lab, endpoint, house, waterfront_price)

# %% [markdown] lang="es"
# ## El mismo modelo, con un script propio
#
# La imagen de XGBoost tiene un segundo modo, el *modo script*: junto al modelo se empaqueta un archivo de Python, y el
# contenedor llama a sus cuatro funciones: cargar el modelo, leer la petición, predecir y escribir la respuesta. Con eso
# el endpoint aprende a leer una casa en JSON. Estas son las dos del medio:

# %% [markdown] lang="en"
# ## The same model, with a script of our own
#
# The XGBoost image has a second mode, *script mode*: a Python file is packed together with the model, and the container
# calls its four functions: load the model, read the request, predict and write the answer. With it the endpoint learns
# to read a house in JSON. These are the two in the middle:

# %%
from mllab_helpers.notebook.source import code_of
from mllab_helpers.scripts import inference

print(code_of(inference.input_fn))
print()
print(code_of(inference.predict_fn))

# %% [markdown] lang="es"
# `package_inference_script` hace otro `model.tar.gz`, con el mismo modelo y el script dentro. Lo demás son las tres piezas
# de antes, con otro nombre:

# %% [markdown] lang="en"
# `package_inference_script` makes another `model.tar.gz`, with the same model and the script inside. The rest is the three
# parts from before, under another name:

# %%
scripted_artefact = deployment.package_inference_script(lab, trained["artefact"])
scripted_model = deployment.ensure_model(
    lab, lab.name("houses-json"), artefact=scripted_artefact, environment=deployment.SCRIPT_MODE
)
scripted_config = deployment.ensure_endpoint_config(
    lab, lab.name("houses-json"), model=scripted_model, instance_type=instance_type
)
json_endpoint = lab.name("houses-json")
deployment.ensure_endpoint(lab, json_endpoint, config=scripted_config, expires_in=expires_in)

# %% [markdown] lang="es"
# Ahora sí, la casa tal como la describiría una persona, y la respuesta es la misma que por CSV:

# %% [markdown] lang="en"
# And now the house as a person would describe it; the answer is the same as through CSV:

# %%
answer = runtime.invoke_endpoint(
    EndpointName=json_endpoint, ContentType="application/json", Body=json.dumps({"instances": [house]})
)
print(answer["Body"].read().decode())

# %% [markdown] lang="es"
# Dos endpoints cuestan el doble. Este ya cumplió, así que se borra; el de CSV sigue, porque la iteración 4 lo necesita.

# %% [markdown] lang="en"
# Two endpoints cost twice as much. This one has done its job, so it is deleted; the CSV one stays, because iteration 4
# needs it.

# %%
deployment.delete_endpoint(lab, json_endpoint)

# %% [markdown] lang="es"
# ## ¿Acierta?
#
# Enviamos al endpoint todas las casas de febrero y marzo de 2015. En la diagonal, lo predicho coincide con lo pagado;
# entre las líneas discontinuas, se aparta un 20 % como mucho.

# %% [markdown] lang="en"
# ## Is it right?
#
# We send the endpoint all the houses of February and March 2015. On the diagonal, the prediction equals what was paid;
# between the dashed lines, it is 20% off at most.

# %%
s3 = lab.client("s3")
test_key = lab.recall("data")["test_key"]
test = pd.read_csv(s3.get_object(Bucket=lab.bucket, Key=test_key)["Body"], header=None)
paid, rows = test[0], test.drop(columns=0)
predicted = deployment.predict(lab, endpoint, rows)

comparison = plots.predicted_against_true(paid, predicted)
print(comparison)
comparison

# %% [markdown] lang="es"
# En los extremos la nube se tuerce: a las casas más baratas tiende a ponerles de más, y a las más caras, de menos. Los
# árboles promedian casas parecidas, y en las puntas hay pocas que se parezcan.
#
# ## ¿Cuánto tarda?
#
# La media esconde a quien más esperó, y esa persona también cuenta. Por eso se miran percentiles: el p95 es el tiempo que
# no superan 95 de cada 100 peticiones.

# %% [markdown] lang="en"
# At the ends the cloud bends: it tends to be too high for the cheapest houses, and too low for the most expensive ones.
# Trees average similar houses, and at the ends there are few that are similar.
#
# ## How long does it take?
#
# The mean hides whoever waited longest, and that person counts too. That is why we look at percentiles: the p95 is the
# time that 95 out of 100 requests do not exceed.

# %% tags=["nbval-ignore-output"]
latency = deployment.measure_latency(lab, endpoint, rows, count=latency_requests)
histogram = plots.latency_histogram(latency["milliseconds"])
print(histogram)
histogram

# %% [markdown] lang="es"
# Es lo que ve el cliente: incluye boto3, la red y SageMaker, no solo el modelo. En el AWS local casi no hay red, así que
# en AWS verás más. En la iteración 4 se verán las partes por separado.
#
# ## Lo que cuesta ahora mismo
#
# El endpoint se cobra por el tiempo que la máquina está encendida, aunque nadie le pregunte nada. De ahí salen muchas
# facturas inesperadas.

# %% [markdown] lang="en"
# It is what the client sees: it includes boto3, the network and SageMaker, not only the model. On the local AWS there is
# hardly any network, so on AWS you will see more. Iteration 4 shows the parts separately.
#
# ## What it costs right now
#
# The endpoint is billed for as long as the machine is on, even when nobody asks it anything. Many an unexpected bill comes
# from there.

# %%
running = deployment.describe_endpoint(lab, endpoint)
running

# %% [markdown] lang="es"
# ### Ejercicio 3.2 · El olvido
#
# Te vas de vacaciones **30 días** y lo dejas encendido. ¿Cuántos dólares serían? El precio por hora está en
# `running.usd_per_hour`.

# %% [markdown] lang="en"
# ### Exercise 3.2 · Forgotten
#
# You go on holiday for **30 days** and leave it running. How many dollars would that be? The price per hour is in
# `running.usd_per_hour`.

# %% tags=["exercise"]
forgotten_usd = ...

# %% tags=["solution"]
forgotten_usd = running.usd_per_hour * 24 * 30

# %%
checks.forgotten_usd(running, forgotten_usd)

# %% [markdown] lang="es"
# ## Lo que hiciste
#
# Encendiste un endpoint, le preguntaste en CSV, viste por qué rechaza JSON y lo resolviste con un script propio,
# comparaste sus predicciones con lo que se pagó y mediste cuánto hace esperar.
#
# **Lo que ahora cuesta dinero, si trabajas en AWS:** el endpoint, cada hora, hasta que lo borres o caduque. Si no sigues
# hoy, ve directo a [Limpieza](06_limpieza.ipynb).
#
# **Sigue:** la [Iteración 4 · Lambda y API Gateway](04_lambda_api_gateway.ipynb) pone delante una Lambda y una API; al
# terminar, siempre, [Limpieza](06_limpieza.ipynb).

# %% [markdown] lang="en"
# ## What you did
#
# You switched an endpoint on, asked it in CSV, saw why it refuses JSON and solved that with a script of your own,
# compared its predictions with what was paid and measured how long it keeps people waiting.
#
# **What now costs money, if you work on AWS:** the endpoint, every hour, until you delete it or it expires. If you are not
# going on today, go straight to [Clean-up](06_cleanup.ipynb).
#
# **Next:** [Iteration 4 · Lambda and API Gateway](04_lambda_api_gateway.ipynb) puts a Lambda and an API in front of it;
# and at the end, always, [Clean-up](06_cleanup.ipynb).

# %%
lab.remember("deployment", {"endpoint": endpoint, "config": config})
scores = housing.metrics(paid, predicted)
show_headline(say("notebooks.headline_03", endpoint=endpoint, mape=100 * scores["mape"]))
costs.so_far(lab)
