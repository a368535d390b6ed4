//! The answers are those of the original service: web3.py's over the same ABI and the same log.

use serde_json::{Map, Value, json};

use super::*;
use crate::evm::AbiError;

const ADDRESS: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

fn word(value: u64) -> [u8; 32] {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&value.to_be_bytes());
    word
}

fn words(values: &[u64]) -> Vec<u8> {
    values.iter().flat_map(|value| word(*value)).collect()
}

fn address_word() -> [u8; 32] {
    let mut word = [0; 32];
    word[12..].copy_from_slice(ADDRESS.parse::<EvmAddress>().unwrap().as_bytes());
    word
}

/// An event of inputs such as `from address indexed`, in JSON.
fn event(name: &str, inputs: Value) -> Map<String, Value> {
    let event = json!({"type": "event", "name": name, "anonymous": false, "inputs": inputs});
    event.as_object().unwrap().clone()
}

fn input(name: &str, kind: &str, indexed: bool) -> Value {
    json!({"name": name, "type": kind, "indexed": indexed})
}

fn topic(signature: &str) -> [u8; 32] {
    sp_crypto_hashing::keccak_256(signature.as_bytes())
}

fn log(topics: &[[u8; 32]], data: Vec<u8>) -> EvmLog {
    EvmLog {
        address: ADDRESS.parse().unwrap(),
        topics: topics.iter().map(|topic| (*topic).into()).collect(),
        data,
        block_number: 7,
        transaction_hash: [0x11; 32].into(),
        transaction_index: 0,
        log_index: 2,
    }
}

/// The arguments in JSON; `None` where the log is left out.
fn arguments(entry: Map<String, Value>, log: EvmLog) -> Option<String> {
    let decoded = EvmAbi::new(&[entry]).unwrap().decode(&[log]).unwrap();
    let one = decoded.into_iter().next()?;
    Some(serde_json::to_string(&EvmValue::Object(one.args)).unwrap())
}

#[test]
fn a_transfer_is_told_as_the_original_tells_it() {
    let inputs = json!([
        input("from", "address", true),
        input("to", "address", true),
        input("value", "uint256", false)
    ]);
    let log = log(
        &[
            topic("Transfer(address,address,uint256)"),
            address_word(),
            address_word(),
        ],
        vec![0xff; 32],
    );
    let abi = EvmAbi::new(&[event("Transfer", inputs)]).unwrap();
    let decoded = abi.decode(&[log]).unwrap();
    let expected = concat!(
        r#"[{"event":"Transfer","args":{"from":"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed","#,
        r#""to":"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed","#,
        r#""value":115792089237316195423570985008687907853269984665640564039457584007913129639935},"#,
        r#""address":"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed","block_number":7,"#,
        r#""transaction_hash":"0x1111111111111111111111111111111111111111111111111111111111111111","#,
        r#""transaction_index":0,"log_index":2}]"#
    );
    assert_eq!(serde_json::to_string(&decoded).unwrap(), expected);
}

#[test]
fn indexed_fields_come_first_and_text_lies_behind_its_offset() {
    let inputs = json!([
        input("a", "uint256", false),
        input("b", "int128", true),
        input("c", "string", false),
        input("d", "bytes4", true),
        input("e", "bool", false)
    ]);
    let mut minus_five = [0xff; 32];
    minus_five[31] = 0xfb;
    let mut four = [0; 32];
    four[..4].copy_from_slice(&[1, 2, 3, 4]);
    let mut data = words(&[7, 96, 1, 6]);
    data.extend("héllo".as_bytes());
    data.resize(160, 0);
    let log = log(
        &[
            topic("Mixed(uint256,int128,string,bytes4,bool)"),
            minus_five,
            four,
        ],
        data,
    );
    assert_eq!(
        arguments(event("Mixed", inputs), log).unwrap(),
        r#"{"b":-5,"d":"0x01020304","a":7,"c":"héllo","e":true}"#
    );
}

#[test]
fn tuples_are_objects_and_arrays_of_them_lists() {
    let inputs = json!([{"name": "t", "type": "tuple", "indexed": false, "components": [
        {"name": "x", "type": "uint8"},
        {"name": "y", "type": "bytes"},
        {"name": "z", "type": "tuple[]", "components": [{"name": "k", "type": "address"}]},
    ]}]);
    let mut data = words(&[32, 3, 96, 160, 2]);
    data.extend([1, 2]);
    data.resize(192, 0);
    data.extend(word(2));
    data.extend(address_word());
    data.extend(address_word());
    let log = log(&[topic("T((uint8,bytes,(address)[]))")], data);
    assert_eq!(
        arguments(event("T", inputs), log).unwrap(),
        format!(r#"{{"t":{{"x":3,"y":"0x0102","z":[{{"k":"{ADDRESS}"}},{{"k":"{ADDRESS}"}}]}}}}"#)
    );
    let inputs = json!([{"name": "t", "type": "tuple[2]", "components": [
        {"name": "x", "type": "uint8"}, {"name": "", "type": "bool"},
    ]}]);
    let log = self::log(&[topic("TS((uint8,bool)[2])")], words(&[3, 1, 4, 0]));
    assert_eq!(
        arguments(event("TS", inputs), log).unwrap(),
        r#"{"t":[{"x":3,"":true},{"x":4,"":false}]}"#
    );
}

#[test]
fn what_is_indexed_and_takes_more_than_a_word_is_its_hash() {
    let hash = format!("{{\"s\":\"0x{}\"}}", "ab".repeat(32));
    for kind in ["string", "bytes", "uint8[]", "uint8[2]"] {
        let log = log(&[topic(&format!("S({kind})")), [0xab; 32]], Vec::new());
        let inputs = json!([input("s", kind, true)]);
        assert_eq!(arguments(event("S", inputs), log).unwrap(), hash, "{kind}");
    }
}

#[test]
fn what_the_abi_does_not_describe_is_left_out() {
    let one = |kind: &str| json!([input("a", kind, false)]);
    for (kind, data) in [
        ("uint8", words(&[300])),
        ("bool", words(&[2])),
        ("uint256", vec![1]),
        ("string", [words(&[32, 1]), vec![0xff]].concat()),
        ("bytes", words(&[32, 64])),
        ("bytes", words(&[4096, 1])),
        ("uint8[]", words(&[32, 2, 1])),
        ("uint8[4000000000]", words(&[1])),
        ("bytes31", vec![1; 32]),
        ("address", vec![1; 32]),
    ] {
        let log = log(&[topic(&format!("Q({kind})"))], data);
        assert_eq!(arguments(event("Q", one(kind)), log), None, "{kind}");
    }
    let more_topics = log(&[topic("Q(uint8)"), [0; 32]], words(&[2]));
    assert_eq!(arguments(event("Q", one("uint8")), more_topics), None);
    let unknown = log(&[topic("Q(uint16)")], words(&[2]));
    assert_eq!(arguments(event("Q", one("uint8")), unknown), None);
    assert_eq!(
        arguments(event("Q", one("uint8")), log(&[], words(&[2]))),
        None
    );
    let mut anonymous = event("Q", one("uint8"));
    anonymous.insert("anonymous".into(), true.into());
    assert_eq!(
        arguments(anonymous, log(&[topic("Q(uint8)")], words(&[2]))),
        None
    );
    // More data than the fields take is no fault.
    let longer = log(&[topic("Q(uint8)")], [words(&[2]), vec![1]].concat());
    assert_eq!(
        arguments(event("Q", one("uint8")), longer).unwrap(),
        r#"{"a":2}"#
    );
}

#[test]
fn overloaded_events_are_told_apart_by_their_types_and_by_what_is_indexed() {
    let abi = EvmAbi::new(&[
        event("E", json!([input("small", "uint8", false)])),
        event("E", json!([input("text", "string", false)])),
        event("E", json!([input("topic", "uint8", true)])),
    ])
    .unwrap();
    let decoded = abi
        .decode(&[
            log(&[topic("E(uint8)")], words(&[1])),
            log(&[topic("E(uint8)"), word(2)], Vec::new()),
            log(&[topic("E(string)")], words(&[32, 0])),
        ])
        .unwrap();
    let names: Vec<_> = decoded.iter().map(|log| log.args[0].0.as_str()).collect();
    assert_eq!(names, ["small", "topic", "text"]);
}

#[test]
fn fields_of_one_name_hide_none() {
    let inputs = json!([
        input("a", "uint8", false),
        input("a", "uint8", true),
        input("", "uint8", false),
        input("", "uint8", false)
    ]);
    let log = log(
        &[topic("D(uint8,uint8,uint8,uint8)"), word(9)],
        words(&[1, 2, 3]),
    );
    assert_eq!(
        arguments(event("D", inputs), log).unwrap(),
        r#"{"a":9,"a_1":1,"":2,"_3":3}"#
    );
}

#[test]
fn an_abi_that_says_nothing_usable_is_refused() {
    let entry = |entry: Value| EvmAbi::new(&[entry.as_object().unwrap().clone()]).unwrap_err();
    assert_eq!(
        entry(json!({"type": "event", "inputs": []})),
        AbiError::Member("name")
    );
    for (inputs, error) in [
        (json!({}), AbiError::Member("inputs")),
        (json!([1]), AbiError::Member("inputs")),
        (json!([{"name": "a"}]), AbiError::Member("type")),
        (
            json!([{"name": "a", "type": "uint8", "indexed": 1}]),
            AbiError::Member("indexed"),
        ),
    ] {
        assert_eq!(
            entry(json!({"type": "event", "name": "E", "inputs": inputs})),
            error
        );
    }
    let deep = format!("uint8{}", "[]".repeat(17));
    let inputs = json!([input("a", &deep, false)]);
    assert_eq!(
        entry(json!({"type": "event", "name": "E", "inputs": inputs})),
        AbiError::Deep
    );
    for kind in [
        "",
        "uint7",
        "uint0",
        "uint264",
        "uint08",
        "uint+8",
        "bytes0",
        "bytes33",
        "fixed128x18",
        "uint8[",
        "uint8]",
        "uint8[-1]",
        "uint8[2]x",
        "Contract.Enum",
        "[]",
    ] {
        let inputs = json!([input("a", kind, false)]);
        assert_eq!(
            entry(json!({"type": "event", "name": "E", "inputs": inputs})),
            AbiError::Type(kind.to_owned())
        );
    }
    // Whatever is no event does not count.
    let other = json!({"type": "function", "inputs": 7});
    assert!(EvmAbi::new(&[other.as_object().unwrap().clone()]).is_ok());
}

/// Each array's items all point at the same next array: 24 words that look like 6^8 values.
#[test]
fn little_data_that_looks_like_much_is_refused_before_it_is_made() {
    const DEPTH: usize = 9;
    let kind = format!("uint8{}", "[]".repeat(DEPTH));
    let mut data = words(&[32]);
    for _ in 1..DEPTH {
        data.extend(words(&[6, 192, 192, 192, 192, 192, 192]));
    }
    data.extend(words(&[6, 1, 1, 1, 1, 1, 1]));
    let abi = EvmAbi::new(&[event("B", json!([input("a", &kind, false)]))]).unwrap();
    let log = log(&[topic(&format!("B({kind})"))], data);
    assert!(matches!(abi.decode(&[log]), Err(EvmError::TooMuch)));
    // An array of nothing has any length.
    let inputs = json!([{"name": "a", "type": "tuple[]", "components": []}]);
    let abi = EvmAbi::new(&[event("N", inputs)]).unwrap();
    let log = self::log(&[topic("N(()[])")], words(&[32, 4_000_000_000]));
    assert!(matches!(abi.decode(&[log]), Err(EvmError::TooMuch)));
}
