mod hyperparameter;

use codec::{Compact, Encode};
use pylon_models::{
    Coldkey, CommitmentField, MechId, NetUid, NewHyperparameter, SettableHyperparameter, Uid,
};
use scale_info::PortableRegistry;

use crate::certificates::ServedAxon;
use crate::decode::{Wire, encode_field, takes_fields};
use crate::runtime::Runtime;

/// The pallet of most of them.
const PALLET: &str = "SubtensorModule";
const COMMITMENTS: &str = "Commitments";

/// A call that Pylon makes. All but hyperparameters are a hotkey's and cost no fee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// Weights in the open.
    SetWeights {
        /// The subnet.
        netuid: NetUid,
        /// Its mechanism.
        mechanism: MechId,
        /// Who is weighed.
        uids: Vec<Uid>,
        /// With what.
        values: Vec<u16>,
        /// The version that the subnet's validators are to have.
        version_key: u64,
    },
    /// Weights that the chain opens itself once a round of the beacon has come.
    CommitTimelocked {
        /// The subnet.
        netuid: NetUid,
        /// Its mechanism.
        mechanism: MechId,
        /// The sealed weights.
        commit: Vec<u8>,
        /// The round whose signature opens them.
        reveal_round: u64,
        /// The version of commits that the chain takes.
        version: u16,
    },
    /// The hash of weights that are revealed by hand.
    CommitHash {
        /// The subnet.
        netuid: NetUid,
        /// Its mechanism.
        mechanism: MechId,
        /// The hash.
        hash: [u8; 32],
    },
    /// The weights of a hash that was committed.
    RevealHash {
        /// The subnet.
        netuid: NetUid,
        /// Its mechanism.
        mechanism: MechId,
        /// Who is weighed.
        uids: Vec<Uid>,
        /// With what.
        values: Vec<u16>,
        /// What was hashed with them.
        salt: Vec<u16>,
        /// The version that the subnet's validators are to have.
        version_key: u64,
    },
    /// What a neuron commits beside weights.
    SetCommitment {
        /// The subnet.
        netuid: NetUid,
        /// What is committed.
        field: CommitmentField,
    },
    /// An axon with the TLS key of its neuron.
    ServeAxonTls {
        /// The subnet.
        netuid: NetUid,
        /// The axon.
        axon: ServedAxon,
        /// The kind of the key, and the key.
        certificate: Vec<u8>,
    },
    /// A hyperparameter, set by the subnet's owner or a proxy of theirs.
    SetHyperparameter {
        /// The subnet.
        netuid: NetUid,
        /// Which.
        parameter: SettableHyperparameter,
        /// Its value; of either liquid alpha both of them.
        value: NewHyperparameter,
        /// The owner that a proxy acts for.
        on_behalf_of: Option<Coldkey>,
    },
}

/// A call as it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Encoded {
    /// The runtime's name of what is done.
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// An argument as it is encoded, and whether the runtime declares it so.
struct Argument {
    name: &'static str,
    fits: fn(&PortableRegistry, u32) -> bool,
    bytes: Vec<u8>,
}

fn argument<T: Wire + Encode>(name: &'static str, value: &T) -> Argument {
    Argument {
        name,
        fits: T::matches,
        bytes: value.encode(),
    }
}

fn bare(uids: &[Uid]) -> Vec<u16> {
    uids.iter().map(|uid| uid.get()).collect()
}

impl Call {
    /// The pallet and the runtime's name of it. A subnet's first mechanism has calls of its own, but for timelocked
    /// commits; those that set hyperparameters are told by the runtime.
    pub(crate) fn place(&self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::SetHyperparameter { .. } => return None,
            Self::SetCommitment { .. } => (COMMITMENTS, "set_commitment"),
            weights_or_axon => (PALLET, weights_or_axon.name()),
        })
    }

    /// What it is called in errors.
    fn name(&self) -> &'static str {
        match self {
            Self::SetWeights { mechanism, .. } if *mechanism == MechId::MAIN => "set_weights",
            Self::SetWeights { .. } => "set_mechanism_weights",
            Self::CommitTimelocked { .. } => "commit_timelocked_mechanism_weights",
            Self::CommitHash { mechanism, .. } if *mechanism == MechId::MAIN => "commit_weights",
            Self::CommitHash { .. } => "commit_mechanism_weights",
            Self::RevealHash { mechanism, .. } if *mechanism == MechId::MAIN => "reveal_weights",
            Self::RevealHash { .. } => "reveal_mechanism_weights",
            Self::SetCommitment { .. } => "set_commitment",
            Self::ServeAxonTls { .. } => "serve_axon_tls",
            Self::SetHyperparameter { parameter, .. } => parameter.as_str(),
        }
    }

    /// One of each that every runtime has one name for.
    pub(crate) fn kinds() -> Vec<Self> {
        let netuid = NetUid::ROOT;
        let commit = Self::CommitTimelocked {
            netuid,
            mechanism: MechId::MAIN,
            commit: Vec::new(),
            reveal_round: 0,
            version: 0,
        };
        let by_mechanism = [0, 1].into_iter().filter_map(|mechanism| {
            let mechanism = MechId::try_from(mechanism).ok()?;
            Some([
                Self::SetWeights {
                    netuid,
                    mechanism,
                    uids: Vec::new(),
                    values: Vec::new(),
                    version_key: 0,
                },
                Self::CommitHash {
                    netuid,
                    mechanism,
                    hash: [0; 32],
                },
                Self::RevealHash {
                    netuid,
                    mechanism,
                    uids: Vec::new(),
                    values: Vec::new(),
                    salt: Vec::new(),
                    version_key: 0,
                },
            ])
        });
        let commitment = Self::SetCommitment {
            netuid,
            field: CommitmentField::Raw(Vec::new()),
        };
        let axon = Self::ServeAxonTls {
            netuid,
            axon: ServedAxon::default(),
            certificate: Vec::new(),
        };
        let others = [commit, commitment, axon];
        by_mechanism.flatten().chain(others).collect()
    }

    /// The subnet, and the mechanism where the call names it.
    fn target(&self) -> Vec<Argument> {
        let (netuid, mechanism) = match self {
            Self::SetWeights {
                netuid, mechanism, ..
            }
            | Self::CommitTimelocked {
                netuid, mechanism, ..
            }
            | Self::CommitHash {
                netuid, mechanism, ..
            }
            | Self::RevealHash {
                netuid, mechanism, ..
            } => (netuid, *mechanism),
            Self::SetCommitment { netuid, .. }
            | Self::ServeAxonTls { netuid, .. }
            | Self::SetHyperparameter { netuid, .. } => (netuid, MechId::MAIN),
        };
        let mut target = vec![argument("netuid", &netuid.get())];
        if self.name().contains("_mechanism_") {
            target.push(argument("mecid", &mechanism.get()));
        }
        target
    }

    fn arguments(&self) -> Vec<Argument> {
        let mut arguments = self.target();
        match self {
            Self::SetWeights {
                uids,
                values,
                version_key,
                ..
            } => arguments.extend([
                argument("dests", &bare(uids)),
                argument("weights", values),
                argument("version_key", version_key),
            ]),
            Self::CommitTimelocked {
                commit,
                reveal_round,
                version,
                ..
            } => arguments.extend([
                argument("commit", commit),
                argument("reveal_round", reveal_round),
                argument("commit_reveal_version", version),
            ]),
            Self::CommitHash { hash, .. } => arguments.push(argument("commit_hash", hash)),
            Self::RevealHash {
                uids,
                values,
                salt,
                version_key,
                ..
            } => arguments.extend([
                argument("uids", &bare(uids)),
                argument("values", values),
                argument("salt", salt),
                argument("version_key", version_key),
            ]),
            Self::SetCommitment { field, .. } => arguments.push(Argument {
                name: "info",
                fits: takes_fields,
                bytes: [Compact(1_u32).encode(), encode_field(field)].concat(),
            }),
            Self::ServeAxonTls {
                axon, certificate, ..
            } => arguments.extend([
                argument("version", &axon.version),
                argument("ip", &axon.ip),
                argument("port", &axon.port),
                argument("ip_type", &axon.ip_type),
                argument("protocol", &axon.protocol),
                argument("placeholder1", &0_u8),
                argument("placeholder2", &0_u8),
                argument("certificate", certificate),
            ]),
            // Encoded by what the runtime declares.
            Self::SetHyperparameter { .. } => {}
        }
        arguments
    }
}

impl Runtime {
    /// A call as the runtime takes it. `None`: it has no such call, or its arguments have other names or types.
    pub(crate) fn call(&self, call: &Call) -> Option<Encoded> {
        let metadata = self.metadata();
        if let Call::SetHyperparameter {
            netuid,
            parameter,
            value,
            on_behalf_of,
        } = call
        {
            let (name, mut bytes) = hyperparameter::encoded(metadata, *netuid, *parameter, value)?;
            if let Some(real) = on_behalf_of {
                bytes = hyperparameter::by_proxy(metadata, real, &bytes)?;
            }
            return Some(Encoded { name, bytes });
        }
        let (pallet, name) = call.place()?;
        let pallet = metadata.pallet_by_name(pallet)?;
        let declared = pallet.call_variant_by_name(name)?;
        let arguments = call.arguments();
        let fits = declared.fields.len() == arguments.len()
            && declared
                .fields
                .iter()
                .zip(&arguments)
                .all(|(field, argument)| {
                    field.name.as_deref() == Some(argument.name)
                        && (argument.fits)(metadata.types(), field.ty.id)
                });
        let mut bytes = vec![pallet.call_index(), declared.index];
        bytes.extend(arguments.into_iter().flat_map(|argument| argument.bytes));
        fits.then_some(Encoded { name, bytes })
    }

    /// Why a call is not signed.
    pub(crate) fn lacks(call: &Call) -> String {
        match call {
            Call::SetHyperparameter { parameter, .. } => {
                format!("call that sets {parameter}")
            }
            _ => format!("call {}", call.name()),
        }
    }
}
