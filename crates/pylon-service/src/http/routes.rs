//! Every path of the service, by who calls it.

use utoipa_actix_web::scope::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{blocks, docs, health, identities, neurons, scrape, validators};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        // Users of the existing client.
        .service(
            scope("/api/v1")
                .service(scope("/subnet/{netuid}").configure(subnet))
                .service(scope("/identity/{identity_name}/subnet/{netuid}").configure(subnet))
                .service(scope("/openaccess/subnet/{netuid}").configure(subnet))
                .service(blocks::latest_block)
                .service(identities::identities)
                .service(identities::login),
        )
        .service(
            scope("/api/_unstable")
                .service(scope("/openaccess/subnet/{netuid}").configure(subnet))
                .service(scope("/identity/{identity_name}/subnet/{netuid}").configure(subnet))
                .service(scope("/openaccess").service(blocks::latest_block_guarded))
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
}

/// What can be read of one subnet, by open access and by identities alike.
fn subnet(config: &mut ServiceConfig) {
    config
        .service(neurons::latest_neurons)
        .service(neurons::recent_neurons)
        .service(neurons::neurons)
        .service(validators::latest_validators)
        .service(validators::validators);
}
