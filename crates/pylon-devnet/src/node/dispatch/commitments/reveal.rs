//! Opening what was sealed, as soon as the pulse of its round is there.

use codec::{Decode, DecodeAll};
use sp_runtime::BoundedVec;

use super::{say, sealed_round};
use crate::{
    node::dispatch::Context,
    runtime::{
        AccountId,
        commitments::{
            COMMITMENT_OF, CommitmentInfo, Data, Event, REVEALED_COMMITMENTS, Registration,
            TIMELOCKED_INDEX,
        },
        drand::{OLDEST_STORED_ROUND, PULSES},
        layout::Layout,
        oct2026::RevealFailure,
    },
    state::State,
    timelock::{self, Sealed},
};

/// Revealed texts of a neuron that are kept.
const KEPT: usize = 10;

/// Looks at everything that is sealed.
pub(crate) fn reveal(context: &mut Context<'_>) {
    for (netuid, who) in TIMELOCKED_INDEX.get(context.state, ()) {
        let waits = match COMMITMENT_OF.find(context.state, (netuid, who.clone())) {
            Some(registration) => reveal_of(context, netuid, &who, registration),
            None => false,
        };
        if !waits {
            TIMELOCKED_INDEX.mutate(context.state, (), |index| index.remove(&(netuid, who)));
        }
    }
}

/// What becomes of a sealed field.
enum Outcome {
    /// Its round is still to come, or its pulse is late.
    Waits,
    Opened(Vec<u8>),
    Failed(RevealFailure),
}

/// Opens what it can of a commitment, and returns whether some of it waits on.
fn reveal_of(
    context: &mut Context<'_>,
    netuid: u16,
    who: &AccountId,
    registration: Registration,
) -> bool {
    let layout = Layout::of(context.state);
    let block = context.block();
    let (mut kept, mut opened, mut changed) = (Vec::new(), Vec::new(), false);
    for field in registration.info.fields {
        let Some(reveal_round) = sealed_round(&field) else {
            kept.push(field);
            continue;
        };
        match outcome(context.state, layout, &field) {
            Outcome::Waits => kept.push(field),
            Outcome::Opened(content) => {
                opened.push((content, block));
                changed = true;
            }
            Outcome::Failed(error) => {
                changed = true;
                // June's runtime forgets it without a word.
                if layout == Layout::Oct2026 {
                    let who = who.clone();
                    let event = Event::CommitmentRevealFailed {
                        netuid,
                        who,
                        reveal_round,
                        error,
                    };
                    say(context, event);
                    kept.push(failed(field));
                }
            }
        }
    }
    let waits = kept.iter().any(|field| sealed_round(field).is_some());
    if !changed {
        return waits;
    }
    let key = || (netuid, who.clone());
    if !opened.is_empty() {
        for _ in &opened {
            let who = who.clone();
            say(context, Event::CommitmentRevealed { netuid, who });
        }
        let mut revealed = REVEALED_COMMITMENTS
            .find(context.state, key())
            .unwrap_or_default();
        revealed.append(&mut opened);
        revealed.drain(..revealed.len().saturating_sub(KEPT));
        REVEALED_COMMITMENTS.put(context.state, key(), revealed);
    }
    if kept.is_empty() {
        COMMITMENT_OF.kill(context.state, key());
    } else {
        let info = CommitmentInfo {
            fields: BoundedVec::truncate_from(kept),
        };
        let registration = Registration {
            info,
            ..registration
        };
        COMMITMENT_OF.put(context.state, key(), registration);
    }
    waits
}

/// The same field, closed for good.
fn failed(field: Data) -> Data {
    match field {
        Data::TimelockEncrypted {
            encrypted,
            reveal_round,
        } => Data::TimelockRevealFailed {
            encrypted,
            reveal_round,
        },
        other => other,
    }
}

fn outcome(state: &State, layout: Layout, field: &Data) -> Outcome {
    let Data::TimelockEncrypted {
        encrypted,
        reveal_round,
    } = field
    else {
        return Outcome::Waits;
    };
    let Some(pulse) = PULSES.find(state, (*reveal_round,)) else {
        // June's runtime waits for ever.
        let expired =
            layout == Layout::Oct2026 && *reveal_round < OLDEST_STORED_ROUND.get(state, ());
        return match expired {
            true => Outcome::Failed(RevealFailure::PulseExpired),
            false => Outcome::Waits,
        };
    };
    match open(layout, encrypted, &pulse.signature) {
        Ok(content) => Outcome::Opened(content),
        Err(error) => Outcome::Failed(error),
    }
}

fn open(layout: Layout, encrypted: &[u8], signature: &[u8]) -> Result<Vec<u8>, RevealFailure> {
    let signature = timelock::signature(signature).ok_or(RevealFailure::SignatureDeserialize)?;
    let envelope;
    let sealed = match layout {
        Layout::Jun2026 => Sealed::parse(&mut &*encrypted),
        Layout::Oct2026 => match parse_all(encrypted) {
            Some(sealed) => Some(sealed),
            None => {
                envelope = Envelope::decode_all(&mut &*encrypted);
                let inner = envelope.as_ref().ok();
                inner.and_then(|envelope| parse_all(&envelope.encrypted))
            }
        },
    };
    let sealed = sealed.ok_or(RevealFailure::CiphertextDeserialize)?;
    let content = sealed.open(&signature).ok_or(RevealFailure::Decrypt)?;
    if content.is_empty() {
        return Err(RevealFailure::EmptyPlaintext);
    }
    Ok(content)
}

/// What October's clients may put around it: the round once more.
#[derive(Decode)]
struct Envelope {
    encrypted: Vec<u8>,
    _reveal_round: u64,
}

/// Something sealed and nothing after it.
fn parse_all(bytes: &[u8]) -> Option<Sealed<'_>> {
    let mut input = bytes;
    Sealed::parse(&mut input).filter(|_| input.is_empty())
}
