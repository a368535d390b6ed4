//! Identities, their tokens, keys and secrets, as an operator writes them.

use std::path::Path;

use pylon_service::config::{Receivers, SignScope};
use secrecy::ExposeSecret;

use super::{Case, token, wallet};

#[test]
fn identities_may_be_a_list_with_commas_and_stand_in_the_file() {
    let config = Case::new()
        .file(
            "pylon.toml",
            "[identities.main-1]\nnetuid = 3\ntoken = \"from-file\"\n",
        )
        .variable("PYLON_IDENTITIES", "a, b")
        .variable("PYLON_ID_A_NETUID", "1")
        .variable("PYLON_ID_B_NETUID", "2")
        .variable("PYLON_ID_MAIN_1_TOKEN", "from-variable")
        .config();
    assert_eq!(config.identities.len(), 3);
    assert_eq!(
        token(&config.identities[&"main-1".parse().unwrap()].token),
        "from-variable"
    );
}

#[test]
fn a_layer_sets_up_an_identity_that_another_one_names() {
    let settings = "PYLON_ID_SN1_TOKEN=t\nPYLON_ID_SN1_TOKENS_NEXT=n\n\
                    PYLON_ID_SN1_WALLET_NAME=w\nPYLON_ID_SN1_HOTKEY_NAME=h\n";
    let config = Case::new()
        .file(".env", settings)
        .variable("PYLON_IDENTITIES", "sn1")
        .variable("PYLON_ID_SN1_NETUID", "3")
        .config();
    let sn1 = &config.identities[&"sn1".parse().unwrap()];
    assert_eq!((token(&sn1.token), sn1.netuid.get()), ("t", 3));
    assert_eq!(token(&sn1.tokens["next"].token), "n");
    assert_eq!(wallet(&config, "sn1").wallet_name, "w");
}

#[test]
fn a_secret_may_stand_in_a_file_of_its_own() {
    let case = Case::new()
        .file("open", "open\n")
        .file("metrics", "metrics\r\n")
        .file("dev", "dev");
    let at = |name: &str| case.path().join(name).to_str().unwrap().to_owned();
    let (open, metrics, dev) = (at("open"), at("metrics"), at("dev"));
    let case = case
        .file(
            "pylon.toml",
            &format!("metrics_token_file = '{metrics}'\nopen_access_token = 'lower layer'\n"),
        )
        .variable("PYLON_OPEN_ACCESS_TOKEN", "")
        .variable("PYLON_OPEN_ACCESS_TOKEN_FILE", &open)
        .variable("PYLON_IDENTITIES", "dev")
        .variable("PYLON_ID_DEV_NETUID", "1")
        .variable("PYLON_ID_DEV_TOKEN_FILE", &dev);
    let config = case.config();
    assert_eq!(
        (
            token(&config.open_access_token),
            token(&config.metrics_token)
        ),
        ("open", "metrics")
    );
    assert_eq!(
        token(&config.identities[&"dev".parse().unwrap()].token),
        "dev"
    );

    let twice = case
        .variable("PYLON_METRICS_TOKEN", "a")
        .variable("PYLON_METRICS_TOKEN_FILE", "b");
    assert_eq!(
        twice.error(),
        "both `metrics_token` and `metrics_token_file` are set: keep one"
    );
    let absent = Case::new().variable("PYLON_METRICS_TOKEN_FILE", "/nowhere/token");
    assert_eq!(absent.error(), "cannot read /nowhere/token");
}

#[test]
fn an_identity_s_further_tokens_stand_in_the_file_in_variables_and_in_files_of_their_own() {
    let case = Case::new()
        .file("ci", "from-its-file\n")
        .file("next", "from-the-variable-s-file\n");
    let at = |name: &str| case.path().join(name).to_str().unwrap().to_owned();
    let (ci, next) = (at("ci"), at("next"));
    let case = case
        .file(
            "pylon.toml",
            &format!(
                "[identities.sn1]\nnetuid = 1\n[identities.sn1.tokens]\nold = 'text'\nci_file = '{ci}'\n\
                 bot = {{ token = 'bot', requests_per_second = 0.5 }}\n\
                 gone = 'lower layer'\n"
            ),
        )
        .variable("PYLON_ID_SN1_TOKENS_NEXT_FILE", &next)
        .variable("PYLON_ID_SN1_TOKENS_BOT", "newer")
        .variable("PYLON_ID_SN1_TOKENS_GONE", "");
    let config = case.config();
    let sn1 = &config.identities[&"sn1".parse().unwrap()];
    let tokens: Vec<_> = sn1
        .tokens
        .iter()
        .map(|(name, named)| (name.as_str(), token(&named.token)))
        .collect();
    assert_eq!(
        tokens,
        [
            ("bot", "newer"),
            ("ci", "from-its-file"),
            ("gone", ""),
            ("next", "from-the-variable-s-file"),
            ("old", "text"),
        ]
    );
    // The layer that brings another token leaves its limit.
    let limit = sn1.tokens["bot"].limit.unwrap();
    assert_eq!((limit.requests_per_second, limit.burst.get()), (0.5, 1));
    assert!(sn1.token.is_none() && config.limits.is_none());

    // A variable that is nearly one of these is none.
    let case = Case::new()
        .variable("PYLON_IDENTITIES", "sn1")
        .variable("PYLON_ID_SN1_NETUID", "1")
        .variable("PYLON_ID_SN1_TOKEN_FIEL", "/run/secrets/token");
    let (config, warnings) = case.sources.load().unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(config.identities[&"sn1".parse().unwrap()].tokens.is_empty());
}

#[test]
fn an_identity_signs_no_request_unless_told_by_which_scheme() {
    let named = |case: Case| {
        let case = case
            .variable("PYLON_IDENTITIES", "sn1")
            .variable("PYLON_ID_SN1_NETUID", "1");
        case.config().identities[&"sn1".parse().unwrap()]
            .sign
            .clone()
    };
    let none = named(Case::new());
    assert!(none.schemes.is_empty());
    let netuids = |scope: &SignScope| match &scope.receivers {
        Receivers::On(netuids) => netuids.iter().map(|netuid| netuid.get()).collect(),
        Receivers::Any => Vec::new(),
    };
    assert_eq!(netuids(&none), [1]);
    let told = named(
        Case::new()
            .variable("PYLON_ID_SN1_SIGN_SCHEMES", "btauth/1, epistula/2")
            .variable("PYLON_ID_SN1_SIGN_NETUIDS", "1,5")
            .variable("PYLON_ID_SN1_SIGN_REQUESTS_PER_SECOND", "2.5")
            .variable("PYLON_ID_SN1_SIGN_BURST", "10"),
    );
    assert_eq!(told.schemes.len(), 2);
    assert_eq!(netuids(&told), [1, 5]);
    assert_eq!(
        (told.limit.requests_per_second, told.limit.burst.get()),
        (2.5, 10)
    );
    let any = named(Case::new().variable("PYLON_ID_SN1_SIGN_ANY_RECEIVER", "true"));
    assert!(matches!(any.receivers, Receivers::Any));

    let file = |text: &str| {
        let text = format!("[identities.a]\nnetuid = 1\n[identities.a.sign]\n{text}");
        Case::new().file("pylon.toml", &text).error()
    };
    insta::assert_snapshot!(file("schemes = ['btauth/2']"), @"unknown variant: found `btauth/2`, expected ``btauth/1` or `epistula/2`` for key \"identities.a.sign.schemes.0\" in pylon.toml");
    insta::assert_snapshot!(file("netuids = [1]\nany_receiver = true"), @"identities.a.sign.netuids is set beside any_receiver: keep one");
    insta::assert_snapshot!(file("burst = 0"), @"identities.a.sign.burst is not a number from 1 on");
}

#[test]
fn a_limit_that_cannot_be_is_refused_by_name() {
    let file = |text: &str| Case::new().file("pylon.toml", text).error();
    insta::assert_snapshot!(file("[limits]\nburst = 5"), @"limits.burst is set without requests_per_second");
    insta::assert_snapshot!(file("[limits]\nrequests_per_second = 0"), @"limits.requests_per_second is not a number from 0.001 to 1000000");
    insta::assert_snapshot!(file("[limits]\nrequests_per_second = 1\nburst = 0"), @"limits.burst is not a number from 1 on");
    let token = |text: &str| {
        file(&format!(
            "[identities.a]\nnetuid = 1\n[identities.a.tokens]\n{text}"
        ))
    };
    insta::assert_snapshot!(token("ci = { token = 'x', requests_per_second = -1 }"), @"identities.a.tokens.ci.requests_per_second is not a number from 0.001 to 1000000");
    insta::assert_snapshot!(token("CI = 'x'"), @"identities.a.tokens.CI is no name of a token: 1 to 32 of a-z, 0-9 and _, not ending in _file");
    insta::assert_snapshot!(token("ci = 'x'\nci_file = '/nowhere'"), @"both `token` and `token_file` are set: keep one");
}

#[test]
fn an_identity_has_a_wallet_a_hotkey_and_perhaps_a_password() {
    let case = Case::new().file("password", "correct horse 1!\n").file(
        "pylon.toml",
        "[wallet]\npath = \"/wallets\"\nallow_loose_permissions = true\n\
             [identities.a]\nnetuid = 1\nwallet_name = \"w\"\nhotkey_name = \"h\"\n",
    );
    let password = case.path().join("password").to_str().unwrap().to_owned();
    let case = case.variable("PYLON_ID_A_HOTKEY_PASSWORD_FILE", &password);
    let config = case.config();
    let key = wallet(&config, "a");
    assert_eq!(
        (key.wallet_name.as_str(), key.hotkey_name.as_str()),
        ("w", "h")
    );
    let given = key.password.as_ref().unwrap();
    assert_eq!(given.expose_secret(), "correct horse 1!");
    assert_eq!(config.wallet.path, Path::new("/wallets"));
    assert!(config.wallet.allow_loose_permissions);

    let case = case
        .variable("PYLON_BITTENSOR_WALLET_PATH", "/other")
        .variable("PYLON_WALLET_ALLOW_LOOSE_PERMISSIONS", "False");
    let config = case.config();
    assert_eq!(config.wallet.path, Path::new("/other"));
    assert!(!config.wallet.allow_loose_permissions);

    for half in ["wallet_name", "hotkey_name"] {
        let file = format!("[identities.a]\nnetuid = 1\n{half} = \"x\"\n");
        assert_eq!(
            Case::new().file("pylon.toml", &file).error(),
            "identity `a` has only one of wallet_name and hotkey_name: set both or neither"
        );
    }
    let doubtful = Case::new().variable("PYLON_WALLET_ALLOW_LOOSE_PERMISSIONS", "maybe");
    assert_eq!(
        doubtful.error(),
        "PYLON_WALLET_ALLOW_LOOSE_PERMISSIONS is not true or false"
    );
}
