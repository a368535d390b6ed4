use super::again::{Again, dispatch_again};

/// What the pool's errors start at, and where they end.
const CODES: std::ops::Range<i32> = 1_000..1_100;
/// The runtime says that the extrinsic is invalid, and why.
const INVALID: i32 = 1_010;
/// It waits in the pool already.
const ALREADY_IMPORTED: i32 = 1_013;

/// An extrinsic that a node's pool does not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the pool refuses it: {name} ({words})")]
pub struct PoolRefusal {
    /// Why: the runtime's dispatch error where exactly one leads to this for the call, the name of the runtime's
    /// `CustomTransactionError` or of substrate's `InvalidTransaction` else, or the pool's own reason.
    pub name: String,
    /// The node's words.
    pub words: String,
}

/// Whether a JSON-RPC error is one of those that the pool has.
pub(super) fn is_of_pool(code: i32) -> bool {
    CODES.contains(&code)
}

impl PoolRefusal {
    /// Reads an error of `author_submitExtrinsic`. `None`: the pool has the extrinsic already.
    pub(super) fn read(call: &str, code: i32, message: &str, data: Option<&str>) -> Option<Self> {
        // Most nodes give the reason as data, some behind their message.
        let data = data.map(|json| serde_json::from_str(json).unwrap_or_else(|_| json.to_owned()));
        let reason: &str = data.as_deref().unwrap_or(message);
        let name = match code {
            ALREADY_IMPORTED => return None,
            INVALID => match custom(reason) {
                Some(number) => named(call, number),
                None => invalid(reason).into(),
            },
            _ => of_pool(code).into(),
        };
        let words = match &data {
            Some(data) => format!("{message}: {data}"),
            None => message.to_owned(),
        };
        Some(Self { name, words })
    }

    /// What can come of the same write once more.
    #[must_use]
    pub fn again(&self) -> Again {
        match self.name.as_str() {
            // Another extrinsic has come with that nonce, or one before it is missing.
            "Stale" | "Future" | "FutureRefused" => Again::NewNonce,
            // The block that it names is too old or of another branch, or the runtime is another one by now: a
            // signature that was good then reads as a bad one.
            "BadProof" | "AncientBirthBlock" => Again::NextBlock,
            // Blocks or the pool are full, or the pool still has another of this nonce, or in October another
            // commit of this hotkey.
            "ExhaustsResources" | "ImmediatelyDropped" | "TooLowPriority" => Again::NextBlock,
            // The node makes no blocks and passes nothing on, or knows its own head not.
            "Unactionable" | "InvalidBlockId" => Again::NextBlock,
            "Payment" | "BadSigner" | "NoTags" | "CycleDetected" | "InvalidFormat" => Again::Never,
            // Refused a while ago, or included: half an hour the pool takes it no more.
            "TemporarilyBanned" => Again::Unknown,
            name => dispatch_again(name),
        }
    }
}

/// The number of the runtime's own reason.
fn custom(reason: &str) -> Option<u8> {
    let (_, number) = reason.split_once("Custom error: ")?;
    let digits = number.trim_start();
    let end = digits
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(digits.len());
    digits.get(..end)?.parse().ok()
}

/// `CustomTransactionError`, which says less than the dispatch errors that it is made of. Its numbers have not
/// moved since they came, unlike those of the runtime's errors; new ones are told by number.
fn named(call: &str, number: u8) -> String {
    let sets = matches!(call, "set_weights" | "set_mechanism_weights");
    let commits = call.starts_with("commit_");
    let weighs = sets || commits || call.starts_with("reveal_");
    let name = match number {
        0 => "ColdkeySwapAnnounced",
        1 if weighs => "NotEnoughStakeToSetWeights",
        1 => "StakeAmountTooLow",
        2 => "NotEnoughBalanceToStake",
        3 => "SubnetNotExists",
        4 => "HotKeyAccountNotExists",
        5 => "NotEnoughStakeToWithdraw",
        6 if sets => "SettingWeightsTooFast",
        6 if commits => "CommittingWeightsTooFast",
        6 => "RateLimitExceeded",
        7 => "InsufficientLiquidity",
        8 => "SlippageTooHigh",
        9 => "TransferDisallowed",
        10 => "HotKeyNotRegisteredInNetwork",
        11 => "InvalidIpAddress",
        12 => "ServingRateLimitExceeded",
        13 => "InvalidPort",
        14 => "ZeroMaxAmount",
        15 => "InvalidRevealRound",
        16 => "NoWeightsCommitFound",
        17 => "RevealTooEarly",
        18 => "InputLengthsUnequal",
        19 => "HotKeyNotRegisteredInSubNet",
        20 => "EvmKeyAssociateRateLimitExceeded",
        21 => "ColdkeySwapDisputed",
        22 => "InvalidRealAccount",
        23 => "FailedShieldedTxParsing",
        24 => "InvalidShieldedTxPubKeyHash",
        25 => "NonAssociatedColdKey",
        26 => "DelegateTakeTooLow",
        27 => "DelegateTakeTooHigh",
        // All else, of which weights in the open meet one thing alone.
        255 if sets => "CommitRevealEnabled",
        255 => "BadRequest",
        _ => return format!("Custom{number}"),
    };
    name.to_owned()
}

/// `InvalidTransaction` by the words that substrate has for it.
fn invalid(reason: &str) -> &'static str {
    const WORDS: [(&str, &str); 11] = [
        ("will be valid in the future", "Future"),
        ("outdated", "Stale"),
        ("bad signature", "BadProof"),
        ("ancient birth block", "AncientBirthBlock"),
        ("exhaust the block limits", "ExhaustsResources"),
        ("inability to pay", "Payment"),
        ("invalid signing address", "BadSigner"),
        ("call is not expected", "Call"),
        ("mandatory", "MandatoryValidation"),
        ("implicit data", "IndeterminateImplicit"),
        ("did not authorize any origin", "UnknownOrigin"),
    ];
    let reason = reason.to_ascii_lowercase();
    let known = WORDS.iter().find(|(words, _)| reason.contains(words));
    known.map_or("InvalidTransaction", |(_, name)| name)
}

/// The other codes of substrate's `author` methods.
fn of_pool(code: i32) -> &'static str {
    match code {
        1_001 => "InvalidFormat",
        1_002 => "Verification",
        1_011 => "UnknownValidity",
        1_012 => "TemporarilyBanned",
        1_014 => "TooLowPriority",
        1_015 => "CycleDetected",
        1_016 => "ImmediatelyDropped",
        1_018 => "Unactionable",
        1_019 => "NoTags",
        1_020 => "InvalidBlockId",
        1_021 => "FutureRefused",
        _ => "Other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(call: &str, code: i32, message: &str, data: Option<&str>) -> String {
        PoolRefusal::read(call, code, message, data).unwrap().name
    }

    #[test]
    fn the_runtimes_numbers_become_the_errors_that_blocks_have() {
        for (call, number, expected) in [
            ("set_weights", 1, "NotEnoughStakeToSetWeights"),
            ("set_weights", 6, "SettingWeightsTooFast"),
            ("set_mechanism_weights", 6, "SettingWeightsTooFast"),
            ("commit_weights", 6, "CommittingWeightsTooFast"),
            (
                "commit_timelocked_mechanism_weights",
                6,
                "CommittingWeightsTooFast",
            ),
            ("set_commitment", 6, "RateLimitExceeded"),
            ("set_commitment", 1, "StakeAmountTooLow"),
            (
                "commit_timelocked_mechanism_weights",
                15,
                "InvalidRevealRound",
            ),
            ("reveal_mechanism_weights", 16, "NoWeightsCommitFound"),
            ("reveal_weights", 17, "RevealTooEarly"),
            ("set_weights", 19, "HotKeyNotRegisteredInSubNet"),
            ("set_weights", 255, "CommitRevealEnabled"),
            ("commit_weights", 255, "BadRequest"),
            ("set_weights", 99, "Custom99"),
        ] {
            let data = format!("\"Custom error: {number}\"");
            let told = name(call, 1_010, "Invalid Transaction", Some(&data));
            assert_eq!(told, expected, "{call} {number}");
        }
    }

    #[test]
    fn a_reason_is_found_in_the_data_or_behind_the_message() {
        let behind = "Invalid Transaction: Custom error: 6 (again)";
        assert_eq!(
            name("set_weights", 1_010, behind, None),
            "SettingWeightsTooFast"
        );
        let bare = Some("Custom error: 3");
        assert_eq!(name("set_weights", 1_010, "", bare), "SubnetNotExists");
        for odd in ["Custom error: ", "Custom error: 999", "Custom error: x6"] {
            assert_eq!(
                name("set_weights", 1_010, odd, None),
                "InvalidTransaction",
                "{odd}"
            );
        }
    }

    #[test]
    fn substrates_words_become_its_names() {
        for (words, expected, again) in [
            ("Transaction is outdated", "Stale", Again::NewNonce),
            (
                "Transaction will be valid in the future",
                "Future",
                Again::NewNonce,
            ),
            (
                "Transaction has a bad signature",
                "BadProof",
                Again::NextBlock,
            ),
            (
                "Transaction has an ancient birth block",
                "AncientBirthBlock",
                Again::NextBlock,
            ),
            (
                "Transaction would exhaust the block limits",
                "ExhaustsResources",
                Again::NextBlock,
            ),
            (
                "Inability to pay some fees (e.g. account balance too low)",
                "Payment",
                Again::Never,
            ),
            ("Invalid signing address", "BadSigner", Again::Never),
            ("something new", "InvalidTransaction", Again::Unknown),
        ] {
            let json = serde_json::to_string(words).unwrap();
            let refusal =
                PoolRefusal::read("set_weights", 1_010, "Invalid Transaction", Some(&json));
            let refusal = refusal.unwrap();
            assert_eq!((refusal.name.as_str(), refusal.again()), (expected, again));
            assert_eq!(refusal.words, format!("Invalid Transaction: {words}"));
        }
    }

    #[test]
    fn the_pools_own_codes_are_named_and_what_it_has_is_no_refusal() {
        for (code, expected, again) in [
            (1_001, "InvalidFormat", Again::Never),
            (1_002, "Verification", Again::Unknown),
            (1_011, "UnknownValidity", Again::Unknown),
            (1_012, "TemporarilyBanned", Again::Unknown),
            (1_014, "TooLowPriority", Again::NextBlock),
            (1_016, "ImmediatelyDropped", Again::NextBlock),
            (1_021, "FutureRefused", Again::NewNonce),
            (1_040, "Other", Again::Unknown),
        ] {
            let refusal = PoolRefusal::read("set_weights", code, "words", None).unwrap();
            assert_eq!((refusal.name.as_str(), refusal.again()), (expected, again));
        }
        assert_eq!(
            PoolRefusal::read(
                "set_weights",
                1_013,
                "Transaction Already Imported",
                Some("\"0x00\"")
            ),
            None
        );
    }
}
