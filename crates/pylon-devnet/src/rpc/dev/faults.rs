//! Faults of the main endpoint, by name. Each can carry `for_ms`, most `count`: it ends by itself
//! after that. On the main endpoint their own answers may be lost with the rest.

use std::{sync::Arc, time::Duration};

use jsonrpsee::{
    RpcModule,
    server::RegisterMethodError,
    types::{ErrorObjectOwned, Params},
};

use serde_json::{Value, json};

use super::super::{Endpoint, args::Args, errors};
use crate::faults::{Fault, Spell};

type Answer<T> = Result<T, ErrorObjectOwned>;

const FOR: &str = "for_ms|forMs";
const COUNT: &str = "count";

/// Reads a fault with one parameter of its own, or none, and how long it lasts.
struct Reading {
    args: Args,
    own: usize,
}

impl Reading {
    fn parse(params: &Params<'_>, own: &[&str]) -> Answer<Self> {
        let names: Vec<&str> = own.iter().copied().chain([FOR, COUNT]).collect();
        Ok(Self {
            args: Args::parse(params, &names)?,
            own: own.len(),
        })
    }

    fn number(&self, index: usize) -> Answer<Option<u64>> {
        self.args.optional(index)
    }

    fn spell(&self, fault: Fault) -> Answer<Spell> {
        let time: Option<u64> = self.args.optional(self.own)?;
        Ok(Spell {
            fault,
            time: time.map(Duration::from_millis),
            count: self.args.optional(self.own + 1)?,
        })
    }
}

fn plain(params: &Params<'_>, fault: Fault) -> Answer<Spell> {
    Reading::parse(params, &[])?.spell(fault)
}

fn delay(params: &Params<'_>) -> Answer<Spell> {
    let reading = Reading::parse(params, &["ms"])?;
    let time = Duration::from_millis(reading.args.required(0)?);
    reading.spell(Fault::Delay(time))
}

fn too_many_requests(params: &Params<'_>) -> Answer<Spell> {
    let reading = Reading::parse(params, &["per_second|perSecond", "retry_after|retryAfter"])?;
    reading.spell(Fault::TooManyRequests {
        per_second: reading.args.optional(0)?.unwrap_or(0),
        retry_after: Duration::from_secs(reading.number(1)?.unwrap_or(1)),
    })
}

fn rate_limit(params: &Params<'_>) -> Answer<Spell> {
    let reading = Reading::parse(params, &["per_second|perSecond"])?;
    reading.spell(Fault::RateLimit {
        per_second: reading.args.optional(0)?.unwrap_or(0),
    })
}

fn discard_states(params: &Params<'_>) -> Answer<Spell> {
    let reading = Reading::parse(params, &["kept"])?;
    reading.spell(Fault::DiscardedState {
        kept: reading.args.required(0)?,
    })
}

fn include_late(params: &Params<'_>) -> Answer<Spell> {
    let reading = Reading::parse(params, &["blocks"])?;
    reading.spell(Fault::LateInclusion {
        blocks: reading.args.required(0)?,
    })
}

type Read = fn(&Params<'_>) -> Answer<Spell>;

const METHODS: [(&str, Read); 14] = [
    ("dev_refuse", |params| plain(params, Fault::Refuse)),
    ("dev_hang", |params| plain(params, Fault::Hang)),
    ("dev_stall", |params| plain(params, Fault::Stall)),
    ("dev_delay", delay),
    ("dev_tooManyRequests", too_many_requests),
    ("dev_rateLimit", rate_limit),
    ("dev_truncateHex", |params| {
        plain(params, Fault::TruncatedHex)
    }),
    ("dev_notJson", |params| plain(params, Fault::NotJson)),
    ("dev_discardStates", discard_states),
    ("dev_loseExtrinsics", |params| {
        plain(params, Fault::LostExtrinsic)
    }),
    ("dev_duplicateExtrinsics", |params| {
        plain(params, Fault::DuplicateExtrinsic)
    }),
    ("dev_dropSubmissions", |params| {
        plain(params, Fault::DroppedSubmission)
    }),
    ("dev_includeLate", include_late),
    ("dev_stallDrand", |params| {
        plain(params, Fault::StalledDrand)
    }),
];

/// A fault under the name of its method.
fn shown(fault: Fault) -> Value {
    match fault {
        Fault::Refuse => json!({ "fault": "refuse" }),
        Fault::Hang => json!({ "fault": "hang" }),
        Fault::Stall => json!({ "fault": "stall" }),
        Fault::Delay(time) => {
            let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            json!({ "fault": "delay", "ms": millis })
        }
        Fault::TooManyRequests {
            per_second,
            retry_after,
        } => json!({
            "fault": "tooManyRequests",
            "per_second": per_second,
            "retry_after": retry_after.as_secs(),
        }),
        Fault::RateLimit { per_second } => {
            json!({ "fault": "rateLimit", "per_second": per_second })
        }
        Fault::TruncatedHex => json!({ "fault": "truncateHex" }),
        Fault::NotJson => json!({ "fault": "notJson" }),
        Fault::LostExtrinsic => json!({ "fault": "loseExtrinsics" }),
        Fault::DuplicateExtrinsic => json!({ "fault": "duplicateExtrinsics" }),
        Fault::DroppedSubmission => json!({ "fault": "dropSubmissions" }),
        Fault::LateInclusion { blocks } => json!({ "fault": "includeLate", "blocks": blocks }),
        Fault::StalledDrand => json!({ "fault": "stallDrand" }),
        Fault::DiscardedState { kept } => json!({ "fault": "discardStates", "kept": kept }),
    }
}

async fn start(endpoint: Arc<Endpoint>, spell: Answer<Spell>) -> Answer<()> {
    endpoint
        .node()
        .start_fault(spell?)
        .await
        .map_err(errors::invalid_params)
}

/// Adds the methods.
pub(super) fn register(module: &mut RpcModule<Endpoint>) -> Result<(), RegisterMethodError> {
    for (name, read) in METHODS {
        module.register_async_method(name, move |params, endpoint, _| {
            let spell = read(&params);
            start(endpoint, spell)
        })?;
    }
    module.register_method("dev_dropSockets", |_, endpoint, _| {
        endpoint.node().board().drop_sockets();
    })?;
    module.register_async_method("dev_heal", |_, endpoint, _| async move {
        endpoint.node().heal().await.map_err(errors::refused)
    })?;
    module.register_method("dev_faults", |_, endpoint, _| {
        let active = endpoint.node().board().active();
        active.into_iter().map(shown).collect::<Vec<_>>()
    })?;
    Ok(())
}
