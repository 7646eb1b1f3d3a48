# ---
# jupyter:
#   kernelspec:
#     display_name: mllab
#     language: python
#     name: mllab
# ---

# %% [markdown] lang="es"
# # Limpieza · Que no quede nada encendido
#
# ![Mapa del laboratorio: ya no queda nada de lo construido](../figures/map_06_es.svg)
#
# En AWS, lo que se olvida se sigue pagando. Este cuaderno hace tres cosas, y **se comprueba a sí mismo**:
#
# 1. pregunta a AWS qué hay con tu nombre;
# 2. lo borra en orden: primero lo que depende de otra cosa, después aquello de lo que dependía;
# 3. vuelve a preguntar, y te da un recibo: qué construiste, cuánto habría costado en AWS, y la prueba de que no queda nada.
#
# | | |
# |---|---|
# | **Tiempo** | unos 5 minutos |
# | **Costo en AWS** | ninguno; al contrario, detiene los demás |
# | **Cuidado** | borra el bucket con tus datos y modelos. Solo toca lo que lleva tu nombre de estudiante |
#
# Los parámetros deben ser los mismos que en los demás cuadernos: `student` dice de quién es lo que se borra.

# %% [markdown] lang="en"
# # Clean-up · Nothing left running
#
# ![Map of the lab: nothing of what was built is left](../figures/map_06_en.svg)
#
# On AWS, what is forgotten goes on being billed. This notebook does three things, and **checks its own work**:
#
# 1. it asks AWS what there is under your name;
# 2. it deletes that in order: first what depends on something else, then what it depended on;
# 3. it asks again, and gives you a receipt: what you built, what it would have cost on AWS, and the proof that nothing
#    is left.
#
# | | |
# |---|---|
# | **Time** | about 5 minutes |
# | **Cost on AWS** | none; this is what stops the others |
# | **Careful** | it deletes the bucket with your data and models. It only touches what carries your student name |
#
# The parameters must be the same as in the other notebooks: `student` says whose things are deleted.

# %% tags=["parameters"]
backend: str = "auto"
student: str = "ana"
region: str = "us-east-1"
language: str = "es"

# %% [markdown] lang="es"
# Como siempre, una línea abre el laboratorio.

# %% [markdown] lang="en"
# As always, one line opens the lab.

# %%
from mllab_helpers import Lab, cleanup
from mllab_helpers.notebook.headline import show_headline
from mllab_helpers.tables import for_reading

lab = Lab.open(backend=backend, student=student, region=region, language=language)
lab

# %% [markdown] lang="es"
# ## Qué hay
#
# La lista no sale de la memoria del laboratorio: se le pregunta a AWS, servicio por servicio. Fíjate en la columna del
# precio por hora. Lo que no cuesta por hora también se borra, para que la cuenta quede como estaba. Los registros
# solo se cuentan: hay uno por trabajo.

# %% [markdown] lang="en"
# ## What there is
#
# The list does not come from the lab's memory: AWS is asked, service by service. Look at the column with the price per
# hour. What costs nothing per hour is deleted too, so that the account is as it was before. Logs are only
# counted: there is one for each job.

# %%
before = cleanup.inventory(lab)
logs = before["service"] == "CloudWatch Logs"
print(f"CloudWatch Logs: {logs.sum()}")
for_reading(before[~logs][["service", "kind", "name", "state", "usd_per_hour"]])

# %% [markdown] lang="es"
# ## Barrer
#
# Primero lo que pone otras cosas en marcha: reglas, programaciones, alarmas y el pipeline. Después la puerta, es decir, la API, su clave y
# las funciones Lambda; los endpoints, que son los que más cuestan, con sus configuraciones y modelos; el registro de modelos,
# el tablero, el tema y la cola; la instancia de notebook; los registros; el bucket, con todas las versiones de cada archivo;
# y por último los roles. Si algo se resiste, se intenta otra vez. Lo que te dieron, o preparó tu docente y no puedes borrar,
# se queda: del bucket se van tus archivos, y nada más. El segundo número tiene que ser 0, salvo que trabajes dentro de una
# instancia de notebook: ella se queda, con su rol, su bucket y su configuración. Apagarla en la consola detiene su costo por
# hora, pero no la borra; después, `mllab clean --backend aws --student NOMBRE` en otro equipo borra lo que quedó.

# %% [markdown] lang="en"
# ## Sweeping
#
# First what sets other things going: rules, schedules, alarms and the pipeline. Then the door, that is, the API, its key and the Lambda
# functions; the endpoints, which cost most, with their configurations and models; the model registry, the dashboard, the
# topic and the queue; the notebook instance; the logs; the bucket, with every version of each file; and the roles last. If
# something resists, it is tried again. What you were given, or a teacher prepared and you may not delete, stays: your files
# leave the bucket, and nothing else does. The second number has to be 0, unless you work inside a notebook instance: it
# stays, with its role, its bucket and its configuration. Stopping it in the console ends its cost per hour, but deletes
# nothing; after that, `mllab clean --backend aws --student NAME` on another computer removes the rest.

# %%
swept = cleanup.sweep(lab)
print(f"{len(before)} → {len(cleanup.inventory(lab))}")

# %% [markdown] lang="es"
# ## El recibo
#
# Si quedara algo, la celda siguiente fallaría y diría qué; si algo se queda porque no es tuyo, lo nombra. Los trabajos (de
# entrenamiento, de búsqueda y de procesamiento) siguen en el historial de AWS; ya terminados, no cuestan nada.

# %% [markdown] lang="en"
# ## The receipt
#
# If anything were left, the next cell would fail and say what; what stays because it is not yours, it names. Jobs
# (training, tuning and processing) remain in AWS's history; once they have ended they cost nothing.

# %%
receipt = cleanup.receipt(lab)
receipt

# %% [markdown] lang="es"
# Dos lecturas de esa línea. En el AWS local todo dura segundos, y de ahí un costo tan bajo; en AWS, donde un trabajo
# tarda minutos en arrancar y el endpoint queda encendido mientras lees, cuenta con unas decenas de centavos. La última cifra
# es la que hay que recordar, la de olvidarse de limpiar: cuenta todos los endpoints que creaste. Si son los dos de la
# iteración 3, el de CSV y el de JSON, sale el doble que en el ejercicio 3.2. Este es el detalle de lo que se cobra por tiempo:

# %% [markdown] lang="en"
# Two readings of that line. On the local AWS everything takes seconds, hence so low a cost; on AWS, where a job takes
# minutes to start and the endpoint stays on while you read, expect some tens of cents. The last figure is the one to
# remember, that of forgetting to clean up: it counts every endpoint that you created. If they are the two of iteration 3, the
# CSV one and the JSON one, it is twice what Exercise 3.2 came to. Here are the details of what is billed by time:

# %% tags=["nbval-ignore-output"]
details = receipt.table()
for_reading(details[details["instance_type"] != ""].round({"usd": 4}))

# %% [markdown] lang="es"
# ## Lo que hiciste
#
# Comprobaste que no quedó nada encendido, en lugar de suponerlo.
#
# **Lo que ahora cuesta dinero:** nada, o solo la instancia de notebook si trabajas dentro de una.
#
# Para empezar de nuevo, vuelve a [Iteración 1 · Preparación](01_preparacion.ipynb).

# %% [markdown] lang="en"
# ## What you did
#
# You made sure that nothing was left running, instead of assuming it.
#
# **What now costs money:** nothing, or only the notebook instance if you work inside one.
#
# To start over, go back to [Iteration 1 · Preparation](01_environment.ipynb).

# %%
show_headline(receipt.headline)
