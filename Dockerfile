# The application alone: its Neo4j and PostgreSQL servers are services of docker-compose.yml.
FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv/vast
COPY requirements/run.lock requirements/run.lock
RUN pip install --require-hashes -r requirements/run.lock
COPY . .
RUN pip install --no-deps --no-build-isolation --editable . \
 && python -m webapp.build_frontend \
 && useradd --system --uid 10001 --create-home vast \
 && install -d -o vast -g vast -m 700 /var/lib/vast
USER vast
VOLUME /var/lib/vast
EXPOSE 8470
ENTRYPOINT ["/srv/vast/deploy/entrypoint.sh"]
CMD ["vast", "serve", "--host", "0.0.0.0"]
