//! A snapshot's bytes to neurons and hyperparameters: the static way, and by name. The bytes are the real
//! runtime's, 256 neurons; so is the metadata where it is present, else it is the devnet's.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench ends where it fails, and prints"
)]

#[path = "../tests/chain/answers.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod answers;

use answers::Golden;
use criterion::{Criterion, criterion_group, criterion_main};
use pylon_chain::Runtime;

fn read(runtime: &Runtime, golden: &Golden) -> usize {
    let answer = runtime
        .neurons(&golden.neurons_lite, &golden.metagraph)
        .unwrap()
        .unwrap();
    let hyperparameters = runtime.hyperparameters(&golden.hyperparameters).unwrap();
    answer.neurons.len() + hyperparameters.len()
}

fn decode(criterion: &mut Criterion) {
    let golden = Golden::load();
    let Some(runtime) = answers::runtimes()
        .iter()
        .rfind(|runtime| runtime.read_by_name().is_empty())
    else {
        return;
    };
    let by_name = runtime.clone().by_name();
    let mut group = criterion.benchmark_group("snapshot of 256 neurons");
    group.bench_function("static", |bencher| bencher.iter(|| read(runtime, &golden)));
    group.bench_function("by name", |bencher| {
        bencher.iter(|| read(&by_name, &golden))
    });
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
