# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] lang="es"
# # Iteración 2 · Entrenar un modelo
#
# ![Mapa del laboratorio: en esta iteración se construyen el notebook, el trabajo de entrenamiento y el modelo](../figures/map_02_es.svg)
#
# De un archivo con defectos a un modelo guardado en S3. En esta iteración vas a:
#
# 1. crear una instancia de notebook, la máquina de trabajo que ofrece SageMaker;
# 2. limpiar los datos sin tirar la mitad, y partirlos **por fecha**;
# 3. medir dos respuestas sencillas, para saber qué tendría que superar un modelo;
# 4. entrenar el XGBoost integrado de SageMaker, mirarlo aprender, y abrir lo que dejó;
# 5. ver dónde acierta y dónde se equivoca, en dólares y en el mapa.
#
# | | |
# |---|---|
# | **Tiempo** | unos 60 minutos |
# | **Costo en AWS** | unos 0.05 USD: tres trabajos cortos en `ml.m5.large` y unos minutos de `ml.t3.medium` |
# | **Antes** | [Iteración 1 · Preparación](01_preparacion.ipynb) |

# %% [markdown] lang="en"
# # Iteration 2 · Training a model
#
# ![Map of the lab: this iteration builds the notebook, the training job and the model](../figures/map_02_en.svg)
#
# From a file with defects to a model stored in S3. In this iteration you will:
#
# 1. create a notebook instance, the workbench that SageMaker offers;
# 2. clean the data without throwing half of them away, and split them **by date**;
# 3. measure two simple answers, to know what a model would have to beat;
# 4. train SageMaker's built-in XGBoost, watch it learn, and open what it left;
# 5. see where it is right and where it is wrong, in dollars and on the map.
#
# | | |
# |---|---|
# | **Time** | about 60 minutes |
# | **Cost on AWS** | about 0.05 USD: three short jobs on `ml.m5.large` and some minutes of `ml.t3.medium` |
# | **Before** | [Iteration 1 · Preparation](01_environment.ipynb) |

# %% tags=["parameters"]
backend: str = "auto"
student: str = "ana"
region: str = "us-east-1"
language: str = "es"
instance_type: str = "ml.m5.large"
max_depth: int = 6
eta: float = 0.1
num_round: int = 200

# %%
import pandas as pd

from mllab_helpers import Lab, checks, housing, notebook_instance, plots, storage, training
from mllab_helpers.errors import LabError
from mllab_helpers.headline import show_headline
from mllab_helpers.texts import say

lab = Lab.open(backend=backend, student=student, region=region, language=language)
lab

# %% [markdown] lang="es"
# ## Una instancia de notebook
#
# Es una máquina en AWS con JupyterLab, pandas y el SDK ya instalados, que trabaja con el rol de la iteración 1. En el
# curso se trabaja dentro de una. Aquí la creamos y la describimos para conocerla; este cuaderno sigue donde lo abriste.

# %% [markdown] lang="en"
# ## A notebook instance
#
# It is a machine on AWS with JupyterLab, pandas and the SDK already installed, which works under the role of
# iteration 1. In the course one works inside it. Here we create and describe one to get to know it; this notebook goes
# on where you opened it.

# %%
sagemaker = lab.client("sagemaker")
instance = notebook_instance.ensure(lab, "workbench", instance_type="ml.t3.medium")
description = sagemaker.describe_notebook_instance(NotebookInstanceName=instance)

for field in ("NotebookInstanceStatus", "InstanceType", "RoleArn", "VolumeSizeInGB"):
    print(f"{field}: {description[field]}")

# %% [markdown] lang="es"
# Encendida cuesta unos 0.05 USD por hora, la uses o no. Como aquí no hace falta, se apaga. Apagada conserva su disco.

# %% [markdown] lang="en"
# Switched on it costs about 0.05 USD an hour, whether you use it or not. As it is not needed here, it is stopped.
# Stopped, it keeps its disk.

# %%
notebook_instance.stop(lab, instance)
print(sagemaker.describe_notebook_instance(NotebookInstanceName=instance)["NotebookInstanceStatus"])

# %% [markdown] lang="es"
# ## De S3 a pandas
#
# El curso lo hacía con dos líneas, y la primera sigue siendo la buena:
#
# ```python
# df = pd.read_csv(s3.get_object(Bucket='ml-lab-data', Key='house_prices.csv')['Body'])
# df = df.dropna()
# ```
#
# Hoy cambia el nombre del bucket, que ya vimos que no es nuestro. De la segunda línea hablamos enseguida.

# %% [markdown] lang="en"
# ## From S3 into pandas
#
# The course did it in two lines, and the first is still the right one:
#
# ```python
# df = pd.read_csv(s3.get_object(Bucket='ml-lab-data', Key='house_prices.csv')['Body'])
# df = df.dropna()
# ```
#
# Today the bucket's name changes, which, as we saw, is not ours. We will come to the second line in a moment.

# %%
s3 = lab.client("s3")
raw_key = lab.recall("raw_data")["key"]
raw = pd.read_csv(s3.get_object(Bucket=lab.bucket, Key=raw_key)["Body"])
print(f"{len(raw):,} → dropna() → {len(raw.dropna()):,}")

# %% [markdown] lang="es"
# ### Ejercicio 2.1 · El precio de `dropna()`
#
# `dropna()` tira la fila entera aunque le falte una sola celda. ¿Qué **porcentaje** de las filas perderías? Escríbelo
# como número entre 0 y 100.

# %% [markdown] lang="en"
# ### Exercise 2.1 · The price of `dropna()`
#
# `dropna()` throws a whole row away even if a single cell is missing. What **percentage** of the rows would you lose?
# Write it as a number between 0 and 100.

# %% tags=["exercise"]
percent_lost = ...

# %% tags=["solution"]
percent_lost = 100 * (1 - len(raw.dropna()) / len(raw))

# %%
checks.percent_lost(raw, percent_lost)

# %% [markdown] lang="es"
# ## Limpiar con criterio
#
# Tirar filas es rápido, y además no arregla lo que está *mal*: una superficie negativa no está vacía. Cada regla de
# aquí abajo dice qué encontró y qué hizo. Fíjate en que casi nunca borra: corrige lo que se puede deducir, y lo que no
# se sabe lo deja vacío, porque XGBoost sabe convivir con huecos.

# %% [markdown] lang="en"
# ## Cleaning with judgement
#
# Throwing rows away is quick, and it does not even mend what is *wrong*: a negative area is not empty. Each rule below
# says what it found and what it did. Notice that it hardly ever deletes: it corrects what can be deduced, and what is
# unknown stays empty, because XGBoost can live with gaps.

# %%
clean_rows, report = housing.clean(raw)
print(f"{len(raw):,} → {len(clean_rows):,}")
report

# %% [markdown] lang="es"
# ## Características
#
# Un modelo aprende de números que digan algo. El año de construcción dice poco; la *edad* al venderse, mucho. La latitud
# sola dice poco; los *kilómetros hasta el centro*, mucho. Cada característica nueva es una hipótesis sobre el precio.

# %% [markdown] lang="en"
# ## Features
#
# A model learns from numbers that mean something. The year of construction says little; the *age* when sold, much.
# Latitude alone says little; the *kilometres to the centre*, much. Each new feature is a hypothesis about the price.

# %%
houses = housing.add_features(clean_rows)
print(len(housing.FEATURES), ", ".join(housing.FEATURES))
houses[["yr_built", "age", "km_to_seattle", "km_to_bellevue", "price"]].head().round(1)

# %% [markdown] lang="es"
# ## Partir por fecha, no al azar
#
# El modelo se usará para casas que **todavía no se venden**. Si las partes se eligen al azar, el examen contiene ventas
# de los mismos días que el estudio, y la nota sale mejor de lo que será la vida real. Por eso los últimos meses quedan
# para el final, y nadie los mira hasta entonces.

# %% [markdown] lang="en"
# ## Split by date, not at random
#
# The model will be used for houses that are **not sold yet**. If the parts are drawn at random, the exam holds sales of
# the same days as the lessons, and the mark comes out better than real life will be. So the last months are left for
# the end, and nobody looks at them before.

# %%
splits = housing.split_by_month(houses)
splits.table()

# %% [markdown] lang="es"
# ## Normalizar, y para quién
#
# Normalizar es llevar cada columna a media 0 y desviación 1. Las medias se calculan **solo con el entrenamiento**: si
# incluyeran la prueba, el modelo sabría algo del futuro. ¿Sirve de algo? Comparemos un método que mide distancias, los
# diez vecinos más parecidos, con y sin normalizar.

# %% [markdown] lang="en"
# ## Normalising, and for whom
#
# To normalise is to bring each column to mean 0 and deviation 1. The means are computed **from the training rows only**:
# with the test in them, the model would know something of the future. Is it of any use? Let us compare a method that
# measures distances, the ten most similar neighbours, with and without it.

# %%
scaler = housing.fit_scaler(splits.training)
with_scaling = housing.neighbours_baseline(splits.training, splits.validation, scaler)
without_scaling = housing.neighbours_baseline(splits.training, splits.validation, scaler, normalise=False)

for predicted in (without_scaling, with_scaling):
    print(f"RMSE {housing.metrics(splits.validation['price'], predicted)['rmse']:,.0f} USD")

# %% [markdown] lang="es"
# Sin normalizar (primera línea), los pies cuadrados del lote, que se cuentan por miles, ahogan a todo lo demás; con
# normalización (segunda) el error baja mucho. A los árboles, en cambio, no les cambia nada: solo preguntan si un número
# es mayor que otro. Por eso el XGBoost de este laboratorio recibe las columnas **tal como son**, y quien luego pida un
# precio podrá escribir metros y años, no desviaciones.

# %% [markdown] lang="en"
# Without it (first line), square feet, which come in thousands, drown everything else; with it (second) the error drops
# a lot. To trees, by contrast, it makes no difference: they only ask whether one number is greater than another. That is
# why this lab's XGBoost gets the columns **as they are**, and whoever asks for a price later can write feet and years,
# not deviations.

# %% [markdown] lang="es"
# ## ¿Qué hay que superar?
#
# Un modelo solo es bueno comparado con algo. Dos respuestas honestas que no necesitan aprendizaje automático: decir
# siempre la mediana, y lo que haría un agente inmobiliario, superficie por el precio del pie cuadrado en su código postal.

# %% [markdown] lang="en"
# ## What is there to beat?
#
# A model is only good compared with something. Two honest answers that need no machine learning: always say the median,
# and what an estate agent would do, area times the price per square foot of the postal code.

# %%
predictions = {
    say("notebooks.median"): housing.median_price_baseline(splits.training, splits.test),
    say("notebooks.agent"): housing.price_per_sqft_baseline(splits.training, splits.test),
}
housing.score_table(predictions, splits.test["price"])

# %% [markdown] lang="es"
# ## El CSV que quiere el algoritmo
#
# El XGBoost integrado es exigente: **la etiqueta en la primera columna, sin encabezado, sin índice, solo números**. Y
# lo peor es que no avisa: un encabezado se convierte en una casa que costó 0 dólares, y el entrenamiento sigue como si
# nada. Por eso el laboratorio revisa el archivo antes de subirlo. Provoquemos el error:

# %% [markdown] lang="en"
# ## The CSV that the algorithm wants
#
# The built-in XGBoost is particular: **the label in the first column, no header, no index, numbers only**. And the worst
# of it is that it does not complain: a header becomes a house that cost 0 dollars, and training goes on as if nothing
# had happened. So the lab checks the file before it is uploaded. Let us provoke the error:

# %%
try:
    housing.check_algorithm_csv(splits.training[["price", "grade"]].to_csv(index=False).encode())
except LabError as error:
    print(error)

# %%
for channel, part in {"train": splits.training, "validation": splits.validation}.items():
    content = housing.algorithm_csv(part, housing.FEATURES)
    print(storage.upload_bytes(lab, content, f"training/{channel}/houses.csv"))

channels = {name: f"s3://{lab.bucket}/training/{name}/" for name in ("train", "validation")}

# %% [markdown] lang="es"
# ## Entrenar
#
# El curso original, con el SDK de entonces:
#
# ```python
# xgb = sagemaker.estimator.Estimator(
#     image_uri=sagemaker.image_uris.retrieve("xgboost", region, "1.0-1"), role=get_execution_role(),
#     instance_count=1, instance_type='ml.m4.xlarge', output_path=...)
# xgb.fit({'train': 's3://.../train.csv'})
# ```
#
# Qué cambió, y por qué:
#
# | antes | hoy | motivo |
# |---|---|---|
# | `Estimator` | `ModelTrainer` | el SDK 3 reemplazó al 2, que deja de mantenerse en 2027 |
# | imagen `1.0-1` | imagen `3.2-0` | AWS ya no da soporte a la 1.0-1 |
# | `ml.m4.xlarge` | `ml.m5.large` | generación vigente, y más barata; estos datos caben de sobra |
# | `get_execution_role()` | el rol de la iteración 1 | esa función solo responde dentro de SageMaker |
# | un canal sin tipo | `content_type="text/csv"` | sin él, el algoritmo cree que el archivo es libsvm y falla |
# | solo `train` | `train` y `validation` | sin validación no se sabe cuándo parar |

# %% [markdown] lang="en"
# ## Training
#
# The original course, with the SDK of its time:
#
# ```python
# xgb = sagemaker.estimator.Estimator(
#     image_uri=sagemaker.image_uris.retrieve("xgboost", region, "1.0-1"), role=get_execution_role(),
#     instance_count=1, instance_type='ml.m4.xlarge', output_path=...)
# xgb.fit({'train': 's3://.../train.csv'})
# ```
#
# What changed, and why:
#
# | then | today | reason |
# |---|---|---|
# | `Estimator` | `ModelTrainer` | SDK 3 replaced SDK 2, whose maintenance ends in 2027 |
# | image `1.0-1` | image `3.2-0` | AWS no longer supports 1.0-1 |
# | `ml.m4.xlarge` | `ml.m5.large` | current generation, and cheaper; these data fit easily |
# | `get_execution_role()` | the role of iteration 1 | that function only answers inside SageMaker |
# | a channel without type | `content_type="text/csv"` | without it the algorithm takes the file for libsvm and fails |
# | `train` only | `train` and `validation` | without validation nobody knows when to stop |

# %%
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.shapes import Tag
from sagemaker.core.training.configs import Compute, InputData, OutputDataConfig, StoppingCondition
from sagemaker.train import ModelTrainer

hyperparameters = {
    "objective": "reg:squarederror",
    "eval_metric": "rmse",
    "num_round": num_round,
    "max_depth": max_depth,
    "eta": eta,
    "subsample": 0.8,
    "seed": 2014,
}
trainer = ModelTrainer(
    training_image=training.image_uri(lab, "3.2-0"),
    role=lab.role_arn,
    sagemaker_session=Session(boto_session=lab.session, default_bucket=lab.bucket),
    base_job_name=lab.name("sdk"),
    hyperparameters=hyperparameters,
    compute=Compute(instance_type=instance_type, instance_count=1, volume_size_in_gb=5),
    output_data_config=OutputDataConfig(s3_output_path=f"s3://{lab.bucket}/models"),
    stopping_condition=StoppingCondition(max_runtime_in_seconds=3600),
    tags=[Tag(key=tag["Key"], value=tag["Value"]) for tag in lab.tags],
)

# %% [markdown] lang="es"
# `train` envía el trabajo y vuelve enseguida; luego lo seguimos ronda a ronda. El error de validación es el que importa:
# son casas que el modelo no estudió.

# %% [markdown] lang="en"
# `train` sends the job and returns at once; then we follow it round by round. The validation error is the one that
# matters: those are houses that the model has not studied.

# %%
trainer.train(
    input_data_config=[
        InputData(channel_name=name, data_source=uri, content_type="text/csv")
        for name, uri in channels.items()
    ],
    wait=False,
)
sdk_job = trainer._latest_training_job.training_job_name
training.wait_for_training(lab, sdk_job, print_every=50)

# %% [markdown] lang="es"
# ### La misma petición, sin SDK
#
# El SDK es cómodo, pero por debajo hay **una** llamada a la API. Conviene verla una vez: sus nombres son los que luego
# aparecen en IAM, en los registros y en los mensajes de error.

# %% [markdown] lang="en"
# ### The same request, without the SDK
#
# The SDK is convenient, but underneath there is **one** call to the API. It is worth seeing once: its names are the ones
# that later turn up in IAM, in the logs and in error messages.

# %%
job = lab.unique_name("xgb")
request = training.training_request(
    lab, job, channels=channels, hyperparameters=hyperparameters, instance_type=instance_type
)
lab.note_creating("training-job", job, instance_type)
sagemaker.create_training_job(**request)
result = training.wait_for_training(lab, job)
print(", ".join(request))
print(request["HyperParameters"])
result

# %% [markdown] lang="es"
# El nombre de un trabajo no se puede repetir nunca, ni siquiera cuando ya terminó. Intentémoslo:

# %% [markdown] lang="en"
# The name of a job can never be used again, not even after it has ended. Let us try:

# %%
try:
    sagemaker.create_training_job(**request)
except sagemaker.exceptions.ResourceInUse as error:
    print(error.response["Error"]["Code"])

# %% [markdown] lang="es"
# ### Cuando el trabajo falla
#
# `n_estimators` es como llama scikit-learn al número de árboles; este algoritmo dice `num_round`. AWS acepta el pedido,
# enciende la máquina, y minutos después responde que no. Saber leer esa respuesta ahorra tardes enteras.

# %% [markdown] lang="en"
# ### When the job fails
#
# `n_estimators` is what scikit-learn calls the number of trees; this algorithm says `num_round`. AWS accepts the order,
# starts the machine, and minutes later answers no. Being able to read that answer saves whole afternoons.

# %%
broken_job = lab.unique_name("broken")
broken = training.training_request(
    lab, broken_job, channels=channels, hyperparameters={"num_round": 10, "n_estimators": 10}
)
lab.note_creating("training-job", broken_job, "ml.m5.large")
sagemaker.create_training_job(**broken)
try:
    training.wait_for_training(lab, broken_job)
except LabError as error:
    print(error)

# %% [markdown] lang="es"
# `training.start_training` revisa los nombres antes de enviar nada, y te habría ahorrado la espera.
#
# ## Cómo aprendió
#
# Cada ronda del registro lleva dos números: el error en las casas que estudia y el error en las que no.

# %% [markdown] lang="en"
# `training.start_training` checks the names before anything is sent, and would have saved you the wait.
#
# ## How it learned
#
# Each round in the log carries two numbers: the error on the houses that it studies, and on those that it does not.

# %%
curve = training.learning_curve(lab, job)
learning = plots.learning_curve(curve["train_rmse"], curve["validation_rmse"])
print(learning)
learning

# %% [markdown] lang="es"
# Mientras las dos bajan juntas, aprende. Cuando la de entrenamiento sigue bajando y la de validación ya no, memoriza.
#
# ### Ejercicio 2.2 · La mejor ronda
#
# ¿En qué ronda fue menor el error de **validación**? La tabla `curve` tiene las columnas `round`, `train_rmse` y
# `validation_rmse`.

# %% [markdown] lang="en"
# While both go down together, it learns. When the training error goes on falling and the validation error does not, it
# memorises.
#
# ### Exercise 2.2 · The best round
#
# In which round was the **validation** error lowest? The table `curve` has the columns `round`, `train_rmse` and
# `validation_rmse`.

# %% tags=["exercise"]
best_round = ...

# %% tags=["solution"]
best_round = curve.loc[curve["validation_rmse"].idxmin(), "round"]

# %%
checks.best_round(curve, best_round)

# %% [markdown] lang="es"
# ## Abrir el modelo
#
# Lo que queda de un entrenamiento es un archivo, `model.tar.gz`. No tiene magia: dentro hay un solo fichero que XGBoost
# sabe leer. ¿En qué se fijaron sus árboles?

# %% [markdown] lang="en"
# ## Opening the model
#
# What is left of a training job is one file, `model.tar.gz`. There is no magic in it: inside is a single file that
# XGBoost can read. What did its trees look at?

# %%
booster = training.load_model(lab, result.artefact)
gains = booster.get_score(importance_type="total_gain")
importance = plots.feature_importance({housing.FEATURES[int(name[1:])]: gain for name, gain in gains.items()})
print(booster.num_boosted_rounds(), importance)
importance

# %% [markdown] lang="es"
# ## La hora de la verdad
#
# Por primera vez, los meses de prueba. ¿Cuánto mejor es que las dos respuestas sencillas?

# %% [markdown] lang="en"
# ## The moment of truth
#
# For the first time, the test months. How much better is it than the two simple answers?

# %%
predicted = booster.inplace_predict(splits.test[list(housing.FEATURES)].to_numpy())
predictions["XGBoost"] = predicted
housing.score_table(predictions, splits.test["price"])

# %% [markdown] lang="es"
# Un solo número esconde mucho. Por tramos de precio se ve que el error *en dólares* crece con la casa, mientras que *en
# porcentaje* cambia mucho menos.

# %% [markdown] lang="en"
# A single number hides much. By price band one sees that the error *in dollars* grows with the house, while *in per
# cent* it changes far less.

# %%
bands = plots.errors_by_band(housing.errors_by_price_band(splits.test["price"], predicted))
print(bands)
bands

# %%
error_map = plots.errors_on_map(splits.test, predicted)
print(error_map)
error_map

# %% [markdown] lang="es"
# El mapa muestra lo que ninguna tabla dice: hay barrios donde el modelo se queda corto y otros donde se pasa. Ahí es
# donde faltan datos, o faltan características. Y en conjunto tiende a quedarse corto: estas ventas son *posteriores* a
# todo lo que estudió, y casas parecidas se vendieron por algo más. En la iteración 5 volveremos sobre eso.
#
# ## Lo que hiciste
#
# Limpiaste los datos sin tirarlos, los partiste por fecha, entrenaste dos veces el mismo modelo, una con el SDK y otra
# con la API, leíste un fallo a propósito, y mediste el resultado contra dos respuestas que cualquiera podría dar.
#
# **Lo que ahora cuesta dinero:** unos megabytes en S3 y el disco de la instancia apagada. Los trabajos de entrenamiento
# se apagan solos.
#
# **Sigue:** [Iteración 3 · Despliegue](03_despliegue.ipynb).

# %% [markdown] lang="en"
# The map shows what no table says: there are neighbourhoods where the model says too little and others where it says too
# much. That is where data, or features, are missing. And on the whole it tends to say too little: these sales are
# *later* than everything it studied, and like houses sold for somewhat more. Iteration 5 comes back to that.
#
# ## What you did
#
# You cleaned the data without throwing them away, split them by date, trained the same model twice, once with the SDK
# and once with the API, read a failure made on purpose, and measured the result against two answers that anybody could
# give.
#
# **What now costs money:** some megabytes in S3 and the disk of the stopped instance. Training jobs switch themselves
# off.
#
# **Next:** [Iteration 3 · Deployment](03_deployment.ipynb).

# %%
storage.upload_bytes(lab, housing.algorithm_csv(splits.test, housing.FEATURES), "test/houses.csv")
lab.remember("data", {"test_key": "test/houses.csv", "features": list(housing.FEATURES)})
lab.remember("training", {"job": job, "artefact": result.artefact})
show_headline(say("notebooks.headline_02", rmse=housing.metrics(splits.test["price"], predicted)["rmse"]))
