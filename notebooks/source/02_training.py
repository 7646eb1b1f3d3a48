# ---
# jupyter:
#   kernelspec:
#     display_name: mllab
#     language: python
#     name: mllab
# ---

# %% [markdown] lang="es"
# # Iteración 2 · Entrenar un modelo
#
# ![Mapa del laboratorio: en esta iteración se construyen la instancia de notebook, el trabajo de entrenamiento y el modelo](../figures/map_02_es.svg)
#
# De un archivo con defectos a un modelo guardado en S3. En esta iteración vas a:
#
# 1. crear una instancia de notebook, la máquina de trabajo que ofrece SageMaker;
# 2. limpiar los datos sin tirar filas que sirven, y dividirlos **por fecha**;
# 3. medir dos respuestas sencillas, para saber qué tendría que superar un modelo;
# 4. entrenar el XGBoost integrado de SageMaker, mirarlo aprender, y abrir lo que dejó;
# 5. ver dónde acierta y dónde se equivoca, en dólares y en el mapa.
#
# | | |
# |---|---|
# | **Tiempo** | unos 60 minutos |
# | **Costo en AWS** | menos de 0.05 USD: tres trabajos cortos en `ml.m5.large` y unos minutos de `ml.t3.medium` |
# | **Antes** | [Iteración 1 · Preparación](01_preparacion.ipynb) |
#
# A los parámetros de siempre se suman cuatro: en qué máquina se entrena (`instance_type`), hasta qué profundidad puede
# crecer cada árbol (`max_depth`), cuánto corrige cada uno a los anteriores (`eta`) y cuántos se suman (`num_round`).
# Cámbialos y vuelve a ejecutar: los números que comenta el texto son los de estos valores.

# %% [markdown] lang="en"
# # Iteration 2 · Training a model
#
# ![Map of the lab: this iteration builds the notebook instance, the training job and the model](../figures/map_02_en.svg)
#
# From a file with defects to a model stored in S3. In this iteration you will:
#
# 1. create a notebook instance, the workbench that SageMaker offers;
# 2. clean the data without throwing good rows away, and split them **by date**;
# 3. measure two simple answers, to know what a model would have to beat;
# 4. train SageMaker's built-in XGBoost, watch it learn, and open what it left;
# 5. see where it is right and where it is wrong, in dollars and on the map.
#
# | | |
# |---|---|
# | **Time** | about 60 minutes |
# | **Cost on AWS** | under 0.05 USD: three short jobs on `ml.m5.large` and some minutes of `ml.t3.medium` |
# | **Before** | [Iteration 1 · Preparation](01_environment.ipynb) |
#
# Four parameters join the usual ones: the machine to train on (`instance_type`), how deep each tree may grow
# (`max_depth`), how much each one corrects those before it (`eta`), and how many are added up (`num_round`). Change them
# and run again: the numbers that the text comments on belong to these values.

# %% tags=["parameters"]
backend: str = "auto"
student: str = "ana"
region: str = "us-east-1"
language: str = "es"
instance_type: str = "ml.m5.large"
max_depth: int = 6
eta: float = 0.1
num_round: int = 200

# %% [markdown] lang="es"
# Como siempre, una línea abre el laboratorio. Si falta algo de la iteración 1, más adelante te dirá qué
# cuaderno ejecutar antes.

# %% [markdown] lang="en"
# As always, one line opens the lab. If something of iteration 1 is missing, it will tell you further down which
# notebook to run first.

# %%
import pandas as pd

from mllab_helpers import Lab, doctor, housing, plots, storage, training
from mllab_helpers.errors import LabError
from mllab_helpers.instance import notebook_instance
from mllab_helpers.notebook import checks
from mllab_helpers.notebook.headline import show_headline
from mllab_helpers.tables import for_reading
from mllab_helpers.texts import say

lab = Lab.open(backend=backend, student=student, region=region, language=language)
print(doctor.check(lab, "02", instance_type=instance_type))
lab

# %% [markdown] lang="es"
# ## Una instancia de notebook
#
# Es una máquina en AWS con JupyterLab, y no tiene más identidad que el rol que se le da: aquí el tuyo, el de estudiante. En
# el curso se trabaja dentro de una. Al apagarla se pierde todo lo instalado, menos la carpeta `SageMaker`, de 5 GB. Por eso
# lleva una *configuración de ciclo de vida*: un script que se ejecuta en cada encendido y trae el laboratorio desde tu bucket.
# AWS le concede cinco minutos y, si tarda más, la instancia falla; así que el script deja la instalación en segundo plano
# y termina enseguida.
#
# Si este cuaderno ya se ejecuta dentro de una instancia, la celda no crea otra: describe la tuya.

# %% [markdown] lang="en"
# ## A notebook instance
#
# It is a machine on AWS with JupyterLab, and it has no other identity than the role it is given: here yours, the learner's.
# In the course you work inside one. Whatever is installed on it is lost when it stops, except for the folder `SageMaker`,
# with 5 GB. That is why it carries a *lifecycle configuration*: a script that runs at each start and brings the lab from your
# bucket. AWS gives it five minutes, and if it takes longer the instance fails; so the script leaves the installation in
# the background and ends at once.
#
# If this notebook runs inside an instance already, the cell does not create another one: it describes yours.

# %%
sagemaker = lab.client("sagemaker")
instance = notebook_instance.ensure(lab, "workbench", instance_type="ml.t3.medium")
description = sagemaker.describe_notebook_instance(NotebookInstanceName=instance)

fields = (
    "NotebookInstanceStatus",
    "InstanceType",
    "RoleArn",
    "VolumeSizeInGB",
    "NotebookInstanceLifecycleConfigName",
)
for field in fields:
    print(f"{field}: {description.get(field)}")

# %% [markdown] lang="es"
# `InService` quiere decir encendida, y encendida cuesta unos 0.05 USD por hora, la uses o no. `notebook_instance.link(lab,
# instance)` devuelve un enlace que abre su JupyterLab; quien lo tenga entra como tú, así que no lo compartas. Dentro verás
# `MLLAB-INSTALLING.txt` y, cuando la instalación acabe, `MLLAB-READY.txt` y los cuadernos en la carpeta `mllab`; si algo
# salió mal, `MLLAB-FAILED.txt`, que termina con las últimas líneas del registro.
#
# Este cuaderno se sigue ejecutando donde lo abriste, así que apagamos la instancia. Apagada conserva su disco, que es lo
# único que se sigue cobrando. **Si prefieres trabajar dentro de ella, no ejecutes la próxima celda**, y sigue allí; si ya la
# apagaste, enciéndela en la consola de SageMaker. (Si ya estás dentro, la celda no la apaga: sigue en `InService`, y la
# apagarás tú al final.)

# %% [markdown] lang="en"
# `InService` means that it is on, and on it costs about 0.05 USD an hour, whether you use it or not.
# `notebook_instance.link(lab, instance)` returns a link that opens its JupyterLab; whoever has it gets in as you, so do not
# pass it on. Inside you will see `MLLAB-INSTALLING.txt` and, once the installation is over, `MLLAB-READY.txt` and the notebooks
# in the folder `mllab`; if something went wrong, `MLLAB-FAILED.txt`, which ends with the last lines of the log.
#
# This notebook goes on running where you opened it, so we stop the instance. Stopped, it keeps its disk, which is all that is
# still billed. **If you would rather work inside it, do not run the next cell**, and go on in there; if you have stopped it
# already, start it in the SageMaker console. (If you are inside it now, the cell does not stop it: it stays `InService`, and
# you will stop it yourself at the end.)

# %%
notebook_instance.stop(lab, instance)
print(sagemaker.describe_notebook_instance(NotebookInstanceName=instance)["NotebookInstanceStatus"])

# %% [markdown] lang="es"
# ## De S3 a pandas
#
# El curso lo hacía con dos líneas, y la primera sigue siendo buena:
#
# ```python
# df = pd.read_csv(s3.get_object(Bucket='ml-lab-data', Key='house_prices.csv')['Body'])
# df = df.dropna()
# ```
#
# Solo cambian el bucket, que en tu cuenta se llama de otro modo, y la clave. La segunda línea merece que la midamos: cuántas
# filas había, y cuántas quedarían.

# %% [markdown] lang="en"
# ## From S3 into pandas
#
# The course did it in two lines, and the first is still a good one:
#
# ```python
# df = pd.read_csv(s3.get_object(Bucket='ml-lab-data', Key='house_prices.csv')['Body'])
# df = df.dropna()
# ```
#
# Only the bucket, which has another name in your account, and the key change. The second line deserves measuring: how many rows
# there were, and how many would be left.

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
# Tirar filas es rápido, pero no arregla lo que está *mal*: una superficie negativa no está vacía. Cada regla de
# aquí abajo dice qué encontró y qué hizo. Fíjate en que casi nunca borra: corrige lo que se puede deducir, y lo que no
# se sabe lo deja vacío, porque XGBoost sabe convivir con huecos.

# %% [markdown] lang="en"
# ## Cleaning with judgement
#
# Throwing rows away is quick, but it does not mend what is *wrong*: a negative area is not empty. Each rule below
# says what it found and what it did. Notice that it hardly ever deletes: it corrects what can be deduced, and what is
# unknown stays empty, because XGBoost can live with gaps.

# %%
clean_rows, report = housing.clean(raw)
print(f"{len(raw):,} → {len(clean_rows):,}")
for_reading(report)

# %% [markdown] lang="es"
# Se fueron 240 filas: 140 repetidas y 100 sin precio o sin fecha. Las demás siguen, corregidas o con huecos.
#
# ## Características
#
# Un modelo aprende de números que digan algo. El año de construcción no dice qué *edad* tenía la casa al venderse; dos
# coordenadas no dicen a cuántos *kilómetros del centro* está. Cada característica nueva es una hipótesis sobre el precio,
# y más abajo veremos cuáles se cumplen. Primero la lista completa; después, tres de las nuevas:

# %% [markdown] lang="en"
# 240 rows went: 140 repeated, and 100 without a price or a date. The others stay, corrected or with gaps.
#
# ## Features
#
# A model learns from numbers that mean something. The year of construction does not say what *age* the house had when it
# was sold; two coordinates do not say how many *kilometres from the centre* it is. Each new feature is a hypothesis about
# the price, and further down we will see which ones hold. First the whole list; then three of the new ones:

# %%
houses = housing.add_features(clean_rows)
print(len(housing.FEATURES), ", ".join(housing.FEATURES))
houses[["yr_built", "age", "km_to_seattle", "km_to_bellevue", "price"]].head().round(1)

# %% [markdown] lang="es"
# ## Dividir por fecha, no al azar
#
# El modelo se usará para casas que **todavía no se venden**. Si las partes se eligen al azar, el examen contiene ventas
# de los mismos días que el estudio, y la nota sale mejor de lo que será la vida real. Por eso los últimos meses quedan
# para el final, y ningún modelo aprende de ellos.

# %% [markdown] lang="en"
# ## Split by date, not at random
#
# The model will be used for houses that are **not sold yet**. If the parts are drawn at random, the exam holds sales of
# the same days as the lessons, and the mark comes out better than real life will be. So the last months are left for
# the end, and no model learns from them.

# %%
splits = housing.split_by_month(houses)
splits.table()

# %% [markdown] lang="es"
# Casi cuatro de cada cinco ventas son para aprender. Enero, la validación, servirá para decidir; febrero y marzo, la
# prueba, para saber cómo salió.
#
# ## Normalizar, y para quién
#
# Normalizar es aquí llevar cada columna a media 0 y desviación típica 1. Ambas se calculan **solo con el entrenamiento**:
# si incluyeran la prueba, el modelo sabría algo del futuro. ¿Sirve de algo? Comparemos un método que mide distancias,
# los diez vecinos más parecidos, sin normalizar (primera línea) y normalizando (segunda). El número es el **RMSE**, la raíz
# del error cuadrático medio: un error en dólares en el que pesan más las equivocaciones grandes. Cuanto menor, mejor.

# %% [markdown] lang="en"
# Almost four sales in five are there to learn from. January, the validation, will serve to decide; February and March,
# the test, to know how it went.
#
# ## Normalising, and for whom
#
# Normalising, here, means bringing each column to mean 0 and standard deviation 1. Both are computed **from the training
# rows only**: with the test in them, the model would know something of the future. Does it help? Let us compare a method
# that measures distances, the ten most similar neighbours, without normalising (first line) and with it (second). The
# number is the **RMSE**, the root mean squared error: an error in dollars in which large mistakes weigh more. The smaller,
# the better.

# %%
scaler = housing.fit_scaler(splits.training)
with_scaling = housing.neighbours_baseline(splits.training, splits.validation, scaler)
without_scaling = housing.neighbours_baseline(splits.training, splits.validation, scaler, normalise=False)

for predicted in (without_scaling, with_scaling):
    print(f"RMSE {housing.metrics(splits.validation['price'], predicted)['rmse']:,.0f} USD")

# %% [markdown] lang="es"
# El error baja más de un tercio. Sin normalizar, los pies cuadrados del terreno, que van de unos cientos a más de un
# millón, ahogan a todo lo demás. A los árboles, en cambio, les da casi igual: solo preguntan si un número es mayor que otro. Por
# eso el XGBoost de este laboratorio recibe las columnas **tal como son**, y quien luego pida un precio podrá escribir pies
# cuadrados y años, no desviaciones.

# %% [markdown] lang="en"
# The error drops by more than a third. Without normalising, the square feet of the plot, which range from some hundreds to
# over a million, drown out everything else. To trees, by contrast, it makes hardly any difference: they only ask whether one number
# is greater than another. That is why this lab's XGBoost gets the columns **as they are**, and whoever asks for a price
# later can write square feet and years, not deviations.

# %% [markdown] lang="es"
# ## ¿Qué hay que superar?
#
# Un modelo solo es bueno comparado con algo. Hay dos respuestas honestas que no necesitan aprendizaje automático: decir
# siempre la mediana, y lo que haría un agente inmobiliario, superficie por el precio del pie cuadrado en su código postal.
# Las dos se calculan con el entrenamiento y se miden en los meses de prueba, donde se medirá también el modelo.
#
# En la tabla, junto al RMSE: el **MAE** es el error medio sin más, en dólares; el **R2**, qué parte de las diferencias de
# precio explica la respuesta (1, todas; 0, ninguna).

# %% [markdown] lang="en"
# ## What is there to beat?
#
# A model is only good compared with something. There are two honest answers that need no machine learning: always say the
# median, and what an estate agent would do, area times the price per square foot of the postal code. Both are computed
# from the training rows and measured on the test months, where the model will be measured too.
#
# In the table, beside the RMSE: the **MAE** is the plain mean error, in dollars; **R2** is the part of the differences in
# price that the answer explains (1, all of them; 0, none).

# %%
predictions = {
    say("notebooks.median"): housing.median_price_baseline(splits.training, splits.test),
    say("notebooks.agent"): housing.price_per_sqft_baseline(splits.training, splits.test),
}
housing.score_table(predictions, splits.test["price"])

# %% [markdown] lang="es"
# El agente se equivoca en algo menos del 20 %; ese es el listón. Decir siempre la mediana da un R2 un poco menor que 0:
# peor que conocer la media de esos meses y repetirla.
#
# ## El CSV que quiere el algoritmo
#
# El XGBoost integrado es exigente: **la etiqueta en la primera columna, sin encabezado, sin índice, solo números**. Y
# lo peor es que no avisa: un encabezado se convierte en una casa que costó 0 dólares, y el entrenamiento sigue como si
# nada. Por eso el laboratorio revisa el archivo antes de subirlo. Provoquemos el error:

# %% [markdown] lang="en"
# The agent is off by a little under 20%; that is the bar. Always saying the median gives an R2 slightly below 0: worse than
# knowing the mean of those months and repeating it.
#
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

# %% [markdown] lang="es"
# Con la forma correcta sí se sube. Cada parte va a su propio prefijo, porque SageMaker entrega al algoritmo prefijos
# enteros, que llama *canales*:

# %% [markdown] lang="en"
# In the right shape it is uploaded. Each part goes under a prefix of its own, because SageMaker hands whole prefixes to the
# algorithm, and calls them *channels*:

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
# La **imagen** es un paquete con el algoritmo y todo lo que necesita, como una máquina ya instalada; cuando SageMaker la pone
# en marcha, lo que corre es un **contenedor**. Qué cambió, y por qué:
#
# | antes | hoy | motivo |
# |---|---|---|
# | `Estimator` | `ModelTrainer` | el SDK 3 reemplazó al 2, que deja de mantenerse en 2027 |
# | imagen `1.0-1` | imagen `3.2-0` | AWS ya no da soporte a la 1.0-1 |
# | `ml.m4.xlarge` | `ml.m5.large` | una generación más nueva, y más barata; estos datos caben de sobra |
# | `get_execution_role()` | el rol de la iteración 1 | esa función solo responde dentro de SageMaker |
# | un canal sin tipo | `content_type="text/csv"` | sin él, el algoritmo cree que el archivo es libsvm (otro formato de texto, `columna:valor`) y falla |
# | solo `train` | `train` y `validation` | sin validación no se sabe cuándo parar |
#
# El objeto `trainer` lo reúne todo: la imagen, el rol, los hiperparámetros, la máquina, dónde dejar el modelo y cuándo
# rendirse. Todavía no se enciende nada.

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
# The **image** is a package with the algorithm and all that it needs, like a machine that is already installed; when SageMaker
# starts it, what runs is a **container**. What changed, and why:
#
# | then | today | reason |
# |---|---|---|
# | `Estimator` | `ModelTrainer` | SDK 3 replaced SDK 2, whose maintenance ends in 2027 |
# | image `1.0-1` | image `3.2-0` | AWS no longer supports 1.0-1 |
# | `ml.m4.xlarge` | `ml.m5.large` | a newer generation, and cheaper; these data fit easily |
# | `get_execution_role()` | the role of iteration 1 | that function only answers inside SageMaker |
# | a channel without type | `content_type="text/csv"` | without it the algorithm takes the file for libsvm (another text format, `column:value`) and fails |
# | `train` only | `train` and `validation` | without validation nobody knows when to stop |
#
# The object `trainer` brings it all together: image, role, hyperparameters, machine, where to leave the model and when to
# give up. Nothing is switched on yet.

# %%
from mllab_helpers.training.instance_types import TRAINING, check_instance_type
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
check_instance_type(lab, instance_type, TRAINING)
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
# son casas que el modelo no estudió. (`train` no devuelve el trabajo; lo guarda en `_latest_training_job`, que es un
# nombre interno del SDK, como indica el guion bajo, y podría cambiar.)

# %% [markdown] lang="en"
# `train` sends the job and returns at once; then we follow it round by round. The validation error is the one that
# matters: those are houses that the model has not studied. (`train` does not return the job; it keeps it in
# `_latest_training_job`, a private name of the SDK, as the underscore says, which might change.)

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
# En las casas que estudió, el modelo acaba con un error de unos 55 mil dólares; en las que no, de 109 mil, el doble.
#
# ### La misma petición, sin SDK
#
# El SDK es cómodo, pero por debajo hay **una** llamada a la API. Conviene verla una vez: sus nombres son los que luego
# aparecen en IAM, en los registros y en los mensajes de error.

# %% [markdown] lang="en"
# On the houses that it studied, the model ends with an error of about 55 thousand dollars; on the others, 109 thousand,
# twice as much.
#
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
# El mismo resultado: mismos datos, mismos hiperparámetros, misma semilla. Fíjate en que los números viajan como texto;
# la API no admite otra cosa, y el SDK los convertía por ti.
#
# El nombre de un trabajo no se puede repetir nunca, ni siquiera cuando ya terminó. Intentémoslo:

# %% [markdown] lang="en"
# The same result: same data, same hyperparameters, same seed. Notice that the numbers travel as text; the API takes
# nothing else, and the SDK converted them for you.
#
# The name of a job can never be used again, not even after it has ended. Let us try:

# %%
try:
    sagemaker.create_training_job(**request)
except sagemaker.exceptions.ResourceInUse as error:
    print(error.response["Error"]["Code"])

# %% [markdown] lang="es"
# ### Cuando el trabajo falla
#
# `ResourceInUse`: el nombre está ocupado. Hay otro error que tarda más en verse. `n_estimators` es como llama scikit-learn
# al número de árboles; este algoritmo dice `num_round`. AWS acepta la petición, enciende la máquina, y minutos después
# responde que no. Saber leer esa respuesta ahorra tardes enteras.

# %% [markdown] lang="en"
# ### When the job fails
#
# `ResourceInUse`: the name is taken. Another error takes longer to show. `n_estimators` is what scikit-learn calls the
# number of trees; this algorithm says `num_round`. AWS accepts the request, starts the machine, and minutes later answers
# no. Being able to read that answer saves whole afternoons.

# %%
broken_job = lab.unique_name("broken")
wrong = {"num_round": 10, "n_estimators": 10}
broken = training.training_request(
    lab, broken_job, channels=channels, hyperparameters=wrong, instance_type=instance_type
)
lab.note_creating("training-job", broken_job, instance_type)
sagemaker.create_training_job(**broken)
try:
    training.wait_for_training(lab, broken_job)
except LabError as error:
    print(error)

# %% [markdown] lang="es"
# El motivo nombra al culpable: `Extraneous hyperparameter`, un hiperparámetro que sobra. `training.start_training` revisa
# los nombres antes de enviar nada, y te habría ahorrado la espera.
#
# ## Cómo aprendió
#
# Cada ronda del registro lleva dos números: el error en las casas que estudia y el error en las que no.

# %% [markdown] lang="en"
# The reason names the culprit: `Extraneous hyperparameter`, one too many. `training.start_training` checks the names before
# anything is sent, and would have saved you the wait.
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
# Mientras las dos curvas bajan juntas, aprende. Cuando la de entrenamiento sigue bajando y la de validación ya no,
# memoriza. Aquí, de la ronda 100 en adelante, la de entrenamiento baja otros 13 mil dólares y la de validación solo
# mil quinientos: se podría haber parado mucho antes sin perder casi nada.
#
# ### Ejercicio 2.2 · La mejor ronda
#
# ¿En qué ronda fue menor el error de **validación**? El gráfico la señala; consíguela tú de la tabla `curve`, que tiene
# las columnas `round`, `train_rmse` y `validation_rmse`, para que siga siendo correcta si cambias los parámetros.

# %% [markdown] lang="en"
# While both curves go down together, it learns. When the training error goes on falling and the validation error does
# not, it memorises. Here, from round 100 on, training falls by another 13 thousand dollars and validation by only
# fifteen hundred: it could have stopped much earlier and lost almost nothing.
#
# ### Exercise 2.2 · The best round
#
# In which round was the **validation** error lowest? The picture points at it; get it yourself from the table `curve`,
# whose columns are `round`, `train_rmse` and `validation_rmse`, so that it stays right when the parameters change.

# %% tags=["exercise"]
best_round = ...

# %% tags=["solution"]
best_round = curve.loc[curve["validation_rmse"].idxmin(), "round"]

# %%
checks.best_round(curve, best_round)

# %% [markdown] lang="es"
# ## Abrir el modelo
#
# Lo que queda de un entrenamiento es un archivo, `model.tar.gz`, al que SageMaker llama **artefacto**. No tiene magia: dentro
# hay un solo archivo que XGBoost sabe leer. ¿Cuántos árboles tiene, y en qué se fijaron?

# %% [markdown] lang="en"
# ## Opening the model
#
# What is left of a training job is one file, `model.tar.gz`, which SageMaker calls its **artefact**. There is no magic in it:
# inside is a single file that XGBoost can read. How many trees does it have, and what did they look at?

# %%
booster = training.load_model(lab, result.artefact)
gains = booster.get_score(importance_type="total_gain")
importance = plots.feature_importance({housing.FEATURES[int(name[1:])]: gain for name, gain in gains.items()})
print(booster.num_boosted_rounds(), importance)
importance

# %% [markdown] lang="es"
# La calidad de la obra (`grade`) y la superficie se llevan más de la mitad de la mejora. Después viene el lugar, con los
# kilómetros a Seattle y la latitud. La edad, en cambio, apenas cuenta: no todas las hipótesis se cumplen.
#
# ## La hora de la verdad
#
# Por primera vez, el modelo se enfrenta a los meses de prueba. ¿Cuánto mejor es que las dos respuestas sencillas?

# %% [markdown] lang="en"
# The quality of the building (`grade`) and its area take more than half of the improvement. Then comes place, with the
# kilometres to Seattle and the latitude. Age, by contrast, hardly counts: not every hypothesis holds.
#
# ## The moment of truth
#
# For the first time, the model faces the test months. How much better is it than the two simple answers?

# %%
predicted = booster.inplace_predict(splits.test[list(housing.FEATURES)].to_numpy())
predictions["XGBoost"] = predicted
housing.score_table(predictions, splits.test["price"])

# %% [markdown] lang="es"
# Supera al agente con claridad: su error medio baja de casi el 19 % al 13 %. Pero un solo número esconde mucho. Miremos el
# error por tramos de precio, cada uno con una quinta parte de las casas.

# %% [markdown] lang="en"
# It clearly beats the agent: the mean error goes down from almost 19% to 13%. But a single number hides much. Let us look
# at the error by price band, each with a fifth of the houses.

# %%
bands = plots.errors_by_band(housing.errors_by_price_band(splits.test["price"], predicted))
print(bands)
bands

# %% [markdown] lang="es"
# *En dólares*, el error crece con el precio de la casa. *En porcentaje* es otra historia: acierta más en los tramos
# del medio y menos en el de las más baratas, donde 36 mil dólares ya son casi una quinta parte del precio.
#
# ¿Y por lugar? Cada hexágono es una zona; el color dice hacia qué lado se equivoca el modelo en ella:

# %% [markdown] lang="en"
# *In dollars*, the error grows with the price of the house. *As a percentage* it is another story: the model does best in
# the middle bands, and worst on the cheapest houses, where 36 thousand dollars are almost a fifth of the price.
#
# And by place? Each hexagon is an area; its colour says whether the model goes too high or too low there:

# %%
error_map = plots.errors_on_map(splits.test, predicted)
print(error_map)
error_map

# %% [markdown] lang="es"
# El mapa muestra lo que ninguna tabla dice: hay barrios donde el modelo se queda corto y otros donde se pasa. Quizá ahí
# falten datos, o alguna característica. Y en conjunto tiende a quedarse corto: estas ventas son *posteriores* a todo lo
# que estudió, y casas parecidas se vendieron por algo más. En la iteración 5 volveremos sobre eso.
#
# ## Lo que hiciste
#
# Limpiaste los datos sin tirar lo que servía, los dividiste por fecha, entrenaste dos veces el mismo modelo, una con el
# SDK y otra con la API, leíste un fallo provocado, y comparaste el resultado con dos respuestas que cualquiera podría dar.
#
# **Lo que ahora cuesta dinero, si trabajas en AWS:** unos megabytes en S3 y el disco de la instancia apagada. Los trabajos de entrenamiento
# se apagan solos.
#
# **Sigue:** [Iteración 3 · Despliegue](03_despliegue.ipynb).

# %% [markdown] lang="en"
# The map shows what no table says: there are neighbourhoods where the model is too low and others where it is too high.
# Perhaps data, or some feature, are missing there. And on the whole it tends to be too low: these sales are *later* than
# everything it studied, and similar houses sold for somewhat more. Iteration 5 comes back to that.
#
# ## What you did
#
# You cleaned the data and kept what was good, split them by date, trained the same model twice, once with the SDK
# and once with the API, read a failure made on purpose, and measured the result against two answers that anybody could
# give.
#
# **What now costs money, if you work on AWS:** some megabytes in S3 and the disk of the stopped instance. Training jobs switch themselves
# off.
#
# **Next:** [Iteration 3 · Deployment](03_deployment.ipynb).

# %%
from mllab_helpers import costs

storage.upload_bytes(lab, housing.algorithm_csv(splits.test, housing.FEATURES), "test/houses.csv")
lab.remember("data", {"test_key": "test/houses.csv", "features": list(housing.FEATURES)})
lab.remember("training", {"job": job, "artefact": result.artefact})
show_headline(say("notebooks.headline_02", rmse=housing.metrics(splits.test["price"], predicted)["rmse"]))
costs.so_far(lab)
