/// What can come of the same write once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// The same refusal, until somebody changes something on the chain.
    Never,
    /// It may pass if it is signed anew for a later block: its era was over or its signature of another runtime, or
    /// there was no room.
    NextBlock,
    /// It may pass with the nonce that the chain expects. What was sent under the old one may be in a block.
    NewNonce,
    /// It may pass later: the terms tell from which block on.
    Later,
    /// It may pass if it is planned anew: the terms are not those any more that it was made for, or its round of
    /// the beacon has come too early.
    Replan,
    /// Nothing is known of it. The extrinsic may be in a block.
    Unknown,
}

/// What can come of the same call once more after the runtime's error of that name, whether the pool told it or a
/// block.
#[must_use]
pub fn dispatch_again(name: &str) -> Again {
    match name {
        // What the signer lacks.
        "HotKeyNotRegisteredInSubNet"
        | "HotKeyNotRegisteredInNetwork"
        | "HotKeyAccountNotExists"
        | "NonAssociatedColdKey"
        | "NotEnoughStakeToSetWeights"
        | "NeuronNoValidatorPermit"
        | "ColdkeySwapAnnounced"
        | "ColdkeySwapDisputed"
        // Where the call goes to.
        | "SubnetNotExists"
        | "MechanismDoesNotExist"
        | "CanNotSetRootNetworkWeights"
        // The weights themselves.
        | "WeightVecNotEqualSize"
        | "InputLengthsUnequal"
        | "DuplicateUids"
        | "WeightVecLengthIsLow"
        | "MaxWeightExceeded"
        | "CommitPayloadTooLarge"
        // A hash that is not there, not any more, or another one.
        | "NoWeightsCommitFound"
        | "ExpiredWeightCommit"
        | "InvalidRevealCommitHashNotMatch"
        // Commitments, axons and certificates.
        | "AccountNotAllowedCommit"
        | "TooManyFieldsInCommitmentInfo"
        | "TimelockRevealFailedNotAllowed"
        | "InvalidIpType"
        | "InvalidIpAddress"
        | "InvalidPort"
        // Calls that this chain lets nobody make, or not this key.
        | "NotProxy"
        | "BadOrigin"
        | "CallFiltered"
        | "RootNotAllowed" => Again::Never,

        "SettingWeightsTooFast"
        | "CommittingWeightsTooFast"
        | "RateLimitExceeded"
        | "NetworkTxRateLimitExceeded"
        | "TxRateLimitExceeded"
        | "TooManyUnrevealedCommits"
        | "CommitQueueFull"
        | "SpaceLimitExceeded"
        | "ServingRateLimitExceeded"
        | "AdminActionProhibitedDuringWeightsWindow"
        | "RevealTooEarly" => Again::Later,

        // A switch or a version that moved, a round that came, slots that went to others.
        "CommitRevealEnabled"
        | "CommitRevealDisabled"
        | "IncorrectCommitRevealVersion"
        | "IncorrectWeightVersionKey"
        | "InvalidRevealRound"
        | "UidVecContainInvalidOne"
        | "UidsLengthExceedUidsInSubNet" => Again::Replan,

        "Exhausted" => Again::NextBlock,
        _ => Again::Unknown,
    }
}
