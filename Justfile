# The service on the embedded devnet and in ./data.
serve *args:
    cargo run --release -p pylon-service -- serve --network dev {{args}}

# Every test.
test:
    cargo test --workspace

# The database on PostgreSQL too: one is started for it.
postgres:
    .ci/postgres

# What CI checks beside the tests.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --all-features -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features
    cargo deny --all-features check licenses bans sources

# Writes docs/openapi.json anew.
openapi:
    cargo run -p pylon-service -- openapi > docs/openapi.json

# The existing Python clients, 2.3.1 and 1.8.0, against the service.
python-client:
    cargo build -p pylon-service
    .ci/python-client "${CARGO_TARGET_DIR:-target}/debug/pylon-service"

# Whatever the OpenAPI document allows, and what it does not, against the service.
schemathesis:
    cargo build -p pylon-service
    .ci/schemathesis "${CARGO_TARGET_DIR:-target}/debug/pylon-service"

# Other people's clients against the devnet.
clients:
    cargo build -p pylon-service
    cargo build -p pylon-chain --example read
    .ci/clients/run "${CARGO_TARGET_DIR:-target}/debug/pylon-service" "${CARGO_TARGET_DIR:-target}/debug/examples/read"

# Requests per second, latency and memory beside a bare actix handler.
bench-http:
    cargo bench -p pylon-service --bench http

# A service that watches 128 subnets: memory, requests to the node, reads of past blocks.
bench-subnets:
    cargo bench -p pylon-service --bench subnets

# Fast clients beside 1,000 idle and 200 slow ones.
bench-crowd:
    cargo bench -p pylon-service --bench crowd

# Decoding a subnet's snapshot.
bench-decode:
    cargo bench -p pylon-chain --bench decode

# A block of the simulated node, in time and memory.
bench-devnet:
    cargo bench -p pylon-devnet --bench blocks

# All of CI.
ci:
    .ci/run
