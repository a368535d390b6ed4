use codec::Encode;
use pylon_models::{MechId, NetUid, Uid};
use scale_info::PortableRegistry;

use crate::decode::Wire;
use crate::runtime::Runtime;

/// The pallet of all of them.
pub(crate) const PALLET: &str = "SubtensorModule";

/// A call that Pylon makes. All are a hotkey's and cost no fee.
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
    /// The runtime's name of it. A subnet's first mechanism has calls of its own, but for timelocked commits.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SetWeights { mechanism, .. } if *mechanism == MechId::MAIN => "set_weights",
            Self::SetWeights { .. } => "set_mechanism_weights",
            Self::CommitTimelocked { .. } => "commit_timelocked_mechanism_weights",
            Self::CommitHash { mechanism, .. } if *mechanism == MechId::MAIN => "commit_weights",
            Self::CommitHash { .. } => "commit_mechanism_weights",
            Self::RevealHash { mechanism, .. } if *mechanism == MechId::MAIN => "reveal_weights",
            Self::RevealHash { .. } => "reveal_mechanism_weights",
        }
    }

    /// One of each that the runtime has a name for.
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
        by_mechanism.flatten().chain([commit]).collect()
    }

    /// The subnet, and the mechanism where the call names it.
    fn place(&self) -> Vec<Argument> {
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
            } => (netuid, mechanism),
        };
        let mut place = vec![argument("netuid", &netuid.get())];
        if self.name().contains("_mechanism_") {
            place.push(argument("mecid", &mechanism.get()));
        }
        place
    }

    fn arguments(&self) -> Vec<Argument> {
        let mut arguments = self.place();
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
        }
        arguments
    }
}

impl Runtime {
    /// The bytes of a call. `None`: the runtime has no such call, or its arguments have other names or types.
    pub(crate) fn call(&self, call: &Call) -> Option<Vec<u8>> {
        let metadata = self.metadata();
        let pallet = metadata.pallet_by_name(PALLET)?;
        let declared = pallet.call_variant_by_name(call.name())?;
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
        fits.then_some(bytes)
    }
}
