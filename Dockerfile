# One image for every process: `davy edge`, `davy centre`, `davy sim`, ... Runs as nobody in particular, on a read-only root.
ARG PYTHON=python:3.12.12-slim-bookworm

FROM ${PYTHON} AS build
WORKDIR /src
COPY requirements.lock pyproject.toml README.md ./
COPY tools/runtime_lock.py tools/
# what the program needs, by hash, into an environment without pip; then our own wheel on top, built by the locked hatchling
RUN python tools/runtime_lock.py requirements.lock pyproject.toml > runtime.lock \
 && python tools/runtime_lock.py requirements.lock pyproject.toml hatchling > build.lock \
 && python -m venv --without-pip /opt/davy \
 && python -m pip --python /opt/davy/bin/python install --no-cache-dir --require-hashes -r runtime.lock \
 && python -m venv /opt/build \
 && /opt/build/bin/python -m pip install --no-cache-dir --require-hashes -r build.lock
COPY . .
RUN /opt/build/bin/python -m pip wheel --no-cache-dir --no-deps --no-build-isolation -w /wheels . \
 && python -m pip --python /opt/davy/bin/python install --no-cache-dir --no-deps --no-index /wheels/*.whl

FROM ${PYTHON}
# a small font with Chinese signs: without one no report is printed (console/paper/press.py)
RUN apt-get update -q \
 && apt-get install -yq --no-install-recommends fonts-wqy-microhei \
 && rm -rf /var/lib/apt/lists/*
# these folders are made here, so that named volumes put there belong to davy
RUN groupadd --gid 10001 davy \
 && useradd --uid 10001 --gid davy --no-create-home --home-dir /var/lib/davy --shell /usr/sbin/nologin davy \
 && install -d -o davy -g davy -m 0700 /var/lib/davy /ca /maps /certs/broker /certs/centre /certs/demo
COPY --from=build /opt/davy /opt/davy
ENV PATH=/opt/davy/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /var/lib/davy
ENTRYPOINT ["davy"]
CMD ["--help"]
