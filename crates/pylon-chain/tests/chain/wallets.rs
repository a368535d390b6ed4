//! Wallets as Bittensor's own packages write them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use pylon_chain::{WalletError, WalletFolder};
use secrecy::SecretString;
use serde_json::{Value, json};
use subxt_signer::sr25519;
use tempfile::TempDir;

const PHRASE: &str = "5F7cAYCZEBz21YEjzSZPGyP7W2fva7qUXDexxXsVezSHyktz";
const SEED: &str = "5DSSS3e4HKexFhGpwZqJKaRMxyeFjqkxQWrg2q1sP3bQRoLA";
const URI: &str = "5FBy7nNZZ3gBHSPdNQh8msKHxG1yf9pzrCDrnSXphZhJug2P";
const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const PASSWORD: &str = "correct horse 1!";
const NEWEST: &str = "bittensor-wallet-4.1.1";

/// A copy of a wallet of the fixtures, with the permissions that it had.
struct Copy {
    path: TempDir,
    name: &'static str,
}

impl Copy {
    fn of(name: &'static str) -> Self {
        let from = Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/fixtures/wallets"
        ));
        let path = tempfile::tempdir().unwrap();
        for folder in ["", "hotkeys"] {
            let to = path.path().join(name).join(folder);
            fs::create_dir(&to).unwrap();
            for entry in fs::read_dir(from.join(name).join(folder)).unwrap() {
                let entry = entry.unwrap();
                if entry.path().is_file() {
                    let to = to.join(entry.file_name());
                    fs::copy(entry.path(), &to).unwrap();
                    fs::set_permissions(&to, Permissions::from_mode(0o600)).unwrap();
                }
            }
        }
        Self { path, name }
    }

    fn folder(&self) -> WalletFolder {
        WalletFolder::new(self.path.path(), self.name).unwrap()
    }

    fn file(&self, file: &str) -> PathBuf {
        self.path.path().join(self.name).join(file)
    }

    fn write(&self, file: &str, content: impl AsRef<[u8]>) -> &Self {
        fs::write(self.file(file), content).unwrap();
        self.mode(file, 0o600)
    }

    fn mode(&self, file: &str, mode: u32) -> &Self {
        fs::set_permissions(self.file(file), Permissions::from_mode(mode)).unwrap();
        self
    }

    /// The fields of a hotkey's file.
    fn fields(&self, hotkey: &str) -> Value {
        let text = fs::read(self.file(&format!("hotkeys/{hotkey}"))).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    fn error(&self, hotkey: &str) -> WalletError {
        self.folder().hotkey(hotkey, None).unwrap_err()
    }

    /// The message, without where the wallet is.
    fn message(&self, hotkey: &str) -> String {
        let folder = format!("{}/", self.path.path().join(self.name).display());
        self.error(hotkey).to_string().replace(&folder, "")
    }
}

#[test]
fn every_package_s_hotkeys_are_read_and_sign_as_their_address() {
    for (wallet, hotkey, address) in [
        (NEWEST, "phrase", PHRASE),
        (NEWEST, "seed", SEED),
        (NEWEST, "uri", URI),
        (NEWEST, "private", PHRASE),
        (
            NEWEST,
            "garbled",
            "5DtDLm5rQHShDqojQpsvcN8tRXHVFaecfDoRet1SU6BFD9Fi",
        ),
        ("bittensor-wallet-2.1.3", "phrase", PHRASE),
        ("bittensor-wallet-2.1.3", "seed", SEED),
        ("bittensor-wallet-2.1.3", "uri", URI),
        ("bittensor-wallet-1.0.0", "phrase", PHRASE),
        ("bittensor-wallet-1.0.0", "seed", SEED),
        ("bittensor-wallet-1.0.0", "uri", URI),
        ("bittensor-11.3.0", "phrase", PHRASE),
        ("bittensor-11.3.0", "seed", SEED),
    ] {
        let pair = Copy::of(wallet).folder().hotkey(hotkey, None).unwrap();
        assert_eq!(pair.hotkey().to_string(), address, "{wallet} {hotkey}");
        let signature = sr25519::Signature(pair.sign(b"message"));
        let key = sr25519::PublicKey(*pair.hotkey().as_bytes());
        assert!(sr25519::verify(&signature, b"message", &key), "{hotkey}");
    }
}

#[test]
fn each_form_of_a_private_key_is_enough() {
    let copy = Copy::of(NEWEST);
    let full = copy.fields("phrase");
    for form in ["secretPhrase", "secretSeed", "privateKey"] {
        copy.write("hotkeys/one", json!({ form: full[form] }).to_string());
        let pair = copy.folder().hotkey("one", None).unwrap();
        assert_eq!(pair.hotkey().to_string(), PHRASE, "{form}");
        let bare = full[form].as_str().unwrap().trim_start_matches("0x");
        copy.write("hotkeys/one", json!({ form: bare }).to_string());
        let pair = copy.folder().hotkey("one", None).unwrap();
        assert_eq!(pair.hotkey().to_string(), PHRASE, "{form}");
    }
}

#[test]
fn public_keys_are_read_without_the_private_ones() {
    let copy = Copy::of(NEWEST);
    fs::remove_file(copy.file("hotkeys/sealed")).unwrap();
    let wallet = copy.folder();
    assert_eq!(wallet.public("sealed").unwrap().to_string(), PHRASE);
    assert_eq!(wallet.coldkey_public().unwrap().to_string(), ALICE);
    assert!(matches!(
        wallet.public("nobody").unwrap_err(),
        WalletError::Absent(path) if path.ends_with("hotkeys/nobodypub.txt")
    ));
    let old = Copy::of("bittensor-wallet-1.0.0");
    assert_eq!(old.folder().coldkey_public().unwrap().to_string(), ALICE);
}

#[test]
fn a_sealed_hotkey_opens_with_its_password_alone() {
    let copy = Copy::of(NEWEST);
    let open = |password: &str| {
        copy.folder()
            .hotkey("sealed", Some(&SecretString::from(password.to_owned())))
    };
    assert_eq!(open(PASSWORD).unwrap().hotkey().to_string(), PHRASE);
    assert!(matches!(
        open("correct horse 2!").unwrap_err(),
        WalletError::PasswordWrong(path) if path.ends_with("hotkeys/sealed")
    ));
}

#[test]
fn what_cannot_be_opened_says_what_to_do() {
    let copy = Copy::of(NEWEST);
    assert_eq!(
        copy.message("sealed"),
        "hotkeys/sealed is encrypted, and no password is given"
    );
    copy.write("hotkeys/cut", b"$NACLshort");
    assert_eq!(copy.message("cut"), "hotkeys/cut is cut off");
    let outdated = Copy::of("outdated");
    for method in ["ansible-vault", "fernet"] {
        assert_eq!(
            outdated.message(method),
            format!(
                "hotkeys/{method} is encrypted with {method}, as years ago: convert it with the python package \
                 `bittensor` (11 or newer)"
            )
        );
    }
}

#[test]
fn keys_of_other_schemes_are_refused() {
    let copy = Copy::of(NEWEST);
    let message = "hotkeys/ed25519 holds a key for ed25519: hotkeys are for sr25519";
    assert_eq!(copy.message("ed25519"), message);
    assert!(matches!(
        copy.folder().public("ed25519").unwrap_err(),
        WalletError::Scheme { .. }
    ));
    let mut fields = copy.fields("phrase");
    fields["cryptoType"] = json!(7);
    copy.write("hotkeys/new", fields.to_string());
    let message = "hotkeys/new holds a key for cryptoType 7: hotkeys are for sr25519";
    assert_eq!(copy.message("new"), message);
}

#[test]
fn a_key_that_is_not_the_one_that_is_named_is_refused() {
    let copy = Copy::of(NEWEST);
    let changed = |field: &str, from: &str| {
        let mut fields = copy.fields("phrase");
        fields[field] = copy.fields(from)[field].clone();
        copy.write("hotkeys/x", fields.to_string());
        copy.message("x")
    };
    for field in ["ss58Address", "publicKey", "accountId"] {
        let message = changed(field, "seed");
        assert_eq!(message, "hotkeys/x names different public keys", "{field}");
    }
    for field in ["secretSeed", "privateKey"] {
        assert_eq!(
            changed(field, "seed"),
            "hotkeys/x holds a phrase, a seed or a private key of different keys"
        );
    }
    // A whole key under another's name.
    let mut fields = copy.fields("phrase");
    for field in ["ss58Address", "publicKey", "accountId"] {
        fields[field] = copy.fields("seed")[field].clone();
    }
    copy.write("hotkeys/x", fields.to_string());
    assert_eq!(
        copy.message("x"),
        format!("hotkeys/x holds the key of {PHRASE}, and hotkeys/x names {SEED}")
    );
    fs::copy(
        copy.file("hotkeys/seedpub.txt"),
        copy.file("hotkeys/phrasepub.txt"),
    )
    .unwrap();
    assert_eq!(
        copy.message("phrase"),
        format!("hotkeys/phrase holds the key of {PHRASE}, and hotkeys/phrasepub.txt names {SEED}")
    );
}

#[test]
fn a_file_that_is_no_keyfile_is_refused_without_its_words() {
    let copy = Copy::of(NEWEST);
    for (content, problem) in [
        ("", "is not the JSON of a keyfile"),
        ("top secret words", "is not the JSON of a keyfile"),
        (
            r#"{"secretPhrase": ["top", "secret"]}"#,
            "is not the JSON of a keyfile",
        ),
        (
            r#"{"cryptoType": "top secret"}"#,
            "is not the JSON of a keyfile",
        ),
        ("{}", "holds no private key"),
        (
            r#"{"secretPhrase": "top secret", "secretSeed": "top secret", "privateKey": "0x00"}"#,
            "holds a private key that cannot be read",
        ),
    ] {
        copy.write("hotkeys/x", content);
        assert_eq!(copy.message("x"), format!("hotkeys/x {problem}"));
        assert!(!format!("{:?}", copy.error("x")).contains("secret"));
    }
    let mut fields = copy.fields("phrase");
    fields["ss58Address"] = json!("5F7cAYCZEBz21YEjzSZPGyP7W2fva7qUXDexxXsVezSHyktx");
    copy.write("hotkeys/x", fields.to_string());
    assert_eq!(
        copy.message("x"),
        "hotkeys/x names a public key that cannot be read"
    );
    copy.write("hotkeys/x", " ".repeat(20_000));
    assert_eq!(copy.message("x"), "hotkeys/x is too long for a keyfile");
}

#[test]
fn a_private_key_that_everybody_can_read_is_refused_unless_it_is_allowed() {
    let copy = Copy::of(NEWEST);
    for mode in [0o644, 0o604, 0o602] {
        copy.mode("hotkeys/phrase", mode);
        assert_eq!(
            copy.message("phrase"),
            format!(
                "hotkeys/phrase is open to everybody (mode {mode:03o}): only its owner should read it (mode 600)"
            )
        );
        let loose = copy.folder().allow_loose_permissions();
        assert_eq!(
            loose.hotkey("phrase", None).unwrap().hotkey().to_string(),
            PHRASE
        );
    }
    copy.mode("hotkeys/phrase", 0o640);
    assert!(copy.folder().hotkey("phrase", None).is_ok());
}

#[test]
fn a_wallet_with_its_coldkey_s_private_key_is_refused_unless_it_is_allowed() {
    let copy = Copy::of(NEWEST);
    for content in ["{}", "$NACL"] {
        copy.write("coldkey", content);
        assert_eq!(
            copy.message("phrase"),
            "coldkey is the private key of the coldkey, which is not needed here: keep it elsewhere"
        );
    }
    let allowed = copy.folder().allow_coldkey();
    assert!(allowed.hotkey("phrase", None).is_ok());
}

#[test]
fn wallets_and_hotkeys_that_do_not_exist_are_named() {
    let copy = Copy::of(NEWEST);
    assert!(matches!(
        copy.error("nobody"),
        WalletError::Absent(path) if path.ends_with("bittensor-wallet-4.1.1/hotkeys/nobody")
    ));
    assert!(
        matches!(copy.error("../coldkeypub.txt"), WalletError::Name(name) if name == "../coldkeypub.txt")
    );
    let nowhere = WalletFolder::new(copy.path.path(), "nowhere").unwrap();
    for error in [
        nowhere.hotkey("x", None).unwrap_err(),
        nowhere.public("x").unwrap_err(),
        nowhere.coldkey_public().unwrap_err(),
    ] {
        assert!(matches!(error, WalletError::NoWallet(path) if path.ends_with("nowhere")));
    }
}
