# ---
# jupyter:
#   kernelspec:
#     display_name: mllab
#     language: python
#     name: mllab
# ---

# %% [markdown] lang="es"
# # Iteración 4 · Abrir el modelo al mundo
#
# ![Mapa del laboratorio: en esta iteración se construyen la Lambda, la API y sus clientes](../figures/map_04_es.svg)
#
# El endpoint solo contesta a quien firma con credenciales de AWS y escribe dieciocho números en orden. Nadie va a poner
# eso en una página web. En esta iteración vas a:
#
# 1. escribir una función Lambda que entiende una casa en JSON, y darle permiso para una sola cosa;
# 2. ponerle delante una API con dirección propia, clave y límites;
# 3. llamarla como la llamaría cualquiera: con `requests`, con curl, con Postman;
# 4. provocar sus errores clásicos, uno por uno, y aprender a leerlos;
# 5. seguir una petición por dentro y ver en qué se le va el tiempo.
#
# | | |
# |---|---|
# | **Tiempo** | unos 50 minutos |
# | **Costo en AWS** | menos de 0.01 USD por la Lambda y la API, que se cobran por petición; el endpoint, 0.115 USD por hora |
# | **Antes** | [Iteración 3 · Despliegue](03_despliegue.ipynb) |
#
# Los parámetros nuevos: `rate_limit`, cuántas peticiones por segundo se permiten a la larga; `burst_limit`, cuántas
# pueden llegar de golpe; `journey_requests`, cuántas se miden al final.

# %% [markdown] lang="en"
# # Iteration 4 · Opening the model to the world
#
# ![Map of the lab: this iteration builds the Lambda, the API and its clients](../figures/map_04_en.svg)
#
# The endpoint answers only to callers who sign with AWS credentials and write eighteen numbers in order. Nobody will put
# that into a web page. In this iteration you will:
#
# 1. write a Lambda function that understands a house in JSON, and give it permission for one thing only;
# 2. put an API in front of it, with an address of its own, a key and limits;
# 3. call it as anybody would: with `requests`, with curl, with Postman;
# 4. provoke its classic errors, one by one, and learn to read them;
# 5. follow a request on its way and see where its time goes.
#
# | | |
# |---|---|
# | **Time** | about 50 minutes |
# | **Cost on AWS** | under 0.01 USD for the Lambda and the API, which are billed by the request; the endpoint, 0.115 USD an hour |
# | **Before** | [Iteration 3 · Deployment](03_deployment.ipynb) |
#
# The new parameters: `rate_limit`, how many requests per second are allowed in the long run; `burst_limit`, how many may
# come at once; `journey_requests`, how many are measured at the end.

# %% tags=["parameters"]
backend: str = "auto"
student: str = "ana"
region: str = "us-east-1"
language: str = "es"
rate_limit: float = 5.0
burst_limit: int = 10
journey_requests: int = 20

# %% [markdown] lang="es"
# Abrimos el laboratorio, y recuperamos el endpoint de la iteración 3.

# %% [markdown] lang="en"
# We open the lab, and pick up the endpoint of iteration 3.

# %%
import json
import os
import subprocess

import requests

from mllab_helpers import Lab, doctor, identity, plots, policies, prices
from mllab_helpers.identity import roles
from mllab_helpers.notebook import checks
from mllab_helpers.notebook.headline import show_headline
from mllab_helpers.tables import for_reading
from mllab_helpers.texts import say
from mllab_helpers.web import web_api, web_calls, web_export, web_function, web_journey, web_keys

lab = Lab.open(backend=backend, student=student, region=region, language=language)
print(doctor.check(lab, "04"))
endpoint = lab.recall("deployment")["endpoint"]
lab

# %% [markdown] lang="es"
# ## La función
#
# El curso lo resolvía así:
#
# ```python
# def lambda_handler(event, context):
#     runtime = boto3.client('runtime.sagemaker')
#     response = runtime.invoke_endpoint(EndpointName='xgboost-endpoint', ContentType='text/csv', Body=event['body'])
#     result = ...
#     return {'statusCode': 200, 'body': result}
# ```
#
# Funciona el primer día. Después se nota lo que le falta:
#
# | le falta | y entonces |
# |---|---|
# | recibir de fuera el nombre del endpoint | cada cambio de nombre es un cambio de código |
# | una entrada para personas | quien llama tiene que saber el orden de dieciocho números |
# | contar los datos que llegan | con cuatro números contesta un precio absurdo (lo viste en la iteración 3) |
# | errores propios | todo lo que falla llega como un 502 que no dice nada |
# | devolver un texto | si `result` no lo es, API Gateway lo rechaza: otro 502 |
# | permiso para navegadores (CORS), clave y límites | una página no puede llamarla, y cualquier programa puede vaciarte la cuenta |
#
# La nuestra sigue cabiendo en una pantalla. `read_house` lee el cuerpo, `model_row` es la misma función que armó los datos
# de entrenamiento, y **todo** camino termina en `answer`:

# %% [markdown] lang="en"
# ## The function
#
# The course did it like this:
#
# ```python
# def lambda_handler(event, context):
#     runtime = boto3.client('runtime.sagemaker')
#     response = runtime.invoke_endpoint(EndpointName='xgboost-endpoint', ContentType='text/csv', Body=event['body'])
#     result = ...
#     return {'statusCode': 200, 'body': result}
# ```
#
# It works on the first day. After that you notice what it lacks:
#
# | it lacks | and so |
# |---|---|
# | getting the endpoint's name from outside | each change of name is a change of code |
# | an input for people | whoever calls has to know the order of eighteen numbers |
# | counting what comes in | to four numbers it answers an absurd price (you saw that in iteration 3) |
# | errors of its own | whatever fails arrives as a 502 that says nothing |
# | returning a string | when `result` is not one, API Gateway refuses it: another 502 |
# | permission for browsers (CORS), a key and limits | a page cannot call it, and any program can empty your account |
#
# Ours still fits on one screen. `read_house` reads the body, `model_row` is the very function that built the training
# data, and **every** path ends in `answer`:

# %%
from mllab_helpers.lambda_src import predict_house
from mllab_helpers.notebook.source import code_of

for function in (predict_house.handler, predict_house.answer):
    print(code_of(function), "\n")

# %% [markdown] lang="es"
# ## Su permiso y su paquete
#
# La función trabaja con un rol propio, que solo confía en Lambda y que se preparó en la iteración 1. Le bastan dos permisos:
# uno vale solo para este endpoint, y el otro, solo para los registros de tus funciones:

# %% [markdown] lang="en"
# ## Its permission and its package
#
# The function works under a role of its own, which only Lambda may assume and which iteration 1 prepared. Two
# permissions are enough for it: one is good for this endpoint only, the other for the logs of your functions only:

# %%
role = roles.role_arn(lab, policies.LAMBDA)
for_reading(identity.explain_policy(roles.policy(lab, policies.LAMBDA)))

# %% [markdown] lang="es"
# El código viaja en un zip. Junto a la función van las fórmulas que también usó el entrenamiento: si algún día cambian,
# cambian en los dos sitios a la vez.

# %% [markdown] lang="en"
# The code travels in a zip. Beside the function go the formulas that training used too: if they ever change, they change
# in both places at once.

# %%
archive = web_function.package()
print(*web_function.archive_members(archive), sep="\n")

function_name = lab.name("predict-house")
function_arn = web_function.ensure_function(lab, function_name, role=role, endpoint=endpoint, archive=archive)
lambda_client = lab.client("lambda")
settings = lambda_client.get_function_configuration(FunctionName=function_name)
for field in ("State", "Handler", "Timeout", "MemorySize"):
    print(f"{field}: {settings[field]}")

# %% [markdown] lang="es"
# Veinte segundos de plazo (`Timeout`), porque API Gateway espera 29 si no pides más: así es la función la que se rinde
# primero, y puede explicar por qué.
#
# ## La primera llamada, sin API
#
# A una Lambda se la puede invocar directamente. Le damos lo mismo que le dará API Gateway: un evento cuyo `body` es un
# **texto** que contiene JSON. No un diccionario: un texto.

# %% [markdown] lang="en"
# Twenty seconds (`Timeout`), because API Gateway waits for 29 unless you ask for more: so it is the function that gives up
# first, and it can explain why.
#
# ## The first call, without an API
#
# A Lambda can be invoked directly. We give it what API Gateway will give it: an event whose `body` is a **string** that
# holds JSON. Not a dictionary: a string.

# %%
house = {
    "date": "2015-03-14", "bedrooms": 3, "bathrooms": 2.25, "sqft_living": 1900, "sqft_lot": 6500,
    "sqft_basement": 0, "floors": 2, "waterfront": 0, "view": 0, "condition": 3, "grade": 8,
    "lat": 47.68, "long": -122.30, "sqft_living15": 1800, "yr_built": 1996, "yr_renovated": 0,
}  # fmt: skip
invoked = lambda_client.invoke(FunctionName=function_name, Payload=json.dumps({"body": json.dumps(house)}))
returned = json.loads(invoked["Payload"].read())
print(invoked["StatusCode"], returned["statusCode"], returned["body"])

# %% [markdown] lang="es"
# El mismo precio que en la iteración 3, y esta vez cada dato llegó con su nombre, no en un orden. Hay dos números 200, y no
# son el mismo: el primero es de Lambda («invoqué tu función») y el segundo, de la función («aquí está el precio»).
#
# ¿Qué pasa si la función se rompe? Desplegamos también una al estilo del curso y le mandamos esa misma casa, que su
# endpoint no sabe leer:

# %% [markdown] lang="en"
# The same price as in iteration 3, and this time each fact came with its name, not in an order. There are two numbers 200,
# and they are not the same: the first is Lambda's ("I invoked your function"), the second the function's ("here is the
# price").
#
# What happens when the function breaks? We also deploy one in the course's style and send it that same house, which its
# endpoint cannot read:

# %%
course_name = lab.name("course-handler")
course_arn = web_function.ensure_function(
    lab, course_name, role=role, endpoint=endpoint,
    archive=web_function.package("course_handler"), handler="course_handler.lambda_handler",
)  # fmt: skip
invoked = lambda_client.invoke(FunctionName=course_name, Payload=json.dumps({"body": json.dumps(house)}))
print(invoked["StatusCode"], invoked["FunctionError"])
print(json.loads(invoked["Payload"].read())["errorType"])

# %% [markdown] lang="es"
# **200, y sin embargo falló.** Quien solo mira `StatusCode` no se entera nunca: hay que mirar `FunctionError`.
#
# ## La API
#
# Ahora, la puerta. Una API REST es un árbol de rutas; cada ruta tiene métodos, y cada método una integración, que dice
# quién contesta. Primero la API y la ruta `/predict`:

# %% [markdown] lang="en"
# **200, and yet it failed.** Whoever looks at `StatusCode` alone never finds out: `FunctionError` is what to look at.
#
# ## The API
#
# Now the door. A REST API is a tree of paths; each path has methods, and each method an integration, which says who
# answers. First the API and the path `/predict`:

# %%
gateway = lab.client("apigateway")
api = web_api.find_api(lab)
if api is None:
    lab.note_creating("api", web_api.api_name(lab))
    tags = {tag["Key"]: tag["Value"] for tag in lab.tags}
    api = gateway.create_rest_api(name=web_api.api_name(lab), tags=tags)["id"]

resource = web_api.ensure_resource(lab, api, "predict")
print([item["path"] for item in gateway.get_resources(restApiId=api)["items"] if item["id"] == resource])

# %% [markdown] lang="es"
# El método: `POST`, sin firma de AWS (`NONE`), pero **con clave**. Y la integración: `AWS_PROXY` le pasa a la Lambda la
# petición entera y devuelve lo que ella diga. Ojo con `integrationHttpMethod`: a una Lambda siempre se la llama por
# `POST`, sea cual sea el método del cliente.

# %% [markdown] lang="en"
# The method: `POST`, without AWS's signature (`NONE`), but **with a key**. And the integration: `AWS_PROXY` hands the whole
# request to the Lambda and gives back whatever it says. Mind `integrationHttpMethod`: a Lambda is always called by
# `POST`, whatever the client's method is.

# %%
if "POST" not in web_api.methods(lab, api, resource):
    gateway.put_method(
        restApiId=api, resourceId=resource, httpMethod="POST",
        authorizationType="NONE", apiKeyRequired=True,
        requestValidatorId=web_api.ensure_body_check(lab, api),
        requestModels={"application/json": web_api.BODY_MODEL},
    )  # fmt: skip
gateway.put_integration(
    restApiId=api, resourceId=resource, httpMethod="POST",
    type="AWS_PROXY", integrationHttpMethod="POST", uri=web_api.integration_uri(lab, function_arn),
)  # fmt: skip
print(sorted(web_api.methods(lab, api, resource)))

# %% [markdown] lang="es"
# Faltan dos cosas pequeñas que, si se olvidan, cuestan una tarde cada una. La Lambda tiene que **dejarse** llamar por esta
# API (sin ese permiso el cliente recibe un 500), y los navegadores preguntan con `OPTIONS` antes de su `POST` (CORS).
# `ensure_route` pone ambas, y de paso monta la función del curso en otra ruta, para compararlas:

# %% [markdown] lang="en"
# Two small things are missing which, when forgotten, cost an afternoon each. The Lambda has to **let** this API call it
# (without that permission the client gets a 500), and browsers ask with `OPTIONS` before their `POST` (CORS).
# `ensure_route` sets both, and puts the course's function on another path as well, for comparison:

# %%
for path, arn in (("predict", function_arn), ("course", course_arn)):
    web_api.ensure_route(lab, api, path, arn)
policy = json.loads(lambda_client.get_policy(FunctionName=function_name)["Policy"])
print(policy["Statement"][0]["Principal"], policy["Statement"][0]["Action"])
print(sorted(web_api.methods(lab, api, resource)))

# %% [markdown] lang="es"
# Todo eso es un **borrador**. Los clientes ven el último despliegue, y por eso «lo cambié y sigue igual» es la queja más
# común: falta `create_deployment`. Aquí se despliega solo si algo cambió, a la etapa (*stage*) `prod`:

# %% [markdown] lang="en"
# All of that is a **draft**. Clients see the last deployment, and so "I changed it and it is still the same" is the
# commonest complaint: `create_deployment` is missing. Here we deploy only if something changed, to the stage `prod`:

# %%
version = web_api.draft_version(lab, api)
if web_api.deployed_version(lab, api, "prod") != version:
    gateway.create_deployment(restApiId=api, stageName="prod", description=version)

url = lab.api_url(api, "prod", "predict")
print(url)

# %% [markdown] lang="es"
# ## La clave y los límites
#
# Una clave sola no abre nada: tiene que estar en un **plan de uso** que incluya la etapa. El plan dice cuántas peticiones por
# segundo y cuántas por día. La clave es un secreto: no se imprime, porque lo que un cuaderno muestra se guarda con él. Se
# escribe en un archivo que solo tú puedes leer.

# %% [markdown] lang="en"
# ## The key and the limits
#
# A key alone opens nothing: it has to be in a **usage plan** that includes the stage. The plan says how many requests per
# second and how many per day. The key is a secret: it is not printed, because what a notebook shows is stored with it. It
# is written to a file that only you can read.

# %%
plan = web_keys.ensure_usage_plan(lab, api, rate=rate_limit, burst=burst_limit, per_day=10_000)
key = web_keys.ensure_api_key(lab, plan)
key_file = web_calls.save_key(lab, key)
web_calls.wait_until_live(lab, url, key.value)
print(key)
print(f"{key_file.name}, {key_file.stat().st_mode & 0o777:o}")

# %% [markdown] lang="es"
# ## Llamarla
#
# Como cualquier programa, en cualquier lenguaje: una dirección, un encabezado con la clave y un JSON. Ni boto3 ni
# credenciales de AWS.

# %% [markdown] lang="en"
# ## Calling it
#
# As any program would, in any language: an address, a header with the key and some JSON. Neither boto3 nor AWS
# credentials.

# %%
answer = requests.post(url, json=house, headers={"x-api-key": key.value}, timeout=30)
print(answer.status_code, answer.text)
print(answer.headers["Access-Control-Allow-Origin"])

# %% [markdown] lang="es"
# Ahí está el precio, y con un encabezado que le dice al navegador que cualquier página puede leerlo.
#
# Y ahora los tropiezos, antes de que te los encuentres un viernes por la tarde. **Dos 403 que no significan lo mismo**:
# el primero es sin clave; el segundo, con la clave buena y una letra de más en la ruta.

# %% [markdown] lang="en"
# There is the price, with a header that tells a browser that any page may read it.
#
# And now the stumbling blocks, before you meet them on a Friday afternoon. **Two 403s that do not mean the same**: the
# first is without a key; the second has the right key, and one letter too many in the path.

# %%
print(web_calls.post(url, house))
print(web_calls.post(url + "s", house, key=key.value))

# %% [markdown] lang="es"
# `Forbidden` es la clave. `Missing Authentication Token` **no** tiene nada que ver con credenciales: quiere decir «aquí no hay
# nada», una ruta mal escrita, la etapa que falta o un `GET` donde va un `POST`. Es probablemente el mensaje más engañoso
# de AWS. Las funciones de ayuda del laboratorio lo traducen:

# %% [markdown] lang="en"
# `Forbidden` is the key. `Missing Authentication Token` has **nothing** to do with credentials: it means "there is nothing
# here", a misspelt path, a missing stage or a `GET` where a `POST` belongs. It is probably AWS's most misleading message.
# The lab's helpers translate it:

# %%
from mllab_helpers.errors import LabError

try:
    web_calls.ask_price(url + "s", house, key=key.value)
except LabError as error:
    print(error)

# %% [markdown] lang="es"
# ### Ejercicio 4.1 · La dirección rota
#
# A un compañero le sale `Missing Authentication Token`, y jura que su clave es buena. Lo es. La dirección que él está usando
# es `url.replace("/prod/predict", "/predict")`. Guarda en `right_url` la dirección corregida; puedes mirar `print(url)`.

# %% [markdown] lang="en"
# ### Exercise 4.1 · The broken address
#
# A classmate gets `Missing Authentication Token`, and swears that the key is good. It is. The address that they are using is
# `url.replace("/prod/predict", "/predict")`. Keep the corrected address in `right_url`; looking at `print(url)` is allowed.

# %% tags=["exercise"]
right_url = ...

# %% tags=["solution"]
right_url = lab.api_url(api, "prod", "predict")

# %%
checks.right_url(house, key.value, right_url)

# %% [markdown] lang="es"
# Siguen los errores de quien llama (400) y los de quien atiende (502). Primero, una casa a la que le falta `grade` y que trae
# `floors` en letras; después, una lista en lugar de un objeto; por último, la función del curso con la fila de números que
# sí le gusta a su endpoint:

# %% [markdown] lang="en"
# Next, the caller's errors (400) and the server's (502). First a house that lacks `grade` and has `floors` in letters; then
# a list instead of an object; last, the course's function with the row of numbers that its endpoint does like:

# %%
from mllab_helpers.housing.features import csv_row, model_row

incomplete = {name: value for name, value in house.items() if name != "grade"} | {"floors": "two"}
print(web_calls.post(url, incomplete, key=key.value))
print(web_calls.post(url, "[1, 2, 3]", key=key.value))

course = requests.post(
    lab.api_url(api, "prod", "course"), data=csv_row(model_row(house)),
    headers={"x-api-key": key.value, "Content-Type": "text/csv"}, timeout=30,
)  # fmt: skip
print(course.status_code, course.text)

# %% [markdown] lang="es"
# El primer 400 lo escribió nuestra Lambda, y nombra **todo** lo que está mal. El segundo es de API Gateway, que revisó el cuerpo
# antes de despertar a la Lambda (y de que se cobrara), pero no explica.
#
# ¿Y el 502? La función del curso **calculó el precio** y aun así al cliente le llega `Internal server error`. Devolvió un
# número en `body`, y API Gateway solo acepta `statusCode`, `headers` y un `body` de **texto**, sin ninguna otra clave. La
# explicación, `Malformed Lambda proxy response`, queda en el registro de API Gateway, donde el cliente no la ve.
#
# ## Para los demás
#
# Esta línea de curl funciona tal cual en una terminal, después de `source` con el archivo de la clave (su ruta está en
# `key_file`). La ejecutamos aquí mismo:

# %% [markdown] lang="en"
# Our Lambda wrote the first 400, and it names **everything** that is wrong. The second is API Gateway's, which checked the
# body before waking the Lambda (and paying for it), but does not explain.
#
# And the 502? The course's function **did compute the price**, and still the client gets `Internal server error`. It put a
# number into `body`, and API Gateway takes only `statusCode`, `headers` and a `body` that is a **string**, with no other key. The
# explanation, `Malformed Lambda proxy response`, stays in API Gateway's log, where the client does not see it.
#
# ## For everybody else
#
# This curl line works as it stands in a terminal, after a `source` of the file with the key (its path is in `key_file`).
# We run it right here:

# %%
line = web_export.curl_line(url, house)
print(line)
environment = {**os.environ, "API_KEY": key.value}
done = subprocess.run(line, shell=True, env=environment, capture_output=True, text=True, check=True)
print(done.stdout)

# %% [markdown] lang="es"
# Y dos archivos: una colección para Postman, con sus pruebas dentro, y una descripción OpenAPI, que entienden los generadores de
# clientes y de documentación. Ninguno lleva la clave: en Postman se escribe en la variable `api_key`.

# %% [markdown] lang="en"
# And two files: a collection for Postman, with its tests inside, and an OpenAPI description, which generators of clients
# and of documentation understand. Neither holds the key: in Postman it goes into the variable `api_key`.

# %%
collection = web_export.postman_collection(url, house)
description = web_export.openapi_description(url, house)
print(web_export.write_json("houses.postman_collection.json", collection))
print(web_export.write_json("houses.openapi.json", description))
for item in collection["item"]:
    print(f"- {item['name']}")

# %% [markdown] lang="es"
# ## El viaje de una petición
#
# Tu programa esperó unos milisegundos. ¿Quién los gastó? Cada parte mide lo suyo: API Gateway y el endpoint en CloudWatch, la
# Lambda en la línea `REPORT` de su registro. Aquí usamos medias: las de unas mismas peticiones caben unas dentro de otras, y
# los percentiles no siempre.

# %% [markdown] lang="en"
# ## The journey of a request
#
# Your program waited some milliseconds. Who spent them? Each part measures its own: API Gateway and the endpoint in
# CloudWatch, the Lambda in the `REPORT` line of its log. Here we use means: those of the same requests lie within each
# other, and percentiles not always.

# %% tags=["nbval-ignore-output"]
journey = web_journey.measure_journey(
    lab, url, house, key=key.value, function=function_name, endpoint=endpoint,
    count=journey_requests, per_second=rate_limit / 2,
)  # fmt: skip
picture = plots.request_journey(journey)
print(picture)
picture

# %% [markdown] lang="es"
# La diferencia entre dos barras es lo que añade la de fuera. El modelo es la parte pequeña: lo demás es boto3 dentro de la
# Lambda, y cada puerta por la que se pasa. En AWS súmale la red, y la primera petición de cada copia de la función, que
# tarda bastante más porque la copia tiene que arrancar.
#
# ## Demasiado rápido
#
# El plan permite `rate_limit` peticiones por segundo, y `burst_limit` de golpe. Mandemos muchas más a la vez y contemos las
# respuestas:

# %% [markdown] lang="en"
# The difference between two bars is what the outer one adds. The model is the small part: the rest is boto3 inside the
# Lambda, and each door on the way. On AWS add the network, and the first request of each copy of the function, which takes
# much longer because the copy has to start.
#
# ## Too fast
#
# The plan allows `rate_limit` requests per second, and `burst_limit` at once. Let us send many more at the same time and
# count the answers:

# %%
counted = web_calls.burst(url, house, key=key.value, count=6 * burst_limit)
print(sorted(counted))

# %% [markdown] lang="es"
# Unas pasaron y las demás recibieron **429**. En AWS estos límites son aproximados: si solo ves 200, ejecuta la celda otra vez.
# Ante un 429, lo correcto es esperar y volver a intentarlo, cada vez un poco más tarde. El límite protege tu cuenta: detrás de
# cada petición hay una Lambda que se cobra.
#
# ## Lo que cuesta
#
# Aquí no se cobra por hora, sino por petición: API Gateway, la llamada a la Lambda, y el tiempo de la Lambda por la memoria
# que tiene.
#
# ### Ejercicio 4.2 · Un millón
#
# Un millón de peticiones, y cada una ocupa **50 ms** una Lambda de **512 MB** (0.5 GB). ¿Cuántos dólares son? Los precios están en
# `prices.API_USD_PER_MILLION`, `prices.LAMBDA_USD_PER_MILLION` y `prices.LAMBDA_USD_PER_GB_SECOND`.

# %% [markdown] lang="en"
# Some got through and the others were told **429**. On AWS these limits are approximate: if you only see 200, run the cell
# again. On a 429, the right thing is to wait and try again, each time a little later. The limit protects your account: behind
# each request is a Lambda that is billed.
#
# ## What it costs
#
# Here nothing is billed by the hour, but by the request: API Gateway, the call of the Lambda, and the Lambda's time by the
# memory that it has.
#
# ### Exercise 4.2 · A million
#
# A million requests, each of which keeps a Lambda of **512 MB** (0.5 GB) busy for **50 ms**. How many dollars is that? The prices are in
# `prices.API_USD_PER_MILLION`, `prices.LAMBDA_USD_PER_MILLION` and `prices.LAMBDA_USD_PER_GB_SECOND`.

# %% tags=["exercise"]
million_usd = ...

# %% tags=["solution"]
million_usd = (
    prices.API_USD_PER_MILLION
    + prices.LAMBDA_USD_PER_MILLION
    + 1_000_000 * 0.050 * 0.5 * prices.LAMBDA_USD_PER_GB_SECOND
)

# %%
checks.million_usd(50, 512, million_usd)

# %% [markdown] lang="es"
# ## Lo que hiciste
#
# Escribiste una Lambda que habla con personas, le diste el permiso justo, le pusiste delante una API con clave y límites, la
# llamaste de tres maneras y ya reconoces sus errores: los dos 403, el 400, el 429 y el 502.
#
# **Lo que ahora cuesta dinero, si trabajas en AWS:** el endpoint, cada hora. La API y la Lambda, solo cuando alguien las
# llama. Si no sigues hoy, ve directo a [Limpieza](06_limpieza.ipynb).
#
# **Sigue:** la [Iteración 5 · Vigilar, mejorar y renovar](05_monitoreo_optimizacion.ipynb); al terminar, siempre,
# [Limpieza](06_limpieza.ipynb).

# %% [markdown] lang="en"
# ## What you did
#
# You wrote a Lambda that speaks to people, gave it just the permission it needs, put an API with a key and limits in front
# of it, called it in three ways, and you now recognise its errors: the two 403s, the 400, the 429 and the 502.
#
# **What now costs money, if you work on AWS:** the endpoint, every hour. The API and the Lambda, only when somebody calls
# them. If you are not going on today, go straight to [Clean-up](06_cleanup.ipynb).
#
# **Next:** [Iteration 5 · Watching, improving and renewing](05_monitoring_optimisation.ipynb); and at the end, always,
# [Clean-up](06_cleanup.ipynb).

# %%
from mllab_helpers import costs

lab.remember("web_api", {"api": api, "stage": "prod", "url": url, "function": function_name})
priced = answer.json()["price_usd"]
show_headline(say("notebooks.headline_04", price=priced, usd=prices.million_requests(50, 512)))
costs.so_far(lab)
