//! The keys that identities sign with, as an operator lays them down.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::json;
use tempfile::TempDir;

use crate::app::{self, DEV, TestApp};
use crate::process::program;
use crate::weights;

/// The seed of //Alice.
pub(crate) const ALICE: [u8; 32] = [
    0xe5, 0xbe, 0x9a, 0x50, 0x92, 0xb8, 0x1b, 0xca, 0x64, 0xbe, 0x81, 0xd2, 0x12, 0xe7, 0xf2, 0xf9,
    0xeb, 0xa1, 0x83, 0xbb, 0x7a, 0x90, 0x95, 0x4f, 0x7b, 0x76, 0x36, 0x1f, 0x6e, 0xdb, 0x5c, 0x0a,
];
/// The seed of //Bob, who owns netuid 1.
pub(crate) const BOB: [u8; 32] = [
    0x39, 0x8f, 0x0c, 0x28, 0xf9, 0x88, 0x85, 0xe0, 0x46, 0x33, 0x3d, 0x4a, 0x41, 0xc1, 0x9c, 0xee,
    0x4c, 0x37, 0x36, 0x8a, 0x98, 0x32, 0xc6, 0x50, 0x2f, 0x6c, 0xfd, 0x18, 0x2e, 0x2a, 0xef, 0x89,
];
/// The hotkey of the seed of 32 bytes 0xf1.
const HOTKEY: &str = "5DSSS3e4HKexFhGpwZqJKaRMxyeFjqkxQWrg2q1sP3bQRoLA";
/// The hotkey in `sealed`, which `bittensor-wallet` 4.1.1 encrypted with this password.
const SEALED_HOTKEY: &str = "5F7cAYCZEBz21YEjzSZPGyP7W2fva7qUXDexxXsVezSHyktz";
const PASSWORD: &str = "correct horse 1!";

/// Writes a hotkey of a seed into a folder of wallets.
pub(crate) fn lay_down(wallets: &Path, wallet: &str, hotkey: &str, seed: [u8; 32]) -> PathBuf {
    let seed = format!("0x{}", hex::encode(seed));
    let content = json!({ "secretSeed": seed, "cryptoType": 1 }).to_string();
    write(wallets, &format!("{wallet}/hotkeys/{hotkey}"), content)
}

/// Writes a coldkey of a seed into a folder of wallets.
pub(crate) fn lay_down_coldkey(wallets: &Path, wallet: &str, seed: [u8; 32]) {
    let seed = format!("0x{}", hex::encode(seed));
    let content = json!({ "secretSeed": seed, "cryptoType": 1 }).to_string();
    write(wallets, &format!("{wallet}/coldkey"), content);
}

fn write(wallets: &Path, file: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = wallets.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    path
}

/// A folder in which the program runs, its wallets below `wallets`.
struct Case {
    folder: TempDir,
}

impl Case {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let wallets = folder.path().join("wallets");
        lay_down(&wallets, "w", "plain", [0xf1; 32]);
        write(
            &wallets,
            "w/hotkeys/sealed",
            include_bytes!("../fixtures/wallets/sealed"),
        );
        Self { folder }
    }

    fn wallets(&self) -> PathBuf {
        self.folder.path().join("wallets")
    }

    /// The program with identity `sn1` of that hotkey, and no chain that it could reach.
    fn program(&self, command: &str, hotkey: &str) -> Command {
        let mut program = program(&self.folder);
        program
            .args([
                command,
                "--network",
                "ws://127.0.0.1:1",
                "--bind",
                "127.0.0.1:0",
            ])
            .args(["--data-dir", "data"])
            .envs(self.variables(hotkey));
        program
    }

    fn variables(&self, hotkey: &str) -> [(&'static str, String); 5] {
        [
            (
                "PYLON_BITTENSOR_WALLET_PATH",
                self.wallets().display().to_string(),
            ),
            ("PYLON_IDENTITIES", "sn1".to_owned()),
            ("PYLON_ID_SN1_NETUID", "1".to_owned()),
            ("PYLON_ID_SN1_WALLET_NAME", "w".to_owned()),
            ("PYLON_ID_SN1_HOTKEY_NAME", hotkey.to_owned()),
        ]
    }

    /// What `serve` says when it does not start, without where the wallets are.
    fn refusal(&self, hotkey: &str, more: &[(&str, &str)]) -> String {
        let mut serve = self.program("serve", hotkey);
        let output = serve.envs(more.iter().copied()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        let log = String::from_utf8(output.stderr).unwrap();
        let error = log.lines().last().unwrap();
        error.replace(&format!("{}/", self.wallets().display()), "")
    }
}

fn said(output: &Output) -> (&str, &str) {
    (
        std::str::from_utf8(&output.stdout).unwrap(),
        std::str::from_utf8(&output.stderr).unwrap(),
    )
}

#[test]
fn a_key_that_cannot_be_used_ends_the_start_with_2_and_says_why() {
    let case = Case::new();
    let plain = case.wallets().join("w/hotkeys/plain");
    insta::assert_snapshot!(case.refusal("nobody", &[]), @"error: identity `sn1` cannot sign: there is no keyfile w/hotkeys/nobody");
    insta::assert_snapshot!(case.refusal("plain", &[("PYLON_ID_SN1_WALLET_NAME", "other")]), @"error: identity `sn1` cannot sign: there is no wallet other");
    insta::assert_snapshot!(case.refusal("sealed", &[]), @"error: identity `sn1` cannot sign (set PYLON_ID_SN1_HOTKEY_PASSWORD or PYLON_ID_SN1_HOTKEY_PASSWORD_FILE): w/hotkeys/sealed is encrypted, and no password is given");
    insta::assert_snapshot!(case.refusal("plain", &[("PYLON_ID_SN1_HOTKEY", SEALED_HOTKEY)]), @"error: identity `sn1` cannot sign: its hotkey is configured as 5F7cAYCZEBz21YEjzSZPGyP7W2fva7qUXDexxXsVezSHyktz, and its wallet holds 5DSSS3e4HKexFhGpwZqJKaRMxyeFjqkxQWrg2q1sP3bQRoLA");
    write(
        &case.wallets(),
        "w/hotkeys/old",
        "$ANSIBLE_VAULT;1.1;AES256\n36",
    );
    insta::assert_snapshot!(case.refusal("old", &[]), @"error: identity `sn1` cannot sign: w/hotkeys/old is encrypted with ansible-vault, as years ago: convert it with the python package `bittensor` (11 or newer)");
    fs::set_permissions(&plain, Permissions::from_mode(0o644)).unwrap();
    insta::assert_snapshot!(case.refusal("plain", &[]), @"error: identity `sn1` cannot sign (unless wallet.allow_loose_permissions is set): w/hotkeys/plain is open to everybody (mode 644): only its owner should read it (mode 600)");
    fs::set_permissions(&plain, Permissions::from_mode(0o600)).unwrap();
    write(&case.wallets(), "w/coldkey", "$NACL");
    insta::assert_snapshot!(case.refusal("plain", &[]), @"error: identity `sn1` cannot sign: w/coldkey is the private key of the coldkey, which is not needed here: keep it elsewhere");
}

#[test]
fn check_tells_whose_key_each_identity_has() {
    let case = Case::new();
    let check = |more: &[(&str, &str)]| {
        let mut check = case.program("check", "plain");
        check.env("PYLON_IDENTITIES", "sn1,reader,broken");
        check.env("PYLON_ID_READER_NETUID", "1");
        check.env("PYLON_ID_BROKEN_NETUID", "1");
        check.envs(more.iter().copied()).output().unwrap()
    };
    let output = check(&[
        ("PYLON_ID_BROKEN_WALLET_NAME", "w"),
        ("PYLON_ID_BROKEN_HOTKEY_NAME", "nobody"),
    ]);
    let (out, log) = said(&output);
    for line in [
        format!("identity sn1 signs with {HOTKEY}"),
        "identity reader has no wallet and only reads".to_owned(),
        format!(
            "identity `broken` cannot sign: there is no keyfile {}/w/hotkeys/nobody",
            case.wallets().display()
        ),
    ] {
        assert!(out.lines().any(|said| said == line), "{line}: {out}");
    }
    assert_eq!(output.status.code(), Some(2), "{log}");

    // Where every key can be read, it goes on to the chain.
    let output = check(&[]);
    let (_, log) = said(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(log.contains("error: the chain cannot be reached"), "{log}");
}

#[test]
fn an_encrypted_hotkey_is_opened_by_its_password_alone_and_nothing_tells_it() {
    let case = Case::new();
    let wrong = [("PYLON_ID_SN1_HOTKEY_PASSWORD", "correct horse 2!")];
    insta::assert_snapshot!(case.refusal("sealed", &wrong), @"error: identity `sn1` cannot sign: w/hotkeys/sealed is not opened by the password");

    fs::write(case.folder.path().join("password"), format!("{PASSWORD}\n")).unwrap();
    let mut check = case.program("check", "sealed");
    check.env("PYLON_ID_SN1_HOTKEY_PASSWORD_FILE", "password");
    let output = check.env("PYLON_LOG", "trace").output().unwrap();
    let (out, log) = said(&output);
    assert!(
        out.contains(&format!("identity sn1 signs with {SEALED_HOTKEY}")),
        "{out}{log}"
    );
    assert!(!out.contains(PASSWORD) && !log.contains(PASSWORD));
}

#[test]
fn a_limit_that_leaves_too_little_memory_is_told_before_the_attempt() {
    let case = Case::new();
    let mut command = Command::new("sh");
    // Enough for the program itself, and not for 512 MiB more.
    let limited =
        "ulimit -v 786432 && exec \"$0\" serve --network ws://127.0.0.1:1 --bind 127.0.0.1:0";
    let output = command
        .args(["-c", limited, env!("CARGO_BIN_EXE_pylon-service")])
        .current_dir(&case.folder)
        .env_clear()
        .envs(case.variables("sealed"))
        .env("PYLON_ID_SN1_HOTKEY_PASSWORD", PASSWORD)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (_, log) = said(&output);
    assert_eq!(output.status.code(), Some(2), "{log}");
    assert!(
        log.contains("w/hotkeys/sealed takes 512 MiB of memory to decrypt, and the limit of `ulimit -v` leaves "),
        "{log}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_s_wallet_says_who_it_is() {
    let app = TestApp::builder().signing().blocks(50).start().await;
    let set = async || weights::status(&app, 0, 50).await.json()["weights_submitted"].clone();
    assert_eq!(set().await, false);
    let path = "/api/v1/identity/dev/subnet/1/block/latest/neurons";
    let neurons = app.get_as(DEV, path).await.json();
    let uid = neurons["neurons"][app::ALICE]["uid"].as_u64().unwrap();
    let updated = weights::updated(1, usize::try_from(uid).unwrap(), 50);
    app.node.set_storage(vec![updated]).await.unwrap();
    app.new_blocks(1).await;
    assert_eq!(set().await, true);
    app.stop().await;
}
