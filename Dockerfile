# The service in an image: docker build -t pylon .
# docs/moving.md says how it takes the place of the original Pylon's, examples/compose how it runs beside PostgreSQL.

FROM rust:1.95.0-slim-trixie AS build
WORKDIR /src
COPY . .
# One program that needs nothing beside it, no C library either. The target is named so that only the program is made
# that way, and not what the compiler loads while it makes it.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    target=$(rustc --print host-tuple) \
    && RUSTFLAGS="-C target-feature=+crt-static" \
    cargo build --release --locked --target "$target" -p pylon-service \
    && install -D --target-directory /image/usr/local/bin "target/$target/release/pylon-service" \
    && strip --strip-debug /image/usr/local/bin/pylon-service
# Nodes are reached over TLS. The original ran as root: what its deployments mount below /root is found there, if its
# files can be read.
RUN install -D --target-directory /image/etc/ssl/certs /etc/ssl/certs/ca-certificates.crt \
    && install --directory --mode 1777 /image/tmp \
    && install --directory --mode 755 /image/root /data

FROM scratch
COPY --from=build /image /
COPY --from=build --chown=1000:1000 /data /data
ENV PATH=/usr/local/bin \
    HOME=/root \
    PYLON_BIND=0.0.0.0:8000 \
    PYLON_DATA_DIR=/data
USER 1000:1000
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=6s --start-period=60s CMD ["pylon-service", "healthcheck"]
ENTRYPOINT ["pylon-service"]
CMD ["serve"]
