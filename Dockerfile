# The service in an image: docker build -t pylon .
# docs/moving.md says how it takes the place of the original Pylon's, examples/compose how it runs beside PostgreSQL.

FROM rust:1.95.0-slim-trixie AS build
WORKDIR /src
COPY . .
# The image is the toolchain, and its compiler of C is all that the databases and the cryptography need.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked -p pylon-service \
    && install target/release/pylon-service /usr/local/bin/

FROM debian:trixie-slim
# Nodes are reached over TLS. The original ran as root: what its deployments mount below /root is found there, if its
# files can be read.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && chmod 755 /root \
    && install --directory --owner 1000 --group 1000 /data
COPY --from=build /usr/local/bin/pylon-service /usr/local/bin/
ENV HOME=/root \
    PYLON_BIND=0.0.0.0:8000 \
    PYLON_DATA_DIR=/data
USER 1000:1000
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=6s --start-period=60s CMD ["pylon-service", "healthcheck"]
ENTRYPOINT ["pylon-service"]
CMD ["serve"]
