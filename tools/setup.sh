#!/bin/sh
# Prepares the virtual environment: once, and again whenever the lock or pyproject.toml changes.
#   VENV    where it is; .venv by default
#   PYTHON  the interpreter to build it with; the first suitable one by default
set -eu
cd "$(dirname "$0")/.."
VENV=${VENV:-.venv}
STAMP=$VENV/.mllab-installed

say() { # Spanish text, English text: the rule of the mllab command, which does not exist yet
    case "${MLLAB_LANGUAGE:-${LC_ALL:-${LANG:-}}}" in
        en*) printf 'mllab: %s\n' "$2" >&2 ;;
        *) printf 'mllab: %s\n' "$1" >&2 ;;
    esac
}

suitable() {
    "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        if suitable "$PYTHON"; then echo "$PYTHON"; return; fi
        say "PYTHON=$PYTHON no es un Python 3.10 a 3.13 que funcione. Indica otro: make PYTHON=python3.12" \
            "PYTHON=$PYTHON is not a working Python 3.10 to 3.13. Name another: make PYTHON=python3.12"
        return 1
    fi
    for candidate in python3 python3.12 python3.11 python3.13 python3.10; do
        if suitable "$candidate"; then echo "$candidate"; return; fi
    done
    say "No hay ningún Python 3.10 a 3.13. Instala uno (en Debian o Ubuntu: apt install python3 python3-venv) o indícalo: make PYTHON=/ruta/python3" \
        "There is no Python 3.10 to 3.13. Install one (Debian or Ubuntu: apt install python3 python3-venv) or name it: make PYTHON=/path/python3"
    return 1
}

create() {
    python=$(find_python)
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        say "A $python le falta el módulo venv. En Debian o Ubuntu: apt install python3-venv. Después, repite la orden." \
            "$python lacks the venv module. Debian or Ubuntu: apt install python3-venv. Then run the command again."
        exit 1
    fi
    say "Creo $VENV con $("$python" --version)." "Creating $VENV with $("$python" --version)."
    "$python" -m venv --clear "$VENV"
}

version_of() { "$1" -c 'import sys; print(*sys.version_info[:2])' 2>/dev/null; }

if ! suitable "$VENV/bin/python"; then
    create
elif [ -n "${PYTHON:-}" ] && [ "$(version_of "$PYTHON")" != "$(version_of "$VENV/bin/python")" ]; then
    create
fi

wanted=$(cat requirements.lock pyproject.toml tools/setup.sh | cksum)
[ "$(cat "$STAMP" 2>/dev/null || true)" != "$wanted" ] || exit 0

say "Instalo las dependencias fijadas en requirements.lock (1,5 GB). La primera vez tarda unos minutos." \
    "Installing the dependencies pinned in requirements.lock (1.5 GB). The first time takes some minutes."
"$VENV/bin/python" -m pip --version >/dev/null 2>&1 || "$VENV/bin/python" -m ensurepip >/dev/null
# Two calls: pip refuses a project without a hash in the same call as hashed requirements.
if ! "$VENV/bin/python" -m pip install --disable-pip-version-check --require-hashes -r requirements.lock ||
    ! "$VENV/bin/python" -m pip install --disable-pip-version-check --quiet --no-deps -e .; then
    say "La instalación no terminó; arriba está la causa. Suele ser la red o el disco lleno. Al repetir la orden, sigue donde quedó." \
        "The installation did not finish; the cause is above. Usually the network, or a full disk. The same command goes on from there."
    exit 1
fi
# The notebooks ask Jupyter for the kernel of this name; `mllab kernel` registers it outside of the environment too.
"$VENV/bin/python" -m ipykernel install --sys-prefix --name mllab --display-name mllab >/dev/null
echo "$wanted" >"$STAMP"
say "Entorno listo en $VENV." "Environment ready in $VENV."
