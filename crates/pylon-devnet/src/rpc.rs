//! JSON-RPC over websocket and HTTP POST, on one port for each endpoint.

mod args;
mod author;
mod chain;
mod dev;
mod endpoint;
mod errors;
mod eth;
mod front;
mod payment;
mod spoil;
mod state;
mod subscription;
mod system;

use jsonrpsee::{Methods, RpcModule, server::RegisterMethodError};

pub(crate) use self::{endpoint::Endpoint, front::serve};

/// Every method, as one endpoint answers it.
pub(crate) fn methods(endpoint: Endpoint) -> Result<Methods, RegisterMethodError> {
    let mut module = RpcModule::new(endpoint);
    author::register(&mut module)?;
    chain::register(&mut module)?;
    dev::register(&mut module)?;
    eth::register(&mut module)?;
    payment::register(&mut module)?;
    state::register(&mut module)?;
    system::register(&mut module)?;
    let mut names: Vec<&'static str> = module.method_names().chain(["rpc_methods"]).collect();
    names.sort_unstable();
    module.register_method(
        "rpc_methods",
        move |_, _, _| serde_json::json!({ "methods": names }),
    )?;
    Ok(module.into())
}
