"""One shape for what clients read of a chain, so that their readings can be compared.

A reading is of one block and one subnet:

    block            number, hash, parent, timestamp (unix seconds)
    netuid
    neurons          list in the order of uids: uid, hotkey, coldkey, active, axon, stake, rank, incentive,
                     consensus, trust, validator_trust, dividends, emission, last_update, validator_permit,
                     pruning_score
    metagraph        netuid, block, tempo, blocks_since_last_step, and the columns COLUMNS, each in the order of uids
    hyperparameters  name -> value; fixed-point numbers as their bits
    epoch            tempo, last_epoch_block, pending_epoch_at, subnet_epoch_index, blocks_since_last_step
    prices           netuid -> rao of TAO for one alpha
    commitments      hotkey -> block, deposit, fields: each its kind, then bytes and reveal_round where it has them;
                     raw bytes of every length are of the kind Raw

Every integer is a string of its decimal digits, since JavaScript reads numbers as doubles; bytes are 0x and hex;
accounts are ss58. Amounts are rao, fractions are of 65535. An axon is ip (the number that the chain keeps), port,
protocol, version and block.

A client's script writes one file: client (name and version), readings (one before and one after it registered and
served), heads (number and parent of each head that it followed), and registered (hotkey and axon).
`crates/pylon-chain/examples/read.rs` writes one reading.
"""

import json

AXON = ("ip", "port", "protocol", "version", "block")
COLUMNS = (
    "hotkeys",
    "coldkeys",
    "axons",
    "active",
    "validator_permit",
    "last_update",
    "emission",
    "dividends",
    "incentives",
    "consensus",
    "block_at_registration",
    "alpha_stake",
    "tao_stake",
    "total_stake",
)
NEURON = (
    "uid",
    "hotkey",
    "coldkey",
    "active",
    "rank",
    "incentive",
    "consensus",
    "trust",
    "validator_trust",
    "dividends",
    "emission",
    "last_update",
    "validator_permit",
    "pruning_score",
)


def axon(record):
    return {name: record[name] for name in AXON}


def neuron(record):
    """A record of get_neurons_lite; its stake is pairs of coldkey and rao, or a dictionary of them."""
    stake = record["stake"]
    pairs = stake.items() if isinstance(stake, dict) else stake
    read = {name: record[name] for name in NEURON}
    read["stake"] = sum(rao for _, rao in pairs)
    read["axon"] = axon(record["axon_info"])
    return read


def metagraph(graph):
    read = {name: graph[name] for name in ("netuid", "block", "tempo", "blocks_since_last_step")}
    read.update({name: list(graph[name]) for name in COLUMNS})
    read["axons"] = [axon(record) for record in graph["axons"]]
    return read


def hyperparameters(entries):
    """The entries of get_subnet_hyperparams_v3: a name, and a value under its kind."""
    read = {}
    for entry in entries:
        (value,) = entry["value"].values()
        read[entry["name"]] = value["bits"] if isinstance(value, dict) else value
    return read


def prices(records):
    return {str(record["netuid"]): record["price"] for record in records}


def commitment(registration):
    return {
        "block": registration["block"],
        "deposit": registration["deposit"],
        "fields": [field(value) for value in registration["info"]["fields"]],
    }


def field(value):
    """A variant without contents is its name, any other a dictionary of one name."""
    if isinstance(value, str):
        return {"kind": value}
    ((kind, contents),) = value.items()
    if kind.startswith("Raw"):
        return {"kind": "Raw", "bytes": contents or "0x"}
    if isinstance(contents, dict):
        return {"kind": kind, "bytes": contents["encrypted"], "reveal_round": contents["reveal_round"]}
    return {"kind": kind, "bytes": contents}


def in_text(value):
    """The same with every integer as text."""
    if isinstance(value, dict):
        return {str(key): in_text(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [in_text(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def write(path, **written):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(in_text(written), file)
