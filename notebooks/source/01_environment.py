# ---
# jupyter:
#   kernelspec:
#     display_name: mllab
#     language: python
#     name: mllab
# ---

# %% [markdown] lang="es"
# # Iteración 1 · Preparar el terreno
#
# ![Mapa del laboratorio: en esta iteración se construyen los datos en S3 y el rol de IAM](../figures/map_01_es.svg)
#
# Todo proyecto de aprendizaje automático en AWS empieza por las mismas dos preguntas: **dónde viven los datos** y
# **quién puede tocarlos**. En esta primera iteración vas a:
#
# 1. crear un *bucket* de Amazon S3 privado, cifrado y con versiones;
# 2. crear el rol de IAM con el que SageMaker trabajará en tu nombre, y ver por qué un rol debería poder *menos*;
# 3. ponerte tú también un rol que puede lo justo, y leer lo que AWS contesta cuando algo no está permitido;
# 4. subir `house_prices.csv`, casi diecinueve mil ventas de casas reales, y comprobar que llegó entero;
# 5. echar un primer vistazo a los datos: cuánto cuestan las casas, dónde están las caras, qué falta.
#
# | | |
# |---|---|
# | **Tiempo** | unos 30 minutos |
# | **Costo en AWS** | menos de 0.01 USD (2 MB en S3); en el AWS local, nada |
# | **Necesitas** | el proyecto instalado (`make setup`); en AWS, además, credenciales de un usuario de IAM o de IAM Identity Center, no las del usuario raíz |

# %% [markdown] lang="en"
# # Iteration 1 · Preparing the ground
#
# ![Map of the lab: this iteration builds the data in S3 and the IAM role](../figures/map_01_en.svg)
#
# Every machine learning project on AWS starts with the same two questions: **where do the data live**, and **who may
# touch them**. In this first iteration you will:
#
# 1. create an Amazon S3 bucket that is private, encrypted and versioned;
# 2. create the IAM role under which SageMaker will work for you, and see why a role should be able to do *less*;
# 3. put on a role yourself that can do just enough, and read what AWS answers when something is not allowed;
# 4. upload `house_prices.csv`, nearly nineteen thousand real house sales, and check that it arrived whole;
# 5. take a first look at the data: what houses cost, where the expensive ones are, what is missing.
#
# | | |
# |---|---|
# | **Time** | about 30 minutes |
# | **Cost on AWS** | under 0.01 USD (2 MB in S3); on the local AWS, nothing |
# | **You need** | the project installed (`make setup`); on AWS also credentials of a user of IAM or IAM Identity Center, not those of the root user |

# %% [markdown] lang="es"
# ## Los parámetros
#
# Aparte de los ejercicios, esta es la única celda que se toca. `backend` decide con qué AWS hablan los cuadernos:
# `local` es el AWS que este proyecto arranca en tu propio equipo, `aws` es el de verdad, y `auto` elige `aws` dentro de
# SageMaker y `local` en cualquier otro lugar. `student` forma parte del nombre de todo lo que crees, así que en una
# clase cada persona usa el suyo. `region` y `language` hacen lo que dicen. Estos cuatro están en todos los cuadernos: si
# cambias uno aquí, pon lo mismo en los demás, también cuando los abras dentro de una instancia de notebook.
#
# Con `data` puedes traer tu propio CSV, siempre que tenga las mismas columnas; entonces los números serán otros que los
# del texto. Los tres últimos son para cuentas de escuela en las que no puedes crear roles ni buckets: da los que te
# dieron, y el laboratorio los usará tal como están. Estos solo se dan aquí, y los demás cuadernos los recuerdan. Si
# repites este cuaderno, dalos otra vez: los que dejes vacíos se olvidan.

# %% [markdown] lang="en"
# ## The parameters
#
# Apart from the exercises, this is the only cell to touch. `backend` decides which AWS the notebooks talk to: `local`
# is the AWS that this project starts on your own machine, `aws` is the real one, and `auto` picks `aws` inside
# SageMaker and `local` anywhere else. `student` becomes part of the name of everything you create, so in a classroom
# everybody uses their own. `region` and `language` do what they say. These four are in every notebook: if you change one
# here, set the same value in the others, and also when you open them inside a notebook instance.
#
# With `data` you may bring a CSV of your own, as long as it has the same columns; the numbers will then differ from
# those in the text. The last three are for school accounts in which you may not create roles or buckets: name the ones
# that you were given, and the lab will use them as they are. They are given only here, and the other notebooks remember
# them. If you repeat this notebook, give them again: those that you leave empty are forgotten.

# %% tags=["parameters"]
backend: str = "auto"
student: str = "ana"
region: str = "us-east-1"
language: str = "es"
data: str = ""
role_arn: str = ""
bucket: str = ""
lambda_role_arn: str = ""

# %% [markdown] lang="es"
# Una línea abre el laboratorio: averigua con qué AWS se habla, con qué identidad, y cómo se llamarán tus recursos. Otra
# anota lo que te dieron, y la última pregunta si hay con qué trabajar, **antes de crear nada**: si algo falta, se detiene
# aquí y dice qué hacer. Desde aquí, todo lo que ves son llamadas normales a AWS.
#
# Si Jupyter te pide que elijas un *kernel*, escoge **mllab**, y si no está en la lista, ejecuta `make kernel` en la carpeta
# del proyecto y recarga la página.

# %% [markdown] lang="en"
# One line opens the lab: it finds out which AWS is meant, under which identity, and what your resources will be called.
# Another notes what you were given, and the last one asks whether there is what the work takes, **before anything is
# created**: if something is missing, it stops here and says what to do. From here on, everything you see is ordinary AWS calls.
#
# If Jupyter asks you to select a *kernel*, choose **mllab**, and if it is not in the list, run `make kernel` in the project's
# folder and reload the page.

# %%
from mllab_helpers import Lab, doctor, housing, identity, plots, policies, storage
from mllab_helpers.identity import given, roles
from mllab_helpers.notebook import checks
from mllab_helpers.notebook.headline import show_headline
from mllab_helpers.tables import for_reading
from mllab_helpers.texts import say

lab = Lab.open(backend=backend, student=student, region=region, language=language)
given.use(lab, role_arn=role_arn, lambda_role_arn=lambda_role_arn, bucket=bucket)
print(doctor.check(lab, "01"))
lab

# %% [markdown] lang="es"
# ## Un bucket para los datos
#
# Un bucket es una carpeta con nombre **único en todo el mundo**: ni tú ni nadie puede usar un nombre que ya tenga dueño.
# El curso original usaba `ml-lab-data`, y los nombres así de cortos suelen estar tomados. Probemos con uno que seguro
# tiene dueño, el de los ejemplos de AWS, esperando el error. (`storage.location` añade la región: S3 la exige en todas menos
# en us-east-1, donde no la admite.)

# %% [markdown] lang="en"
# ## A bucket for the data
#
# A bucket is a folder whose name is **unique in the whole world**: nobody may use a name that already has an owner.
# The original course used `ml-lab-data`, and names as short as that tend to be taken. Let us try one that certainly has
# an owner, the one with AWS's samples, expecting the error. (`storage.location` adds the region: S3 insists on it everywhere
# but in us-east-1, where it refuses it.)

# %%
from botocore.exceptions import ClientError

s3 = lab.client("s3")
try:
    s3.create_bucket(Bucket="sagemaker-sample-files", **storage.location(lab.region))
except ClientError as error:
    print(error.response["Error"]["Code"])

# %% [markdown] lang="es"
# `BucketAlreadyExists`: otra persona llegó antes. (`AccessDenied`, si no puedes crear buckets: ni se mira el nombre.) Por
# eso el laboratorio compone un nombre con tu cuenta, la región y tu nombre de estudiante. `ensure_bucket` crea ese bucket,
# o lo encuentra si ya existía: porque ejecutas esta celda otra vez, porque tu docente lo preparó, o porque te dieron uno, y
# entonces solo anota que es tuyo.
#
# ¿Y qué tal está protegido? No hace falta creerle a nadie: se le pregunta a S3 (`get_public_access_block`,
# `get_bucket_encryption` y `get_bucket_versioning`). En el bucket que crea el laboratorio nadie de fuera puede leer, lo que
# se guarda queda cifrado, y sobrescribir un archivo conserva la versión anterior.

# %% [markdown] lang="en"
# `BucketAlreadyExists`: somebody else was first. (`AccessDenied` if you may not create buckets: the name is not even looked
# at.) That is why the lab composes a name from your account, the region and your student name. `ensure_bucket` creates that
# bucket, or finds it if it was there: because you run this cell again, because your teacher prepared it, or because you
# were given one, and then it only notes that it is yours.
#
# And how well is it protected? There is no need to take anybody's word: we ask S3 (`get_public_access_block`,
# `get_bucket_encryption` and `get_bucket_versioning`). In a bucket that the lab makes nobody outside can read, what is stored
# is encrypted, and overwriting a file keeps the previous version.

# %%
bucket = storage.ensure_bucket(lab)
print(bucket)
print(storage.bucket_settings(lab))

# %% [markdown] lang="es"
# ## Un rol para SageMaker
#
# Cuando entrenes un modelo, quien leerá el bucket no serás tú: será SageMaker, en una máquina suya. Para eso existe el
# **rol de ejecución**: una identidad que el servicio puede *asumir*. Tiene dos mitades. La *política de confianza* dice
# quién puede ponérselo; las *políticas de permisos*, qué puede hacer quien lo lleva puesto.

# %% [markdown] lang="en"
# ## A role for SageMaker
#
# When you train a model, it will not be you who reads the bucket: it will be SageMaker, on a machine of its own. That
# is what the **execution role** is for: an identity that the service can *assume*. It has two halves. The *trust
# policy* says who may put it on; the *permission policies* say what its wearer may do.

# %% [markdown] lang="es"
# El curso le pone las dos políticas más generosas del catálogo, `AmazonS3FullAccess` y `AmazonSageMakerFullAccess`.
# Hagámoslo, y miremos después dos cosas: el **ARN** del rol, que es el nombre completo con que AWS distingue un recurso de
# cualquier otro (servicio, cuenta y nombre), y qué quedó escrito como política de confianza: solo SageMaker puede ponerse
# este rol. Si el rol te lo dieron, o lo preparó tu docente, se queda como está; y si no puedes mirarlo, la lista sale vacía.

# %% [markdown] lang="en"
# The course gives it the two most generous policies of the catalogue, `AmazonS3FullAccess` and
# `AmazonSageMakerFullAccess`. Let us do so, and then look at two things: the role's **ARN**, the full name by which AWS
# tells a resource from any other (service, account and name), and what was written as trust policy: only SageMaker may put
# this role on. If the role was given to you, or prepared by your teacher, it stays as it is; and if you may not look at
# it, the list is empty.

# %%
import json

role_arn = identity.ensure_execution_role(lab, policies=("AmazonS3FullAccess", "AmazonSageMakerFullAccess"))
trust = identity.trust_policy(lab)
print(role_arn)
print(json.dumps(trust["Statement"], indent=2))

# %% [markdown] lang="es"
# Funciona. Pero «funciona» no es lo mismo que «puede solo lo necesario». Preguntémosle a IAM, sin hacer nada de verdad
# (`simulate_principal_policy`): ¿podría este rol borrar el bucket de las nóminas, que no tiene nada que ver con nuestro
# proyecto?

# %% [markdown] lang="en"
# It works. But "it works" is not the same as "it can do only what it must". Let us ask IAM, without really doing
# anything (`simulate_principal_policy`): could this role delete the payroll bucket, which has nothing to do with our project?

# %%
print(identity.could(lab, role_arn, "s3:DeleteBucket", "arn:aws:s3:::payroll"))

# %% [markdown] lang="es"
# Con las dos políticas del curso, `allowed`: permitido. Un error en un script, y adiós nóminas. (`implicitDeny` quiere decir
# que tu rol viene ya recortado, y que nadie lo permite.) Veamos el documento que permite lo que este laboratorio
# usa y nada más, con el motivo de cada permiso; y debajo, comparado con las dos políticas del curso:

# %% [markdown] lang="en"
# With the course's two policies, `allowed`. One slip in a script, and the payroll is gone. (`implicitDeny` means that your
# role comes trimmed already, and that nobody allows it.) Here is the document that allows what this lab uses and
# nothing more, with the reason for each permission; and below, compared with the course's two policies:

# %%
display(for_reading(identity.explain_policy(roles.policy(lab, policies.EXECUTION))))
display(for_reading(identity.compare_policies(lab)))

# %% [markdown] lang="es"
# Cada comodín (`*`) es una puerta que alguien dejó abierta «por si acaso». `AmazonS3FullAccess` parece corta, con dos
# acciones; pero terminan en comodín y valen para toda la cuenta. El documento mínimo nombra una a una sus acciones, y
# solo deja dos permisos sobre todo: los que AWS no permite atar a un recurso.
#
# Con ese documento sigue el laboratorio. `ensure_roles` le quita al rol las dos políticas generosas y prepara, cada uno con
# su documento mínimo, los demás roles que harán falta: el de las funciones Lambda de la iteración 4, los dos que trabajan
# solos en la iteración 5, el que borra los endpoints olvidados y, por último, **el tuyo**. Los que preparó tu docente, o te
# dieron, se quedan como están.

# %% [markdown] lang="en"
# Each wildcard (`*`) is a door that somebody left open "just in case". `AmazonS3FullAccess` looks short, with two
# actions; but they end in a wildcard and hold for the whole account. The minimal document names its actions one by one,
# and leaves only two statements on everything: those that AWS does not let you tie to a resource.
#
# With that document the lab goes on. `ensure_roles` takes the two generous policies off the role and prepares the other
# roles that will be needed, each with its minimal document: the one for iteration 4's Lambda functions, the two that work
# by themselves in iteration 5, the one that deletes forgotten endpoints and, last, **your own**. Roles that your teacher
# prepared, or that you were given, are left as they are.

# %%
for actor, arn in roles.ensure_roles(lab).items():
    print(f"{actor:10} {arn}")

# %% [markdown] lang="es"
# ## Y ahora, tu propio rol
#
# Hasta aquí trabajaste como quien **prepara** el laboratorio: un docente, o la persona que administra la cuenta. Para
# aprender no hace falta poder tanto, y quien puede crear roles puede darse cualquier permiso. Desde la próxima línea
# trabajas con el rol de estudiante, el mismo que tendría una instancia de notebook de SageMaker; si te dieron un rol, con la
# identidad que ya tenías. Que está puesto de verdad se nota en lo que **no** deja hacer: intentemos crear otro rol, esperando
# el error. (Si no sale ninguno, tu identidad puede más de lo que necesita; el rol de la prueba ya se borró.)

# %% [markdown] lang="en"
# ## And now, your own role
#
# So far you have worked as the one who **prepares** the lab: a teacher, or whoever administers the account. Learning does
# not take that much, and whoever may create roles may give themselves any permission. From the next line on you work in
# the learner's role, the same that a SageMaker notebook instance would have; if you were given a role, you keep the identity
# that you had. What shows that the role is really on is what it does **not** let you do: let us try to create another role,
# expecting the error. (If there is none, your identity can do more than it needs to; the trial role is already deleted.)

# %%
lab = lab.as_learner()
s3 = lab.client("s3")
print(lab.client("sts").get_caller_identity()["Arn"])
try:
    lab.client("iam").create_role(
        RoleName=lab.name("superpowers"), AssumeRolePolicyDocument=json.dumps(trust)
    )
    identity.delete_role(lab, lab.name("superpowers"))
except ClientError as error:
    print(error.response["Error"]["Message"])

# %% [markdown] lang="es"
# Tarde o temprano este mensaje te saldrá en tu propio proyecto, así que vale la pena leerlo despacio. Contesta cuatro
# preguntas: **quién** lo pidió (`User`: el rol y, tras la barra, la sesión), **qué** acción (`perform`), **sobre qué** recurso
# (`on resource`) y **por qué** no (`because`): ninguna política de su identidad lo permite. Con esas cuatro cosas, quien
# administra la cuenta sabe qué línea falta, y dónde.

# %% [markdown] lang="en"
# Sooner or later you will meet this message in a project of your own, so it is worth reading it slowly. It answers four
# questions: **who** asked (`User`: the role and, after the slash, the session), for **what** action (`perform`), **on what**
# resource (`on resource`) and **why** not (`because`): no policy of that identity allows it. With these four, whoever
# administers the account knows which line is missing, and where.

# %% [markdown] lang="es"
# ## Los datos: casas de verdad, con sus errores
#
# Son ventas del condado de King, en el estado de Washington, donde está Seattle. Los precios y las casas son reales y de
# dominio público (CC0). El archivo, en cambio, se parece a lo que entrega un sistema de oficina: trae defectos.
#
# Algunos venían en los datos, como una casa con 33 dormitorios. Otros los añadió este laboratorio a propósito, siempre
# los mismos, para que puedas aprender a limpiarlos. No se esconden: abajo está la lista completa de los añadidos.
#
# El archivo lleva las ventas de mayo de 2014 a marzo de 2015. Abril y mayo de 2015 quedan guardados: llegarán en la
# iteración 5 como *datos nuevos*, igual que en la vida real. Después de la lista verás sus primeras líneas y cuántas filas
# y columnas tiene.

# %% [markdown] lang="en"
# ## The data: real houses, with their errors
#
# These are sales in King County, in the state of Washington, where Seattle is. Prices and houses are real and in the
# public domain (CC0). The file, though, looks like what an office system delivers: it has defects.
#
# Some came with the data, like a house with 33 bedrooms. Others were added by this lab on purpose, always the same
# ones, so that you can learn to clean them. They are not hidden: below is the complete list of those that were added.
#
# The file holds the sales from May 2014 to March 2015. April and May 2015 are kept back: they will arrive in
# iteration 5 as *new data*, as they do in real life. After the list you will see the file's first lines, and how many rows
# and columns it has.

# %%
display(for_reading(housing.defects()))
content = housing.export_bytes(data)
header, *rows = content.decode().splitlines()
print(header, *rows[:3], sep="\n")
print(f"{len(rows):,} × {header.count(',') + 1}")

# %% [markdown] lang="es"
# ## Subirlo, y comprobar que llegó entero
#
# Una subida puede cortarse o dañarse. S3 calcula el SHA-256 de lo que recibió; si coincide con el nuestro, el archivo
# que está allí es, byte por byte, el que está aquí. La última línea es lo que contesta S3 cuando se le pide la lista.

# %% [markdown] lang="en"
# ## Uploading it, and checking that it arrived whole
#
# An upload can break off or be damaged. S3 computes the SHA-256 of what it received; if it equals ours, the file over
# there is, byte for byte, the file over here. The last line is what S3 answers when asked for a list.

# %%
upload = storage.upload_bytes(lab, content, "raw/house_prices.csv")
print(upload)
lab.remember("raw_data", {"key": "raw/house_prices.csv"})
for item in s3.list_objects_v2(Bucket=bucket, Prefix="raw/")["Contents"]:
    print(f"s3://{bucket}/{item['Key']}  {item['Size']:,} bytes")

# %% [markdown] lang="es"
# ### Ejercicio 1.1 · Preguntarle a S3
#
# La lista de arriba ya dice cuántos bytes ocupa `raw/house_prices.csv`. Pregúntaselo ahora a S3 por ese solo objeto, sin
# pedir la lista y sin descargar el archivo. Pista: busca `head_object` en la documentación de boto3.

# %% [markdown] lang="en"
# ### Exercise 1.1 · Asking S3
#
# The list above already says how many bytes `raw/house_prices.csv` takes. Now ask S3 about that one object, without
# listing and without downloading the file. Hint: look for `head_object` in boto3's documentation.

# %% tags=["exercise"]
bytes_in_s3 = ...

# %% tags=["solution"]
bytes_in_s3 = s3.head_object(Bucket=bucket, Key="raw/house_prices.csv")["ContentLength"]

# %%
checks.bytes_in_s3(lab, bytes_in_s3)

# %% [markdown] lang="es"
# ## Un primer vistazo
#
# Desde ahora los datos se leen de S3; el archivo local ya no se usa. Estas son las cinco primeras ventas y ocho de sus
# columnas: `sqft_living` es la superficie de la casa y `sqft_lot` la del terreno, en pies cuadrados.

# %% [markdown] lang="en"
# ## A first look
#
# From now on the data are read from S3; the local file is not used again. These are the first five sales and eight of
# their columns: `sqft_living` is the area of the house and `sqft_lot` that of the plot, in square feet.

# %%
import pandas as pd

raw = pd.read_csv(s3.get_object(Bucket=bucket, Key="raw/house_prices.csv")["Body"])
raw.iloc[:5, :8]

# %% [markdown] lang="es"
# ¿Cuánto cuesta una casa? La media engaña cuando hay mansiones, así que mira la forma completa.

# %% [markdown] lang="en"
# What does a house cost? The average misleads where there are mansions, so look at the whole shape.

# %%
prices = housing.parse_prices(raw["price"])
distribution = plots.price_distribution(prices)
print(distribution)
distribution

# %% [markdown] lang="es"
# La media queda muy a la derecha de la mediana: la arrastran las casas de varios millones. Un modelo que falle por
# 50,000 dólares falla poco en una mansión y muchísimo en una casa modesta: habrá que recordarlo al medir errores.
#
# ¿Y dónde están las caras?

# %% [markdown] lang="en"
# The mean lies well to the right of the median: houses worth several millions pull it there. A model that is 50,000
# dollars off is a little off for a mansion and far off for a modest house: worth remembering when errors are measured.
#
# And where are the expensive ones?

# %%
price_map = plots.prices_on_map(raw.assign(price=prices))
print(price_map)
price_map

# %% [markdown] lang="es"
# La forma del condado aparece sola, sin mapa de fondo: cada punto es una venta. Las caras bordean el lago Washington, el
# hueco alargado entre Seattle y Bellevue; hacia el sur, los precios bajan. **El lugar importa**, y el modelo tendrá que
# saber de él. De las casas que quedan fuera, la mayoría perdió el signo menos de su longitud (está en la lista de defectos)
# y el mapa la pondría en Asia.
#
# Por último, lo que falta. Cada barra cuenta las celdas vacías de una columna; qué hacer con ellas se decide en la
# próxima iteración.

# %% [markdown] lang="en"
# The shape of the county appears by itself, without a map underneath: each dot is a sale. The expensive ones line Lake
# Washington, the long gap between Seattle and Bellevue; towards the south, prices fall. **Place matters**, and the model
# will have to know about it. Of the houses that fall outside, most lost the minus sign of their longitude (it is in the list
# of defects), which would put them in Asia.
#
# Finally, what is missing. Each bar counts the empty cells of a column; what to do with them is the next iteration's
# decision.

# %%
missing = plots.missing_cells(raw)
print(missing)
missing

# %% [markdown] lang="es"
# Ninguna columna pierde mucho: la que más, `sqft_basement`, menos del 5 %. Pero los huecos caen en filas distintas, y
# juntos alcanzan a más de una de cada diez ventas.
#
# ### Ejercicio 1.2 · El código postal más caro
#
# ¿En qué código postal (`zipcode`) es más alta la **mediana** del precio? Cuidado: algunos precios llegaron como texto
# («$1,250,000»), y por eso arriba se usó `housing.parse_prices`, que los convierte en números: están en `prices`.

# %% [markdown] lang="en"
# No column loses much: the worst, `sqft_basement`, less than 5%. But the gaps fall on different rows, and together they
# reach more than one sale in ten.
#
# ### Exercise 1.2 · The most expensive postal code
#
# In which postal code (`zipcode`) is the **median** price highest? Careful: some prices arrived as text
# ("$1,250,000"), which is why `housing.parse_prices` was used above to turn them into numbers: they are in `prices`.

# %% tags=["exercise"]
dearest_zipcode = ...

# %% tags=["solution"]
dearest_zipcode = prices.groupby(raw["zipcode"]).median().idxmax()

# %%
checks.dearest_zipcode(raw, dearest_zipcode)

# %% [markdown] lang="es"
# ## Lo que hiciste
#
# Creaste un bucket que nadie más puede leer y los roles del laboratorio, cada uno con lo justo; te pusiste el tuyo y
# leíste qué contesta AWS cuando algo no está permitido. Subiste los datos y comprobaste su huella. También los miraste
# antes de modelarlos, y ya sabes qué les falta.
#
# **Lo que ahora cuesta dinero, si trabajas en AWS:** 2 MB en S3, bastante menos de un centavo al mes.
#
# **Sigue:** [Iteración 2 · Entrenamiento](02_entrenamiento.ipynb).

# %% [markdown] lang="en"
# ## What you did
#
# You created a bucket that nobody else can read and the lab's roles, each with just enough; you put on your own and read
# what AWS answers when something is not allowed. You uploaded the data and checked their fingerprint. You also looked at
# them before modelling them, and know what they lack.
#
# **What now costs money, if you work on AWS:** 2 MB in S3, well below a cent a month.
#
# **Next:** [Iteration 2 · Training](02_training.ipynb).

# %%
from mllab_helpers import costs

lab.remember("environment", {"bucket": bucket})
show_headline(say("notebooks.headline_01", rows=len(raw)))
costs.so_far(lab)
