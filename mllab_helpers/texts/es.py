"""Texts in Spanish. Keys are `<topic>.<what>`; both catalogues hold the same keys and placeholders."""

from __future__ import annotations

TEXTS: dict[str, str] = {
    # --- errors
    "errors.no_students": (
        "Falta decir de quiénes es la clase. Escribe --students ana,luis o --file estudiantes.txt."
    ),
    "errors.policy_unwritable": "No se puede escribir en {folder} ({reason}). Indica otra carpeta con --output.",
    "errors.no_class_file": (
        "No se puede leer {file}: {reason}. Debe ser un archivo de texto con un nombre por línea."
    ),
    "errors.wrong_class_names": (
        "Hay nombres que no sirven, y por eso no se ha creado nada:\n{problems}\nValen letras minúsculas sin "
        "acento y cifras, hasta {limit}, y cada nombre una sola vez. Corrígelos y repite la orden."
    ),
    "errors.sheet_in_the_way": (
        "No se puede escribir en {path}: la carpeta no existe o hay allí un archivo que no es de mllab class. "
        "No se ha tocado. Elige otro con --output."
    ),
    "errors.class_unfinished": (
        "La clase quedó a medias en {student}: {reason}\nYa están listos: {ready}. Cuando esté resuelto, repite "
        "la misma orden: sigue donde se quedó."
    ),
    "errors.not_confirmed": (
        "Esto borraría todo lo de {students}, también sus datos, y no se puede deshacer. No se ha borrado nada. "
        "Si es lo que quieres, repite la orden con --yes."
    ),
    "errors.wrong_student_name": (
        "El nombre de estudiante {student!r} no sirve: todos los recursos lo llevarán en su nombre, y AWS "
        "solo acepta ahí letras minúsculas sin acento y cifras (el laboratorio usa el guion para separar, "
        "así que tampoco va; máximo {limit} caracteres). Cambia el parámetro student, por ejemplo a "
        "{suggestion!r}."
    ),
    "errors.wrong_resource_name": (
        "El nombre {name!r} no sirve para un recurso: debe empezar por {prefix!r} (así lo encontrará la "
        "limpieza), contener solo letras, cifras y guiones, sin guion al final, y medir {limit} caracteres "
        "como mucho. Usa lab.name(...) para formarlo."
    ),
    "errors.out_of_order": (
        "Aquí falta algo que prepara otro cuaderno: {missing}. Ejecuta primero {notebook}, completo, y "
        "vuelve a este."
    ),
    "errors.notes_unwritable": (
        "No se puede escribir en {path} ({reason}), donde cada cuaderno deja lo que necesita el siguiente. Libera espacio "
        "o corrige los permisos de esa carpeta y vuelve a ejecutar la celda; lo que ya estaba creado sigue allí."
    ),
    "errors.took_too_long": (
        "{what} no terminó de cambiar en {minutes} minutos. Mira su estado en la consola de SageMaker; si "
        "sigue avanzando, vuelve a ejecutar la celda para seguir esperando."
    ),
    "errors.unknown_backend": "El backend {backend!r} no existe. Elige uno de estos: {known}.",
    "errors.unknown_language": "No hay textos en el idioma {language!r}. Elige uno de estos: {known}.",
    "errors.unknown_region": (
        "En la región {region!r} no está lo que el laboratorio necesita de SageMaker. Cambia el parámetro "
        "region; las que sirven: {known}."
    ),
    "errors.no_credentials": (
        "No hay credenciales de AWS, así que no se ha creado nada. Ejecuta `aws configure` (o `aws sso "
        'login`) en una terminal y vuelve a ejecutar la celda, o trabaja sin cuenta con backend="local".'
    ),
    "errors.expired_credentials": (
        "Las credenciales de AWS caducaron. Renuévalas (`aws sso login`, o copia las nuevas de tu aula) y "
        "vuelve a ejecutar la celda; lo que ya estaba creado sigue allí."
    ),
    "errors.expired_while_waiting": (
        "Las credenciales de AWS caducaron mientras se esperaba a {what}, que sigue adelante en AWS sin ellas. "
        "Renuévalas (`aws sso login`, o copia las nuevas de tu aula), ejecuta otra vez la celda que abre el "
        "laboratorio y después esta: lo que tiene un nombre fijo se encuentra; si es un trabajo con la hora en el "
        "nombre, empieza otro y el anterior termina solo."
    ),
    "errors.wrong_clock": (
        "El reloj de este equipo va {minutes} minutos {how} respecto al de AWS, que por eso no acepta sus firmas "
        "({operation}: {code}). Ponlo en hora (activa la hora automática del sistema) y vuelve a ejecutar la celda."
    ),
    "errors.wrong_credentials": (
        "AWS no reconoce las credenciales ({operation}: {code}). Mira con `aws sts get-caller-identity` "
        "cuáles se están usando y corrígelas; si trabajas con el AWS local, vuelve a ejecutar la celda que "
        "abre el laboratorio. Si son correctas, puede que la región no esté activada en la cuenta."
    ),
    "errors.no_connection": (
        "No se pudo llegar a AWS ({address}). Revisa la conexión a internet, el proxy y el nombre de la "
        "región, y vuelve a ejecutar la celda."
    ),
    "errors.local_aws_died": (
        "El AWS local ya no responde: su proceso terminó, y con él todo lo que guardaba. Vuelve a ejecutar "
        "la celda que abre el laboratorio, que lo arranca de nuevo, y empieza por el primer cuaderno. "
        "`mllab local logs` muestra qué pasó."
    ),
    "errors.local_aws_forgot": (
        "El AWS local se reinició desde la última vez y lo olvidó todo: buckets, modelos y endpoints. "
        "Ejecuta otra vez {notebook} y sigue desde ahí."
    ),
    "errors.local_aws_failed": (
        "El AWS local no pudo arrancar: {reason} Ejecuta `mllab doctor` para saber qué le falta a este "
        "equipo."
    ),
    "errors.foreign_directory": (
        "La carpeta {home} no es del AWS local: contiene {found} y ninguna clave suya, así que no se tocó. "
        "Indica en MLLAB_LOCAL_HOME una carpeta nueva o vacía."
    ),
    "errors.port_in_use": (
        "El puerto elegido para el AWS local lo ocupa otro programa: {reason} Elige otro con `mllab local "
        "up --port`, u omite la opción y se tomará uno libre."
    ),
    "errors.aws_refused": (
        "AWS rechazó {operation} ({code}): {message} Corrige lo que dice el mensaje y vuelve a ejecutar la "
        "celda."
    ),
    "errors.bad_request": (
        "La llamada no llegó a salir hacia AWS, porque no está bien formada: {message} Corrige los "
        "argumentos que nombra el mensaje."
    ),
    "errors.denied": (
        "No tienes permiso para {operation} ({code}): {message} Pide ese permiso a quien administra la "
        "cuenta; si en ella no puedes crear roles o buckets, da los tuyos en los parámetros del cuaderno 01 "
        "(role_arn, bucket)."
    ),
    "errors.quota_exceeded": (
        "La cuenta no tiene cuota para {operation} ({code}): {message} Borra lo que ya no uses, o pide un "
        "aumento en Service Quotas."
    ),
    "aws.other_types": (
        "Las cuentas nuevas suelen tener cuota 0 para muchos tipos de instancia. En lugar de {machine}, prueba en los "
        "parámetros con {others} (mllab doctor dice cuáles tienen cuota)."
    ),
    "aws.other_type": (
        "Las cuentas nuevas suelen tener cuota 0 para muchos tipos de instancia: prueba con otro en los parámetros."
    ),
    "errors.throttled": (
        "AWS recibió demasiadas llamadas seguidas y no atendió {operation} ({code}): {message} No hay nada que "
        "corregir: espera un minuto y vuelve a ejecutar la celda."
    ),
    "errors.bucket_taken": (
        "El bucket {bucket} ya existe en la cuenta de otra persona: los nombres de bucket son únicos en "
        "todo el mundo. Elige otro nombre de estudiante."
    ),
    "errors.instance_failed": "La instancia {name} no llegó a encenderse. AWS dice: {reason} Sus registros están en CloudWatch, en el grupo /aws/sagemaker/NotebookInstances, en los flujos que empiezan con su nombre. Corrige la causa y repite la celda.",
    "errors.no_project_files": "En {folder} no están los archivos del proyecto, y con ellos se equipa la instancia. Trabaja en un clon del proyecto (mira README.es.md, En AWS).",
    "errors.wrong_role_arn": (
        "{arn!r} no es el ARN de un rol: tiene la forma arn:aws:iam::123456789012:role/NOMBRE. Cópialo de la "
        "consola de IAM, o pídeselo a quien administra la cuenta."
    ),
    "errors.role_elsewhere": (
        "El rol {arn} es de la cuenta {other}, y tú trabajas en la {account}. Pide un rol de tu cuenta, o entra "
        "con las credenciales de la otra."
    ),
    "errors.no_such_role": (
        "El rol {arn} no existe en la cuenta {account}. Comprueba el nombre (y la ruta) en la consola de IAM."
    ),
    "errors.not_ready": (
        "El cuaderno {notebook} no puede ejecutarse hasta el final. No se ha creado nada. Corrige esto y ejecuta la "
        "celda otra vez:\n{findings}"
    ),
    "errors.not_prepared": (
        "Falta {what}, y {caller} no puede crearlo. Pide a tu docente que lo prepare (el comienzo del cuaderno 01, "
        "o mllab class create), o que te dé un bucket o un rol ya hechos para los parámetros bucket y role_arn."
    ),
    "errors.roles_of_another_region": (
        "{student} ya tiene un laboratorio en {other}, y sus roles solo sirven allí. Sigue en esa región (parámetro region), "
        "o borra primero ese laboratorio con mllab clean --region {other} --student {student} y empieza después en {region}."
    ),
    "errors.given_bucket_missing": (
        "El bucket {bucket} no existe. Comprueba el parámetro bucket, o déjalo vacío y el laboratorio creará el suyo."
    ),
    "errors.given_bucket_refused": (
        "No puedes mirar dentro del bucket {bucket}, o no es de tu cuenta ({account}). Pide a quien la administra "
        "los permisos que imprime: mllab policy learner --account {account} --region {region} --student {student} --bucket {bucket}"
    ),
    "errors.given_bucket_elsewhere": (
        "El bucket {bucket} está en {there} y el laboratorio trabaja en {here}: SageMaker solo lee datos de su "
        "región. Cambia el parámetro region, o pide un bucket en {here}."
    ),
    "errors.bucket_in_use": (
        "En el bucket {bucket} ya vive el laboratorio de {student!r}. Cada bucket es de un solo estudiante: pide "
        "otro, o que {student} ejecute antes el cuaderno de limpieza."
    ),
    "errors.bucket_occupied": (
        "En el bucket {bucket} ya hay algo en {prefix}, donde el laboratorio escribiría. No se ha tocado nada: "
        "muévelo a otro lugar, o usa otro bucket."
    ),
    "errors.no_bucket": "El bucket {bucket} no existe todavía, o ya se borró. Ejecuta primero {notebook}.",
    "errors.no_such_object": (
        "En el bucket {bucket} no hay ningún objeto con la clave {object!r}. Mira las que hay con "
        "storage.list_objects(lab): mayúsculas, barras y espacios cuentan."
    ),
    "errors.empty_prefix": (
        "En el bucket {bucket} ninguna clave empieza por {prefix!r}, así que no habría nada que leer. Mira "
        "las claves que hay con storage.list_objects(lab) y corrige el prefijo, o sube primero los datos."
    ),
    "errors.upload_damaged": (
        "Lo que S3 guardó en {uri} no es lo que se envió: la suma de comprobación no coincide. Sube el "
        "archivo otra vez."
    ),
    "errors.bad_hyperparameter": (
        "{problem} No se creó ningún trabajo: en AWS habría fallado minutos después, ya con la instancia "
        "en marcha. Corrige el hiperparámetro y vuelve a ejecutar la celda."
    ),
    "errors.unknown_door": (
        "La deriva no se puede analizar por {door!r}. Elige uno de estos: {known}; auto toma Model Monitor si "
        "la cuenta lo tiene."
    ),
    "errors.unknown_image": (
        "No hay imagen de XGBoost con la versión {version!r}. Elige una de estas: {known}. (En AWS, latest "
        "no es la última, sino la 0.72.)"
    ),
    "errors.job_name_in_use": (
        "Ya hay un trabajo de entrenamiento llamado {name}, y AWS no deja usar un nombre dos veces, ni "
        "siquiera cuando el trabajo terminó. Pide un nombre nuevo con lab.unique_name(...)."
    ),
    "errors.job_not_found": (
        "No hay ningún trabajo de entrenamiento llamado {name}. Revisa el nombre; si el AWS local se "
        "reinició, también lo olvidó."
    ),
    "errors.training_failed": (
        "El trabajo de entrenamiento {name} falló. Motivo: {reason}\n"
        "Corrige la causa y entrena otra vez con un nombre nuevo; el registro completo está en CloudWatch "
        "Logs, grupo /aws/sagemaker/TrainingJobs."
    ),
    "errors.no_metrics": (
        "El registro del trabajo {name} no tiene líneas con métricas. Si acaba de empezar, espera a que "
        "termine con training.wait_for_training; si ya terminó, repite la celda dentro de un minuto."
    ),
    "errors.artefact_damaged": (
        "El artefacto {artefact} no se puede usar: {reason} Entrena otra vez, o usa el artefacto de otro "
        "trabajo."
    ),
    "errors.endpoint_failed": (
        "El endpoint {name} no llegó a servir. Motivo: {reason}\n"
        "Final de su registro:\n"
        "{log}\n"
        "Corrige la causa (casi siempre el modelo o su imagen) y vuelve a ejecutar la celda: el endpoint "
        "fallido se borra y se crea otra vez."
    ),
    "errors.endpoint_not_found": (
        "No hay ningún endpoint en servicio llamado {name}. Créalo con deployment.ensure_endpoint, o "
        "revisa el nombre. Si existía, puede haber caducado: un endpoint se borra solo a las horas que dice "
        "expires_in."
    ),
    "errors.wrong_content_type": (
        "El endpoint {name} no entiende lo que se le envió como {sent} (415): {message}\n"
        "El algoritmo XGBoost integrado lee text/csv, sin encabezado ni etiqueta; para que lea JSON hace "
        "falta un inference.py propio (deployment.package_inference_script)."
    ),
    "errors.model_rejected": (
        "El contenedor del endpoint {name} respondió con un error ({status}): {message}\n"
        "Revisa los datos enviados: deben tener las mismas columnas, y en el mismo orden, que los de "
        "entrenamiento."
    ),
    "errors.row_not_numeric": (
        "No se envió nada: en la fila {row}, columna {column}, hay {value}, que no es un número. El modelo "
        "solo lee números; deja la celda vacía si el dato no se conoce."
    ),
    "errors.rows_ragged": (
        "No se envió nada: todas las filas deben tener la misma cantidad de columnas, y al menos una fila "
        "(cantidades encontradas: {lengths})."
    ),
    "errors.left_behind": (
        "La limpieza no terminó: todavía quedan estos recursos de {student}:\n"
        "{resources}\n"
        "Ejecuta la limpieza otra vez; si alguno persiste, bórralo en la consola de AWS, porque puede "
        "seguir costando dinero."
    ),
    "errors.which_student": (
        "En este equipo trabajaron varios estudiantes ({students}). Di de quién se trata: añade --student NOMBRE a la orden."
    ),
    "errors.which_region": (
        "{student} tiene laboratorios en varias regiones ({regions}). Di en cuál: añade --region REGIÓN a la orden."
    ),
    "errors.whose_lab": (
        "En este equipo nadie ha trabajado todavía con AWS. Di de quién es el laboratorio: añade --student NOMBRE a la orden "
        "(y --region REGIÓN si no está en la región de tu configuración de AWS)."
    ),
    # --- lab
    "lab.open_local": "Laboratorio de {student} en el AWS local (región {region}, cuenta {account})",
    "lab.open_aws": "Laboratorio de {student} en AWS (región {region}, cuenta {account})",
    "lab.ledger_unwritable": (
        "No se puede escribir en {path} ({reason}). El laboratorio sigue y la limpieza lo encontrará todo, porque "
        "se lo pregunta a AWS; al recibo le faltará lo que se cree desde ahora."
    ),
    "lab.clock_ahead": "adelantado",
    "lab.clock_behind": "atrasado",
    "lab.notebook_01": "01_preparacion.ipynb",
    "lab.notebook_02": "02_entrenamiento.ipynb",
    "lab.notebook_03": "03_despliegue.ipynb",
    "lab.topic_environment": "el entorno",
    "lab.topic_given": "lo que da la cuenta de la escuela",
    "lab.topic_kept": "lo que la limpieza dejó",
    "lab.topic_raw_data": "los datos en bruto en S3",
    "lab.topic_role": "el rol de ejecución",
    "lab.topic_roles": "los roles del laboratorio",
    "lab.topic_data": "los datos preparados para entrenar",
    "lab.topic_training": "el modelo entrenado",
    "lab.topic_deployment": "el endpoint",
    "progress.done": "{label}: listo",
    "prices.per_hour": "{usd} USD por hora en AWS (precio de lista de {region}, {date})",
    "prices.unknown": "precio de {instance_type} no conocido",
    # --- storage
    "storage.uploading": "Subiendo {name}",
    "storage.upload": "{uri}: {bytes:,} bytes, SHA-256 {checksum} (comprobado)",
    # --- identity
    # --- tables
    "tables.statement": "permiso",
    "tables.actions": "acciones",
    "tables.resources": "sobre qué",
    "tables.why": "para qué",
    "tables.policy": "política",
    "tables.statements": "permisos",
    "tables.wildcards": "con comodín",
    "tables.on_everything": "permisos sobre todo (*)",
    "tables.service": "servicio",
    "tables.kind": "tipo",
    "tables.name": "nombre",
    "tables.state": "estado",
    "tables.instance_type": "instancia",
    "tables.usd_per_hour": "USD por hora",
    "tables.seconds": "segundos",
    "tables.usd": "costo en USD",
    "tables.kind_endpoint": "endpoint",
    "tables.kind_endpoint_config": "configuración de endpoint",
    "tables.kind_model": "modelo",
    "tables.kind_training_job": "trabajo de entrenamiento",
    "tables.kind_notebook_instance": "instancia de notebook",
    "tables.kind_lifecycle_config": "configuración de ciclo de vida",
    "tables.kind_log_group": "grupo de registros",
    "tables.kind_log_stream": "flujo de registros",
    "tables.kind_bucket": "bucket",
    "tables.kind_files": "archivos",
    "tables.kind_unknown": "de tipo desconocido",
    "tables.kind_role": "rol de IAM",
    # --- housing
    "errors.data_damaged": (
        "El archivo de datos {path} falta o está dañado: su huella SHA-256 debería empezar por "
        "{expected} y empieza por {found}. Vuelve a instalar el laboratorio (make lab) para recuperar "
        "la copia original."
    ),
    "errors.month_unknown": (
        "No se pueden pedir estos meses: {months}. Hay datos de {first} a {last}, escritos así: 2015-04."
    ),
    "errors.not_housing": (
        "A la tabla le faltan columnas de los datos de viviendas: {columns}. El laboratorio trabaja "
        "con esas columnas y con esos nombres; las que sobren no molestan. Renómbralas o añádelas y vuelve a "
        "ejecutar."
    ),
    "errors.house_incomplete": (
        "No se puede poner precio a la casa: falta o no es válido {fields}. Completa la descripción; "
        "None (en JSON, null) significa «no se sabe»."
    ),
    "errors.empty_split": (
        "La parte de {part} se queda sin filas: ninguna de las {rows} es de {months}. Revisa la "
        "columna date: el calendario del curso va de mayo de 2014 a marzo de 2015."
    ),
    "errors.own_csv_unusable": "No se puede usar {path}: {problem}",
    "errors.csv_shape": "El CSV no tiene la forma que lee el algoritmo ({where}): {what} {advice}",
    "housing.csv_row": "fila {row}",
    "housing.csv_column": "columna {column}",
    "housing.csv_named_column": "columna {column}, {name}",
    "housing.csv_whole_file": "todo el archivo",
    "housing.csv_no_rows": "no contiene ninguna fila.",
    "housing.csv_no_rows_advice": "Comprueba que el filtro o la división no hayan dejado la tabla vacía.",
    "housing.csv_one_column": "solo hay una columna, «{value}».",
    "housing.csv_one_column_advice": (
        "Separa las columnas con comas: primero la etiqueta y después al menos una característica."
    ),
    "housing.csv_header": "la primera fila parece un encabezado, «{value}».",
    "housing.csv_header_advice": (
        "Escríbelo con header=False: el algoritmo tomaría los nombres por una casa que costó 0 dólares."
    ),
    "housing.csv_ragged": "tiene {cells} celdas y la primera fila tiene {expected}: «{value}».",
    "housing.csv_ragged_advice": (
        "Todas las filas deben tener las mismas columnas; busca una coma de más o de menos."
    ),
    "housing.csv_missing_label": "falta la etiqueta, es decir, el valor que se quiere predecir.",
    "housing.csv_missing_label_advice": "Quita las filas sin etiqueta antes de escribir el archivo.",
    "housing.csv_boolean": "«{value}» es un valor lógico, no un número.",
    "housing.csv_boolean_advice": "Conviértelo en 1 y 0, por ejemplo con astype(int).",
    "housing.csv_text": "«{value}» no es un número.",
    "housing.csv_text_advice": (
        "Convierte la columna en números o déjala fuera: el algoritmo leería un 0 sin avisar."
    ),
    "housing.csv_absent_column": "la tabla no tiene esta columna.",
    "housing.csv_absent_column_advice": "Revisa el nombre, o créala antes (por ejemplo, con add_features).",
    "housing.defect_missing": "celda vacía",
    "housing.defect_money_text": "precio escrito como texto, «$450,000»",
    "housing.defect_us_date": "fecha escrita como en EE. UU., mes/día/año",
    "housing.defect_compact_date": "fecha sin separadores, 20141013T000000",
    "housing.defect_stray_spaces": "espacios de más y minúsculas, « true »",
    "housing.defect_negative_area": "superficie negativa",
    "housing.defect_future_year": "año de construcción con el primer dígito equivocado, 2955",
    "housing.defect_bathrooms_99": "99 baños, el código de «no se sabe»",
    "housing.defect_lost_minus": "longitud sin su signo menos: la casa aparece en Asia",
    "housing.defect_duplicates": "fila repetida, idéntica a otra",
    "housing.head_defect": "defecto",
    "housing.head_column": "columna",
    "housing.head_rows": "filas",
    "housing.head_rule": "regla",
    "housing.head_affected": "afectadas",
    "housing.head_done": "qué se hizo",
    "housing.head_part": "parte",
    "housing.head_first_day": "desde",
    "housing.head_last_day": "hasta",
    "housing.head_median": "mediana de {target}",
    "housing.head_mape": "error medio %",
    "housing.part_training": "entrenamiento",
    "housing.part_validation": "validación",
    "housing.part_test": "prueba",
    "housing.rule_duplicates": "filas repetidas, idénticas a otra",
    "housing.done_duplicates": "se dejó una de cada",
    "housing.rule_price_text": "precios escritos como texto",
    "housing.done_price_text": "se quitaron el signo $ y las comas",
    "housing.rule_dates": "fechas en otro formato",
    "housing.done_dates": "se leyeron según su formato",
    "housing.rule_waterfront": "«frente al agua» con espacios o minúsculas",
    "housing.done_waterfront": "verdadero pasó a 1 y falso a 0",
    "housing.rule_numbers": "números ilegibles",
    "housing.done_numbers": "se vació la celda",
    "housing.rule_minus": "longitudes sin el signo menos",
    "housing.done_minus": "se repuso: todo el condado está al oeste de Greenwich",
    "housing.rule_impossible": "valores imposibles",
    "housing.done_impossible": "se vació la celda: 33 dormitorios, 0 baños o año 2955",
    "housing.rule_unusable": "filas sin precio o sin fecha",
    "housing.done_unusable": "se eliminaron: no hay de qué aprender",
    "housing.rule_areas": "superficies vacías",
    "housing.done_areas": "se calcularon: total = sobre rasante + sótano",
    "housing.rule_place": "casas sin coordenadas",
    "housing.done_place": "se usó el centro de su código postal",
    "housing.rule_gaps": "celdas que siguen vacías",
    "housing.done_gaps": "se dejaron así: XGBoost aprende qué hacer con ellas",
    "housing.own_absent": "el archivo no existe. Revisa la ruta.",
    "housing.own_unreadable": (
        "no se puede leer como CSV ({reason}). Guárdalo con comas, encabezado y en UTF-8."
    ),
    "housing.own_few_rows": (
        "quedan {rows} filas con las que aprender, es decir, con un precio y una fecha que se puedan leer, "
        "y hacen falta al menos {minimum}. Reúne más datos, o revisa las columnas price (450000 o $450,000) "
        "y date (2014-10-13, 10/13/2014 o 20141013T000000)."
    ),
    "housing.own_one_column": (
        "tiene una sola columna, casi siempre porque Excel separó los valores con punto y coma. Guárdalo "
        "otra vez separado por comas y con el punto como signo decimal."
    ),
    # --- training
    "errors.unknown_instance_type": "SageMaker no ofrece el tipo de instancia {instance_type!r} para esto. ¿Querías decir {similar}? Cambia el parámetro instance_type y ejecuta otra vez.",
    "errors.too_few_requests": "Para medir la espera hace falta al menos una petición, y se pidieron {count}. Cambia el parámetro latency_requests, por ejemplo a 200.",
    "training.training": "Entrenando {name}",
    "training.round": "ronda {number:>4}  {values}",
    "training.result": "Trabajo {name}: {status}. Métricas finales: {metrics}",
    "training.goes_on": (
        "Dejaste de esperar, pero el trabajo {name} sigue en AWS y se cobra hasta que termine. Para "
        'detenerlo: training.stop_training(lab, "{name}")'
    ),
    "training.no_model_file": "dentro no está el archivo xgboost-model (hay: {found}).",
    "training.unknown_hyperparameter": "XGBoost en SageMaker no conoce el hiperparámetro {name!r}.{hint}",
    "training.did_you_mean": " ¿Querías decir {name!r}?",
    "training.no_num_round": "Falta el hiperparámetro num_round, el número de rondas, que es obligatorio.",
    "training.out_of_range": "El hiperparámetro {name} debe ser {kind} ({range}), y llegó {value!r}.",
    "training.whole_number": "un número entero",
    "training.number": "un número",
    "training.at_least": "{low} o más",
    "training.path_outside": "contiene una ruta que sale de su carpeta ({path}).",
    # --- deployment
    "deployment.waiting": "Esperando al endpoint {name}",
    "deployment.endpoint": "Endpoint {name}: {status}, {cost}",
    "deployment.goes_on": (
        "Dejaste de esperar, pero el endpoint {name} sigue en AWS y se cobra por hora. Para borrarlo: "
        'deployment.delete_endpoint(lab, "{name}")'
    ),
    # --- expiry
    "errors.wrong_expiry": (
        "Un endpoint no puede caducar a las {hours} horas. Da en expires_in un número de horas, por ejemplo 4, "
        "o 0 para que no caduque nunca."
    ),
    "expiry.scheduled": "{endpoint} se borra solo el {moment}.",
    "expiry.not_scheduled": (
        "Aviso: {endpoint} debería borrarse el {moment}, pero no se pudo programar ({reason}). Bórralo tú cuando "
        "termines, o ejecuta después de esa hora: mllab clean --expired"
    ),
    "expiry.never": (
        "Aviso: {endpoint} no caduca (expires_in es 0). En AWS cuesta dinero cada hora hasta que lo borres."
    ),
    "expiry.no_role": "el cuaderno 01 no preparó ningún rol para EventBridge Scheduler",
    "expiry.deleted": "Había caducado y está borrado: {endpoint}",
    "expiry.none": "Ningún endpoint ha caducado.",
    "idle.description": "Nadie le ha preguntado nada a {endpoint} en una hora.",
    # --- costs
    "costs.since_opened": "Este cuaderno, en AWS: {usd} USD hasta aquí.",
    "costs.since_cleanup": "En AWS, desde la última limpieza: {usd} USD.",
    "costs.nothing_runs": "No queda nada encendido.",
    "costs.runs_until_morning": (
        "Queda encendido {names}: {hourly} USD por hora y, si lo dejas así, {usd} USD hasta las {hour}:00 de la mañana."
    ),
    "costs.runs_until_expiry": (
        "Queda encendido {names}: {hourly} USD por hora y, si lo dejas así, {usd} USD hasta que caduque, el {moment}."
    ),
    "costs.unknown": "Sin contar {types}, de precio no conocido.",
    "costs.ended": "  {kind}, {count} en total: {usd} USD",
    "costs.runs": "  {kind} {name}: {hourly}",
    "costs.hourly": "{usd} USD por hora",
    "costs.expires": ", se borra solo el {moment}",
    "costs.idle": "; hace una hora que nadie le pregunta nada",
    "costs.origin": "Precios de lista de {region}, anotados en {date} o después (mllab_helpers/data/prices.csv).",
    # --- cleanup
    "cleanup.kept": "Se queda lo que te prepararon: {names}. ",
    "cleanup.sweeping": "Borrando lo que creó {student}",
    "cleanup.found": "  {kind}: {name}",
    "cleanup.unknown": (
        "Lo siguiente lleva las etiquetas del laboratorio, pero no es de ningún tipo que el laboratorio cree, así que no se "
        "toca. Si es tuyo, bórralo en la consola de AWS:\n{arns}"
    ),
    "cleanup.interrupted": (
        "Limpieza interrumpida: queda por borrar lo siguiente ({count} en total):\n{resources}\nVuelve a ejecutar la "
        "limpieza (la misma celda u orden): sigue donde se quedó."
    ),
    "cleanup.nothing_local": (
        "El AWS local no está en marcha, así que no guarda nada ni hay nada que borrar."
    ),
    "cleanup.own_instance": "La instancia {name}, en la que estás trabajando, sigue encendida y se cobra por hora. Cuando acabes, apágala en la consola de SageMaker; una vez apagada, mllab clean en otro equipo la borra junto con su rol y su bucket.",
    "cleanup.receipt": (
        "Recibo de {student}: creaste {count} recursos y no queda ninguno por borrar. Su costo en AWS: {usd} "
        "USD (precios de lista de {region}, {date}, con los tiempos medidos aquí). Si los endpoints se "
        "hubieran quedado encendidos: {month} USD en 30 días."
    ),
    # --- doctor
    "doctor.ok": "bien",
    "doctor.warning": "aviso",
    "doctor.stop": "falta",
    "doctor.can_work": "El laboratorio puede trabajar en este equipo.",
    "doctor.cannot_work": "El laboratorio todavía no puede trabajar aquí: corrige lo marcado como «falta».",
    "doctor.python": "Python {version}",
    "doctor.python_advice": "Instala Python 3.10, 3.11, 3.12 o 3.13 y ejecuta otra vez: make lab",
    "doctor.packages": "Los paquetes instalados son los del proyecto",
    "doctor.packages_missing": "Faltan paquetes: {names}",
    "doctor.packages_differ": "Hay paquetes en otra versión que la probada (entre paréntesis): {names}",
    "doctor.packages_advice": "Instálalos como dice el README: pip install -r requirements.lock",
    "doctor.disk": "{free} GB libres en el disco",
    "doctor.disk_advice": "Libera espacio hasta tener al menos {need} GB.",
    "doctor.memory": "{free} GB de memoria disponibles",
    "doctor.memory_advice": (
        "Con menos de {need} GB los trabajos pueden quedarse sin memoria: cierra otros programas."
    ),
    "doctor.sandbox": "Los trabajos tienen su propio /opt/ml (bubblewrap)",
    "doctor.no_sandbox": (
        "Sin bubblewrap: los trabajos se ejecutan igual, pero un script que nombre /opt/ml por escrito "
        "fallará"
    ),
    "doctor.sandbox_advice": "En Debian o Ubuntu: sudo apt-get install bubblewrap",
    "doctor.local_aws_runs": "El AWS local responde en {endpoint}",
    "doctor.local_aws_stopped": "El AWS local está detenido; arranca solo cuando un cuaderno lo necesita",
    "doctor.home_not_writable": "No se puede escribir en {home}, donde el AWS local guarda sus datos",
    "doctor.home_advice": "Corrige los permisos, o elige otra carpeta con la variable MLLAB_LOCAL_HOME.",
    "doctor.ready": "Está todo lo que necesita el cuaderno {notebook}.",
    "doctor.credentials": "AWS te reconoce como {arn} (cuenta {account}); las credenciales salen de {how}",
    "doctor.found_env": "las variables de entorno",
    "doctor.found_shared_credentials_file": "el archivo ~/.aws/credentials",
    "doctor.found_config_file": "el archivo ~/.aws/config",
    "doctor.found_sso": "una sesión de IAM Identity Center (aws sso login)",
    "doctor.found_login": "una sesión de la consola (aws login)",
    "doctor.found_assume_role": "un rol que se pone esta sesión",
    "doctor.found_assume_role_with_web_identity": "un rol que da un proveedor de identidad",
    "doctor.found_container_role": "el rol del contenedor",
    "doctor.found_iam_role": "el rol de esta instancia",
    "doctor.found_custom_process": "un programa que nombra ~/.aws/config",
    "doctor.found_explicit": "este programa",
    "doctor.root_advice": "El usuario raíz no puede asumir roles, y no es para el trabajo diario. Crea un usuario en IAM Identity Center (o de IAM) y configura sus credenciales con aws configure sso o aws configure.",
    "doctor.region": "Se trabaja en la región {region}",
    "doctor.clock": "El reloj de este equipo y el de AWS difieren en {seconds} s",
    "doctor.clock_advice": (
        "AWS rechaza firmas a más de cinco minutos. Pon el reloj en hora (por ejemplo, con: sudo timedatectl "
        "set-ntp true) y ejecuta otra vez."
    ),
    "doctor.clock_unknown": "AWS no dijo qué hora tiene",
    "doctor.trust_missing": "El rol {arn} no deja que {service} se lo ponga",
    "doctor.trust_advice": (
        "Pide a quien administra la cuenta que añada {service} a su política de confianza (sts:AssumeRole), o da "
        "otro rol en el cuaderno 01."
    ),
    "doctor.trust_unknown": "No puedes mirar quién puede ponerse el rol {arn}",
    "doctor.trust_unknown_advice": (
        "Debe confiar en sagemaker.amazonaws.com, en lambda.amazonaws.com si es el de las funciones, y en "
        "events.amazonaws.com para que el pipeline arranque solo."
    ),
    "doctor.quota": "{name}: {value} (se usan {count} a la vez)",
    "doctor.quota_short": "{name}: {value}, y hacen falta {count} a la vez",
    "doctor.quota_missing": "Service Quotas no muestra {name}, y hacen falta {count} a la vez",
    "doctor.quota_others": "Tienen cuota: {others}. Cambia el parámetro instance_type.",
    "doctor.quota_none": "Ninguno de los tipos que conoce el laboratorio tiene cuota.",
    "doctor.quota_advice": (
        "Puedes pedir un aumento en Service Quotas, Amazon SageMaker; en una cuenta de escuela, quien la administra."
    ),
    "doctor.quotas_unknown": "No se pudieron consultar las cuotas de la cuenta: no se sabe si alcanzan",
    "doctor.quotas_unknown_advice": "Pide el permiso servicequotas:ListServiceQuotas.",
    "doctor.permissions": "Están los permisos que hacen falta ({count} grupos, simulados en IAM)",
    "doctor.permission_missing": "{arn} no tiene permiso para {actions} sobre {resource}",
    "doctor.permission_advice": (
        "Es la parte {sid} de lo que imprime: {command}. Dásela a quien administra la cuenta."
    ),
    "doctor.permissions_unknown": "No se pudo preguntar a IAM qué puede hacer {arn}",
    "doctor.permissions_unknown_advice": (
        "Hace falta iam:SimulatePrincipalPolicy sobre esa identidad. Sin él, un permiso que falte se notará en la "
        "celda que lo use."
    ),
    "doctor.no_answer": "No se puede trabajar con AWS desde aquí",
    # --- class
    "cli.class": "prepara una clase, la mira y la termina (para docentes)",
    "cli.class_create": "crea el bucket y los roles de cada estudiante, o los renueva, y escribe qué entregarles",
    "cli.class_status": "dice por dónde va cada estudiante, qué tiene en marcha y cuánto cuesta",
    "cli.class_clean": "borra todo lo de estos estudiantes, también el bucket y los roles",
    "cli.class_students": "los nombres, separados por comas",
    "cli.class_file": "archivo con un nombre por línea; de un .csv cuenta la primera columna",
    "cli.class_output": "dónde escribir lo que se entrega: .md o .csv (por defecto class.md)",
    "cli.class_all": "toda la clase",
    "cli.class_yes": "sí, borrarlo",
    "classroom.where_local": "Clase en el AWS local, región {region}",
    "classroom.where_aws": "Clase en la cuenta de AWS {account}, región {region}",
    "classroom.preparing": "Preparando la clase",
    "classroom.looking": "Mirando por dónde va cada quien",
    "classroom.nobody": "nadie",
    "classroom.new": "bucket y roles creados",
    "classroom.renewed": "ya estaba; permisos renovados",
    "classroom.ready": "  {student}: {state}",
    "classroom.written": "Lo que necesita cada quien está en {path}; no lleva secretos.",
    "classroom.empty": "En esta cuenta no hay ninguna clase: empieza con mllab class create --students ana,luis",
    "classroom.cleaned": "{student}: no queda nada",
    "classroom.twice": "  {name!r}: está dos veces",
    "classroom.wrong_name": "  {name!r}: por ejemplo {suggestion!r}",
    "classroom.student": "estudiante",
    "classroom.reached": "va por",
    "classroom.running": "en marcha",
    "classroom.nothing_runs": "nada",
    "classroom.reached_00": "sin empezar",
    "classroom.reached_01": "01 Preparación",
    "classroom.reached_02": "02 Entrenamiento",
    "classroom.reached_03": "03 Despliegue",
    "classroom.reached_04": "04 Lambda y API",
    "classroom.reached_05": "05 Monitoreo y mejora",
    "classroom.total": "En total: {usd} USD por hora a precio de lista; {day} USD si sigue así un día.",
    "classroom.sheet_head": (
        "# La clase: {count} estudiantes en la cuenta {account}, región {region}\n\n"
        "Escrito por `mllab class create`, que lo vuelve a escribir cada vez. No contiene contraseñas ni claves."
    ),
    "classroom.sheet_local": (
        "\n## {student}\n\n"
        "- bucket: `{bucket}`\n"
        "- rol: `{role_arn}`\n"
        '- en los cuadernos, en la celda de parámetros: `student = "{student}"`\n'
        "- para ejecutarlos sin abrirlos: `mllab run --backend local --shared --student {student}`"
    ),
    "classroom.sheet_aws": (
        "\n## {student}\n\n"
        "- bucket: `{bucket}`\n"
        "- rol: `{role_arn}`\n"
        "- en la consola: <{link}>\n"
        '- en los cuadernos, en la celda de parámetros: `student = "{student}"` y `backend = "aws"`\n'
        "- en una instancia de notebook de SageMaker: elige ese rol al crearla\n\n"
        "En la propia máquina, en `~/.aws/config`:\n\n"
        "```ini\n[profile mllab-{student}]\nrole_arn = {role_arn}\nsource_profile = default\n"
        "region = {region}\n```\n\n"
        "y después:\n\n"
        "```sh\nexport AWS_PROFILE=mllab-{student}\nmllab run --backend aws --student {student} --only 01,02\n```\n\n"
        "Su usuario de IAM (el del perfil `default` y el de la consola) necesita este permiso y ningún otro:\n\n"
        "```json\n{policy}\n```"
    ),
    # --- cli
    "cli.description": "Laboratorio de SageMaker: los mismos cuadernos en AWS y en un AWS local.",
    "cli.usage": "uso: ",
    "cli.help": "muestra esta ayuda y termina",
    "cli.commands": "órdenes",
    "cli.command": "orden",
    "cli.arguments": "argumentos",
    "cli.wrong_choice": "{argument} no puede ser {value}; elige entre {choices}",
    "cli.without_value": "a {argument} le falta un valor",
    "cli.about": "{argument}: {said}",
    "cli.missing": "falta decir: {arguments}",
    "cli.unknown": "no existe aquí: {arguments}",
    "cli.options": "opciones",
    "cli.run": "ejecuta los cuadernos en orden y deja un informe",
    "cli.clean": "borra de AWS todo lo que creó el laboratorio",
    "cli.kernel": "registrar este entorno como el kernel de Jupyter que piden los cuadernos",
    "cli.kernel_installed": "Desde ahora, el kernel {kernel} de Jupyter es el entorno {python} ({place}).",
    "cli.policy": "imprime la política mínima de un actor del laboratorio, lista para IAM",
    "cli.actor": "de quién",
    "cli.account": "la cuenta de AWS, 12 cifras",
    "cli.policy_student": "de qué estudiante; sin él, de todos",
    "cli.wrong_account": "{value} no es una cuenta de AWS: son 12 cifras",
    "cli.expired": "borra solo los endpoints que ya caducaron",
    "cli.costs": "dice cuánto ha costado el laboratorio, qué sigue encendido y cuánto costará hasta la mañana",
    "cli.doctor": "revisa que este equipo tenga lo que el laboratorio necesita",
    "cli.local": "controla el AWS local",
    "cli.local_up": "lo arranca, o dice dónde está si ya funciona",
    "cli.local_down": "lo detiene",
    "cli.local_status": "dice si funciona y dónde",
    "cli.local_env": 'imprime las variables que llevan a él a cualquier cliente: eval "$(mllab local env)"',
    "cli.local_reset": "borra todo lo que guarda y lo arranca vacío",
    "cli.local_logs": "imprime el final de su registro",
    "cli.local_access": "imprime quién pidió qué permiso, sobre qué recurso, y si se le concedió",
    "cli.policy_output": "carpeta donde escribirla, repartida en archivos que caben en una política administrada",
    "cli.policy_long": (
        "Esta política tiene {length} caracteres. Cabe dentro de un rol (política insertada, 10,240 en total); una política "
        "administrada admite {most}, y un usuario, dentro, 2,048: con --output CARPETA queda repartida en varias administradas."
    ),
    "cli.policy_written": "Políticas administradas por crear y adjuntar juntas: {count}, una por archivo.",
    "cli.policy_bucket": "bucket que da la escuela; si falta, el que crea el laboratorio",
    "cli.policy_role": "rol que da la escuela para SageMaker; si falta, los que crea el laboratorio",
    "cli.policy_lambda_role": "rol que da la escuela para las funciones; si falta, el de --role-arn",
    "cli.doctor_notebooks": "qué cuadernos se quieren ejecutar; si falta, todos",
    "cli.local_quota": "fija una cuota de SageMaker, p. ej. en 0, para ver su error; reset la olvida",
    "cli.quota_name": "CUOTA",
    "cli.quota_name_help": 'como la llama Service Quotas, p. ej. "ml.m5.large for training job usage"',
    "cli.quota_value": "cuántas instancias pueden usarse a la vez",
    "cli.quota_set": "{name}: {value} desde ahora, hasta mllab local reset.",
    "cli.unknown_quota": "SageMaker no tiene ninguna cuota {name!r}. Parecidas: {similar}.",
    "cli.wrong_quota": "{value} no es una cantidad de instancias: elige un número entero de 0 a {highest}",
    "cli.backend": (
        "dónde se trabaja: local, aws, o auto (aws dentro de SageMaker, local en los demás equipos)"
    ),
    "cli.language": "idioma de los textos: es o en",
    "cli.student": "nombre que llevan los recursos, p. ej. ana",
    "cli.region": "región de AWS, p. ej. us-east-1",
    "cli.only": "números de los únicos cuadernos que se ejecutan, p. ej. 01,02",
    "cli.from": "número del cuaderno por el que se empieza, p. ej. 02",
    "cli.parameter": "valor de un parámetro de los cuadernos; se puede repetir",
    "cli.output": "carpeta para los resultados (por defecto runs/<hora>)",
    "cli.notebooks": "carpeta de los cuadernos (por defecto, los del proyecto en el idioma elegido)",
    "cli.shared": (
        "usa tu propio AWS local, el de `mllab local up`, y déjalo encendido, en lugar de uno nuevo "
        "solo para esta ejecución"
    ),
    "cli.port": "puerto (por defecto, uno libre)",
    "cli.lines": "cuántas líneas (por defecto {default})",
    "cli.local_in_browser": "En tu navegador, que está en otra máquina, se llega a través del JupyterLab de esta instancia: {link}",
    "cli.local_running": "El AWS local funciona en {endpoint} (proceso {pid}, datos en {home}).",
    "cli.local_not_running": "El AWS local no está en marcha. Para arrancarlo: mllab local up",
    "cli.local_stopped": "El AWS local se detuvo.",
    "cli.local_emptied": "El AWS local se vació y arrancó de nuevo.",
    "cli.local_failed": "El AWS local no arrancó o no se detuvo como debía: {reason}",
    "cli.local_log": "En su registro puede haber más detalles: {log}",
    "cli.local_other_port": (
        "Ya estaba en marcha en esa dirección, así que no se tomó el puerto {port}. Para cambiar de puerto "
        "(y perder lo que guarda): mllab local down && mllab local up --port {port}"
    ),
    "cli.wrong_port": "{value} no es un puerto: elige un número entero de 0 a {highest} (0: uno libre)",
    "cli.wrong_line_count": "{value} no es una cantidad de líneas: escribe un número entero, 0 o mayor",
    "cli.port_in_use": "Otro programa usa el puerto {port}. Elige otro, o ninguno: mllab local up",
    "cli.local_no_log": "El AWS local todavía no ha escrito ningún registro.",
    "cli.no_access": "Todavía nadie ha pedido nada al AWS local desde que arrancó.",
    "cli.access_principal": "quién",
    "cli.access_action": "acción",
    "cli.access_resource": "recurso",
    "cli.access_decision": "decisión",
    "cli.access_allowed": "permitido",
    "cli.access_explicitDeny": "denegado de forma explícita",
    "cli.access_implicitDeny": "ninguna política lo permite",
    "cli.interrupted": "Interrumpido.",
    # --- runner
    "errors.wrong_parameter": (
        "Parámetros que no se pueden usar:\n"
        "{problems}\n"
        "Parámetros conocidos y su tipo:\n"
        "{known}\n"
        "Corrige la orden (o la celda de parámetros) y ejecuta otra vez."
    ),
    "errors.no_notebooks": (
        "No hay cuadernos en {folder}. Si trabajas con una copia del repositorio, constrúyelos con: "
        "make notebooks"
    ),
    "errors.unknown_notebook": (
        "No existe el cuaderno {number}. Los que hay: {known}. Elige uno de ellos en --only o --from."
    ),
    "runner.unknown_parameter": "  {name}: ningún parámetro se llama así",
    "runner.wrong_type": "  {name}: se espera {wanted} y llegó {value}",
    "runner.wrong_type_text_hint": " (con papermill, usa -r {name} {value} para que llegue como texto)",
    "runner.kind_str": "texto",
    "runner.kind_int": "número entero",
    "runner.kind_float": "número",
    "runner.kind_bool": "True o False",
    "runner.cell_of": "celda {number} de {total}",
    "runner.start": "Cuadernos por ejecutar: {count}. Los resultados quedan en {output}",
    "runner.kernel_died": (
        "El proceso que ejecutaba el cuaderno (su kernel) murió a mitad de la celda. Suele ser falta "
        "de memoria, o que alguien lo detuvo. Cierra otros programas y ejecuta otra vez."
    ),
    "runner.failure": (
        "El cuaderno {name} se detuvo en la {cell}:\n"
        "  {first_line}\n"
        "\n"
        "{error}\n"
        "\n"
        "El cuaderno ejecutado, con la celda señalada, está en {path}"
    ),
    "runner.failed_mark_top": (
        "## Este cuaderno se detuvo en la {cell}\n\n{error}\n\nLas celdas que siguen a esa no se ejecutaron."
    ),
    "runner.failed_mark_cell": "{anchor}\n\n**Aquí se detuvo la ejecución:**",
    "runner.interrupted": "Interrumpido. Lo que se ejecutó hasta ahora está en {output}",
    "runner.local_aws_died": (
        "El AWS local de esta ejecución murió antes de terminar. Su registro, que dice por qué: {log}"
    ),
    "runner.aws_may_cost": (
        "Si trabajaste en AWS, lo creado sigue allí y puede costar dinero. Para borrarlo: mllab clean "
        "--backend aws"
    ),
    "runner.column_notebook": "cuaderno",
    "runner.column_seconds": "segundos",
    "runner.column_result": "resultado",
    "runner.total": "en total",
    "runner.not_reached": "no se llegó a ejecutar",
    "runner.failed_at": "falló en la {cell}",
    "runner.report": "Informe: {report}",
    "exercises.open": (
        "Ejercicio {name}: todavía abierto. Escribe tu respuesta en lugar de ... y ejecuta otra vez "
        "las dos celdas."
    ),
    "exercises.wrong": "Ejercicio {name}: todavía no. {problem}",
    "exercises.solved": "Ejercicio {name}: resuelto.",
    "exercises.broke": "Tu respuesta hizo fallar la comprobación: {error}",
    "runner.report_title": "Informe del laboratorio",
    "runner.report_when": "Ejecutado el {time}",
    # --- plots
    "plots.percent": "{number} %",
    "plots.units": "${amount}",
    "plots.thousands": "${amount} mil",
    "plots.millions": "${amount} M",
    "plots.price": "precio de venta (USD)",
    "plots.houses": "viviendas",
    "plots.median": "mediana: {amount}",
    "plots.mean": "media: {amount}",
    "plots.distribution_title": "La mayoría por debajo de la media, y unas pocas carísimas",
    "plots.distribution_caption": (
        "Distribución de los precios: la mitad de las casas costó menos de {median}; la media, {mean}, "
        "es mayor porque unas pocas son carísimas. El 1 % más caro, por encima de {p99}, no se dibuja."
    ),
    "plots.map_title": "El precio depende del lugar",
    "plots.map_caption": (
        "Mapa del condado de King con {shown} casas; el color es el precio. Las más caras rodean el "
        "lago, entre Seattle y Bellevue. Quedan fuera del mapa {outside} casas."
    ),
    "plots.missing_title": "Celdas vacías por columna",
    "plots.missing_caption": (
        "Celdas vacías por columna: son {cells}, repartidas en {rows} filas ({share} del total); la columna con más "
        "huecos es {column}, con {most}."
    ),
    "plots.missing_none": "Celdas vacías por columna: no hay ninguna.",
    "plots.training": "entrenamiento",
    "plots.validation": "validación",
    "plots.best_round": "mejor ronda: {round} ({amount})",
    "plots.round": "ronda (árboles sumados)",
    "plots.rmse": "RMSE (USD)",
    "plots.curve_title": "Cómo baja el error, ronda a ronda",
    "plots.curve_caption": (
        "Curva de aprendizaje: el menor error de validación, {best}, llega en la ronda {round}; en ese "
        "momento el de entrenamiento es {training}."
    ),
    "plots.paid": "precio pagado (USD)",
    "plots.said": "precio que predice el modelo (USD)",
    "plots.against_title": "Lo que predice el modelo y lo que se pagó",
    "plots.against_caption": (
        "Precio predicho frente al pagado, con la diagonal donde coinciden: el modelo se equivoca en "
        "un 10 % o menos en el {within_10} de las casas, y en un 20 % o menos en el {within_20}."
    ),
    "plots.error_usd": "error medio, en dólares",
    "plots.error_share": "error medio, en % del precio",
    "plots.bands_title": "Cuánto se equivoca, por tramos de precio",
    "plots.bands_caption": (
        "Error medio por tramo de precio: en las casas más baratas es de {cheapest_mae} "
        "({cheapest_mape} del precio); en las más caras, de {dearest_mae} ({dearest_mape})."
    ),
    "plots.error_colour": "error relativo mediano de la zona",
    "plots.error_map_title": "Dónde el modelo se pasa y dónde se queda corto",
    "plots.error_map_caption": (
        "Mapa del error relativo: la mediana es {median}, y el modelo se queda corto en el {too_low} "
        "de las casas. Naranja: se pasa; morado: se queda corto."
    ),
    "plots.milliseconds": "milisegundos por petición (escala logarítmica)",
    "plots.requests": "peticiones",
    "plots.latency_title": "Cuánto tarda el endpoint en responder",
    "plots.latency_caption": (
        "Latencia: la mitad de las peticiones tardó menos de {p50} ms, el 95 % menos de {p95} ms y el "
        "99 % menos de {p99} ms."
    ),
    "plots.importance_title": "En qué se fija el modelo",
    "plots.importance_caption": (
        "Parte de la mejora que aporta cada característica: la primera es {first} ({first_share}) y la "
        "segunda, {second} ({second_share})."
    ),
    # --- notebook instances
    "notebook_instance.waiting": "Esperando a la instancia {name}",
    "workbench.installing": "El laboratorio se está instalando. La primera vez tarda unos minutos; después este archivo se llamará MLLAB-READY.txt.",
    "workbench.ready": "El laboratorio está listo: los cuadernos están en mllab/es y mllab/en. Abre uno y, si Jupyter pregunta por el kernel, elige mllab.",
    "workbench.failed": "El laboratorio no se pudo instalar. Apaga la instancia y vuelve a encenderla para intentarlo otra vez. Así terminó:",
    # --- notebooks and their checks
    "notebooks.headline_01": "{rows:,} ventas en un bucket privado, y un rol listo",
    "notebooks.headline_02": "RMSE de {rmse:,.0f} USD en los meses de prueba",
    "notebooks.headline_03": "el endpoint {endpoint} responde, con un error medio del {mape:.1f} %",
    "notebooks.headline_06": "no queda nada encendido",
    "notebooks.headline_06_instance": "solo queda encendida la instancia {name}, en la que trabajas",
    "notebooks.median": "siempre la mediana",
    "notebooks.agent": "agente inmobiliario",
    "checks.bytes_in_s3": "S3 dice otra cosa que {given}. Mira ContentLength en la respuesta de head_object.",
    "checks.zipcode_cheaper": "En {given} la mediana es de {median:,.0f} USD, y hay un código postal más caro. ¿Mediana, o promedio?",
    "checks.zipcode_unknown": "{given} no es un código postal de la tabla. Se espera uno, como 98103.",
    "checks.fraction_not_percent": "Eso es una fracción; se pide un porcentaje, entre 0 y 100.",
    "checks.percent_kept": "Ese es el porcentaje que se conserva, no el que se pierde.",
    "checks.percent_lost": "No es {given:g}. Compara len(raw.dropna()) con len(raw).",
    "checks.best_round_of_training": "Esa es la mejor ronda del entrenamiento. Se pide la de validación: las casas que no estudió.",
    "checks.best_round": "En la ronda {given} el error de validación no es el menor. Prueba con idxmin() sobre esa columna.",
    "checks.still_inland": "Es el precio de la casa tierra adentro. Cambia waterfront a 1 antes de construir la fila.",
    "checks.waterfront_price": "El endpoint no contesta {given:,.0f} para esa casa. ¿Pasó por model_row con waterfront igual a 1?",
    "checks.no_price": "El laboratorio no conoce el precio de {instance_type}; búscalo en la página de precios de SageMaker.",
    "checks.hours_forgotten": "Así cada día tendría una sola hora. Multiplica también por 24.",
    "checks.forgotten_usd": "No son {given:,.2f} USD. Precio por hora, por 24 horas, por 30 días.",
    # --- the script inside the JSON endpoint
    "inference.content_type": "{sent} no se acepta: envía {wanted}",
    "inference.no_instances": 'el cuerpo debe ser {{"instances": [...]}}, con al menos una casa',
    "inference.no_json": "el cuerpo no es JSON",
    "inference.no_number": "cada valor de una casa es un número o null, no {found}",
    "inference.ragged": "todas las casas deben traer el mismo número de valores",
    "inference.wrong_width": "el modelo lee {expected} valores por casa, y llegaron {found}",
    "inference.no_house": "cada casa es un objeto o una lista de números, no {found}",
    # --- web api (iteration 4)
    "lab.notebook_04": "04_lambda_api_gateway.ipynb",
    "lab.topic_web_api": "la API",
    "tables.kind_api": "API",
    "tables.kind_usage_plan": "plan de uso",
    "tables.kind_api_key": "clave de API",
    "tables.kind_function": "función Lambda",
    "errors.function_failed": (
        "La función {name} no funciona. Motivo: {reason}\n"
        "Corrige la causa (casi siempre el código o el rol) y vuelve a ejecutar la celda; el registro está en "
        "CloudWatch Logs, grupo /aws/lambda/{name}."
    ),
    "errors.api_key_refused": (
        "La API {url} no dejó pasar la petición (403 {message}): falta la clave, no existe, o no está en un "
        "plan de uso de esta etapa. Envíala en el encabezado x-api-key; una clave nueva tarda en AWS hasta un "
        "minuto en valer."
    ),
    "errors.wrong_api_path": (
        "La API no tiene nada en {url} para el método POST (403 Missing Authentication Token). El mensaje "
        "engaña: no falta ninguna credencial, la dirección es otra. Revisa la etapa y la ruta, por ejemplo "
        ".../prod/predict, y si acabas de crear la ruta, vuelve a desplegar."
    ),
    "errors.too_many_calls": (
        "La API pide ir más despacio (429 {message}): se agotó el ritmo o la cuota del plan de uso. Espera un "
        "poco y reintenta; si pasa a menudo, sube los límites del plan."
    ),
    "errors.house_refused": (
        "La API no aceptó lo que se envió ({status}): {message} Corrige la petición y vuelve a enviarla."
    ),
    "errors.api_failed": (
        "La API {url} falló ({status}): {message} La causa está detrás de ella: mira el registro de la Lambda "
        "en CloudWatch Logs, grupo /aws/lambda/..., y que el endpoint exista."
    ),
    "errors.api_unreachable": (
        "No hubo respuesta de {url} ({reason}). Revisa la dirección y la conexión; en el AWS local, vuelve a "
        "ejecutar la celda que abre el laboratorio."
    ),
    "web_api.key": "Clave {name}: {length} caracteres, que no se muestran",
    "predict_house.no_body": (
        'La petición no trae cuerpo. Envía la casa como JSON, por ejemplo {{"bedrooms": 3, ...}}.'
    ),
    "predict_house.too_long": (
        "El cuerpo tiene {found} caracteres, y el máximo es {most}: envía una sola casa."
    ),
    "predict_house.no_json": "El cuerpo no es JSON ({reason}). Revisa comillas y comas.",
    "predict_house.no_number": "{word} no es un número",
    "predict_house.no_object": "El cuerpo debe ser un objeto JSON con los datos de una casa, entre llaves.",
    "predict_house.endpoint_gone": (
        "El modelo no está encendido en este momento. Inténtalo más tarde; si la API es tuya, crea el endpoint "
        "otra vez."
    ),
    "predict_house.endpoint_busy": "El modelo está ocupado. Inténtalo de nuevo en unos segundos.",
    "predict_house.endpoint_silent": "El modelo no contestó a tiempo. Inténtalo de nuevo.",
    "predict_house.no_price": (
        "El modelo no contestó con un precio. Si la API es tuya, mira el registro de la función."
    ),
    "predict_house.misconfigured": (
        "La API no puede llegar al modelo, y no es culpa de la petición. Si la API es tuya, mira el registro "
        "de la función: permisos del rol, variable ENDPOINT_NAME."
    ),
    "predict_house.unforeseen": (
        "Algo falló al calcular el precio. Si la API es tuya, busca {request} en el registro de la función."
    ),
    "web_export.title": "Precios de viviendas (mllab)",
    "web_export.summary": "Precio de una casa descrita en unidades corrientes",
    "web_export.good": "El precio de una casa",
    "web_export.bad_house": "Una casa sin un dato: 400",
    "web_export.no_key": "Sin clave: 403",
    "web_export.wrong_path": "Ruta equivocada: 403",
    "web_export.status_200": "El precio",
    "web_export.status_400": "A la casa le falta algo, o no es JSON",
    "web_export.status_403": "Falta la clave, no vale, o la ruta es otra",
    "web_export.status_413": "El cuerpo es demasiado largo",
    "web_export.status_429": "Demasiadas peticiones: ritmo o cuota del plan de uso",
    "web_export.status_500": "La API está mal configurada",
    "web_export.status_502": "El modelo no contestó con un precio",
    "web_export.status_503": "El modelo no está encendido, o está ocupado",
    "web_export.status_504": "El modelo no contestó a tiempo",
    "plots_api.client": "tu programa",
    "plots_api.gateway": "API Gateway",
    "plots_api.integration": "API Gateway espera\na la Lambda",
    "plots_api.function": "la Lambda trabaja",
    "plots_api.model": "el modelo contesta",
    "plots_api.milliseconds": "milisegundos (cada barra contiene a la siguiente)",
    "plots_api.journey_title": "El viaje de una petición",
    "plots_api.journey_caption": (
        "Viaje de una petición (media de {requests}): el cliente esperó {client} ms; API Gateway tardó "
        "{gateway} ms, de ellos {integration} ms a la espera de la Lambda, que trabajó {function} ms; el modelo "
        "contestó en {model} ms."
    ),
    "notebooks.headline_04": "la API, con clave, pone a la casa un precio de {price:,.0f} USD (unos {usd:.2f} USD por millón de peticiones)",
    "checks.not_a_url": "Se pide una dirección, un texto que empiece por http; es {given!r}.",
    "checks.right_url": "En esa dirección la API contesta: {answer} Compárala con la variable url, letra por letra.",
    "checks.million_without_gateway": "Te falta API Gateway, que es lo que más cuesta.",
    "checks.million_seconds": "El tiempo de la Lambda se cobra en segundos, y los milisegundos son mil veces menos.",
    "checks.million_usd": "No son {given:,.2f} USD. API Gateway, más las llamadas a la Lambda, más sus segundos por sus GB por el precio.",
    # --- iteration 5: parts, traffic, alarms
    "errors.unknown_part": "No hay ninguna parte {given} en este cuaderno. El parámetro parts lleva letras de estas: {known}.",
    "parts.skipped": "Parte {part}: se salta, porque el parámetro parts no la nombra.",
    "lab.notebook_05": "05_monitoreo_optimizacion.ipynb",
    "lab.notebook_06": "06_limpieza.ipynb",
    "lab.topic_monitoring": "el monitoreo del endpoint",
    "lab.topic_better_model": "la búsqueda de un modelo mejor",
    "lab.topic_life_cycle": "el reentrenamiento automático",
    "errors.no_such_alarm": (
        "No hay ninguna alarma llamada {name}. Mira los nombres en la consola de CloudWatch, o "
        "créala ejecutando las celdas anteriores."
    ),
    "errors.wrong_threshold": (
        "Un umbral de {seconds} segundos no sirve: una petición a un endpoint tarda más de 0 y 60 segundos como "
        "mucho. Escribe el umbral en segundos (0.25 son 250 milisegundos); la conversión a microsegundos la hace "
        "el laboratorio."
    ),
    "traffic.sending": "Enviando peticiones a {name}",
    "traffic.sent": "{answered} peticiones contestadas y {failed} rechazadas",
    "endpoint_metrics.of": "las métricas de {name}",
    "alarms.waiting": "Esperando a que {name} esté en {state}",
    "alarms.message": "{alarm}: de {previous} a {state}",
    "alarms.widget_traffic": "Peticiones",
    "alarms.widget_errors": "Parte de las peticiones que fallan",
    "alarms.widget_latency": "Latencia p99 (microsegundos)",
    # --- iteration 5: tuning
    "errors.metric_not_tunable": (
        "No se puede optimizar {metric}: XGBoost no la informa en una regresión, y el trabajo no encontraría ni un "
        "solo valor. Elige una de estas: {known}."
    ),
    "errors.tuning_failed": (
        "La búsqueda {name} terminó sin ningún modelo que comparar. Motivo: {reason}\n"
        "Mira el registro de uno de sus trabajos (training.training_log) y repite con un nombre nuevo."
    ),
    "tuning.waiting": "Buscando con {name}",
    "tuning.so_far": "{count} entrenamientos",
    "tuning.result": "{name}: {status}, {count} entrenamientos; el mejor, con un RMSE de validación de {value:,.0f}",
    "tuning.goes_on": "{name} sigue en marcha. Para detenerlo: sagemaker.stop_hyper_parameter_tuning_job(...)",
    "tables.rank": "puesto",
    "tables.trial": "intento",
    "tables.share": "parte",
    "tables.rows": "filas",
    "tables.rmse": "RMSE",
    # --- iteration 5: life cycle
    "errors.no_pipeline_execution": (
        "No se encuentra la ejecución del pipeline {name} que se buscaba: o nada lo puso en marcha, o se detuvo "
        "antes. Si debía arrancarlo un archivo nuevo, revisa la regla de EventBridge, sus destinos y el rol; si "
        "se detuvo, mira lifecycle.steps_table."
    ),
    "errors.no_model_package": (
        "El grupo {group} no tiene ninguna versión registrada. El pipeline solo registra un modelo cuando es "
        "mejor que el que está en servicio: mira lifecycle.read_evaluation."
    ),
    "errors.roll_out_failed": (
        "El endpoint {name} sigue con el modelo anterior; la versión {package} no llegó a entrar en servicio.\n"
        "{log}\n"
        "Corrige la causa (el artefacto que falta, el rol de la función) y aprueba la versión otra vez."
    ),
    "errors.nothing_captured": (
        "En S3 hay {count} peticiones capturadas de {name}, y se esperaban {expected}. Comprueba que el endpoint "
        "use una configuración con DataCaptureConfig y que haya recibido tráfico después; en AWS pueden tardar "
        "unos minutos en llegar."
    ),
    "errors.monitoring_failed": "El análisis {name} terminó sin informe. Motivo: {reason}",
    "lifecycle.execution": "{status} {reason}",
    "lifecycle.evaluation": "RMSE en {rows} ventas nuevas: en servicio {champion:,.0f}, candidato {challenger:,.0f}",
    "lifecycle.package": "{group}, versión {version}: {approval}",
    "lifecycle.executing": "Ejecutando el pipeline",
    "lifecycle.goes_on": "{name} sigue en marcha. Para detenerlo: sagemaker.stop_pipeline_execution(...)",
    "lifecycle.rolling_out": "Poniendo la versión nueva en {name}",
    "drift.finding": "{status}: {count} diferencias con la línea base",
    "drift.capturing": "Esperando las peticiones capturadas de {name}",
    "drift.monitoring": "Analizando con {name}",
    "drift.goes_on": "El análisis {name} sigue en marcha en AWS. Cuando termine, el cuaderno de limpieza lo recoge.",
    "drift.processing": "Ejecutando {name}",
    "tables.step": "paso",
    "tables.status": "estado",
    "tables.outcome": "resultado",
    "tables.type": "tipo",
    "tables.completeness": "completitud",
    "tables.non_negative": "nunca negativa",
    "tables.feature": "característica",
    "tables.check": "comprobación",
    "tables.distance": "distancia",
    "tables.threshold": "umbral",
    "tables.previous": "antes",
    "tables.time": "hora (UTC)",
    "tables.reason": "motivo, en palabras de CloudWatch",
    # --- iteration 5: pictures
    "plots.seconds_of_traffic": "segundos desde el principio",
    "plots.answered": "contestadas",
    "plots.refused": "rechazadas",
    "plots.model_latency": "latencia del modelo (ms)",
    "plots.endpoint_title": "Lo que CloudWatch contó",
    "plots.endpoint_caption": (
        "Peticiones y latencia del endpoint: {requests} peticiones, {errors} con error; en el peor intervalo, el 99 % "
        "tardó menos de {p99} ms dentro del modelo."
    ),
    "plots.error_rate": "peticiones con error",
    "plots.alarm_title": "Una alarma, de OK a ALARM y de vuelta",
    "plots.alarm_caption": (
        "Parte de las peticiones con error, con el umbral de la alarma en el {threshold} y el estado en que estuvo: "
        "en el peor intervalo falló el {highest}. La alarma pasó por {states}."
    ),
    "plots.trial": "intento",
    "plots.champion": "modelo de la iteración 2: {amount}",
    "plots.best_so_far": "lo mejor hasta ahí: {amount}",
    "plots.tuning_title": "Cada punto es un entrenamiento completo",
    "plots.tuning_caption": (
        "RMSE de validación de {trials} intentos: el mejor queda en {best}; el modelo de la iteración 2, en {champion}."
    ),
    "plots.rows": "casas con que se entrena",
    "plots.data_title": "¿Ayudarían más datos?",
    "plots.data_caption": (
        "Error según el número de casas: con {first_rows}, el de validación es de {first}; con {last_rows}, de {last}."
    ),
    "plots.seconds": "segundos desde el primer paso",
    "plots.pipeline_title": "Qué hizo el pipeline, y cuándo",
    "plots.pipeline_caption": "Pasos del pipeline: {steps}; el que más tardó fue {longest}.",
    "plots.distance": "distancia entre las dos distribuciones (umbral {threshold:g})",
    "plots.violations_title": "En qué se diferencian las casas de hoy",
    "plots.violations_caption": (
        "Diferencias con la línea base: {count}; la mayor está en {feature}, con una distancia de {largest}."
    ),
    "plots.bias": "error relativo mediano (%)",
    "plots.bias_title": "Las entradas no cambiaron; los precios, sí",
    "plots.bias_caption": "Error relativo mediano por ventana: de {first} en la primera a {last} en la última.",
    "checks.threshold_in_milliseconds": "Eso está en milisegundos: la alarma sonaría con cada petición. CloudWatch cuenta ModelLatency en microsegundos.",
    "checks.threshold_in_seconds": "Eso está en segundos: la alarma sonaría con cada petición. CloudWatch cuenta ModelLatency en microsegundos.",
    "checks.threshold_in_nanoseconds": "Te pasaste: eso está en nanosegundos, y la alarma no sonaría nunca.",
    "checks.threshold": "No es {given:g}. ¿Cuántos microsegundos tiene un milisegundo?",
    "checks.gain_upside_down": "El signo está al revés: se pide cuánto bajó, un número positivo si mejoró.",
    "checks.gain_in_dollars": "Esa es la diferencia en dólares; se pide el porcentaje sobre el RMSE de partida.",
    "checks.tuning_gain": "No es {given:g}. Divide el RMSE nuevo entre el de partida y mira cuánto le falta para 1.",
    "checks.drifted_less": "{given} cambió, pero otra cambió más. Mira la columna distance.",
    "checks.not_drifted": "{given} no está entre las características que cambiaron. Mira la columna feature.",
    "notebooks.headline_05_alarm": "la alarma sonó en {seconds:.1f} s",
    "notebooks.headline_05_tuning": "RMSE de validación tras la búsqueda: {change:+.1f} %",
    "notebooks.headline_05_pipeline": "el modelo reentrenado mejora un {gain:.1f} % y entra en servicio",
    "notebooks.headline_05_drift": "{count} diferencias con la línea base",
    "tables.kind_alarm": "alarma",
    "tables.kind_dashboard": "tablero",
    "tables.kind_topic": "tema de SNS",
    "tables.kind_queue": "cola de SQS",
    "tables.kind_rule": "regla de EventBridge",
    "tables.kind_schedule": "programación de borrado",
    "tables.kind_pipeline": "pipeline",
    "tables.kind_model_package": "versión registrada",
    "tables.kind_model_package_group": "grupo de versiones",
    "tables.kind_monitoring_schedule": "programación de monitoreo",
    "tables.kind_tuning_job": "trabajo de búsqueda",
    "tables.kind_processing_job": "trabajo de procesamiento",
    # --- policies: why each statement is there
    "identity.may_not_ask": "no puedes preguntarlo: te falta iam:SimulatePrincipalPolicy",
    "storage.may_not_ask": "no puedes preguntarlo",
    "storage.yes": "sí",
    "storage.no": "no",
    "storage.settings": "acceso público bloqueado: {blocked}\ncifrado: {encryption}\nversiones: {versioning}",
    "policies.why_look_at_own_roles": "ver los roles que te prepararon y preguntar qué podrían hacer",
    "policies.why_find_data": "encontrar los datos en el bucket del laboratorio, y en ningún otro",
    "policies.why_read_and_write_data": "leer los datos y dejar el modelo entrenado",
    "policies.why_write_logs": "escribir el registro de trabajos y endpoints",
    "policies.why_write_metrics": "publicar métricas, solo en los espacios de SageMaker",
    "policies.why_enter_registry": "entrar en ECR, donde están las imágenes (AWS no deja acotarlo)",
    "policies.why_pull_images": "descargar las tres imágenes del laboratorio, y ninguna otra",
    "policies.why_run_pipeline_steps": "ejecutar los pasos del pipeline, que llevan los nombres que les pone SageMaker",
    "policies.why_register_version": "registrar el modelo reentrenado en su grupo",
    "policies.why_pass_itself": "dar a los pasos del pipeline este mismo rol, y ningún otro",
    "policies.why_start_pipeline": "arrancar este pipeline cuando llegan datos, y nada más",
    "policies.why_ask_endpoint": "preguntarle a este endpoint, y a ningún otro",
    "policies.why_write_function_log": "escribir su propio registro",
    "policies.why_read_version": "leer la versión aprobada",
    "policies.why_make_model": "crear el modelo de esa versión",
    "policies.why_make_configuration": "crear una configuración igual a la de ahora, con el modelo nuevo",
    "policies.why_move_endpoint": "pasar el endpoint a esa configuración",
    "policies.why_pass_model_role": "dar al modelo su rol de ejecución, y ningún otro",
    "policies.why_use_own_bucket": "ver qué hay en tu bucket y avisar a EventBridge de lo que llega",
    "policies.why_use_own_files": "leer, escribir y borrar tus propios archivos",
    "policies.why_run_jobs": "entrenar, buscar hiperparámetros y procesar datos, con tus nombres",
    "policies.why_look_at_jobs_of_services": "ver los trabajos que arrancan el pipeline y Model Monitor, que llevan los nombres de SageMaker",
    "policies.why_serve_models": "poner tus modelos en servicio, preguntarles y retirarlos",
    "policies.why_use_workbench": "encender, abrir, apagar y borrar tu instancia de notebook",
    "policies.why_equip_workbench": "instalar el laboratorio en tu instancia cuando se enciende",
    "policies.why_register_models": "llevar el registro de versiones de tu modelo y aprobarlas",
    "policies.why_retrain_models": "montar y seguir tu pipeline de reentrenamiento",
    "policies.why_watch_drift": "comparar lo que se pregunta con la línea base",
    "policies.why_list_sage_maker": "ver los nombres de lo que hay en SageMaker (AWS no deja acotar las listas)",
    "policies.why_pass_roles_to_sage_maker": "prestar a SageMaker los dos roles con los que trabaja, y ningún otro",
    "policies.why_pass_roles_to_lambda": "prestar a Lambda los roles de tus funciones, y ningún otro",
    "policies.why_pass_roles_to_events": "prestar a EventBridge el rol que arranca el pipeline, y ningún otro",
    "policies.why_pass_roles_to_scheduler": (
        "prestar a EventBridge Scheduler el rol que borra tus endpoints, y ningún otro"
    ),
    "policies.why_schedule_expiry": "programar el borrado de tus endpoints, cambiarlo y quitarlo",
    "policies.why_delete_expired": "borrar un endpoint que ha caducado, y nada más",
    "policies.why_write_functions": "crear, probar, cambiar y borrar tus funciones",
    "policies.why_list_apis": "encontrar tu API y tu plan de uso en la lista (AWS no deja acotarla)",
    "policies.why_create_own_api": "crear la API, su plan de uso y su clave, siempre con tu etiqueta",
    "policies.why_tag_own_api": "poner esa etiqueta; cambiarla en lo ajeno pide además permiso sobre lo ajeno",
    "policies.why_build_own_api": (
        "construir, leer y borrar lo que lleva tu etiqueta (API Gateway no distingue por nombres)"
    ),
    "policies.why_set_alarms": "poner, consultar y quitar tus alarmas",
    "policies.why_draw_dashboards": "dibujar y quitar tu tablero",
    "policies.why_read_metrics": "leer métricas y el estado de las alarmas (AWS no deja acotarlo)",
    "policies.why_send_messages": "tener un tema de SNS al que avisan tus alarmas",
    "policies.why_end_subscriptions": "encontrar y cerrar suscripciones (AWS no deja acotarlo)",
    "policies.why_receive_messages": "tener una cola de SQS donde se leen esos avisos",
    "policies.why_make_rules": "crear y borrar tus reglas de EventBridge",
    "policies.why_make_buckets": "crear los buckets de los estudiantes, protegerlos y borrarlos",
    "policies.why_empty_buckets": "vaciar un bucket antes de borrarlo, con todas sus versiones",
    "policies.why_try_taken_name": "probar en clase un nombre que ya tiene dueño",
    "policies.why_make_roles": "crear, revisar y borrar los roles del laboratorio y sus permisos: quien puede esto puede darse cualquiera, así que es para quien administra",
    "policies.why_attach_course_policies": "ponerle al rol de ejecución las dos políticas del curso, y ninguna otra",
    "policies.why_read_policies": "leer esas dos políticas para compararlas",
    "policies.why_find_class": "saber qué estudiantes hay: los que tienen rol (AWS no deja acotar la lista)",
    "policies.why_become_learner": "ponerse el rol de un estudiante",
    "policies.why_look_around": "comprobar que no queda nada de nadie (AWS no deja acotar las listas)",
    "policies.why_read_quotas": "saber cuántas máquinas de cada tipo deja usar la cuenta (AWS no deja acotarlo)",
    "policies.why_use_own_log_groups": "leer los registros de tus funciones y endpoints, y borrarlos",
    "policies.why_use_own_log_streams": "leer los registros de tus trabajos y borrarlos; tu instancia de notebook escribe los suyos",
    "policies.why_log_workbench": "crear el grupo de registros de las instancias de notebook si la cuenta aún no lo tiene",
    "policies.why_look_at_jobs": "leer cuánto duró cada trabajo, para el recibo",
    "policies.why_look_at_apis": "comprobar que no queda ninguna API, plan ni clave",
    # --- the operating system
    "os.eacces": "no tienes permiso",
    "os.edquot": "se agotó tu cuota de disco",
    "os.eisdir": "es una carpeta",
    "os.enoent": "no existe",
    "os.enospc": "no queda espacio en el disco",
    "os.enotdir": "hay un archivo donde debería haber una carpeta",
    "os.erofs": "el disco es de solo lectura",
}
