//! Every path of the service, by who calls it.

use actix_web::web::PayloadConfig;
use utoipa_actix_web::scope::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    accounts, blocks, certificates, classic, commitments, docs, drand, evm, health,
    hyperparameters, identities, jobs, neurons, prices, scrape, sign, subnets, validators, weights,
};

/// How much of a contract's ABI is read.
const ABI_LIMIT: usize = 512 * 1024;
/// How much of weights is read: those of the largest subnets are larger than other bodies.
const WEIGHTS_LIMIT: usize = 512 * 1024;

pub(super) fn routes(config: &mut ServiceConfig, with_classic: bool) {
    if with_classic {
        // Before the scope of the same name, which would have it.
        config.service(classic::health);
    }
    config
        // Users of the existing client, and ours beside them.
        .service(
            scope("/api/v1")
                .service(scope("/subnet/{netuid}").configure(v1))
                .service(
                    scope("/identity/{identity_name}/subnet/{netuid}")
                        .app_data(PayloadConfig::new(WEIGHTS_LIMIT))
                        .configure(v1)
                        .configure(writes)
                        .service(sign::sign_request),
                )
                .service(scope("/openaccess/subnet/{netuid}").configure(v1))
                .service(blocks::latest_block)
                .service(blocks::extrinsic)
                .service(subnets::subnets)
                .service(subnets::subnet)
                .service(accounts::account)
                .service(identities::identities)
                .service(identities::login),
        )
        .service(
            scope("/api/_unstable")
                .service(scope("/openaccess/subnet/{netuid}").configure(unstable))
                .service(
                    scope("/identity/{identity_name}/subnet/{netuid}")
                        .app_data(PayloadConfig::new(WEIGHTS_LIMIT))
                        .configure(unstable)
                        .configure(logs)
                        .configure(writes),
                )
                .service(scope("/subnet/{netuid}").configure(first_unstable))
                .service(
                    scope("/openaccess")
                        .service(blocks::latest_block_guarded)
                        .service(blocks::extrinsic_guarded)
                        .service(prices::prices)
                        .service(drand::last_stored_round)
                        .configure(logs),
                )
                .service(blocks::latest_block)
                .service(blocks::extrinsic)
                .service(identities::identities)
                .service(identities::login),
        )
        // Whoever runs it.
        .service(
            scope("/health")
                .service(health::live)
                .service(health::ready),
        )
        .service(health::version)
        .service(scrape::metrics)
        .service(docs::openapi_json)
        .map(|config| config.configure(docs::pages));
    if with_classic {
        config.configure(classic);
    }
}

/// Users of the first Pylon: one identity's subnet.
fn classic(config: &mut ServiceConfig) {
    config
        .service(classic::latest_block)
        .service(classic::metagraph)
        .service(classic::metagraph_at)
        .service(classic::block_hash)
        .service(classic::epoch)
        .service(classic::epoch_at)
        .service(classic::hyperparams)
        .service(classic::get_commitment)
        .service(classic::get_commitments)
        .service(classic::set_weight)
        .service(classic::update_weight)
        .service(classic::raw_weights)
        .service(classic::force_commit_weights)
        .service(classic::set_commitment)
        .service(classic::set_hyperparam)
        // By the names that its second generation gave them.
        .service(classic::latest_metagraph)
        .service(classic::block_timestamp)
        .service(classic::latest_weights)
        .service(classic::weights_at)
        .service(classic::commitment)
        .service(classic::commitments)
        .service(
            scope("/set_weights")
                .app_data(PayloadConfig::new(WEIGHTS_LIMIT))
                .service(classic::set_weights),
        );
}

/// What can be read of one subnet on v1, by open access and by identities alike.
fn v1(config: &mut ServiceConfig) {
    config
        .configure(both)
        .service(commitments::commitments)
        .service(commitments::commitment)
        .service(subnets::hyperparameters)
        .service(subnets::epoch)
        .service(subnets::weights)
        .service(subnets::bonds);
}

/// The same on the unstable surface, as clients up to 1.9 read it by open access.
fn first_unstable(config: &mut ServiceConfig) {
    config
        .configure(both)
        .service(commitments::tagged_commitments)
        .service(commitments::commitment);
}

/// The same on the unstable surface.
fn unstable(config: &mut ServiceConfig) {
    config
        .configure(both)
        .service(commitments::tagged_commitments)
        .service(commitments::tagged_commitment)
        .service(prices::price);
}

/// What identities alone may: writes, and the jobs that bring them on chain.
fn writes(config: &mut ServiceConfig) {
    config
        .service(weights::weights_status)
        .service(jobs::jobs)
        .service(jobs::job)
        .service(jobs::cancel)
        .service(commitments::set_commitment)
        .service(commitments::set_revealed_commitment)
        .service(certificates::generate_certificate)
        .service(hyperparameters::set_hyperparameter)
        .service(weights::weights_jobs)
        .service(weights::weights_job)
        .service(weights::cancel_weights)
        .service(weights::set_weights)
        .service(weights::set_mechanism_weights);
}

/// What contracts log. The ABI of a large one is larger than other bodies.
fn logs(config: &mut ServiceConfig) {
    let large = PayloadConfig::new(ABI_LIMIT);
    config.service(
        scope("/evm/contracts")
            .app_data(large)
            .service(evm::evm_logs),
    );
}

fn both(config: &mut ServiceConfig) {
    config
        .service(neurons::latest_neurons)
        .service(neurons::recent_neurons)
        .service(neurons::neurons)
        .service(validators::latest_validators)
        .service(validators::validators)
        .service(certificates::certificates)
        .service(certificates::certificate)
        .service(commitments::revealed_commitments)
        .service(commitments::revealed_commitment)
        .service(evm::evm_associations);
}
